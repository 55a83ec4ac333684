"""The describer `basic`: no model to download. It says little, and only what it can be sure of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audiodesc.describers import faces, scenery
from audiodesc.describers.choosing import candidates
from audiodesc.describers.facts import Facts, read, written
from audiodesc.describers.glimpses import Glimpse, glimpses
from audiodesc.describers.movement import movement
from audiodesc.describers.ocr import model_names
from audiodesc.describers.onscreen import each_once, words_on
from audiodesc.describers.textboxes import promising
from audiodesc.model import Brief, Clip, FrameRequest

if TYPE_CHECKING:
    from audiodesc.describers import Wishes

VERSION = 3

FRESH_MS = 5000
"""Scenery counts only if it is seen so shortly before the clip's end: the line is heard about then."""


class Basic:
    """Tells text on screen, faces close by, a change of light or colour, fast movement and stillness.

    It does not know what is seen: no person, thing, place or action. Where nothing is sure it is silent.
    Statements are in English, German, French and Spanish; in other languages it only reads what the picture
    shows, in the picture's own language and without a label.
    """

    @property
    def fingerprint(self) -> str:
        return f"basic/{VERSION} {model_names()}"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(fps=0, min_frames=3, max_frames=15, max_pixels=854 * 480, glimpses=True)

    @property
    def tells_at_once(self) -> int:
        return 1

    def look(self, clips: Iterable[Clip]) -> Iterator[tuple[int, str]]:
        """Facts as lines `kind: value`. Those about one clip depend on no other."""
        for number, clip in enumerate(clips):
            yield number, written(_facts(clip))

    def tell(self, brief: Brief) -> Sequence[str]:
        """Whole statements, the words on the picture first; nothing that was told or is being said."""
        return candidates(read(brief.facts), brief)

    def doubts(self, facts: str) -> Sequence[str]:
        return ()


def make(wishes: Wishes) -> Basic:
    """The describer; it takes no wishes."""
    return Basic()


def _facts(clip: Clip) -> Facts:
    seen = glimpses(clip)
    words = words_on(seen)
    told = each_once(words)
    if not seen or clip.span.end_ms - seen[-1].time_ms > FRESH_MS:
        return Facts(told)
    count, near = faces.counted(faces.heights(seen[-1]))
    facts = Facts(told, faces=count, near=near)
    title = any(one.place == "open" for one in words[-1])
    return facts if title else _with_scenery(facts, seen)


def _with_scenery(facts: Facts, seen: Sequence[Glimpse]) -> Facts:
    light, moves = scenery.light(seen), movement(seen)
    if light in ("black", "white") or (moves == "none" and promising(seen[-1].frames[-1].image)):
        moves = ""  # that a black picture or a card with text holds still is not worth hearing
    change = "" if light else scenery.change(seen)
    return replace(facts, light=light, change=change, colour=scenery.colour(seen), movement=moves)
