"""How far the films of a cluster are, and which of them are to stop: one small actor between their tasks and the batch.

It holds one value for each task, so that it is as small with slow listeners as with quick ones. What it knows is said
anew where it is lost.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final, NamedTuple

from audiodesc.batch.film_work import FilmStopped

PULSE_S: Final = 0.3
"""A task says so often where it is, and hears whether it is to stop."""

ANSWER_S: Final = 10.0


class Position(NamedTuple):
    """Where a task runs, and how far its film is there."""

    node: str
    pid: int
    stage: str = ""
    done: int = 0
    total: int = 0


class Reporter:
    """The actor. Tasks are known by names that are never used again."""

    def __init__(self) -> None:
        self._known: dict[str, Position] = {}
        self._stopped: set[str] = set()

    def report(self, task: str, position: Position) -> bool:
        """A task is there; whether it is to stop."""
        self._known[task] = position
        return task in self._stopped

    def positions(self, tasks: list[str], stopped: list[str]) -> dict[str, Position]:
        """Where these tasks are, as far as it is known; others are forgotten. Those that are `stopped` hear of it."""
        self._stopped = set(stopped)
        self._known = {task: at for task, at in self._known.items() if task in tasks}
        return self._known


class Pulse:
    """In a task: `progress` keeps where its film is, which a thread sends to the reporter.

    `progress` and `check` raise FilmStopped once the film is to stop. A reporter that is gone is done without.
    """

    def __init__(self, reporter: Any, task: str, node: str, pid: int) -> None:
        self._reporter, self._task = reporter, task
        self._at = Position(node, pid)
        self._stopped, self._ended = Event(), Event()
        self._thread = Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(ANSWER_S)

    def progress(self, stage: str, done: int, total: int) -> None:
        """As `core.progress.Progress`."""
        self._at = self._at._replace(stage=stage, done=done, total=total)
        self.check()

    def check(self) -> None:
        if self._stopped.is_set():
            raise FilmStopped

    def _run(self) -> None:
        import ray

        while True:
            with suppress(ray.exceptions.RayError):
                if ray.get(self._reporter.report.remote(self._task, self._at), timeout=ANSWER_S):
                    self._stopped.set()
            if self._ended.wait(PULSE_S):
                return
