"""Questions for candidates of a line: asked in the background, the newest about a line counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Final, Literal

from audiodesc.core.progress import Progress
from audiodesc.project.asking import Asking, Wanted
from audiodesc.review.describing import DescriberWork, Describing, DroppedError

MOST_KEPT: Final = 200

LineQuestionState = Literal["waiting", "running", "done", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class LineQuestion:
    """A question for candidates of `line`: its id, or "gap-" with the start of a gap. `stage` is what is being done,
    `found` how many new ones there are at its end. It is dropped where a newer one about the same line came."""

    number: int
    line: str
    state: LineQuestionState
    stage: str = ""
    found: int = 0
    fault: str = ""


class LineQuestions:
    """Those of a server. `work` asks the describer and says how many candidates are new, `send` is called with every
    change of a question. May be used from any thread."""

    def __init__(
        self,
        describing: Describing,
        work: Callable[[Wanted, Asking, Progress], int],
        send: Callable[[LineQuestion], None],
    ) -> None:
        self._describing, self._work, self._send = describing, work, send
        self._door, self._number = Lock(), 0
        self._last: dict[str, LineQuestion] = {}

    def last(self, line: str) -> LineQuestion | None:
        """The newest question about a line."""
        return self._last.get(line)

    def ask(self, line: str, wanted: Wanted) -> LineQuestion:
        """Ask in turn; an older question about that line is dropped, also one that runs."""
        with self._door:
            self._number += 1
            question = LineQuestion(self._number, line, "waiting")
            older = self._last.pop(line, None)
            self._last[line] = question
            for old in list(self._last)[:-MOST_KEPT]:
                if self._last[old].state not in ("waiting", "running"):
                    del self._last[old]
            failed = partial(self._failed, question)
            self._describing.put(f"line {line}", DescriberWork(partial(self._run, question, wanted), failed))
        if older and older.state in ("waiting", "running"):
            self._send(replace(older, state="dropped"))
        self._send(question)
        return question

    def _run(self, question: LineQuestion, wanted: Wanted, opened: Callable[[Progress], Asking]) -> None:
        def show(stage: str, done: int, total: int) -> None:
            if self._describing.is_ended or not self._put(replace(question, state="running", stage=stage)):
                raise DroppedError

        show("load", 0, 1)
        found = self._work(wanted, opened(show), show)
        self._put(replace(question, state="done", found=found))

    def _failed(self, question: LineQuestion, fault: str) -> None:
        self._put(replace(question, state="failed", fault=fault))

    def _put(self, question: LineQuestion) -> bool:
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
