"""Where the narrator speaks, chosen over the whole film at a stated cost: which gaps to use, where in each to begin.

`plan` chooses before anything is described: a segment for each line, with what it must cover, and for each gap why it
is used or not. `assign.assign` says, once the lines are known and measured, which is spoken where. Both are exact
dynamic programmes. What things cost is in `costs`, in milliseconds of a listener's patience.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from audiodesc.core.formatting import clock, seconds
from audiodesc.model import Cue, Gap, GapKind, Segment, Span
from audiodesc.planning.costs import AHEAD_MS, CROSSING, DENSITY, LONGEST_WORDS, LOST, SOUND, WATCH_MS, short
from audiodesc.planning.starts import (
    Changes,
    Start,
    available_ms,
    changes,
    crowding,
    ending,
    opening,
    squeeze,
    start_at,
    start_times,
    step,
    wait,
)
from audiodesc.settings import Density

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
    density: Density = DENSITY,
    still: Sequence[Span] = (),
) -> Plan:
    """The cheapest choice of starts, at the costs of `costs`, of all that `starts.start_times` allows.

    Two lines begin at least `shortest_ms` apart. In `still` stretches of a shot nothing happens. Of two choices that
    cost the same, the one whose last line begins first is taken, and so on backwards.
    """
    end_ms = gaps[-1].span.end_ms if gaps else 0
    seen = changes(cuts, end_ms, still, gaps if density != "sparse" else ())
    film_ends_ms = max([end_ms, *(cue.span.end_ms for cue in cues)])
    every = [
        start_at(start, i, gap, cuts, seen, density)
        for i, gap in enumerate(gaps)
        for start in start_times(gap, cuts, shortest_ms)
    ]
    chain, cost = _cheapest([opening(), *every, ending(seen, end_ms, film_ends_ms)], seen, shortest_ms)
    reasons = verdicts(gaps, chain, every, seen)
    return Plan(tuple(_segments(chain, gaps, cues)), reasons, cost)


def _cheapest(every: Sequence[Start], seen: Changes, shortest_ms: int) -> tuple[list[Start], int]:
    """The cheapest chain from the first start to the last, and its cost.

    Once two starts are further apart than anything costs, what the later one costs no longer depends on which the
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
    every: Sequence[Start], tried: Iterable[int], after: Start, best: Sequence[int], seen: Changes, shortest_ms: int
) -> tuple[int, int]:
    """What it costs to be at a start, and the number of the start before it, the first of equals."""
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


def _back(every: Sequence[Start], came_from: Sequence[int]) -> list[Start]:
    chain = [len(every) - 1]
    while chain[-1]:
        chain.append(came_from[chain[-1]])
    return [every[i] for i in reversed(chain)]


def _segments(chain: Sequence[Start], gaps: Sequence[Gap], cues: Sequence[Cue]) -> Iterator[Segment]:
    """A segment for each line. It has its pause from 2.5 s before its start, or from the line before, to the next."""
    watched_ms = 0
    for before, line, after in zip(chain, chain[1:], chain[2:], strict=False):
        begins = max(gaps[line.gap].span.start_ms, line.start_ms - AHEAD_MS)
        begins = line.start_ms if before.gap == line.gap else begins
        end = min(line.ends_ms, after.start_ms)
        watch = Span(max(watched_ms, line.start_ms - WATCH_MS, 0), min(end, line.start_ms + AHEAD_MS))
        words = min(LONGEST_WORDS, words_in(end - line.start_ms))
        yield segment_at(Gap(Span(begins, end), gaps[line.gap].kind), watch, line.start_ms, words, cues)
        watched_ms = watch.end_ms


NAMED: Mapping[GapKind, str] = {"silence": "nothing", "sound": "a sound", "music": "a song"}
"""What a pause is of: that is known from the subtitles alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pause, when the lines planned in it begin (none: it is not used), and why.

    `described_ms` is where the next line is planned, which is to describe what is seen in an unused pause; None where
    there is no such line.
    """

    gap: Gap
    starts_ms: tuple[int, ...]
    reason: str
    described_ms: int | None = None


def verdicts(gaps: Sequence[Gap], chain: Sequence[Start], every: Sequence[Start], seen: Changes) -> tuple[Verdict, ...]:
    """One for each gap; `chain` is the plan with its opening and ending, `every` where a line might begin."""
    might = {number: tuple(starts) for number, starts in groupby(every, key=lambda one: one.gap)}
    begins = [line.start_ms for line in chain]
    made = []
    for number, gap in enumerate(gaps):
        first, end = bisect_left(begins, gap.span.start_ms), bisect_left(begins, gap.span.end_ms)
        around = chain[first - 1 : end + 1]
        reason = _used(around, seen) if first < end else _unused(gap, around, might.get(number, ()), seen)
        described_ms = begins[end] if first == end and number in might and chain[end].gap >= 0 else None
        made.append(Verdict(gap, tuple(begins[first:end]), reason, described_ms))
    return tuple(made)


