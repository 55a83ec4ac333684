"""A film -> the stretches that are captioned: its shots, or one each so many seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audiodesc.captions.values import LONGEST_MS
from audiodesc.footage import Footage
from audiodesc.model import Span


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of at most `LONGEST_MS`, and the number of the shot that it begins in, the first being 1."""

    span: Span
    shot: int


def units(footage: Footage, every_ms: int | None = None, part: Span | None = None) -> tuple[Unit, ...]:
    """The shots of a film, or stretches of `every_ms`, the last being what is left. With a `part` those that are in it,
    whole even where they begin before it: they are the same as those of the whole film, and so are their answers."""
    whole, shots = Span(0, footage.film.duration_ms), footage.shots
    spans = _every(whole, every_ms) if every_ms else _split(shots)
    return _numbered((span for span in spans if part is None or span.overlap_ms(part)), shots)


def units_of(footage: Footage, span: Span) -> tuple[Unit, ...]:
    """A span as one stretch, or several where it is too long for one."""
    return _numbered(_split([span]), footage.shots)


def _numbered(spans: Iterable[Span], shots: Sequence[Span]) -> tuple[Unit, ...]:
    starts = [shot.start_ms for shot in shots]
    return tuple(Unit(span, max(1, bisect_right(starts, span.start_ms))) for span in spans if span.duration_ms)


def _every(whole: Span, length_ms: int) -> Iterator[Span]:
    for start_ms in range(whole.start_ms, whole.end_ms, length_ms):
        yield Span(start_ms, min(whole.end_ms, start_ms + length_ms))


def _split(spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        count = -(-span.duration_ms // LONGEST_MS)
        edges = [span.start_ms + span.duration_ms * number // max(1, count) for number in range(count + 1)]
        yield from map(Span, edges[:-1], edges[1:])
