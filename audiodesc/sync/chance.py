"""How well cues match speech by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audiodesc.sync.matching import Match, Spans

DRAWS = 24
LEAST_SPREAD = 0.01


@dataclass(frozen=True, slots=True)
class Chance:
    """Mean and spread of the scores, as Fisher's z, of the matches that a search finds for cues at random places."""

    mean: float
    spread: float

    def beaten_by(self, score: float) -> float:
        """How many spreads a score is beyond chance, times its square: so strong matches of few cues and weaker ones of
        many count alike, and a weak one of few, which there are many of, does not."""
        return (fisher(score) - self.mean) / self.spread * max(0.0, score) ** 2


def chance(cues: Spans, search: Callable[[Spans], Match]) -> Chance:
    """What a search finds for cues of the same lengths in another order, with other pauses; the same ones each time."""
    random = np.random.default_rng(len(cues))
    found = [fisher(max(0.0, search(_drawn(cues, random)).score)) for _ in range(DRAWS)]
    return Chance(float(np.mean(found)), max(LEAST_SPREAD, float(np.std(found))))


def fisher(score: float) -> float:
    """Fisher's z of a correlation: a step near 1 means more than one near 0."""
    return float(np.arctanh(np.clip(score, -0.999, 0.999)))


def _drawn(cues: Spans, random: np.random.Generator) -> Spans:
    lengths = random.permutation(cues[:, 1] - cues[:, 0])
    pauses = random.exponential(size=len(cues) - 1)
    pauses *= (cues[-1, 1] - cues[0, 0] - lengths.sum()) / pauses.sum()
    starts = cues[0, 0] + np.concatenate(([0.0], np.cumsum(lengths[:-1] + pauses)))
    return np.column_stack((starts, starts + lengths))
