"""Questions from several threads in one batch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from audiodesc.describers.models.questions import Question
from audiodesc.describers.models.together import Together


class Slow:
    """Answers with the question's own words; the first batch takes until `others` questions wait."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.asked, self.others_wait = Event(), Event()

    def __call__(self, questions: Sequence[Question]) -> Sequence[str]:
        words = [question.text for question in questions]
        self.batches.append(words)
        self.asked.set()
        assert self.others_wait.wait(20)
        if "bad" in words:
            raise MemoryError("too much")
        return [f"re: {word}" for word in words]


def asked(slow: Slow, first: str, others: Sequence[str]) -> list[str | BaseException]:
    together = Together(slow)
    with ThreadPoolExecutor(9) as threads:
        futures = [threads.submit(together.ask, Question(first))]
        assert slow.asked.wait(20)
        futures += [threads.submit(together.ask, Question(word)) for word in others]
        while together.waiting < len(others):
            time.sleep(0.001)
        slow.others_wait.set()
        return [future.exception(20) or future.result() for future in futures]


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
    together = Together(slow)
    with pytest.raises(MemoryError):
        together.ask(Question("bad"))
    assert together.ask(Question("good")) == "re: good"
