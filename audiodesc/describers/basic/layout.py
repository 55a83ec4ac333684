"""Which lines of text belong together, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audiodesc.describers.basic.facts import Place

Block = tuple["Line", ...]

LOW = 0.7
LOW_OFF_CENTRE = 0.12
LOW_HEIGHT = 0.1
"""Subtitles stand below this share of the height, about centred, in letters no higher than that."""

CORNER_MARGIN = 0.09
CORNER_WIDTH = 0.25
CORNER_HEIGHT = 0.15
"""A logo is nearer than this to two edges, and no larger than that."""

SMALLER = 0.7
"""Letters below this share of the line above say something else: what the person is after the name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its place, in shares of the picture's width and height."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


def blocks(lines: Iterable[Line]) -> list[tuple[Block, Place]]:
    """Lines that belong together, in reading order, with where they stand.

    A block whose first lines are followed only by clearly smaller ones, or whose capitals are followed by
    mixed letters, is two, unless a small initial shows that the sentence goes on.
    """
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom, line.left)):
        near = next((block for block in reversed(found) if _follows(block[-1], line)), None)
        if near is None:
            found.append([line])
        else:
            near.append(line)
    return [(part, place(block)) for block in found for part in _parts(block)]


def _follows(above: Line, below: Line) -> bool:
    """Whether a reader goes on from the one to the other: just under it, or right beside it."""
    higher = max(above.height, below.height)
    lower = min(above.height, below.height)
    if abs(above.top + above.bottom - below.top - below.bottom) < lower:
        return 0 <= below.left - above.right < 1.5 * higher
    under = below.top - above.bottom < 0.8 * higher
    return under and min(above.right, below.right) > max(above.left, below.left)


def _parts(block: Sequence[Line]) -> list[Block]:
    for i in range(1, len(block)):
        first, rest = block[:i], block[i:]
        smaller = max(line.height for line in rest) < SMALLER * min(line.height for line in first)
        capitals = all(line.text.isupper() for line in first)
        mixed = not any(line.text.isupper() for line in rest)
        if (smaller or (capitals and mixed)) and not rest[0].text[:1].islower():
            return [tuple(first), *_parts(rest)]
    return [tuple(block)]


def place(block: Sequence[Line]) -> Place:
    """Where the block stands: like a subtitle, like a logo, or in the open."""
    left, right = min(line.left for line in block), max(line.right for line in block)
    top, bottom = min(line.top for line in block), max(line.bottom for line in block)
    beside = min(left, 1 - right) < CORNER_MARGIN and right - left < CORNER_WIDTH
    if beside and min(top, 1 - bottom) < CORNER_MARGIN and bottom - top < CORNER_HEIGHT:
        return "corner"
    centred = all(abs(line.centre - 0.5) < LOW_OFF_CENTRE for line in block)
    small = max(line.height for line in block) < LOW_HEIGHT
    return "low" if centred and small and top > LOW else "open"
