"""How a described track lies on a film: pieces, each with its place and its rate, and what is left over of both."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from audiodesc.model import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the film from `start_s` to `end_s` that the described track has too, there from `described_s` on.

    `rate` is how many seconds of the film a second of the described track is: 25/24 for a track of PAL speed on a film
    of 24 frames a second. `similarity` is 1 where both sound alike, and 0 where they do not.
    """

    start_s: float
    end_s: float
    described_s: float
    rate: float
    similarity: float = 0.0

    @property
    def described_end_s(self) -> float:
        """Where it ends in the described track."""
        return self.described_s + (self.end_s - self.start_s) / self.rate

    @property
    def offset_s(self) -> float:
        """What is added to a time of the described track, times the rate, for the time in the film."""
        return self.start_s - self.described_s * self.rate

    def film_s(self, described_s: float) -> float:
        """A time of the described track, in the film."""
        return self.offset_s + described_s * self.rate


@dataclass(frozen=True, slots=True)
class Alignment:
    """The pieces in order, which overlap neither in the film nor in the described track; `film_s` and `described_s` are
    the lengths of both in seconds. `rate` is that of most of it, `similarity` its mean over the pieces."""

    pieces: tuple[Piece, ...]
    film_s: float
    described_s: float

    @property
    def rate(self) -> float:
        """That of the longest piece."""
        return max(self.pieces, key=lambda one: one.end_s - one.start_s).rate

    @property
    def matched_s(self) -> float:
        """Seconds of the film that have a place in the described track."""
        return sum(one.end_s - one.start_s for one in self.pieces)

    @property
    def similarity(self) -> float:
        return sum(one.similarity * (one.end_s - one.start_s) for one in self.pieces) / max(self.matched_s, 1e-9)

    @property
    def undescribed(self) -> tuple[Span, ...]:
        """Where the film has no part in the described track."""
        return _between([(one.start_s, one.end_s) for one in self.pieces], self.film_s)

    @property
    def unplaced(self) -> tuple[Span, ...]:
        """What of the described track has no place in the film, in its own times."""
        return _between([(one.described_s, one.described_end_s) for one in self.pieces], self.described_s)


LEAST_S = 0.05
"""A shorter stretch between two pieces is none."""


def _between(taken: list[tuple[float, float]], end_s: float) -> tuple[Span, ...]:
    edges = [0.0, *(edge for pair in taken for edge in pair), end_s]
    free = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(round(a * 1000), round(b * 1000)) for a, b in free if b - a >= LEAST_S)


PAL = Fraction(25, 24)
NTSC = Fraction(1001, 1000)
KNOWN_RATES: tuple[Fraction, ...] = tuple(sorted({PAL**i * NTSC**j for i in (-1, 0, 1) for j in (-1, 0, 1)}))
"""What the frame rates in use make of each other: 24, 25, 24000/1001 and 30000/1001."""


def rate_name(rate: float) -> str:
    """A rate as people know it: "25/24", or a number of six digits."""
    near = next((one for one in KNOWN_RATES if abs(float(one) - rate) < 1e-9), None)
    return f"{rate:.6f}" if near is None else str(near)
