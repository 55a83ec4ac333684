"""What a sound looks like: its peaks, collected while it goes by."""

from __future__ import annotations

import numpy as np

from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples, Waveform


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
