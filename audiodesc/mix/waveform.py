"""What a sound looks like: its peaks, collected while it goes by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples

WIDTH = 1000
FINE_ROWS = 12
"""Up to so many rows the waveform is drawn finely."""
ROWS = ((30_000, 12), (60_000, 12), (120_000, 12), (300_000, 24), (600_000, 24), (1_800_000, 24), (3_600_000, 24))
"""How long a row may be, in ms, and the most rows of that length."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """The lowest and the highest sample, over all channels, of each stretch of `bin_us` microseconds; full scale ±1."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    bin_us: int


def row_ms(duration_ms: int) -> int:
    """How long a row is: the shortest of `ROWS` that is enough; a film that is shorter still is one row, in whole
    seconds."""
    length = next((length for length, most in ROWS if length * most >= duration_ms), ROWS[-1][0])
    return min(length, -(-duration_ms // 1000) * 1000)


def bins(duration_ms: int) -> tuple[int, int]:
    """How many stretches the picture's waveform has, and how long each is, in µs."""
    length, strokes = row_ms(duration_ms), WIDTH // step(duration_ms)
    return -(-duration_ms * strokes // length), length * 1000 // strokes


def step(duration_ms: int) -> int:
    """Units from one stroke of the waveform to the next."""
    return 1 if duration_ms <= FINE_ROWS * row_ms(duration_ms) else 2


class Peaks:
    """The lowest and the highest sample of each of `bins` stretches of `bin_us` microseconds.

    Memory is two numbers a bin, however long the sound is. What comes after the last bin is left out.
    """

    def __init__(self, bins: int, bin_us: int, rate_hz: int = RATE_HZ) -> None:
        self._bin_us = bin_us
        self._scaled = bin_us * rate_hz  # samples in a bin, times a million
        self._low = np.zeros(bins, np.float32)
        self._high = np.zeros(bins, np.float32)
        self._at = 0

    def push(self, samples: Samples) -> None:
        """Add a block, shape (channels, samples)."""
        start, self._at = self._at, self._at + samples.shape[1]
        bins = np.arange(self._bin(start), min(self._bin(self._at - 1) + 1, len(self._low)))
        if not bins.size or not samples.shape[1]:
            return
        firsts = np.maximum(-(-bins * self._scaled // 1_000_000) - start, 0)
        within = slice(bins[0], bins[-1] + 1)
        low = np.minimum.reduceat(samples, firsts, axis=1).min(axis=0)
        high = np.maximum.reduceat(samples, firsts, axis=1).max(axis=0)
        np.minimum(self._low[within], low, out=self._low[within])
        np.maximum(self._high[within], high, out=self._high[within])

    def result(self) -> Waveform:
        """What was collected so far."""
        return Waveform(self._low.copy(), self._high.copy(), self._bin_us)

    def _bin(self, sample: int) -> int:
        return sample * 1_000_000 // self._scaled
