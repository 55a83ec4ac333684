"""What is found by words and what is found by meaning, in one order: reciprocal rank fusion.

https://cormack.uwaterloo.ca/cormacksigir09-rrf.pdf
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress, silent
from audiodesc.search.embedding import Embedding, Vectors, open_embedding
from audiodesc.search.questions import Question
from audiodesc.search.ranking import Ranked
from audiodesc.search.store import IndexStore, Limits
from audiodesc.search.vectors import nearest, update_vectors

RANK_CONSTANT: Final = 60
"""As in the paper."""

NEAREST: Final = 100
"""Moments that are taken for near to a question in what they mean: of any question there is an order of all."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question as a vector, and the model that made it."""

    embedding: Embedding
    vector: Vectors


def meaning_of(
    question: Question, model: str, downloads: Downloads, progress: Progress = silent
) -> tuple[Meaning | None, str]:
    """What a question means to a model of that name or folder; None where it is not asked by meaning, and why. Raises
    what `open_embedding` does."""
    if not model:
        return None, "only words were searched: --embedding NAME searches by meaning too"
    if not question.is_plain:
        return None, "only words were searched: a question with quotes, *, -, or fields is not one of meaning"
    embedding = open_embedding(model, downloads, progress)
    return Meaning(embedding, embedding.question(question.text)), ""


def fused(
    store: IndexStore, by_words: Sequence[Ranked], meaning: Meaning, limits: Limits, progress: Progress
) -> tuple[list[Ranked], Mapping[int, float]]:
    """The moments in one order, the best first; and of those that are near in what they mean how near, by number: the
    cosine of the angle between the vectors."""
    update_vectors(store, meaning.embedding, progress)
    near = dict(nearest(store, meaning.vector, limits, NEAREST))
    known = {one.found.id: one for one in by_words}
    known |= {one.id: Ranked(one, 0.0) for one in store.moments(near.keys() - known.keys())}
    scores = dict.fromkeys(known, 0.0)
    for order in ([one.found.id for one in by_words], list(near)):
        for rank, id in enumerate(order, 1):
            if id in scores:
                scores[id] += 1 / (RANK_CONSTANT + rank)
    best = sorted((replace(one, score=scores[id]) for id, one in known.items()), key=lambda one: -one.score)
    return best, near
