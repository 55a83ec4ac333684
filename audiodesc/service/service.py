"""The state of a running service: its config, its batch, what it keeps, and whether it is being stopped."""

from __future__ import annotations

import logging
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from time import time
from typing import Final

from audiodesc.batch.model import FilmJob, FilmRow, film_job
from audiodesc.batch.running import held_batch
from audiodesc.batch.state import BatchState
from audiodesc.errors import OutputError
from audiodesc.service.config import ServiceConfig, Tenant
from audiodesc.service.kept import Kept, KeptJob
from audiodesc.service.rate import Places, Rates

log = logging.getLogger(__name__)

COMING: Final = "coming"
"""The folder of uploads that are not whole, and of what is being removed."""

PROBED: Final = 4
"""Requests of one tenant whose films are to be opened, at a time."""

LOST: Final = "lost"
"""The folder of uploads and jobs that the state does not know, as where it was moved away."""


class Service:
    """What the addresses of the service work on. Threads share it."""

    def __init__(self, config: ServiceConfig, state: BatchState, kept: Kept, clock: Callable[[], float] = time) -> None:
        """`clock` gives seconds since the epoch. Films that were taken and are not in the batch are put there."""
        self.config, self.state, self.kept, self.clock = config, state, kept, clock
        self.folder = config.folder
        self.rates = Rates()
        self.uploads = Places(config.server.uploads, "uploads of yours")
        self.streams = Places(config.server.streams, "streams of events of yours")
        self.coming: Counter[str] = Counter()
        """Bytes of uploads under way, by tenant."""
        self.opening = Places(PROBED, "films of yours that are opened")
        self.opened: defaultdict[str, Lock] = defaultdict(Lock)
        """Held while a film of a tenant is opened."""
        self.door = Lock()
        """Held while quotas are looked at and something is taken on them."""
        self.following = Lock()
        """Held while the batch's log is read on."""
        self.changes: Counter[int] = Counter()
        """How often a film changed since the service began."""
        self.stopping = Event()
        self.woken, self.to_send = Event(), Event()
        """Set when the batch's log has grown, and when there is a message to be sent."""
        self.secret = kept.secret()
        """What ids of events are made with."""
        self.fault = ""
        """Why no films are made any more."""
        for job in kept.unplaced():
            self.put(job)

    @property
    def is_stopping(self) -> bool:
        return self.stopping.is_set()

    def stop(self) -> None:
        """Take no more work, and let streams end."""
        self.stopping.set()
        self.woken.set()
        self.to_send.set()

    def changed(self, film: int) -> None:
        """Let those know who wait for news of a film."""
        self.changes[film] += 1
        self.woken.set()

    def upload_folder(self, tenant: str, upload: str) -> Path:
        """Where an upload lies."""
        return self.folder / "uploads" / tenant / upload

    def upload_path(self, tenant: str, upload: str) -> Path | None:
        """The path of a tenant's upload, None for one that is not there."""
        found = self.kept.upload(tenant, upload)
        return self.upload_folder(tenant, upload) / found.name if found else None

    def job_folder(self, tenant: str, job: str) -> Path:
        """The folder of a job, in which its results are."""
        return self.folder / "jobs" / tenant / job

    def job_of(self, row: FilmRow) -> KeptJob | None:
        """The job that a film of the batch is; its id is the name of its folder."""
        return self.kept.job(row.owner, Path(row.job.output).name)

    def remove_folder(self, folder: Path) -> None:
        """Take a folder away at once, then its content. That it goes was kept before, with `removal`."""
        gone = self.folder / COMING / f"gone-{folder.name}"
        try:
            folder.rename(gone)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise OutputError(f"{folder} cannot be removed ({error.strerror})", "see that it may be written") from error
        self.kept.forget_removed(self.removal(folder)[0])
        shutil.rmtree(gone, ignore_errors=True)

    def removal(self, folder: Path) -> tuple[str]:
        """The row of `removed` of a folder of uploads or jobs."""
        return (folder.relative_to(self.folder).as_posix(),)

    def put(self, job: KeptJob) -> int:
        """Add a job to the batch; its number there. What was added before is not added twice."""
        made: FilmJob = film_job(job.job)
        added = self.state.put([made], owner=job.tenant)
        film = (*added.new, *added.changed, *added.same)[0]
        with self.kept.writing() as db:
            db.execute("UPDATE jobs SET film = ? WHERE id = ?", (film, job.id))
        self.changed(film)
        return film


def stores_of(service: Service, tenant: Tenant) -> tuple[str, ...]:
    """Where jobs of a tenant may name films."""
    return service.config.server.stores if tenant.stores is None else tenant.stores


@contextmanager
def opened_service(config: ServiceConfig, clock: Callable[[], float] = time) -> Iterator[Service]:
    """A service, whose folder no other process serves meanwhile. Raises BusyError where one does, and as `BatchState`
    and `Kept` do."""
    with held_batch(config.folder) as state, Kept(config.folder) as kept:
        _clean(config.folder, kept)
        service = Service(config, state, kept, clock)
        try:
            yield service
        finally:
            service.stop()


def _clean(folder: Path, kept: Kept) -> None:
    """What a killed service left goes: uploads that are not whole, and folders that it was removing. Those that the
    state does not know are moved aside: a person decides about them."""
    coming = folder / COMING
    try:
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir(parents=True, exist_ok=True)
        for kind, known in (("uploads", kept.upload), ("jobs", kept.job)):
            for one in (folder / kind).glob("*/*"):
                tenant, name = one.parent.name, one.name
                if known(tenant, name) is not None:
                    continue
                if kept.is_removed(f"{kind}/{tenant}/{name}"):
                    shutil.rmtree(one, ignore_errors=True)
                else:
                    _move_aside(one, folder / LOST / kind / tenant)
    except OSError as error:
        raise OutputError(f"{coming} cannot be made ({error.strerror})", "give a folder of your own") from error


def _move_aside(folder: Path, to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    place = to / folder.name
    if place.exists():
        place = to / f"{folder.name}-{time():.6f}"
    folder.rename(place)
    log.warning("%s is not known to the service, and was moved to %s", folder, place)
