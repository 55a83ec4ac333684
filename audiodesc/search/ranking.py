"""Which moment answers a question best: BM25F, in which words count by the field that they stand in.

https://www.staff.city.ac.uk/~sbrp622/papers/foundations_bm25_review.pdf (section 3.6). FTS5's own `bm25` counts each
word over the whole index and ranks all that matches, which takes a second for a common word in 4 million moments; here
at most `MOST` of them are ranked, those first that have all words in the line or beside each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from audiodesc.search.documents import Field
from audiodesc.search.moments import Moment
from audiodesc.search.questions import Question, Wanted
from audiodesc.search.store import MOST_OF_PROJECT, FoundMoment, IndexStore, Limits
from audiodesc.search.words import folded

WEIGHTS: Final[Mapping[Field, float]] = {
    "line": 3.0, "who": 2.0, "text": 2.0, "said": 1.5, "seen": 1.5, "place": 1.5, "sound": 1.0, "shot": 0.5
}  # fmt: skip
"""How much a word counts in a field. A line is what a person chose to say of the moment."""

MOST: Final = 250
"""Moments that are ranked of those that match; more were slower than a person waits."""

MOST_FIRST: Final = 75
"""Of them, those that have all words in the line, or beside each other."""

COUNTED: Final = 500
"""So many moments of a word are counted; of a more common one how many there are is estimated."""

K1, B, USUAL_LETTERS = 1.2, 0.5, 80
"""BM25's parameters, and the length of a text that counts as it is."""

BESIDE: Final = 1.5
"""Words that stand beside each other as in the question count so much more."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A moment that was found, with its score: more is better."""

    found: FoundMoment
    score: float


def ranked(store: IndexStore, question: Question, limits: Limits, total: int) -> tuple[list[Ranked], bool]:
    """The moments that match, the best first; and whether there are more of them than were ranked.

    `total` is how many moments the index has.
    """
    ids: dict[int, None] = {}
    for match in _first(question):
        ids |= dict.fromkeys(store.matching(match, limits, MOST_FIRST))
    every = store.matching(question.match, limits, MOST)
    ids |= dict.fromkeys(every)
    measured = _Measure(question, _rarities(store, question.wanted, total))
    made = [Ranked(one, measured.score(one.moment)) for one in store.moments(ids)]
    return sorted(made, key=lambda one: (-one.score, one.found.id)), len(every) == MOST


def _first(question: Question) -> Iterable[str]:
    """What is asked for first, so that it is ranked whatever else matches."""
    if any(one.field for one in question.wanted):
        return
    yield question.match_in("line")
    if (beside := _beside(question)) and not question.none_of:
        yield beside.match


def _beside(question: Question) -> Wanted | None:
    """All words of the question as a phrase; None where they are no row of words."""
    if len(question.all_of) < 2 or any(len(several) > 1 or several[0].field for several in question.all_of):
        return None
    words = tuple(word for several in question.all_of for word in several[0].words)
    return Wanted(words, prefix=question.all_of[-1][0].prefix)


def _rarities(store: IndexStore, wanted: Sequence[Wanted], total: int) -> Mapping[Wanted, float]:
    """How much each counts: the rarer, the more."""
    if len(wanted) == 1:
        return dict.fromkeys(wanted, 1.0)
    known = {}
    for one in wanted:
        ids = store.matching(one.match, Limits(), COUNTED)
        count = float(len(ids))
        if len(ids) == COUNTED:  # as many in the rest as in the projects up to here
            count *= max(1.0, store.last() / max(ids[-1], MOST_OF_PROJECT))
        known[one] = log(1 + (max(total, count) - count + 0.5) / (count + 0.5))
    return known


class _Measure:
    """What the moments that match are measured by."""

    def __init__(self, question: Question, rarities: Mapping[Wanted, float]) -> None:
        self._wanted = [(one.field, one.pattern, rarity) for one, rarity in rarities.items()]
        beside = _beside(question)
        self._beside = beside.pattern if beside else None

    def score(self, moment: Moment) -> float:
        texts = {field: folded(text) for field, text in moment.texts.items() if text}
        score = 0.0
        for of, pattern, rarity in self._wanted:
            found = 0.0
            for field, text in texts.items():
                if (of is None or of == field) and (count := len(pattern.findall(text))):
                    found += WEIGHTS[field] * count / (1 - B + B * len(text) / USUAL_LETTERS)
            score += rarity * found * (K1 + 1) / (found + K1)
        is_beside = self._beside and any(self._beside.search(text) for text in texts.values())
        return score * BESIDE if is_beside else score
