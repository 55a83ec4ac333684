"""Momentary loudness where a sound was changed, laid over what is known of the rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from audiodesc.media.loudness import STEPS_HZ, Meter
from audiodesc.mix.momentary import BLOCK, Series, series
from audiodesc.model import Samples


class Excerpts:
    """Measures a sound that is pushed block by block, but only around `changed`: stretches of it as (first sample,
    sample after the last). `known` are the blocks of momentary loudness of all of it, right outside these.
    """

    def __init__(self, known: Series, changed: Iterable[tuple[int, int]], layout: str, rate_hz: int) -> None:
        self._known, self._at = known, 0
        self._meter = Meter(layout, rate_hz, peaks=False)
        step = rate_hz // STEPS_HZ
        self._wanted, heard = np.zeros(len(known), bool), np.zeros(len(known), bool)
        for first, end in changed:
            begin, stop = max(0, first // step), (end - 1) // step + BLOCK + 1
            self._wanted[begin:stop] = True
            heard[max(0, begin - BLOCK) : stop] = True  # a step more on both sides: the filter remembers
        self._heard = np.flatnonzero(heard)
        self._runs = deque((first * step, end * step) for first, end in _runs(heard))

    def push(self, samples: Samples) -> None:
        """Take a block, shape (channels, samples)."""
        start, self._at = self._at, self._at + samples.shape[1]
        while self._runs and self._runs[0][0] < self._at:
            first, end = self._runs[0]
            part = samples[:, max(0, first - start) : end - start]
            if part.shape[1]:
                self._meter.push(part)
            if end > self._at:
                return
            self._runs.popleft()

    def result(self) -> Series:
        """The blocks of the whole sound; ends it."""
        self._meter.result()
        measured = self._known.copy()
        measured[self._heard] = series(self._meter.momentary_lufs)
        return np.where(self._wanted, measured, self._known)


def _runs(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, after the last) of each run of True."""
    edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
