"""Questions in batches: sorted by size, and taken from several threads."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from hanging import LONG_S
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.base import Failure
from audiodesc.describers.models.batching import BatchQueue, batches
from audiodesc.describers.models.questions import Question

WEIGHTS = st.lists(st.integers(0, 50), max_size=60)
LIMITS = {"items": WEIGHTS, "heaviest": st.integers(1, 200), "most": st.integers(1, 9), "window": st.integers(1, 5)}


def same(weight: int) -> int:
    return weight


@given(**LIMITS)
def test_every_item_is_in_one_batch_under_its_number(items: list[int], heaviest: int, most: int, window: int) -> None:
    made = [entry for batch in batches(items, same, lambda: (most, heaviest), window) for entry in batch]
    assert sorted(made) == list(enumerate(items))


@given(**LIMITS)
def test_no_batch_is_too_heavy_unless_it_is_one_item(items: list[int], heaviest: int, most: int, window: int) -> None:
    for batch in batches(items, same, lambda: (most, heaviest), window):
        assert 0 < len(batch) <= most
        assert len(batch) == 1 or max(weight for _, weight in batch) * len(batch) <= heaviest


@given(**LIMITS)
def test_nothing_waits_for_more_than_a_window(items: list[int], heaviest: int, most: int, window: int) -> None:
    seen = 0
    for batch in batches(items, same, lambda: (most, heaviest), window):
        assert max(number for number, _ in batch) < seen + most * window
        seen += len(batch)


def test_items_are_taken_only_as_they_are_needed() -> None:
    taken = []

    def numbers() -> Iterator[int]:
        for n in range(100):
            taken.append(n)
            yield n

    made = batches(numbers(), same, lambda: (2, 1000), 2)
    next(made)
    assert taken == [0, 1]


def test_like_weights_go_together() -> None:
    made = [[w for _, w in batch] for batch in batches([9, 1, 9, 1, 9, 1, 9, 1], same, lambda: (4, 1000), 2)]
    assert made[0] == [1, 1, 9, 9]  # the first window is short, so that the first answers come soon
    assert [[w for _, w in batch] for batch in batches([5] * 4 + [9, 1, 9, 1, 9, 1, 9, 1], same, lambda: (4, 1000), 2)][
        1:
    ] == [
        [1, 1, 1, 1],
        [9, 9, 9, 9],
    ]


def test_limits_that_shrink_hold_at_once() -> None:
    limits = [(4, 1000)]
    made = []
    for batch in batches([1] * 14, same, lambda: limits[-1], 2):
        made.append(len(batch))
        if len(made) == 2:
            limits.append((2, 1000))
    assert made == [4, 4, 2, 2, 2]


class Slow:
    """Answers with the question's own words; the first batch takes until `others` questions wait."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.asked, self.others_wait = Event(), Event()

    def __call__(self, questions: Sequence[Question]) -> Sequence[str]:
        words = [question.text for question in questions]
        self.batches.append(words)
        self.asked.set()
        assert self.others_wait.wait(LONG_S)
        if "bad" in words:
            raise MemoryError("too much")
        return [f"re: {word}" for word in words]


def asked(slow: Slow, first: str, others: Sequence[str]) -> list[str | Failure | BaseException]:
    together = BatchQueue(slow)
    with ThreadPoolExecutor(9) as threads:
        futures = [threads.submit(together.ask, Question(first))]
        assert slow.asked.wait(LONG_S)
        futures += [threads.submit(together.ask, Question(word)) for word in others]
        while together.waiting < len(others):
            time.sleep(0.001)
        slow.others_wait.set()
        return [future.exception(LONG_S) or future.result() for future in futures]


def test_what_comes_while_the_model_works_is_the_next_batch() -> None:
    slow = Slow()
    words = [f"word {i}" for i in range(7)]
    assert asked(slow, "first", words) == [f"re: {word}" for word in ["first", *words]]
    assert slow.batches[0] == ["first"]
    assert [sorted(batch) for batch in slow.batches[1:]] == [words]


def test_a_failure_reaches_all_of_its_batch_and_no_other() -> None:
    slow = Slow()
    answers = asked(slow, "first", ["bad", "good"])
    assert answers[0] == "re: first"
    assert [type(answer) for answer in answers[1:]] == [MemoryError, MemoryError]


def test_after_a_failure_it_answers_again() -> None:
    slow = Slow()
    slow.others_wait.set()
    together = BatchQueue(slow)
    with pytest.raises(MemoryError):
        together.ask(Question("bad"))
    assert together.ask(Question("good")) == "re: good"
