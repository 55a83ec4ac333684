"""A film's waveform in several resolutions, computed once and kept in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audiodesc.core import cache
from audiodesc.core.progress import Progress
from audiodesc.media.opening import of_unchanged
from audiodesc.mix.measure import Feed, Peaks

VERSION: Final = 1
BIN_MS: Final = 10
TIMES: Final = 4
"""Each level has bins so many times as long as the one before."""

LEVELS: Final = 5
Bins = NDArray[np.int8]
"""Shape (bins, 2): the lowest and the highest sample of each, times 127."""


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution."""

    bins: Bins
    bin_ms: int


def waveform(source: Feed, store: cache.Store, progress: Progress) -> tuple[Level, ...]:
    """The waveform of a film's sound, the finest first."""
    about = (source.layout, source.rate_hz)
    name = cache.key("peaks", VERSION, film=source.film.fingerprint, track=source.track, made=about, bin=BIN_MS)
    count = -(-source.film.duration_ms // BIN_MS)
    path = store.path(name, ".bin")
    if not (path.is_file() and path.stat().st_size == 2 * count):
        content = of_unchanged(source.film, _measured(source, count, progress)).tobytes()
        store.put(name, ".bin", content)
    finest = np.frombuffer(path.read_bytes(), np.int8).reshape(-1, 2)
    return tuple(_levels(finest))


def _measured(source: Feed, count: int, progress: Progress) -> Bins:
    peaks, done = Peaks(count, BIN_MS * 1000, source.rate_hz), 0
    for block in source.blocks():
        peaks.push(block)
        done += block.shape[1]
        progress("peaks", done // source.rate_hz, source.film.duration_ms // 1000)
    made = peaks.result()
    return _whole(np.stack([made.low, made.high], axis=1))


def _whole(ends: NDArray[np.float32]) -> Bins:
    """Rounded away from 0, so that the softest sound is seen."""
    scaled = np.clip(ends, -1, 1) * 127
    return np.where(scaled < 0, np.floor(scaled), np.ceil(scaled)).astype(np.int8)


def _levels(finest: Bins) -> list[Level]:
    made = [Level(finest, BIN_MS)]
    while len(made) < LEVELS:
        last = made[-1]
        starts = np.arange(0, len(last.bins), TIMES)
        if not starts.size:
            made.append(Level(last.bins, last.bin_ms * TIMES))
            continue
        low = np.minimum.reduceat(last.bins[:, 0], starts)
        high = np.maximum.reduceat(last.bins[:, 1], starts)
        made.append(Level(np.stack([low, high], axis=1), last.bin_ms * TIMES))
    return made
