"""The describer `basic`, which needs no download: it reads the text on the screen, and says only what is sure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from audiodesc.core.concurrency import as_they_come, cores
from audiodesc.core.environment import again_command
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, LineRequest
from audiodesc.describers.basic.frame_pairs import pairs_of
from audiodesc.describers.basic.ocr import model_names
from audiodesc.describers.basic.onscreen import texts_on_screen
from audiodesc.describers.basic.texts import Facts, format_facts, moments, parse_facts, text_candidates
from audiodesc.model import FrameRequest, Span, VideoClip

VERSION = 5

MOST_CLIPS = 4
"""Clips that are read at a time: each takes about 200 MB, up to 60 of them for its pictures."""


class Basic(Describer):
    """Reads the text on the screen, while it is visible.

    It recognises no person, thing, place or action. It says nothing of light, colours, faces and movement, which mean
    little without knowing whose face it is, or which place is dark ("Now it is darker", "A face is close").

    In English, German, French and Spanish its lines begin with a label; in other languages they are the text alone.
    """

    @property
    def fingerprint(self) -> str:
        return f"basic/{VERSION} {model_names()}"

    @property
    def label(self) -> str:
        return "basic"

    @property
    def limits(self) -> str:
        return "only reads the text on the screen"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(fps=1.5, min_frames=3, max_frames=50, max_pixels=854 * 480, bars=True)

    @property
    def asked_ahead(self) -> bool:
        return True

    @property
    def shared(self) -> bool:
        return False

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        """Facts as lines of text with their times. Those about one clip depend on no other, and are found for several
        clips at a time."""
        return as_they_come(_facts, clips, min(MOST_CLIPS, cores()))

    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        """The facts split by when they are visible."""
        return [(span, format_facts(some)) for span, some in moments(parse_facts(facts))]

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        """The texts on the screen, except those that an earlier line or the dialogue says."""
        return text_candidates(parse_facts(request.facts), request)


def _facts(clip: VideoClip) -> str:
    return format_facts(Facts(texts_on_screen(pairs_of(clip))))


class BasicBackend(DescriberBackend):
    """The entry of `basic`."""

    name = "basic"
    summary = "the text on the screen, while it stands there, and nothing else: a draft to write on"
    needs = "nothing: no model, no GPU, no network"
    options = None
    auto_rank = 0

    @property
    def install(self) -> str:
        return again_command("rapidocr")

    def remarks(self, options: DescriberOptions) -> Sequence[str]:
        given = {"--cast": options.context.cast, "--context": options.context.text}
        writer = {"--writer-model": options.writer_model, "--writer-server": options.writer_server}
        ignored = " and ".join(option for option, value in (given | writer).items() if value)
        return [f"ignored by basic, which knows no people and no story: {ignored}"] if ignored else []

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        return Basic()


BASIC: Final = BasicBackend()
