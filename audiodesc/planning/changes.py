"""Cuts, and where the picture stands still -> what a listener should hear of, and what waiting for a line costs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from audiodesc.model import Gap, Span
from audiodesc.planning.costs import CUT, LOST, STEADY_MS
from audiodesc.planning.pacing import WAIT_MS, places, tellable


@dataclass(frozen=True, slots=True)
class Changes:
    """Times in ms, in order. `weights[i]` is the weight of the first i, `moments[i]` the sum of weight · time.

    `tellable` are the changes of place in usable pauses, in which a line might have told of them at once.
    """

    times: tuple[int, ...]
    weights: tuple[int, ...]
    moments: tuple[int, ...]
    tellable: tuple[int, ...] = ()

    def until(self, time_ms: int) -> int:
        """How many there are up to this moment, itself included."""
        return bisect_right(self.times, time_ms)

    def given_up(self, time_ms: int) -> int:
        """How many a listener has done without for so long that it no longer gets worse."""
        return bisect_left(self.times, time_ms - LOST)

    def told(self, time_ms: int) -> int:
        """How many of the tellable changes there are up to this moment, itself included."""
        return bisect_right(self.tellable, time_ms)

    def overdue(self, time_ms: int) -> int:
        """How many of the tellable changes are too old for a line at this moment to tell them in time."""
        return bisect_left(self.tellable, time_ms - WAIT_MS)

    def waiting(self, first: int, end: int, given_up: int, time_ms: int) -> int:
        """What it costs that the changes from number `first` to before `end` are told at this moment.

        Those before number `given_up` cost the most that a change can.
        """
        told = first if first > given_up else given_up
        late = (self.weights[end] - self.weights[told]) * time_ms - (self.moments[end] - self.moments[told])
        return late // CUT + LOST * (self.weights[told] - self.weights[first]) // CUT


def changes(cuts: Sequence[int], end_ms: int, still: Sequence[Span] = (), gaps: Sequence[Gap] = ()) -> Changes:
    """What changes up to this time: the first picture, each cut 3 s or more after the last, each second of a shot.

    Of seconds that lie in a still stretch (see `shots.Shots`; in order) nothing new is to be told. In `gaps` a line
    might tell of a change at once.
    """
    new = list(places(cuts))
    at_once = chain.from_iterable(tellable(gap.span, new) for gap in gaps)
    found = list(_changes(cuts, end_ms, still))
    weights = accumulate((weight for _, weight in found), initial=0)
    moments = accumulate((time_ms * weight for time_ms, weight in found), initial=0)
    return Changes(tuple(time_ms for time_ms, _ in found), tuple(weights), tuple(moments), tuple(at_once))


def _changes(cuts: Sequence[int], end_ms: int, still: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Times and weights."""
    counted = [0, *(cut for cut in places(cuts) if cut < end_ms)]
    for cut, following in zip(counted, [*counted[1:], end_ms], strict=True):
        yield cut, CUT
        for time_ms in range(cut + STEADY_MS, following, STEADY_MS):
            if not _within(time_ms - STEADY_MS, time_ms, still):
                yield time_ms, 1


def _within(start_ms: int, end_ms: int, spans: Sequence[Span]) -> bool:
    before = bisect_right(spans, start_ms, key=lambda span: span.start_ms) - 1
    return before >= 0 and end_ms <= spans[before].end_ms
