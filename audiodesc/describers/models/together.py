"""Questions from several threads, answered in one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock

from audiodesc.describers.models.questions import Question


class Together:
    """Whoever finds `answer` free takes all questions that wait along; those that come meanwhile are the next batch.

    `answer` gives one answer for each of its questions, in order. Which of them share a batch depends on time: in half
    precision an answer may then differ from one that was given alone.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[str]]) -> None:
        self._answer = answer
        self._turn, self._door = Lock(), Lock()
        self._waiting: list[tuple[Question, Future[str]]] = []

    @property
    def waiting(self) -> int:
        """How many questions are not yet in a batch."""
        return len(self._waiting)

    def ask(self, question: Question) -> str:
        """Its answer. Raises what `answer` raised for the batch that it was in."""
        mine: Future[str] = Future()
        with self._door:
            self._waiting.append((question, mine))
        with self._turn:
            if not mine.done():
                with self._door:
                    batch, self._waiting = self._waiting, []
                _settle(batch, self._answer)
        return mine.result()


def _settle(
    batch: Sequence[tuple[Question, Future[str]]], answer: Callable[[Sequence[Question]], Sequence[str]]
) -> None:
    try:
        answers = list(zip(batch, answer([question for question, _ in batch]), strict=True))
    except BaseException as error:  # handed to the threads that wait
        for _, future in batch:
            future.set_exception(error)
        return
    for (_, future), text in answers:
        future.set_result(text)
