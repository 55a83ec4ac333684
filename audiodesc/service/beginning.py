"""What was checked when a job was taken is checked once more when its film begins: hours may lie between the two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audiodesc.batch.model import FilmJob
from audiodesc.batch.runners import Event, Runner
from audiodesc.errors import InputError
from audiodesc.review.problems import ProblemError
from audiodesc.service.quotas import check_begin
from audiodesc.service.service import Service, stores_of
from audiodesc.service.stores import in_stores


class CheckedRunner:
    """A runner whose films begin only where their tenant may still have them made."""

    def __init__(self, service: Service, runner: Runner) -> None:
        self._service, self._runner = service, runner

    @property
    def free(self) -> int:
        return self._runner.free

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        """Raises OutputError where a quota is used up, InputError where a file of a store leads elsewhere than it did
        when the job was taken."""
        row = self._service.state.row(film)
        owner = row.owner if row else ""
        if attempt == 1:  # what has begun goes on after a stop
            check_begin(self._service, owner)
        for named in (job.film, job.subtitles):
            self._check_place(owner, named)
        self._runner.start(film, job, attempt)

    def stop(self, film: int) -> None:
        self._runner.stop(film)

    def events(self, timeout_s: float) -> Sequence[Event]:
        return self._runner.events(timeout_s)

    def close(self) -> None:
        self._runner.close()

    def _check_place(self, owner: str, named: str) -> None:
        tenant = self._service.config.tenant(owner)
        if tenant is None or not named or Path(named).is_relative_to(self._service.folder / "uploads" / owner):
            return
        try:
            found = in_stores(named, stores_of(self._service, tenant))
        except ProblemError as error:
            raise InputError(error.fault, error.remedy) from error
        if found != named:
            raise InputError(f"{named} leads elsewhere than when its job was taken", "send the job again")
