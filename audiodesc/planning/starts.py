"""Gaps and cuts -> the moments at which a line may begin, what each costs after another, and what a listener misses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from audiodesc.model import Gap, Span
from audiodesc.planning.costs import (
    ADRIFT,
    AFTER_MS,
    AHEAD_MS,
    CROSSING,
    CUT,
    GLANCE_MS,
    LINES,
    LOST,
    MISSED,
    RESTS_MS,
    SOUND,
    STEADY_MS,
    USUAL_MS,
    WAIT_MS,
    close,
    scene_changes,
    short,
    tellable,
)
from audiodesc.settings import Density

STEP_MS = 1_000
"""A line may begin with its gap, at each cut in it, and at each second of it."""

NEVER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Start:
    """A moment at which a line may begin; what it costs by itself, and how much rest is wanted before it.

    `gap` is the number of its gap, and `ends_ms` where that ends. Of the changes on the screen, the first `seen`
    are there when it begins, the first `known` can be described by it, and the first `given_up` come too late. Of the
    tellable ones, the first `tells` can be described by it, and the first `overdue` should have been described before.
    """

    start_ms: int
    ends_ms: int
    gap: int
    seen: int
    known: int
    given_up: int
    costs: int = 0
    rest_ms: int = 0
    crosses: bool = False
    tells: int = 0
    overdue: int = 0


def start_times(gap: Gap, cuts: Sequence[int], shortest_ms: int) -> tuple[int, ...]:
    """Where in a gap a line may begin, in order: always with `shortest_ms` of the gap left."""
    first, last = gap.span.start_ms, gap.span.end_ms - shortest_ms
    inside = cuts[bisect_left(cuts, first) : bisect_right(cuts, last)]
    return tuple(sorted({*inside, *range(first, last + 1, STEP_MS)}))


def start_at(start_ms: int, number: int, gap: Gap, cuts: Sequence[int], seen: Changes, density: Density) -> Start:
    """A start at this moment in the gap with this number."""
    cut, past = bisect_left(cuts, start_ms), bisect_right(cuts, start_ms)
    adrift = cut == past and start_ms > gap.span.start_ms
    crosses = past < len(cuts) and cuts[past] < start_ms + USUAL_MS
    costs = LINES[density] + SOUND * (gap.kind != "silence") + ADRIFT * adrift + CROSSING * crosses
    horizon_ms = min(gap.span.end_ms, start_ms + AHEAD_MS - GLANCE_MS)
    looks = seen.until(start_ms), seen.until(horizon_ms), seen.given_up(start_ms)
    tells = seen.tellable_until(horizon_ms), seen.overdue(start_ms)
    return Start(start_ms, gap.span.end_ms, number, *looks, costs, RESTS_MS[density], crosses, *tells)


def opening() -> Start:
    """Stands before the first line: nothing was described."""
    return Start(-NEVER_MS, 0, -1, 0, 0, 0)


def ending(seen: Changes, end_ms: int, film_ends_ms: int) -> Start:
    """Stands after the last line: what is not described by then costs as if it were 5 s after the last gap's end."""
    count = len(seen.times)
    looks = count, count, seen.given_up(end_ms + AFTER_MS)
    return Start(end_ms + AFTER_MS, end_ms + AFTER_MS, -1, *looks, overdue=seen.overdue(film_ends_ms))


def available_ms(line: Start, following: Start) -> int:
    """How long a line has: to the end of its gap, or to the next line in it."""
    return min(line.ends_ms, following.start_ms) - line.start_ms


def crowding(line: Start, following: Start) -> int:
    """What the rest after a line of usual length costs."""
    said_ms = min(USUAL_MS, available_ms(line, following))
    return close(following.start_ms - line.start_ms - said_ms, following.rest_ms)


def wait(line: Start, following: Start, seen: Changes) -> int:
    """What it costs that what this line cannot describe is described by the following one."""
    known = line.known if line.known < following.seen else following.seen
    late = MISSED * (following.overdue - line.tells) if following.overdue > line.tells else 0
    return seen.waiting(known, following.seen, following.given_up, following.start_ms) + late


def squeeze(line: Start, following: Start) -> int:
    """What it costs that this line has no more room, and no more rest behind it."""
    return short(available_ms(line, following)) + crowding(line, following)


def step(line: Start, following: Start, seen: Changes) -> int:
    """What it costs that after this line the following one is the next."""
    return wait(line, following, seen) + squeeze(line, following)


@dataclass(frozen=True, slots=True)
class Changes:
    """Times in ms, in order. `weights[i]` is the weight of the first i, `moments[i]` the sum of weight · time.

    `tellable` are the changes of place in usable gaps, in which a line might have described them at once.
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

    def tellable_until(self, time_ms: int) -> int:
        """How many of the tellable changes there are up to this moment, itself included."""
        return bisect_right(self.tellable, time_ms)

    def overdue(self, time_ms: int) -> int:
        """How many of the tellable changes are too old for a line at this moment to describe them in time."""
        return bisect_left(self.tellable, time_ms - WAIT_MS)

    def waiting(self, first: int, end: int, given_up: int, time_ms: int) -> int:
        """What it costs that the changes from number `first` to before `end` are described at this moment.

        Those before number `given_up` cost the most that a change can.
        """
        from_ = first if first > given_up else given_up
        late = (self.weights[end] - self.weights[from_]) * time_ms - (self.moments[end] - self.moments[from_])
        return late // CUT + LOST * (self.weights[from_] - self.weights[first]) // CUT


def changes(cuts: Sequence[int], end_ms: int, still: Sequence[Span] = (), gaps: Sequence[Gap] = ()) -> Changes:
    """What changes up to this time: the first picture, each cut 3 s or more after the last, each second of a shot.

    Seconds that lie in a still stretch (see `shots.Shots`; in order) bring nothing new. In `gaps` a line might describe
    a change at once.
    """
    new = list(scene_changes(cuts))
    at_once = chain.from_iterable(tellable(gap.span, new) for gap in gaps)
    found = list(_changes(cuts, end_ms, still))
    weights = accumulate((weight for _, weight in found), initial=0)
    moments = accumulate((time_ms * weight for time_ms, weight in found), initial=0)
    return Changes(tuple(time_ms for time_ms, _ in found), tuple(weights), tuple(moments), tuple(at_once))


def _changes(cuts: Sequence[int], end_ms: int, still: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Times and weights."""
    counted = [0, *(cut for cut in scene_changes(cuts) if cut < end_ms)]
    for cut, following in zip(counted, [*counted[1:], end_ms], strict=True):
        yield cut, CUT
        for time_ms in range(cut + STEADY_MS, following, STEADY_MS):
            if not _within(time_ms - STEADY_MS, time_ms, still):
                yield time_ms, 1


def _within(start_ms: int, end_ms: int, spans: Sequence[Span]) -> bool:
    before = bisect_right(spans, start_ms, key=lambda span: span.start_ms) - 1
    return before >= 0 and end_ms <= spans[before].end_ms
