"""How loud the result is, and the narrator in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from audiodesc.errors import UsageError

CLIP_LUFS = -23.0
"""Every spoken clip comes at this loudness."""

QUIETEST_LUFS, LOUDEST_LUFS = -36.0, -16.0
"""The narrator follows the film's dialogue between these; louder, a voice would have to be squeezed."""


@dataclass(frozen=True, slots=True)
class LoudnessProfile:
    """`target_lufs`: the programme's integrated loudness, None for as the film came in; `ceiling_db`: dBTP."""

    target_lufs: float | None
    ceiling_db: float


PROFILES = {
    "source": LoudnessProfile(None, -1.0),
    "r128": LoudnessProfile(-23.0, -1.0),  # EBU R 128
}


def loudness_profile(name: str) -> LoudnessProfile:
    """The profile of that name. Raises UsageError, which lists the known ones."""
    if name not in PROFILES:
        raise UsageError(f"there is no loudness profile {name!r}", f"choose one of: {', '.join(PROFILES)}")
    return PROFILES[name]


def narrator_db(dialogue_lufs: float, programme_lufs: float) -> float:
    """The gain that brings a clip to the level of the film's own dialogue.

    Where none can be heard, to that of the film; in a silent film, none.
    """
    level = next((lufs for lufs in (dialogue_lufs, programme_lufs) if math.isfinite(lufs)), CLIP_LUFS)
    return min(LOUDEST_LUFS, max(QUIETEST_LUFS, level)) - CLIP_LUFS


def programme_db(target_lufs: float | None, film_lufs: float, mixed_lufs: Callable[[float], float]) -> float:
    """The gain that brings the mix to the target, in dB.

    `mixed_lufs` measures the mix at a gain: lines, ducking and limiter change its loudness, so that it is
    asked until it is within 0.1 LU, three times at most.
    """
    if target_lufs is None:
        return 0.0
    gain = target_lufs - film_lufs if math.isfinite(film_lufs) else 0.0
    for _ in range(3):
        mixed = mixed_lufs(gain)
        if not math.isfinite(mixed) or abs(target_lufs - mixed) < 0.1:
            break
        gain += target_lufs - mixed
    return gain
