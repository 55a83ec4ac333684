"""How well cues match speech by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audiodesc.dialogue.sync.correlate import Match, Spans, Speech
from audiodesc.dialogue.sync.refine import EARLY_MS, LEAD_MS

DRAWS = 24
LEAST_SPREAD = 0.01

BEGINS_MS = 200
"""How near a cue begins to its speech, as the standard deviation that counts."""

BEGIN = 0.55
BEYOND = 4.0
"""So large a share of right cues, and so many spreads more than by chance, begins with speech. With conversations of
1, 3 and 10 minutes of which half has cues, they begin so by 0.7 and more, and 3.4 spreads; wrong ones by up to 0.52,
and 3.7."""


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


def begin_with_speech(cues: Spans, speech: Speech) -> bool:
    """Whether the cues stand where people begin to speak, though much that is spoken may have none."""
    random = np.random.default_rng(len(cues))
    found = [beginning(_drawn(cues, random), speech) for _ in range(4 * DRAWS)]
    least = np.mean(found) + BEYOND * max(LEAST_SPREAD, float(np.std(found)))
    return beginning(cues, speech) >= max(BEGIN, float(least))


def beginning(cues: Spans, speech: Speech) -> float:
    """The share of the cues that begin where people begin to speak."""
    onsets = np.concatenate(([-np.inf], speech.spans[:, 0] + EARLY_MS - LEAD_MS, [np.inf]))
    place = np.searchsorted(onsets, cues[:, 0]).clip(1, len(onsets) - 1)
    away = np.minimum(cues[:, 0] - onsets[place - 1], onsets[place] - cues[:, 0])
    return float(np.exp(-0.5 * (away / BEGINS_MS) ** 2).mean())


def fisher(score: float) -> float:
    """Fisher's z of a correlation: a step near 1 means more than one near 0."""
    return float(np.arctanh(np.clip(score, -0.999, 0.999)))


def _drawn(cues: Spans, random: np.random.Generator) -> Spans:
    lengths = random.permutation(cues[:, 1] - cues[:, 0])
    pauses = random.exponential(size=len(cues) - 1)
    pauses *= (cues[-1, 1] - cues[0, 0] - lengths.sum()) / pauses.sum()
    starts = cues[0, 0] + np.concatenate(([0.0], np.cumsum(lengths[:-1] + pauses)))
    return np.column_stack((starts, starts + lengths))
