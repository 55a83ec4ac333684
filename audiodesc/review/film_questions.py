"""Questions about the film that a page asks: answered in the background, kept in the project, stopped at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from threading import Lock
from time import time_ns
from typing import Final, Literal

from audiodesc.core.progress import Progress
from audiodesc.describers.queries import Said
from audiodesc.errors import AudiodescError
from audiodesc.project.asking import Asking
from audiodesc.project.conversations import Conversation, Turn
from audiodesc.questions import Question
from audiodesc.review.describing import DescriberWork, Describing, DroppedError
from audiodesc.review.problems import ProblemError

MOST_KEPT: Final = 50
MOST_WAITING: Final = 20

FilmQuestionState = Literal["waiting", "running", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that belongs to the conversation of that number, or begins one."""

    question: Question
    conversation: int | None
    author: str


@dataclass(frozen=True, slots=True)
class FilmQuestion:
    """A question about the film. `stage` is what is being done, `text` the answer as far as it is written. At its end
    `turn` is the answer as it is kept, in `conversation`. `unasked` says why no model was asked, where one was to be;
    `fault` why there is no answer."""

    number: int
    question: str
    author: str
    state: FilmQuestionState
    conversation: int | None = None
    stage: str = ""
    text: str = ""
    turn: Turn | None = None
    unasked: str = ""
    fault: str = ""

    @property
    def is_over(self) -> bool:
        return self.state not in ("waiting", "running")


Answered = Callable[[Asked, Asking | None, Said], Conversation]
"""Asks the describer, None where there is none, and keeps the answer: the conversation with it."""


class FilmQuestions:
    """Those of a server. `send` is called with every change of a question but that of its text. For any thread."""

    def __init__(self, describing: Describing, answered: Answered, send: Callable[[FilmQuestion], None]) -> None:
        self._describing, self._answered, self._send = describing, answered, send
        self._door = Lock()
        self._known: dict[int, FilmQuestion] = {}

    def all(self) -> tuple[FilmQuestion, ...]:
        """The newest last."""
        with self._door:
            return tuple(self._known.values())

    def get(self, number: int) -> FilmQuestion | None:
        return self._known.get(number)

    def ask(self, asked: Asked) -> FilmQuestion:
        """Ask in turn. Raises ProblemError where many wait already."""
        with self._door:
            if sum(not one.is_over for one in self._known.values()) >= MOST_WAITING:
                raise ProblemError(HTTPStatus.CONFLICT, f"{MOST_WAITING} questions wait already", "wait for an answer")
            now_ms = time_ns() // 1_000_000  # a page that outlives the server meets no other question of its number
            number = max(now_ms, max(self._known, default=0) + 1)
            one = FilmQuestion(number, asked.question.text, asked.author, "waiting", asked.conversation)
            self._known[number] = one
            for old in [known.number for known in self._known.values() if known.is_over][:-MOST_KEPT]:
                del self._known[old]
            failed = partial(self._put, number, state="failed")
            work = DescriberWork(partial(self._run, number, asked), lambda fault: failed(fault=fault))
            self._describing.put(f"film {number}", work)
        self._send(one)
        return one

    def stop(self, number: int) -> FilmQuestion | None:
        """End a question that waits or runs; what is over stays so. None for one that is not known."""
        self._describing.drop(f"film {number}")
        self._put(number, state="stopped")
        return self.get(number)

    def _run(self, number: int, asked: Asked, opened: Callable[[Progress], Asking]) -> None:
        def put(**changes: str) -> None:
            if self._describing.is_ended or not self._put(number, state="running", **changes):
                raise DroppedError

        put(stage="load")
        of = self._opened(opened, lambda stage, done, total: put(stage=stage), put)
        put(stage="look")
        kept = self._answered(asked, of, lambda text: put(stage="describe", text=text))
        turn = kept.turns[-1]
        self._put(number, state="done", conversation=kept.number, text=turn.answer, turn=turn)

    def _opened(self, opened: Callable[[Progress], Asking], show: Progress, put: Callable[..., None]) -> Asking | None:
        """None where there is no describer to be had: what is known without one is an answer too."""
        try:
            return opened(show)
        except AudiodescError as error:
            put(unasked=str(error))
            return None

    def _put(self, number: int, **changes: object) -> bool:
        """False where it is over, or not known."""
        with self._door:
            before = self._known.get(number)
            if before is None or before.is_over:
                return False
            after = replace(before, **changes)  # type: ignore[arg-type]
            self._known[number] = after
        if replace(before, text=after.text) != after:
            self._send(after)
        return True
