"""Levels: how loud the result is, and the narrator in it; and ducking, how far the film goes down under a line, as a
curve computed from where lines are placed."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from operator import attrgetter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audiodesc.errors import UsageError
from audiodesc.model import Span
from audiodesc.settings import Ducking

Gate = Literal["programme", "dialogue"]
"""What is measured: all that is not silence, or the film's dialogue alone."""

CLIP_LUFS = -23.0
"""Every spoken clip comes at this loudness."""

QUIETEST_LUFS, LOUDEST_LUFS = -36.0, -16.0
"""The narrator follows the film's dialogue between these; louder, a voice would have to be squeezed."""

LEAST_DIALOGUE = 0.15
"""With a smaller share of dialogue, a profile for dialogue measures the programme (Netflix, Amazon)."""

AAC_MARGIN_DB = 0.7
"""A lossy coder moves peaks. This much room is enough for an ordinary loud film; the others are mixed again."""

NEAR_LU = 0.1
TRIES = 6

STEP_DB = 0.1
"""Gain and ceiling of the result go in such steps. An edit changes the loudness of a film by less, and so leaves it
as it was where it was not edited: what is encoded of that is not encoded again."""


def in_steps(db: float, *, down: bool = False) -> float:
    """To the nearest step, or to the next below."""
    return round((math.floor if down else round)(round(db / STEP_DB, 6)) * STEP_DB, 6)


@dataclass(frozen=True, slots=True)
class LoudnessProfile:
    """`target_lufs`: the result's loudness, None for as the film came in; `ceiling_db`: dBTP.

    `dialogue_lufs` is the target for the dialogue alone, which counts where there is enough of it. `rate_hz`: the
    sample rate, None for the film's own.
    """

    target_lufs: float | None
    ceiling_db: float
    dialogue_lufs: float | None = None
    rate_hz: int | None = 48_000


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached: this loudness, measured through this gate; None for as the film came in."""

    lufs: float | None
    gate: Gate = "programme"


PROFILES = {
    "source": LoudnessProfile(None, -1.0, rate_hz=None),
    "r128": LoudnessProfile(-23.0, -1.0),  # EBU R 128
    "a85": LoudnessProfile(-24.0, -2.0),  # ATSC A/85
    "streaming": LoudnessProfile(-24.0, -2.0, dialogue_lufs=-27.0),  # Netflix, Amazon
}


def loudness_profile(name: str) -> LoudnessProfile:
    """The profile of that name. Raises UsageError, which lists the known ones."""
    if name not in PROFILES:
        raise UsageError(f"there is no loudness profile {name!r}", f"choose one of: {', '.join(PROFILES)}")
    return PROFILES[name]


def target(profile: LoudnessProfile, dialogue_share: float) -> Target:
    """What a profile asks of a film with that share of dialogue, 0 to 1."""
    if profile.dialogue_lufs is not None and dialogue_share >= LEAST_DIALOGUE:
        return Target(profile.dialogue_lufs, "dialogue")
    return Target(profile.target_lufs)


def share(speech: Sequence[Span], duration_ms: int) -> float:
    """How much of a film is dialogue, 0 to 1; the spans do not overlap."""
    return sum(span.duration_ms for span in speech) / duration_ms if duration_ms else 0.0


def narrator_db(dialogue_lufs: float, programme_lufs: float) -> float:
    """The gain that brings a clip to the level of the film's own dialogue.

    Where none can be heard, to that of the film; in a silent film, none.
    """
    level = next((lufs for lufs in (dialogue_lufs, programme_lufs) if math.isfinite(lufs)), CLIP_LUFS)
    return min(LOUDEST_LUFS, max(QUIETEST_LUFS, level)) - CLIP_LUFS


def gain_to_target_db(target_lufs: float, first_db: float, mixed_lufs: Callable[[float], float]) -> float:
    """The gain that brings the mix to the target, in dB.

    `mixed_lufs` measures the mix at a gain: the limiter takes back a part of it, so that it is asked until it is
    within 0.1 LU, six times at most. `first_db` is tried first.
    """
    gain, slope = first_db, 1.0
    before: tuple[float, float] | None = None
    for _ in range(TRIES):
        mixed = mixed_lufs(gain)
        if not math.isfinite(mixed) or abs(target_lufs - mixed) < NEAR_LU:
            break
        if before and abs(gain - before[0]) > NEAR_LU / 2:
            slope = min(1.5, max(0.15, (mixed - before[1]) / (gain - before[0])))
        before = gain, mixed
        gain += (target_lufs - mixed) / slope
    return gain


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