def _used(around: Sequence[Start], seen: Changes) -> str:
    """What a listener would miss without its lines; `around` has the line before them and the one after."""
    before, first, after = around[0], around[1], around[-1]
    untold = seen.times[min(before.known, first.seen) :]
    if not untold:
        return "the rest before the next line would be long"
    since_ms = max(untold[0], first.start_ms - WATCH_MS)
    fate = f"wait for the line planned at {clock(after.start_ms, 1)}"
    if after.gap < 0:
        fate = "not be described"
    elif after.start_ms - since_ms > WATCH_MS:
        fate = "not all be described"
    return f"else what is seen from {clock(since_ms, 1)} on would {fate}"


def _unused(gap: Gap, around: Sequence[Start], might: Sequence[Start], seen: Changes) -> str:
    """What would be worst about the best line in it."""
    if not might:
        return "shorter than the shortest pause that is used"
    before, after = around
    best = min(might, key=lambda one: step(before, one, seen) + one.costs + step(one, after, seen))
    near = min((before, after), key=lambda line: abs(line.start_ms - best.start_ms))
    faults = {
        "little changes in it or before it": 0,
        f"it has only {seconds(available_ms(best, after))} s": short(available_ms(best, after)),
        f"the subtitles name {NAMED[gap.kind]} in it": SOUND * (gap.kind != "silence"),
        "a line would be heard across a cut": CROSSING * best.crosses,
        f"too close to the line planned at {clock(near.start_ms, 1)}": crowding(before, best) + crowding(best, after),
    }
    worst = max(faults, key=lambda fault: faults[fault])
    if best.known <= before.known:
        return "nothing new is seen in it or before it"
    return worst


WORDS_PER_MINUTE = 170
"""Wanted pace: human describers speak at 145 to 225 words a minute inside their cues."""

CONTEXT_MS = 25_000
"""How much dialogue on both sides a describer is given (as HomerScribe does)."""


def words_in(room_ms: int) -> int:
    """How many words there is time for at the wanted pace, at least 1."""
    return max(1, room_ms * WORDS_PER_MINUTE // 60_000)


def segment_at(gap: Gap, watch: Span, wanted_ms: int, max_words: int, cues: Sequence[Cue]) -> Segment:
    """A segment with the dialogue of 25 s on both sides of its gap; `cues` in order."""

    def first(time_ms: int) -> int:
        return bisect_left(cues, time_ms, key=lambda cue: cue.span.start_ms)

    start, end = gap.span.start_ms, gap.span.end_ms
    dialogue_before = cues[first(start - CONTEXT_MS) : first(start)]
    dialogue_after = cues[first(start) : first(end + CONTEXT_MS)]
    named = named_by(cues, start)
    return Segment(gap, watch, wanted_ms, max_words, tuple(dialogue_before), tuple(dialogue_after), named)


def named_by(cues: Iterable[Cue], time_ms: int) -> tuple[str, ...]:
    """Who has spoken before that time, by the names that the cues give."""
    before = (cue for cue in cues if cue.span.start_ms < time_ms)
    return tuple(dict.fromkeys(name for cue in before for name in (cue.speakers or (cue.speaker,)) if name))


def script_segments(lines: Sequence[Span], gaps: Sequence[Gap], cues: Sequence[Cue]) -> tuple[Segment, ...]:
    """A segment for each line of a script that somebody wrote, given where the lines stand.

    A line may use its pause up to where the next line stands, and begins earlier than it stands only if it
    would not fit otherwise. One that stands in no pause has a gap of no length.
    """
    made = []
    for i, line in enumerate(lines):
        pause = _pause(line, gaps)
        begins = max(line.start_ms, pause.span.start_ms)
        later = [other.start_ms for other in lines[i + 1 :] if other.start_ms > begins]
        end = max(pause.span.start_ms, min([pause.span.end_ms, *later[:1]]))
        gap = Gap(Span(pause.span.start_ms, end), pause.kind)
        watch = Span(min(line.start_ms, end), end)
        segment = segment_at(gap, watch, begins, words_in(gap.span.duration_ms), cues)
        made.append(replace(segment, written=line))
    return tuple(made)


def _pause(line: Span, gaps: Sequence[Gap]) -> Gap:
    """The pause that a line stands in, or else the first that it reaches into."""
    reach = Span(line.start_ms, max(line.end_ms, line.start_ms + 1))
    nowhere = Gap(Span(line.start_ms, line.start_ms))
    return next((gap for gap in gaps if gap.span.overlap_ms(reach)), nowhere)
