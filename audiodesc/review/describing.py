"""The describer while the server runs: a thread on which it is asked, opened at the first question and let go when
nobody has asked for a while."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

from audiodesc.core.progress import Progress
from audiodesc.errors import AudiodescError
from audiodesc.project.asking import Asking, can_be_asked
from audiodesc.review.jobs import give_memory_back
from audiodesc.review.problems import ProblemError

log = logging.getLogger(__name__)

IDLE_S: Final = 600.0
"""So long after the last question the describer is let go: a model of this computer holds gigabytes."""


class DroppedError(Exception):
    """Raised inside a question whose answer nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class DescriberWork:
    """A question to the describer. `run` is given what opens it, where it is not open yet, and ends with a DroppedError
    where nobody waits for it. `failed` is given why it came to nothing."""

    run: Callable[[Callable[[Progress], Asking]], None]
    failed: Callable[[str], object]


class Describing:
    """The thread; `opened` opens the describer. May be used from any thread."""

    def __init__(self, opened: Callable[[Progress], AbstractContextManager[Asking]], idle_s: float = IDLE_S) -> None:
        self._open, self._idle_s = opened, idle_s
        self._door = Condition()
        self._waiting: dict[str, DescriberWork] = {}
        self._ended = False
        self._held, self._asking = ExitStack(), None
        self._thread = Thread(target=self._run, name="describer", daemon=True)
        self._thread.start()

    _asking: Asking | None

    @property
    def is_open(self) -> bool:
        """Whether the describer is held."""
        return self._asking is not None

    @property
    def is_ended(self) -> bool:
        """Whether nothing is asked any more: what runs is to end."""
        return self._ended

    def put(self, key: str, work: DescriberWork) -> None:
        """Have it asked in turn; what waits under that key is dropped."""
        with self._door:
            self._waiting.pop(key, None)
            if not self._ended:
                self._waiting[key] = work
            self._door.notify()

    def drop(self, key: str) -> None:
        """What waits under that key is not asked."""
        with self._door:
            self._waiting.pop(key, None)

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
                self._answer(taken)
            elif not is_asked:
                self._let_go()
            if self._ended:
                if self._asking:
                    self._let_go()
                return

    def _answer(self, work: DescriberWork) -> None:
        try:
            work.run(self._opened)
        except DroppedError:
            return
        except (AudiodescError, ProblemError) as error:
            work.failed(str(error))
        except Exception as error:  # a thread's fault must not vanish
            if self._ended:  # and the project was closed
                return
            log.exception("asking the describer failed")
            work.failed(f"{type(error).__name__}: {error}".splitlines()[0])
        finally:
            if self._asking and not can_be_asked(self._asking.by):  # it holds no model, and another may be chosen
                self._let_go()

    def _opened(self, progress: Progress) -> Asking:
        if self._asking is None:
            self._asking = self._held.enter_context(self._open(progress))
        return self._asking

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
