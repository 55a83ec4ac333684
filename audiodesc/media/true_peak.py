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

BEFORE, AFTER = TAPS // 2 - 1, TAPS // 2
"""Samples that the filters reach back and ahead."""

HOP = 16
"""Samples that are looked at together."""

AT_ONCE = 64
"""Hops in one product of matrices: for much larger ones OpenBLAS takes threads of its own, and they get in the way."""


def interpolators() -> NDArray[np.float32]:
    """Windowed-sinc filters for the three points between two samples, each of unit gain at 0 Hz; shape (3, TAPS)."""
    filters = []
    for phase in range(1, OVERSAMPLING):
        at = np.arange(TAPS) - BEFORE - phase / OVERSAMPLING
        window = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1 - (at / (TAPS / 2)) ** 2))) / np.i0(6.0)
        taps = np.sinc(at) * window
        filters.append((taps / taps.sum()).astype(np.float32))
    return np.stack(filters)


INTERPOLATORS = interpolators()

OVERSHOOT = float(np.abs(INTERPOLATORS).sum(axis=1).max())
"""No point between samples is more than so many times as large as the largest sample that its filter reaches."""


def _points() -> NDArray[np.float32]:
    """The filters for all points of a hop, and its samples themselves; shape (4 × HOP, what they reach)."""
    phases = np.concatenate([np.eye(1, TAPS, BEFORE, dtype=np.float32), INTERPOLATORS])
    return np.concatenate([np.pad(phases, ((0, 0), (i, HOP - 1 - i))) for i in range(HOP)])


POINTS = _points()


def hop_peaks(sound: Samples, ceiling: float) -> NDArray[np.float32]:
    """The largest magnitude over all channels at and right after the samples of each hop but the first and the last;
    0 where the samples of the hop and its neighbours are so small that nothing between them can reach `ceiling`.
    """
    peaks = np.zeros(max(0, sound.shape[1] // HOP - 2), np.float32)
    loud = ceiling / OVERSHOOT
    if not peaks.size or max(sound.max(), -sound.min()) < loud:
        return peaks
    for channel in sound:
        hot = np.flatnonzero(np.abs(channel) >= loud) // HOP
        near = np.zeros(len(peaks) + 2, bool)
        for beside in (-1, 0, 1):
            near[np.clip(hot + beside, 0, len(peaks) + 1)] = True
        hops = np.flatnonzero(near[1:-1])
        reached = sliding_window_view(channel[HOP - BEFORE :], POINTS.shape[1])[::HOP]
        for part in np.split(hops, range(AT_ONCE, len(hops), AT_ONCE)):
            points = POINTS @ reached[part].T
            peaks[part] = np.maximum(peaks[part], np.maximum(points.max(axis=0), -points.min(axis=0)))
    return np.nan_to_num(peaks, nan=np.inf)  # beside a sample that is no number


class HighestPeak:
    """The true peak of sound that is pushed block by block: `value`, linear.

    Between samples is looked only beside those above half the highest peak so far, which in most films are few:
    sound that is 6 dB higher between its samples than on any of them does not occur outside test signals.
    """

    def __init__(self, channels: int) -> None:
        self.value = 0.0
        self._held: Samples = np.zeros((channels, TAPS - 1), np.float32)

    def push(self, block: Samples) -> None:
        """Take a block, shape (channels, samples)."""
        sound = np.concatenate([self._held, block], axis=1)
        self._held = sound[:, sound.shape[1] - TAPS + 1 :].copy()
        loudest = max(float(sound.max()), -float(sound.min()))
        if loudest <= self.value / 2:
            return
        self.value = max(self.value, loudest)
        for channel in sound:
            hot = np.flatnonzero(np.abs(channel[BEFORE : len(channel) - AFTER]) > self.value / 2)
            hot = np.union1d(hot, np.maximum(hot - 1, 0)) if hot.size else hot  # on both sides of a loud sample
            if hot.size:
                between = np.abs(sliding_window_view(channel, TAPS)[hot] @ INTERPOLATORS.T)
                self.value = max(self.value, float(between.max()))

    def flush(self) -> None:
        """Look between the last samples too; ends it."""
        self.push(np.zeros((len(self._held), TAPS // 2), np.float32))
