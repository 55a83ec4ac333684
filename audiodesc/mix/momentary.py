"""Loudness computed from momentary loudness: ten numbers a second stand for a film's sound.

These are the blocks that ITU-R BS.1770 gates, 400 ms long and 100 ms apart. Their energies add up where two sounds
that have nothing to do with each other are mixed, and follow a gain: so the loudness of a mix is known before it
is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from audiodesc.media.loudness import SILENCE_LUFS, STEPS_HZ
from audiodesc.model import Span

Series = NDArray[np.float64]
"""Energies (linear, 1 is 0 LUFS) of the blocks that end at 0.1 s, 0.2 s …"""

BLOCK = 4
"""Steps in a block."""

GATE_LU = 10.0
"""BS.1770's relative gate: so far below the mean, a block does not count."""


def series(momentary_lufs: Sequence[float]) -> Series:
    """Energies of what a meter measured."""
    return np.asarray(10.0 ** (np.asarray(momentary_lufs, float) / 10))


def lufs(energy: float) -> float:
    """An energy as loudness; −inf for silence."""
    level = 10 * math.log10(energy) if energy > 0 else -math.inf
    return level if level > SILENCE_LUFS else -math.inf


def integrated_lufs(energies: Series) -> float:
    """The gated loudness (BS.1770-5) of these blocks; −inf for silence."""
    loud = energies[energies > 10 ** (SILENCE_LUFS / 10)]
    if not loud.size:
        return -math.inf
    gated = loud[loud > loud.mean() * 10 ** (-GATE_LU / 10)]
    return lufs(float(gated.mean()))


def inside(spans: Iterable[Span], count: int) -> NDArray[np.bool_]:
    """Which of `count` blocks lie in one of the spans, wholly; of a span that has none, the block at its middle."""
    chosen = np.zeros(count, bool)
    for span in spans:
        first = -(-span.start_ms * STEPS_HZ // 1000) + BLOCK - 1
        after = span.end_ms * STEPS_HZ // 1000
        if first < after:
            chosen[first:after] = True
        elif count and span.duration_ms:
            middle = (span.start_ms + span.end_ms) * STEPS_HZ // 2000
            chosen[min(count - 1, middle + BLOCK // 2 - 1)] = True
    return chosen


def level_lufs(energies: Series, span: Span) -> float:
    """The loudness of one span, without a gate, its ends to the nearest step; −inf for silence.

    The mean of all blocks in it would hardly count its ends. Blocks side by side count all of it alike, and where its
    length is no multiple of theirs, those from its beginning fade into those from its end.
    """
    first, after = (round(ms * STEPS_HZ / 1000) for ms in (span.start_ms, span.end_ms))
    if after - first < BLOCK:
        chosen = energies[inside([span], len(energies))]
        return lufs(float(chosen.mean())) if chosen.size else -math.inf
    apart = np.arange((after - first) // BLOCK)
    ends = np.concatenate([first + BLOCK - 1 + BLOCK * apart, after - 1 - BLOCK * apart])
    weights = np.tile(len(apart) - apart, 2)[ends < len(energies)]
    chosen = energies[ends[ends < len(energies)]]
    return lufs(float(np.average(chosen, weights=weights))) if chosen.size else -math.inf
