"""The describer while the server runs: a thread on which it is asked for candidates, opened at the first question and
let go when nobody has asked for a while."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import Final, Literal

from audiodesc.core.progress import Progress
from audiodesc.errors import AudiodescError
from audiodesc.project.asking import Asking, Wanted
from audiodesc.review.jobs import give_memory_back
from audiodesc.review.problems import ProblemError

log = logging.getLogger(__name__)

IDLE_S: Final = 600.0
"""So long after the last question the describer is let go: a model of this computer holds gigabytes."""

MOST_KEPT: Final = 200

QuestionState = Literal["waiting", "running", "done", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question for candidates of `line`: its id, or "gap-" with the start of a gap. `stage` is what is being done,
    `found` how many new ones there are at its end. It is dropped where a newer one about the same line came."""

    number: int
    line: str
    state: QuestionState
    stage: str = ""
    found: int = 0
    fault: str = ""


class NewerQuestionError(Exception):
    """Raised inside a question that is dropped."""


class Describing:
    """The thread. `opened` opens the describer, `work` asks it and says how many candidates are new, `send` is called
    with every change of a question. May be used from any thread."""

    def __init__(
        self,
        opened: Callable[[Progress], AbstractContextManager[Asking]],
        work: Callable[[Wanted, Asking, Progress], int],
        send: Callable[[Question], None],
        idle_s: float = IDLE_S,
    ) -> None:
        self._open, self._work, self._send, self._idle_s = opened, work, send, idle_s
        self._door = Condition()
        self._waiting: dict[str, tuple[Question, Wanted]] = {}
        self._last: dict[str, Question] = {}
        self._number, self._ended = 0, False
        self._held, self._asking = ExitStack(), None
        self._thread = Thread(target=self._run, name="describer", daemon=True)
        self._thread.start()

    _asking: Asking | None

    @property
    def is_open(self) -> bool:
        """Whether the describer is held."""
        return self._asking is not None

    def last(self, line: str) -> Question | None:
        """The newest question about a line."""
        return self._last.get(line)

    def ask(self, line: str, wanted: Wanted) -> Question:
        """Ask in turn; an older question about that line is dropped, also one that runs."""
        with self._door:
            self._number += 1
            question = Question(self._number, line, "waiting")
            older = self._last.get(line)
            self._waiting.pop(line, None)
            self._last.pop(line, None)
            self._last[line] = question
            for old in list(self._last)[:-MOST_KEPT]:
                if self._last[old].state not in ("waiting", "running"):
                    del self._last[old]
            if not self._ended:
                self._waiting[line] = (question, wanted)
            self._door.notify()
        if older and older.state in ("waiting", "running"):
            self._send(replace(older, state="dropped"))
        self._send(question)
        return question

    def close(self) -> None:
        """End where the question that runs next reports."""
        with self._door:
            self._ended = True
            self._waiting.clear()
            self._door.notify()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            with self._door:
                is_asked = self._door.wait_for(
                    lambda: bool(self._waiting) or self._ended, self._idle_s if self.is_open else None
                )
                taken = self._waiting.pop(next(iter(self._waiting))) if self._waiting else None
            if taken:
                self._answer(*taken)
            elif not is_asked:
                self._let_go()
            if self._ended:
                self._let_go()
                return

    def _answer(self, question: Question, wanted: Wanted) -> None:
        def show(stage: str, done: int, total: int) -> None:
            if self._ended or not self._put(replace(question, state="running", stage=stage)):
                raise NewerQuestionError

        try:
            show("load", 0, 1)
            if self._asking is None:
                self._asking = self._held.enter_context(self._open(show))
            found = self._work(wanted, self._asking, show)
        except NewerQuestionError:
            return
        except (AudiodescError, ProblemError) as error:
            self._put(replace(question, state="failed", fault=str(error)))
        except Exception as error:  # a thread's fault must not vanish
            if self._ended:  # and the project was closed
                return
            log.exception("asking for candidates failed")
            fault = f"{type(error).__name__}: {error}".splitlines()[0]
            self._put(replace(question, state="failed", fault=fault))
        else:
            self._put(replace(question, state="done", found=found))

    def _put(self, question: Question) -> bool:
        """False where a newer one about the same line came."""
        with self._door:
            newest = self._last.get(question.line)
            if newest is None or newest.number != question.number:
                return False
            is_new = newest != question
            self._last[question.line] = question
        if is_new:
            self._send(question)
        return True

    def _let_go(self) -> None:
        held, self._held, self._asking = self._held, ExitStack(), None
        try:
            held.close()
        except Exception as error:  # what it held ends with the server, and the next question opens another
            log.warning("the describer could not be closed: %s", error)
        del held
        gc.collect()
        if "torch" in sys.modules:
            from audiodesc.describers.models.memory import release_memory

            release_memory()
        give_memory_back()
