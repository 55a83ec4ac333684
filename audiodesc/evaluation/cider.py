"""CIDEr-D, the consensus measure of image captioning (Vedantam et al., CVPR 2015), for one reference a cue.

Of the libraries that have it, one brings 100 MB of Java and was last released in 2020 (pycocoevalcap), the other needs
torch (aac-metrics). It is computed as pycocoevalcap 1.2 does, which published scores are from; the tests hold its
numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

Words = Sequence[str]
Gram = tuple[str, ...]

LONGEST = 4
SIGMA = 6.0
SCALE = 10.0
"""What the mean over the lengths of n-grams is multiplied with: a text against itself has 10 where it has four words
or more, and where these are not in all references."""


@dataclass(frozen=True, slots=True)
class _Vector:
    """The weights of a text's n-grams, for each n, with their norms; `words` is how many words it has."""

    weights: tuple[dict[Gram, float], ...]
    norms: tuple[float, ...]
    words: int


def cider_d(said: Sequence[Words], references: Sequence[Words]) -> list[float]:
    """The score of each text against its reference, from 0 to 10. How rare an n-gram is, is counted over the references
    that are given here: with one alone all scores are 0."""
    counted = [_grams(reference) for reference in references]
    containing = Counter(gram for grams in counted for gram in grams)
    rarest = log(len(references)) if references else 0.0
    rarity = {gram: rarest - log(count) for gram, count in containing.items()}
    return [
        _alike(_vector(_grams(text), rarity, rarest), _vector(grams, rarity, rarest))
        for text, grams in zip(said, counted, strict=True)
    ]


def _grams(words: Words) -> Counter[Gram]:
    return Counter(
        tuple(words[start : start + n]) for n in range(1, LONGEST + 1) for start in range(len(words) - n + 1)
    )


def _vector(grams: Counter[Gram], rarity: dict[Gram, float], rarest: float) -> _Vector:
    weights: tuple[dict[Gram, float], ...] = tuple({} for _ in range(LONGEST))
    for gram, count in grams.items():
        weights[len(gram) - 1][gram] = count * rarity.get(gram, rarest)
    norms = tuple(sqrt(sum(weight * weight for weight in one.values())) for one in weights)
    return _Vector(weights, norms, sum(count for gram, count in grams.items() if len(gram) == 1))


def _alike(text: _Vector, reference: _Vector) -> float:
    """The cosine of the two, n by n, in which no n-gram counts for more than in the reference, lowered where one text
    is longer than the other."""
    penalty = exp(-((text.words - reference.words) ** 2) / (2 * SIGMA**2))
    total = 0.0
    for ours, theirs, norm, other in zip(text.weights, reference.weights, text.norms, reference.norms, strict=True):
        if norm and other:
            common = sum(min(weight, theirs[gram]) * theirs[gram] for gram, weight in ours.items() if gram in theirs)
            total += common / (norm * other)
    return SCALE * penalty * total / LONGEST
