"""Gaps, cuts and dialogue -> which pauses to use, where in each to begin, and what each line must cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audiodesc.model import Cue, Gap, Segment, Span
from audiodesc.planning.changes import Changes, changes
from audiodesc.planning.costs import AHEAD_MS, LONGEST_WORDS, LOST, WATCH_MS, Density
from audiodesc.planning.places import Place, ending, opening, place, squeeze, starts, step, wait
from audiodesc.planning.segments import placed, words_in
from audiodesc.planning.verdicts import Verdict, verdicts

FAR_MS = LOST + AHEAD_MS
"""Two lines that are further apart than this do not touch: no wait, no rest and no lack of room reaches so far."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to speak, in order; for each pause, in order, why it is used or not; and what the plan costs."""

    segments: tuple[Segment, ...]
    verdicts: tuple[Verdict, ...]
    cost: int


def plan(
    gaps: Sequence[Gap],
    cuts: Sequence[int],
    cues: Sequence[Cue],
    shortest_ms: int,
    density: Density = "normal",
    still: Sequence[Span] = (),
) -> Plan:
    """The cheapest choice of starts, at the costs of `costs`, of all that `places.starts` allows.

    Two lines begin at least `shortest_ms` apart. In `still` stretches of a shot nothing happens. Of two choices that
    cost the same, the one whose last line begins first is taken, and so on backwards.
    """
    end_ms = gaps[-1].span.end_ms if gaps else 0
    seen = changes(cuts, end_ms, still, gaps if density != "sparse" else ())
    film_ends_ms = max([end_ms, *(cue.span.end_ms for cue in cues)])
    every = [
        place(start, i, gap, cuts, seen, density)
        for i, gap in enumerate(gaps)
        for start in starts(gap, cuts, shortest_ms)
    ]
    chain, cost = _cheapest([opening(), *every, ending(seen, end_ms, film_ends_ms)], seen, shortest_ms)
    reasons = verdicts(gaps, chain, every, seen)
    return Plan(tuple(_segments(chain, gaps, cues)), reasons, cost)


def _cheapest(every: Sequence[Place], seen: Changes, shortest_ms: int) -> tuple[list[Place], int]:
    """The cheapest chain from the first place to the last, and its cost.

    Once two places are further apart than anything costs, what the later one costs no longer depends on which the
    earlier one is: of all those, only the cheapest is tried.
    """
    best, came_from = [0], [0]
    near, far, far_cost = 0, -1, 0
    for j in range(1, len(every)):
        after = every[j]
        while after.start_ms - every[near].start_ms > FAR_MS:
            cost = best[near] + step(every[near], every[-1], seen)
            if far < 0 or cost < far_cost:
                far, far_cost = near, cost
            near += 1
        tried = [far, *range(near, j)] if far >= 0 else range(near, j)
        cost, i = _before(every, tried, after, best, seen, shortest_ms)
        best.append(cost + after.costs)
        came_from.append(i)
    return _back(every, came_from), best[-1]


def _before(
    every: Sequence[Place], tried: Iterable[int], after: Place, best: Sequence[int], seen: Changes, shortest_ms: int
) -> tuple[int, int]:
    """What it costs to be at a place, and the number of the place before it, the first of equals."""
    least, chosen = 0, -1
    for i in tried:
        line = every[i]
        if after.start_ms - line.start_ms < shortest_ms:
            break
        cost = best[i] + wait(line, after, seen)
        if chosen < 0 or cost < least:
            cost += squeeze(line, after)
            if chosen < 0 or cost < least:
                least, chosen = cost, i
    return least, chosen


def _back(every: Sequence[Place], came_from: Sequence[int]) -> list[Place]:
    chain = [len(every) - 1]
    while chain[-1]:
        chain.append(came_from[chain[-1]])
    return [every[i] for i in reversed(chain)]


def _segments(chain: Sequence[Place], gaps: Sequence[Gap], cues: Sequence[Cue]) -> Iterator[Segment]:
    """A segment for each line. It has its pause from 2.5 s before its start, or from the line before, to the next."""
    watched_ms = 0
    for before, line, after in zip(chain, chain[1:], chain[2:], strict=False):
        begins = max(gaps[line.gap].span.start_ms, line.start_ms - AHEAD_MS)
        begins = line.start_ms if before.gap == line.gap else begins
        end = min(line.ends_ms, after.start_ms)
        watch = Span(max(watched_ms, line.start_ms - WATCH_MS, 0), min(end, line.start_ms + AHEAD_MS))
        words = min(LONGEST_WORDS, words_in(end - line.start_ms))
        yield placed(Gap(Span(begins, end), gaps[line.gap].kind), watch, line.start_ms, words, cues)
        watched_ms = watch.end_ms
