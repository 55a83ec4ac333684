"""How loud the result is, and the narrator in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from audiodesc.errors import UsageError
from audiodesc.model import Span

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
