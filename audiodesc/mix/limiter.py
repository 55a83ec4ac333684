"""A true-peak limiter that looks ahead, block by block."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audiodesc.media.loudness import HOP, hop_peaks
from audiodesc.model import Samples

REACH = 60
"""Hops (20 ms) on either side over which the lowest gain is held, and again over which it is smoothed: the gain
begins to go down 40 ms before a peak, and is back 40 ms after it. A hop shares one value of required gain."""

SAFETY_DB = 0.1
"""White noise at full scale is held this much too high at worst."""


HANN: NDArray[np.float64] = np.hanning(2 * REACH + 3)[1:-1] / np.hanning(2 * REACH + 3).sum()


class Limiter:
    """Keeps sound under `ceiling_db` (dBTP).

    The gain is the smoothed minimum of what the peaks within 20 ms ask for, so that it never asks too little
    and never jumps. It depends on the sound alone, not on how that is cut into blocks; where nothing is
    too loud the sound passes unchanged.
    """

    def __init__(self, channels: int, ceiling_db: float) -> None:
        self._ceiling = 10 ** ((ceiling_db - SAFETY_DB) / 20)
        self._sound: Samples = np.zeros((channels, HOP), np.float32)  # a hop of context, then what is held
        self._required = np.ones(2 * REACH + 1)  # history, then one value for each measured hop
        self._measured = 0

    def push(self, block: Samples) -> Samples:
        """Take a block, shape (channels, samples); give the samples that are ready, fewer or more."""
        self._sound = np.concatenate([self._sound, block], axis=1)
        self._measure()
        return self._release(self._measured - 2 * REACH - 2)

    def flush(self) -> Samples:
        """The samples that were held back; ends it."""
        held = self._sound.shape[1] - HOP
        hops = -(-held // HOP)
        silence = np.zeros((len(self._sound), (hops + 2 * REACH + 4) * HOP - held), np.float32)
        self._sound = np.concatenate([self._sound, silence], axis=1)
        self._measure()
        return self._release(hops)[:, :held]

    def _measure(self) -> None:
        """Required gain of every hop that has a hop of context on its right."""
        ready = (self._sound.shape[1] - 2 * HOP) // HOP
        if ready <= self._measured:
            return
        peaks = hop_peaks(self._sound[:, self._measured * HOP : (ready + 2) * HOP], self._ceiling)
        required = self._ceiling / np.maximum(peaks, self._ceiling)
        self._required = np.concatenate([self._required, required])
        self._measured = ready

    def _release(self, hops: int) -> Samples:
        if hops <= 0:
            return self._sound[:, :0]
        out = self._sound[:, HOP : HOP + hops * HOP]
        required = self._required[: hops + 4 * REACH + 3]
        if required.min() < 1:
            lowest = sliding_window_view(required, 2 * REACH + 3).min(axis=1)
            smooth = np.convolve(lowest, HANN, "valid")
            at = np.arange(hops * HOP) / HOP
            out = out * np.interp(at, np.arange(hops + 1), smooth).astype(np.float32)
        self._sound = self._sound[:, hops * HOP :]
        self._required = self._required[hops:]
        self._measured -= hops
        return out
