"""ttconv's documents -> cues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from audiodesc.subtitles.kinds import Raw

BREAK = "\ue001"
"""Stands in a text for the start of a new line."""

Interval = tuple[Fraction, Fraction | None]
FOREVER = 10**9
"""In seconds: what ends then does not end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text and when it is shown, in seconds; None is until the end of the document."""

    start: Fraction
    end: Fraction | None
    text: str


def paragraphs(document: Any) -> Iterator[list[Piece]]:
    """The pieces of each paragraph of a document, in order. Styles and regions are not asked whether they show it."""
    from ttconv.model import P

    body = document.get_body()
    todo: list[tuple[Any, Fraction, Fraction | None]] = [(body, Fraction(0), None)] if body is not None else []
    while todo:
        element, start, end = todo.pop()
        start, end = _within(element, start, end)
        if isinstance(element, P):
            yield list(_pieces(element, start, end))
        else:
            todo += [(child, start, end) for child in reversed(list(element))]


def cues(pieces: list[Piece], stretch: Fraction = Fraction(1)) -> list[Raw]:
    """One cue for each stretch of time in which the paragraph's text is shown without a break.

    A cue that does not say when it ends has no length. `stretch` multiplies all times.
    """
    shown = sorted(
        (piece for piece in pieces if piece.text.strip() and (piece.end is None or piece.end > piece.start)),
        key=lambda piece: piece.start,
    )
    groups: list[tuple[Fraction, Fraction]] = []
    for piece in shown:
        end = Fraction(FOREVER) if piece.end is None else piece.end
        if groups and piece.start <= groups[-1][1]:
            groups[-1] = (groups[-1][0], max(groups[-1][1], end))
        else:
            groups.append((piece.start, end))
    return [_cue(start, end, pieces, stretch) for start, end in groups]


def _cue(start: Fraction, end: Fraction, pieces: list[Piece], stretch: Fraction) -> Raw:
    text = "".join(piece.text for piece in pieces if piece.start <= end and (piece.end or FOREVER) >= start)
    ends = start if end == FOREVER else end
    return Raw(_ms(start * stretch), max(_ms(ends * stretch), _ms(start * stretch)), tidy(text))


def tidy(text: str) -> str:
    """Lines without blanks around them, and without empty ones."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _ms(seconds: Fraction) -> int:
    return round(seconds * 1000)


def _within(element: Any, start: Fraction, end: Fraction | None) -> Interval:
    """When an element is shown, given when its parent is."""
    own_start, own_end = element.get_begin() or Fraction(0), element.get_end()
    ends = [time for time in (end, None if own_end is None else start + own_end) if time is not None]
    soonest: Fraction = min(ends, default=Fraction(FOREVER))
    return start + own_start, soonest if soonest < FOREVER else None


def _pieces(element: Any, start: Fraction, end: Fraction | None) -> Iterator[Piece]:
    """The text below an element that is shown in that time."""
    from ttconv.model import Br, Text, WhiteSpaceHandling

    for child in element:
        if isinstance(child, Br):
            yield Piece(start, end, "\n")
        elif isinstance(child, Text):
            kept = element.get_space() is WhiteSpaceHandling.PRESERVE
            text = child.get_text() if kept else child.get_text().replace("\n", " ")
            yield Piece(start, end, text.replace(BREAK, "\n"))
        else:
            yield from _pieces(child, *_within(child, start, end))
