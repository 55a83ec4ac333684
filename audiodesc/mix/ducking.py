"""How far the film goes down under the narrator, as a curve computed from where lines are placed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from audiodesc.settings import Ducking

LONGEST = 610
"""Seconds: no spoken line is longer, with the hold behind it."""

NEAR_S = 15
"""So far around a line its depth is that of the lowest. Further away nobody takes it for pumping that the film comes up
a little, and where lines go on for an hour, one loud place does not take the film away from all of it."""

USUAL_DB = -9.0
"""How far the film goes down where nobody chose a depth: after DAPT's example (−8.2 dB) and Microsoft's practice
(−10 dB). It goes further where the narrator would not be heard over it."""

LEAST_LU = Ducking().ratio_lu
"""So far at least a narrator should stand above the film under a line.

Measured, by the words that Whisper-base mishears of 60 that the built-in voice says over the music of the Sintel
trailer: 42 at −6 LU, 25 at 0, 10 at 4 and at 6, 6 at 7, and 5 to 7 up to 15, which are the voice's own. What people
want lies around it: 10 LU over music at least, and sound engineers 4 LU less (Torcoli and others, JAES 67 (12), 2019).
"""


@dataclass(frozen=True, slots=True)
class Duck:
    """The film is down by `depth_db` from sample `first` to sample `end`; the ramps lie outside."""

    first: int
    end: int
    depth_db: float


def ducks(
    lines: Sequence[tuple[int, int]],
    depths_db: Sequence[float],
    ducking: Ducking,
    rate_hz: int,
    speech: Iterable[tuple[int, int]] = (),
) -> tuple[Duck, ...]:
    """Where the film is down for these lines: (first sample, sample after the last) of each, in order.

    The hold keeps it down to the next line, but never under the film's own `speech` (samples, in order). Over lines
    that are held together the film is down as far as the lowest near each asks: else it would pump.
    """
    ahead, hold = (ms * rate_hz // 1000 for ms in (ducking.ahead_ms, ducking.hold_ms))
    alone = [Duck(max(0, first - ahead), end, depth) for (first, end), depth in zip(lines, depths_db, strict=True)]
    dialogue, runs = sorted(speech), [alone[:1]]
    for one, other in pairwise(alone):
        if other.first - one.end <= hold and not _has_dialogue(dialogue, one.end, other.first):
            runs[-1].append(other)
        else:
            runs.append([other])
    return tuple(duck for run in runs for duck in _held(run, NEAR_S * rate_hz))


def _held(run: Sequence[Duck], reach: int) -> Iterator[Duck]:
    """Lines that the film stays down between, each as deep as the lowest of those within `reach` samples of it."""
    begin = stop = 0
    for i, one in enumerate(run):
        while one.first - run[begin].end > reach:
            begin += 1
        while stop < len(run) and run[stop].first - one.end <= reach:
            stop += 1
        end = max(one.end, run[i + 1].first) if i + 1 < len(run) else one.end
        yield Duck(one.first, end, min(near.depth_db for near in run[begin:stop]))


def _has_dialogue(speech: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether the film speaks between two samples."""
    after = bisect_left(speech, (end, end))
    return any(until > start for _, until in speech[max(0, after - 8) : after])


def gain(start: int, count: int, down: Sequence[Duck], ducking: Ducking, rate_hz: int) -> NDArray[np.float32] | None:
    """The film's gain (linear) for `count` samples from sample `start`; None where it is 1 throughout.

    `down` is in order. Where the curves of two meet, the lower one counts.
    """
    ramp_down, ramp_up = ramps(ducking, rate_hz)
    begin = bisect_left(down, start - ramp_up - LONGEST * rate_hz, key=attrgetter("first"))
    stop = bisect_left(down, start + count + ramp_down, key=attrgetter("first"))
    near = [duck for duck in down[begin:stop] if duck.depth_db and duck.end + ramp_up > start]
    if not near:
        return None
    lowest, curve = np.zeros(count), np.ones(count, np.float32)
    for duck in near:
        corners = [duck.first - ramp_down, duck.first, duck.end, duck.end + ramp_up]
        a, b = max(start, corners[0]), min(start + count, corners[-1])  # elsewhere it asks for nothing
        part = lowest[a - start : max(a, b) - start]
        depths = np.interp(np.arange(a, b), corners, [0.0, duck.depth_db, duck.depth_db, 0.0])
        np.minimum(part, depths, out=part)
    low = np.flatnonzero(lowest)
    curve[low] = 10.0 ** (lowest[low] / 20.0)
    return curve


def ramps(ducking: Ducking, rate_hz: int) -> tuple[int, int]:
    """How many samples the film takes to go down and to come up."""
    return ducking.down_ms * rate_hz // 1000, ducking.up_ms * rate_hz // 1000


def corners(down: Sequence[Duck], ducking: Ducking, rate_hz: int) -> list[tuple[int, float]]:
    """(sample, dB) of each corner of the gain curve, which is straight between two of them and 0 dB outside."""
    ramp_down, ramp_up = ramps(ducking, rate_hz)
    shapes = [
        ((duck.first - ramp_down, duck.first, duck.end, duck.end + ramp_up), duck.depth_db * UNDER) for duck in down
    ]
    places = {max(0, place) for shape, _ in shapes for place in shape}
    for i, one in enumerate(shapes):
        for other in takewhile(lambda other, end=one[0][3]: other[0][0] < end, shapes[i + 1 :]):  # type: ignore[misc]
            places |= _crossings(one, other)
    found: list[tuple[int, float]] = []
    for place in sorted(places):
        value = gain(place, 1, down, ducking, rate_hz)
        found.append((place, 0.0 if value is None else float(20 * np.log10(value[0]))))
    return found


UNDER = np.array([0.0, 1.0, 1.0, 0.0])
"""How far the film is down at the four corners of a line's curve."""

Shape = tuple[tuple[int, int, int, int], NDArray[np.float64]]


def _crossings(one: Shape, other: Shape) -> set[int]:
    """Where the curves of two lines cross: between two corners both are straight."""
    at = np.unique([*one[0], *other[0]])
    differs = np.interp(at, *one) - np.interp(at, *other)
    turns = np.flatnonzero(differs[:-1] * differs[1:] < 0)
    share = differs[turns] / (differs[turns] - differs[turns + 1])
    places = np.rint(at[turns] + share * (at[turns + 1] - at[turns]))
    return {int(place) for place in places if place >= 0}
