"""What is compared: how the power of sound in a few bands goes up and down, a hundred times a second.

Levels, slow gains such as ducking, and what a coder or a mono mix changes do not matter to it; a narrator over the film
hides only some of it. Memory is a few numbers for each 10 ms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

RATE_HZ = 8_000
"""Sound is compared up to 4 kHz: what low bit rates, old prints and telephones keep."""

STEPS_HZ = 100
HOP = RATE_HZ // STEPS_HZ
WINDOW = 256
BANDS_HZ = (120, 240, 400, 620, 920, 1_300, 1_850, 2_650, 3_800)
AT_ONCE = 4_096
FLOOR, FLOORS = 0.1, (1e-5, 1e-3)
"""What is 10 dB below the power that a band has for most of the time hardly counts, and noise of that level does not
either; that is 30 to 50 dB below its mean. A narrator may be 20 dB louder than the film."""

SPARSE = 7
MOST_OF_TIME = 60
"""Percent."""

Features = NDArray[np.float32]
"""Shape (bands, steps)."""

Mono = NDArray[np.int16]
"""Sound at `RATE_HZ`, shape (samples,)."""


def band_powers(sound: Mono, hop: int = HOP) -> Features:
    """The power in each band around each step, full scale being 1; the n-th step is at sample n × `hop`."""
    steps = len(sound) // hop + 1
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)
    edges = np.searchsorted(frequencies, BANDS_HZ)
    window = np.hanning(WINDOW).astype(np.float32)
    powers = np.empty((len(BANDS_HZ) - 1, steps), np.float32)
    for start in range(0, steps, AT_ONCE):
        count = min(AT_ONCE, steps - start)
        first = start * hop - WINDOW // 2
        part = np.zeros((count - 1) * hop + WINDOW, np.float32)
        a, b = max(0, first), min(len(sound), first + len(part))
        part[a - first : b - first] = sound[a:b]
        spectrum = np.fft.rfft(sliding_window_view(part, WINDOW)[::hop] * window, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        for band in range(len(powers)):
            powers[band, start : start + count] = power[:, edges[band] : edges[band + 1]].mean(axis=1)
    powers /= np.float32(32_768.0**2 * float(np.square(window).sum()))
    return powers


def log_powers(sound: Mono) -> Features:
    """The logarithm of each band's power over its floor; 0 where there is nothing."""
    powers = band_powers(sound)
    means = powers.mean(axis=1, keepdims=True)
    usual = np.percentile(powers[:, ::SPARSE], 100 - MOST_OF_TIME, axis=1, keepdims=True)
    loud = means > 1e-12
    powers /= np.where(loud, np.clip(usual * FLOOR, means * FLOORS[0], means * FLOORS[1]), 1).astype(np.float32)
    np.log1p(powers, out=powers)
    powers[~loud[:, 0]] = 0
    return powers


class Timeline:
    """The logarithms of powers as they can be read at any rate: `changes` gives how they go up and down from step to
    step of a clock that runs `rate` times as fast as the sound's own."""

    def __init__(self, logs: Features) -> None:
        self.steps = logs.shape[1]
        self._logs = logs

    def changes(self, start: float, count: int, step: float) -> Features:
        """Shape (bands, count): the difference of the means of the `step` before and the `step` after each of `count`
        places, the first at `start`, `step` apart; all in steps of the sound's own. Beyond its ends nothing changes."""
        made = np.empty((len(self._logs), count), np.float32)
        for first in range(0, count, AT_ONCE):
            size = min(AT_ONCE, count - first)
            sums = self._sums(start + 0.5 + step * np.arange(first - 1, first + size + 1))
            made[:, first : first + size] = np.diff(np.diff(sums, axis=1) / step, axis=1)
        return made

    def _sums(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """The sum of all between the first place and each, interpolated."""
        first = int(np.floor(places[0]))
        near = np.clip(np.arange(first, int(np.floor(places[-1])) + 2), 0, self.steps - 1)
        sums = np.cumsum(self._logs[:, near], axis=1, dtype=np.float64)
        sums = np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)
        low = np.floor(places).astype(np.int64) - first
        share = places - np.floor(places)
        return np.asarray(sums[:, low] * (1 - share) + sums[:, low + 1] * share)
