"""Films with a tone of its own in each channel, described by a hum: what is heard of each can be told."""

from __future__ import annotations

import numpy as np
from clicking import ClickingVoice
from films import RATE
from numpy.typing import NDArray

from audiodesc.model import Take

SECONDS = 6
LINES = [("00:01.000", "00:02.500", "One."), ("00:04.000", "00:05.500", "Two.")]


class Humming(ClickingVoice):
    """Says every text as a hum of a second and a half."""

    fingerprint = "hums"

    def say(self, text: str, rate: float) -> Take:
        hum = 0.2 * np.sin(2 * np.pi * 200 * np.arange(RATE * 3 // 2) / RATE)
        return Take(hum.astype(np.float32), rate)


def film_sound(count: int, rate: int = RATE) -> NDArray[np.float32]:
    """Tones of which each channel has its own, so that what is heard of each can be told."""
    at = np.arange(SECONDS * rate) / rate
    return np.stack([0.05 * np.sin(2 * np.pi * (500 + 100 * n) * at) for n in range(count)]).astype(np.float32)


def power_db(samples: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(samples**2, dtype=float)))
