"""Peaks between samples, after ITU-R BS.1770-5, Annex 2."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audiodesc.model import Samples

OVERSAMPLING = 4
"""ITU-R BS.1770-5, Annex 2: peaks are read at four times 48 kHz."""

TAPS = 32
"""BS.1770's example has 12, which read noise near 24 kHz up to 0.7 dB too low."""


def interpolators() -> list[NDArray[np.float32]]:
    """Windowed-sinc filters for the three points between two samples, each of unit gain at 0 Hz."""
    centre = TAPS // 2 - 1
    filters = []
    for phase in range(1, OVERSAMPLING):
        at = np.arange(TAPS) - centre - phase / OVERSAMPLING
        window = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1 - (at / (TAPS / 2)) ** 2))) / np.i0(6.0)
        taps = np.sinc(at) * window
        filters.append((taps / taps.sum())[::-1].astype(np.float32))
    return filters


INTERPOLATORS = interpolators()
FORWARD: NDArray[np.float32] = np.stack([taps[::-1] for taps in INTERPOLATORS], axis=1)


def true_peaks(sound: Samples, ignore_below: float) -> NDArray[np.float32]:
    """The largest magnitude over all channels at and right after each sample, shape (samples,).

    Where no sample reaches `ignore_below`, what lies between samples is not looked at: sound that is 6 dB
    higher between its samples than on any of them does not occur outside test signals.
    """
    peaks = np.abs(sound).max(axis=0)
    if peaks.size and peaks.max() >= ignore_below:
        for channel in sound:
            for taps in INTERPOLATORS:
                between = np.abs(np.convolve(channel, taps)[TAPS // 2 : TAPS // 2 + len(channel)])
                np.maximum(peaks, between, out=peaks)
    return np.asarray(peaks, np.float32)


class HighestPeak:
    """The true peak of sound that is pushed block by block: `value`, linear.

    Between samples is looked only beside those above half the highest peak so far, as in `true_peaks`: in most
    films these are few.
    """

    def __init__(self, channels: int) -> None:
        self.value = 0.0
        self._held: Samples = np.zeros((channels, TAPS - 1), np.float32)

    def push(self, block: Samples) -> None:
        """Take a block, shape (channels, samples)."""
        sound = np.concatenate([self._held, block], axis=1)
        self._held = sound[:, sound.shape[1] - TAPS + 1 :].copy()
        self.value = max(self.value, float(np.abs(block).max(initial=0)))
        for channel in sound:
            before = TAPS // 2 - 1
            hot = np.flatnonzero(np.abs(channel[before : len(channel) - before - 1]) > self.value / 2)
            hot = np.union1d(hot, np.maximum(hot - 1, 0)) if hot.size else hot  # on both sides of a loud sample
            if hot.size:
                between = np.abs(sliding_window_view(channel, TAPS)[hot] @ FORWARD)
                self.value = max(self.value, float(between.max()))

    def flush(self) -> None:
        """Look between the last samples too; ends it."""
        self.push(np.zeros((len(self._held), TAPS // 2), np.float32))
