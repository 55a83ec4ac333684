"""Whether what a voice gave can be speech at all: engines fail in ways that are no errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audiodesc.speak.finish import RATE_HZ

INAUDIBLE = 0.001
"""−60 dBFS."""

LONGEST_S, LONGEST_S_A_LETTER = 10, 0.5
"""A voice that reads figures out needs half a second a character; one that lost its way goes on for minutes."""

FLAT, STEADY_DB = 0.1, 2.5
"""Speech rises and falls by more than 5 dB from frame to frame, and its spectrum has peaks: 0.17 at most in words
that are all hissing, measured on the shipped voices. White noise has 0.56 and 0.1 dB."""

_FRAME = 2048
_LOOK_AT_S = 3


def fault(samples: NDArray[np.float32], text: str) -> str:
    """Why a clip (48 kHz) cannot be used for that text, "" where it can."""
    if not np.isfinite(samples).all():
        return "the voice gave numbers that are not sound"
    if np.max(np.abs(samples), initial=0.0) < INAUDIBLE:
        return "nothing can be heard of it"
    seconds = len(samples) / RATE_HZ
    if seconds > LONGEST_S + LONGEST_S_A_LETTER * len(text):
        return f"the voice went on for {seconds:.0f} s"
    return ""


def is_noise(samples: NDArray[np.float32]) -> bool:
    """Whether a clip (48 kHz) hisses evenly from beginning to end, as no speech does."""
    part = samples[: _LOOK_AT_S * RATE_HZ]
    if len(part) < 4 * _FRAME:
        return False
    frames = np.lib.stride_tricks.sliding_window_view(part, _FRAME)[_FRAME // 2 :: _FRAME // 2]
    level_db = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME))) ** 2
    band = power[:, 100 * _FRAME // RATE_HZ : 8000 * _FRAME // RATE_HZ] + 1e-12
    flatness = np.exp(np.log(band).mean(axis=1)) / band.mean(axis=1)
    return bool(level_db.std() < STEADY_DB and np.median(flatness) > FLAT)
