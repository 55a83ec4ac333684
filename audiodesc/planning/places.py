"""Gaps and cuts -> the moments at which a line may begin, and what each costs after another."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from audiodesc.model import Gap
from audiodesc.planning.changes import Changes
from audiodesc.planning.costs import (
    ADRIFT,
    AFTER_MS,
    AHEAD_MS,
    CROSSING,
    GLANCE_MS,
    LINES,
    MISSED,
    RESTS_MS,
    SOUND,
    USUAL_MS,
    Density,
    close,
    short,
)

STEP_MS = 1_000
"""A line may begin with its pause, at each cut in it, and at each second of it."""

NEVER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A moment at which a line may begin; what it costs by itself, and how much rest is wanted before it.

    `gap` is the number of its pause, and `ends_ms` where that ends. Of the changes on the screen, the first `seen`
    are there when it begins, the first `known` can be told by it, and the first `given_up` come too late. Of the
    tellable ones, the first `told` can be told by it, and the first `overdue` should have been told before.
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
    told: int = 0
    overdue: int = 0


def starts(gap: Gap, cuts: Sequence[int], shortest_ms: int) -> tuple[int, ...]:
    """Where in a pause a line may begin, in order: always with `shortest_ms` of the pause left."""
    first, last = gap.span.start_ms, gap.span.end_ms - shortest_ms
    inside = cuts[bisect_left(cuts, first) : bisect_right(cuts, last)]
    return tuple(sorted({*inside, *range(first, last + 1, STEP_MS)}))


def place(start_ms: int, number: int, gap: Gap, cuts: Sequence[int], seen: Changes, density: Density) -> Place:
    """The place at this moment in the gap with this number."""
    cut, past = bisect_left(cuts, start_ms), bisect_right(cuts, start_ms)
    adrift = cut == past and start_ms > gap.span.start_ms
    crosses = past < len(cuts) and cuts[past] < start_ms + USUAL_MS
    costs = LINES[density] + SOUND * (gap.kind != "silence") + ADRIFT * adrift + CROSSING * crosses
    horizon_ms = min(gap.span.end_ms, start_ms + AHEAD_MS - GLANCE_MS)
    looks = seen.until(start_ms), seen.until(horizon_ms), seen.given_up(start_ms)
    tells = seen.told(horizon_ms), seen.overdue(start_ms)
    return Place(start_ms, gap.span.end_ms, number, *looks, costs, RESTS_MS[density], crosses, *tells)


def opening() -> Place:
    """Stands before the first line: nothing was told."""
    return Place(-NEVER_MS, 0, -1, 0, 0, 0)


def ending(seen: Changes, end_ms: int, film_ends_ms: int) -> Place:
    """Stands after the last line: what was not told by then costs as if it were told 5 s after the last pause's end."""
    count = len(seen.times)
    looks = count, count, seen.given_up(end_ms + AFTER_MS)
    return Place(end_ms + AFTER_MS, end_ms + AFTER_MS, -1, *looks, overdue=seen.overdue(film_ends_ms))


def room_ms(line: Place, following: Place) -> int:
    """How long a line has: to the end of its pause, or to the next line in it."""
    return min(line.ends_ms, following.start_ms) - line.start_ms


def crowding(line: Place, following: Place) -> int:
    """What the rest after a line of usual length costs."""
    said_ms = min(USUAL_MS, room_ms(line, following))
    return close(following.start_ms - line.start_ms - said_ms, following.rest_ms)


def wait(line: Place, following: Place, seen: Changes) -> int:
    """What it costs that what this line cannot tell is told by the following one."""
    known = line.known if line.known < following.seen else following.seen
    late = MISSED * (following.overdue - line.told) if following.overdue > line.told else 0
    return seen.waiting(known, following.seen, following.given_up, following.start_ms) + late


def squeeze(line: Place, following: Place) -> int:
    """What it costs that this line has no more room, and no more rest behind it."""
    return short(room_ms(line, following)) + crowding(line, following)


def step(line: Place, following: Place, seen: Changes) -> int:
    """What it costs that after this line the following one is the next."""
    return wait(line, following, seen) + squeeze(line, following)
