"""How sure a score is: the interval in which it lies when the cues are drawn anew, with replacement (Efron, 1979)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.evaluation.model import Value

LEVEL = 95.0
"""Percent of the resamples whose scores lie in the interval."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measure found: for each cue (or window, or question) a row of numbers, shape (n, k), of whose sums, shape
    (k,), `score` makes the score of all. `each` is the score of each cue, shape (n,), where a cue alone has one."""

    rows: Numbers
    score: Callable[[Numbers, int], float]
    each: Numbers | None = None


def mean_of(values: Numbers) -> Measured:
    """Where the score is the mean of the cues' own."""
    return Measured(values.reshape(-1, 1), lambda sums, count: float(sums[0] / count) if count else 0.0, values)


def value_of(measured: Measured, resamples: int, seed: int) -> Value:
    """The score and the percentile interval of so many resamples; without resamples, and with fewer than two rows,
    there is no interval. Whatever a row was computed from besides its cue (how rare words are, its neighbours) stays as
    it is over all cues."""
    count = len(measured.rows)
    value = measured.score(measured.rows.sum(axis=0), count)
    if count < 2 or not resamples:
        return Value(value)
    drawn = np.array([measured.score(sums, count) for sums in _resampled(measured.rows, resamples, seed)])
    low, high = np.percentile(drawn, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return Value(value, float(low), float(high))


def _resampled(rows: Numbers, resamples: int, seed: int) -> Iterator[Numbers]:
    """The sums of the rows of each resample."""
    draw = np.random.default_rng(seed)
    for _ in range(resamples):
        times = np.bincount(draw.integers(len(rows), size=len(rows)), minlength=len(rows))
        yield times @ rows
