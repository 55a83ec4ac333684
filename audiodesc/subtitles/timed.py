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
    shown = [n for n, one in enumerate(pieces) if one.text.strip() and (one.end is None or one.end > one.start)]
    spans: list[tuple[Fraction, Fraction]] = []
    places: dict[int, int] = {}
    for n in sorted(shown, key=lambda n: pieces[n].start):
        start, end = pieces[n].start, pieces[n].end or Fraction(FOREVER)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
        places[n] = len(spans) - 1
    texts = _texts(pieces, places, len(spans))
    return [_cue(start, end, text, stretch) for (start, end), text in zip(spans, texts, strict=True)]


def _texts(pieces: list[Piece], places: dict[int, int], count: int) -> list[str]:
    """The text of each of so many cues, given in which cue a piece is. What is in none, blanks mostly, goes with the
    piece behind it. In one pass: a paragraph may hold 20,000 spans."""
    parts: list[list[str]] = [[] for _ in range(count)]
    between: list[str] = []
    last = -1
    for n, piece in enumerate(pieces):
        between.append(piece.text)
        if n in places:
            parts[places[n]] += between if places[n] == last else ["\n", *between]
            between, last = [], places[n]
    if count:
        parts[last] += between
    return ["".join(words) for words in parts]


def _cue(start: Fraction, end: Fraction, text: str, stretch: Fraction) -> Raw:
    begins = _ms(start * stretch)
    return Raw(begins, begins if end == FOREVER else max(_ms(end * stretch), begins), tidy(text))


def tidy(text: str) -> str:
    """Lines without blanks around them, and without empty ones."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _ms(seconds: Fraction) -> int:
    return round(seconds * 1000)


def _within(element: Any, start: Fraction, end: Fraction | None) -> Interval:
    """When an element is shown, given when its parent is. Sums of fractions are slow: none is made for nothing."""
    own_start, own_end = element.get_begin(), element.get_end()
    begins = start + own_start if own_start else start
    if own_end is None:
        return begins, end
    ends = start + own_end
    soonest: Fraction = ends if end is None else min(ends, end)
    return begins, soonest if soonest < FOREVER else None


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
