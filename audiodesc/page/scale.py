"""Time as places in the picture: rows of equal length, 1000 units wide whatever time they span.

The waveform has a stroke in each unit, or, so that the page of a long film stays small, in every second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audiodesc.times import clock

WIDTH = 1000
FINE_ROWS = 12
"""Up to so many rows the waveform is drawn finely."""
ROWS = ((30_000, 12), (60_000, 12), (120_000, 12), (300_000, 24), (600_000, 24), (1_800_000, 24), (3_600_000, 24))
"""How long a row may be, in ms, and the most rows of that length."""
TICKS_MS = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 180_000, 360_000)
MOST_TICKS = 10


def row_ms(duration_ms: int) -> int:
    """How long a row is: the shortest of `ROWS` that is enough; a film that is shorter still is one row, in whole
    seconds."""
    length = next((length for length, most in ROWS if length * most >= duration_ms), ROWS[-1][0])
    return min(length, -(-duration_ms // 1000) * 1000)


def bins(duration_ms: int) -> tuple[int, int]:
    """How many stretches the picture's waveform has, and how long each is, in µs."""
    length, strokes = row_ms(duration_ms), WIDTH // step(duration_ms)
    return -(-duration_ms * strokes // length), length * 1000 // strokes


def step(duration_ms: int) -> int:
    """Units from one stroke of the waveform to the next."""
    return 1 if duration_ms <= FINE_ROWS * row_ms(duration_ms) else 2


@dataclass(frozen=True, slots=True)
class Tick:
    """A time on the scale."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a row shows; a full row spans `length_ms`."""

    start_ms: int
    end_ms: int
    length_ms: int

    def x(self, ms: float) -> float:
        """Where a time is, in units from the left."""
        return (ms - self.start_ms) * WIDTH / self.length_ms

    def shows(self, start_ms: float, end_ms: float) -> bool:
        return start_ms < self.end_ms and end_ms > self.start_ms

    def sides(self, spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Left and right of what is seen of each span."""
        return [
            (self.x(max(start, self.start_ms)), self.x(min(end, self.end_ms)))
            for start, end in spans
            if self.shows(start, end)
        ]


def ticks(window: Window) -> list[Tick]:
    """Round times, at most ten in a row."""
    apart = next((ms for ms in TICKS_MS if ms * MOST_TICKS >= window.length_ms), TICKS_MS[-1])
    times = range(window.start_ms, window.end_ms, apart)
    return [Tick(round(window.x(ms), 1), clock(ms)) for ms in times]
