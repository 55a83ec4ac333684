"""Cues that belong in two places: before and after something that was cut out of the film, or put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from audiodesc.dialogue.sync.correlate import (
    FARTHEST_MS,
    FLAT,
    INSIDE,
    STEP_MS,
    Match,
    Numbers,
    Spans,
    Speech,
    onset_share,
    refined,
    score,
    total_ms,
)

GRID_MS = 10
SHIFTS = 2 * FARTHEST_MS // STEP_MS + 1

LEAST = 3
"""Cues on each side of a break, at least."""

CROSSING_MS = 500
"""How much the two sides may overlap."""

OUTSIDE = 0.5
"""What cue time outside the film costs in the search, against 1 that it gains where speech is heard."""

NONE = Match(-1.0, 0.0, 0.0)


def best_break(cues: Spans, speech: Speech) -> Match:
    """The place of one break, and the shifts before and after it, with which the cues match best.

    Of places that are as good that one is taken with which most cues begin with speech: long cues hold speech that is
    not theirs. The order of the cues is kept. A score of -1 where there are not LEAST cues on both sides, or where too
    much cue time would lie outside the film.
    """
    found = _found(cues, speech)
    if not found:
        return NONE
    most_ms, most = max(found, key=lambda one: one[0])
    least_ms = most_ms - FLAT * total_ms(cues)
    good = [one for ms, one in found if ms >= least_ms and abs(one.late_ms - one.early_ms) > STEP_MS]
    return _scored(max(good, key=lambda one: _begins(one, cues, speech), default=most), cues, speech)


def most_held(cues: Spans, speech: Speech) -> Match:
    """The same by the speech that the cues hold alone, which is quicker, and scores as much or nearly so."""
    found = _found(cues, speech)
    return _scored(max(found, key=lambda one: one[0])[1], cues, speech) if found else NONE


def _found(cues: Spans, speech: Speech) -> list[tuple[float, Match]]:
    """For each place of a break the best shifts before and after it, and how much speech the cues hold so, in ms."""
    early, late = np.zeros(SHIFTS), np.zeros(SHIFTS)
    for held in _held(cues, speech):
        late += held
    found = []
    for number, held in enumerate(_held(cues, speech)):
        if LEAST <= number <= len(cues) - LEAST:
            room_ms = cues[number, 0] - cues[number - 1, 1] + CROSSING_MS
            held_ms, early_ms, late_ms = _divided(early, late, int(room_ms // STEP_MS))
            found.append((held_ms, Match(-1.0, early_ms, late_ms, number)))
        early += held
        late -= held
    return found


def _scored(match: Match, cues: Spans, speech: Speech) -> Match:
    moved = match.moved(cues)
    if total_ms(np.clip(moved, 0, speech.duration_ms)) < INSIDE * total_ms(cues):
        return match
    return replace(match, score=score(moved, speech))


def _begins(match: Match, cues: Spans, speech: Speech) -> float:
    """The share of cues that begin with speech where both sides are put exactly."""
    early = refined(cues[: match.border], speech, match.early_ms)
    late = refined(cues[match.border :], speech, match.late_ms)
    return onset_share(replace(match, early_ms=early.shift_ms, late_ms=late.shift_ms).moved(cues), speech)


def _held(cues: Spans, speech: Speech) -> Iterator[Numbers]:
    """For each cue, how much speech it holds at each shift from -FARTHEST_MS to FARTHEST_MS, less what lies outside."""
    times = np.arange(-FARTHEST_MS, cues[-1, 1] + FARTHEST_MS + STEP_MS, GRID_MS, dtype=np.float64)
    grid = speech.until(times) - OUTSIDE * (times - np.clip(times, 0, speech.duration_ms))
    stride = STEP_MS // GRID_MS
    for start, end in np.rint(cues / GRID_MS).astype(int):
        yield grid[end::stride][:SHIFTS] - grid[start::stride][:SHIFTS]


def _divided(early: Numbers, late: Numbers, room: int) -> tuple[float, float, float]:
    """The speech that early and late cues hold with the best two shifts, and the shifts, in ms.

    The later one is no more than `room` steps less than the other: later cues stay later.
    """
    most = np.maximum.accumulate(late[::-1])[::-1]
    first = np.maximum(np.arange(SHIFTS) - room, 0)
    sums = early + most[first]
    place = int(sums.argmax())
    behind = int(first[place] + late[first[place] :].argmax())
    return float(sums[place]), float(place * STEP_MS - FARTHEST_MS), float(behind * STEP_MS - FARTHEST_MS)
