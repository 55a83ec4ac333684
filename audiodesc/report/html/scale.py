"""Time as places in the picture: rows of equal length, 1000 units wide whatever time they span.

The waveform has a stroke in each unit, or, so that the page of a long film stays small, in every second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audiodesc.core.formatting import clock
from audiodesc.mix.waveform import WIDTH

TICKS_MS = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 180_000, 360_000)
MOST_TICKS = 10


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
