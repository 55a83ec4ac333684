"""A plan -> for each pause, why it is used or not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from audiodesc.core.formatting import clock, seconds
from audiodesc.model import Gap, GapKind
from audiodesc.planning.changes import Changes
from audiodesc.planning.costs import CROSSING, SOUND, WATCH_MS, short
from audiodesc.planning.places import Place, crowding, room_ms, step

NAMED: Mapping[GapKind, str] = {"silence": "nothing", "sound": "a sound", "music": "a song"}
"""What a pause is of: that is known from the subtitles alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A pause, when the lines planned in it begin (none: it is not used), and why.

    `told_ms` is where the next line is planned, which is to tell what is seen in a pause that is not used; None where
    there is no such line.
    """

    gap: Gap
    starts_ms: tuple[int, ...]
    reason: str
    told_ms: int | None = None


def verdicts(gaps: Sequence[Gap], chain: Sequence[Place], every: Sequence[Place], seen: Changes) -> tuple[Verdict, ...]:
    """One for each gap; `chain` is the plan with its opening and ending, `every` where a line might begin."""
    might = {number: tuple(places) for number, places in groupby(every, key=lambda one: one.gap)}
    begins = [line.start_ms for line in chain]
    made = []
    for number, gap in enumerate(gaps):
        first, end = bisect_left(begins, gap.span.start_ms), bisect_left(begins, gap.span.end_ms)
        around = chain[first - 1 : end + 1]
        reason = _used(around, seen) if first < end else _unused(gap, around, might.get(number, ()), seen)
        told = begins[end] if first == end and number in might and chain[end].gap >= 0 else None
        made.append(Verdict(gap, tuple(begins[first:end]), reason, told))
    return tuple(made)


def _used(around: Sequence[Place], seen: Changes) -> str:
    """What a listener would miss without its lines; `around` has the line before them and the one after."""
    before, first, after = around[0], around[1], around[-1]
    untold = seen.times[min(before.known, first.seen) :]
    if not untold:
        return "the rest before the next line would be long"
    since_ms = max(untold[0], first.start_ms - WATCH_MS)
    fate = f"wait for the line planned at {clock(after.start_ms, 1)}"
    if after.gap < 0:
        fate = "not be told"
    elif after.start_ms - since_ms > WATCH_MS:
        fate = "not all be told"
    return f"else what is seen from {clock(since_ms, 1)} on would {fate}"


def _unused(gap: Gap, around: Sequence[Place], might: Sequence[Place], seen: Changes) -> str:
    """What would be worst about the best line in it."""
    if not might:
        return "shorter than the shortest pause that is used"
    before, after = around
    best = min(might, key=lambda one: step(before, one, seen) + one.costs + step(one, after, seen))
    near = min((before, after), key=lambda line: abs(line.start_ms - best.start_ms))
    faults = {
        "little changes in it or before it": 0,
        f"it has only {seconds(room_ms(best, after))} s": short(room_ms(best, after)),
        f"the subtitles name {NAMED[gap.kind]} in it": SOUND * (gap.kind != "silence"),
        "a line would be heard across a cut": CROSSING * best.crosses,
        f"too close to the line planned at {clock(near.start_ms, 1)}": crowding(before, best) + crowding(best, after),
    }
    worst = max(faults, key=lambda fault: faults[fault])
    if best.known <= before.known:
        return "nothing new is seen in it or before it"
    return worst
