"""The describer `basic`: no model to download. It says little, and only what it can be sure of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from audiodesc.describers.basic.frame_pairs import frame_pairs
from audiodesc.describers.basic.ocr import model_names
from audiodesc.describers.basic.onscreen import words_on
from audiodesc.describers.basic.texts import Facts, candidates, moments, read, written
from audiodesc.model import FrameRequest, LineRequest, Span, VideoClip

if TYPE_CHECKING:
    from audiodesc.describers import DescriberOptions

VERSION = 4


class Basic:
    """Reads the text on the screen, while it stands there.

    It does not know what is seen: no person, thing, place or action. Light, colours, faces and movement could be told,
    and carry nothing without whose face it is, or which place is dark ("Now it is darker", "A face is close"): there
    it is silent.

    In English, German, French and Spanish it says that it reads; in other languages it only reads.
    """

    @property
    def fingerprint(self) -> str:
        return f"basic/{VERSION} {model_names()}"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(fps=1.5, min_frames=3, max_frames=50, max_pixels=854 * 480, approximate=True)

    @property
    def lines_at_once(self) -> int:
        return 1

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        """Facts as lines of text with their times. Those about one clip depend on no other."""
        for number, clip in enumerate(clips):
            yield number, written(Facts(words_on(frame_pairs(clip))))

    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        """The facts apart by when they are seen."""
        return [(span, written(seen)) for span, seen in moments(read(facts))]

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        """The words on the picture; nothing that was told or is being said."""
        return candidates(read(request.facts), request)

    def doubts(self, facts: str) -> Sequence[str]:
        return ()


def make(options: DescriberOptions) -> Basic:
    """The describer; it takes no wishes."""
    return Basic()
