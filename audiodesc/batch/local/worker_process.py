"""A process that makes films, as its parent sees it."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from audiodesc.batch.local.processes import size_of
from audiodesc.batch.local.worker import Begin
from audiodesc.batch.model import FilmJob


class WorkerProcess:
    """The process, the film in hand (None: none), its rank, and how far it is. Once the film is to stop, `stop_until`
    is when its process is ended, by the monotonic clock. `log_begin` is where the film begins in the process's log."""

    def __init__(self, process: BaseProcess, control: Connection[Any, Any], log: Path) -> None:
        self.process, self.control, self.log = process, control, log
        self.film: int | None = None
        self.rank, self.stage, self.films, self.log_begin = 0, "", 0, 0
        self.stop_until: float | None = None

    @property
    def is_late(self) -> bool:
        """Whether its film should have stopped by now."""
        return self.stop_until is not None and monotonic() > self.stop_until

    def begin(self, film: int, rank: int, job: FilmJob) -> None:
        """Have it make a film. Raises OSError where the process is gone."""
        self.control.send(Begin(film, rank, job.to_json()))
        self.film, self.rank, self.stage, self.stop_until = film, rank, "", None
        self.films += 1
        self.log_begin = size_of(self.log)
