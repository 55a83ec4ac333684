"""A process that makes films, one after the other."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from audiodesc.batch.local.processes import begin, end_with_parent
from audiodesc.batch.local.transport import SocketTransport
from audiodesc.batch.model import film_job
from audiodesc.batch.runners import Event, Failed, Made, Staged, Stopped

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

log = logging.getLogger(__name__)

TOLD_S: Final = 0.5
"""How far a film is in a stage is sent no more often."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Make a film; earlier films have a lower rank."""

    film: int
    rank: int
    job: str


@dataclass(frozen=True, slots=True)
class End:
    """End a film."""

    film: int


@dataclass(frozen=True, slots=True)
class Need:
    """A film needs the describer's process."""


def work(control: Connection[Any, Any], address: str, key: bytes, log_file: str, threads: int) -> None:
    """Make the films that `control` names, and report of them there, until it closes, which ends the process. The
    describer is at `address`; numeric libraries compute on so many threads."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    begin(log_file)
    _Worker(control, address, key).run()


class _Worker:
    def __init__(self, control: Connection[Any, Any], address: str, key: bytes) -> None:
        self._control, self._address, self._key = control, address, key
        self._sending, self._stopped = Lock(), Flag()
        self._films: SimpleQueue[Begin] = SimpleQueue()
        self._film, self._stage, self._told_s = 0, "", 0.0
        self._transport: SocketTransport | None = None

    def run(self) -> None:
        Thread(target=self._obey, name="parent", daemon=True).start()
        while True:
            self._send(self._made(self._films.get()))

    def _obey(self) -> None:
        """What the parent says; when it is gone, there is nobody to work for."""
        try:
            while True:
                match self._control.recv():
                    case Begin() as order:
                        self._stopped.clear()
                        self._film = order.film
                        self._films.put(order)
                    case End(film) if film == self._film:
                        self._stopped.set()
                        if self._transport:
                            self._transport.interrupt()
        except (EOFError, OSError):
            end_with_parent(self._address)

    def _made(self, order: Begin) -> Event:
        from audiodesc.batch.film_work import failed_film, is_stopped, make_film
        from audiodesc.batch.sharing.proxy import choose_with
        from audiodesc.errors import AudiodescError

        self._stage = ""
        job = film_job(order.job)
        log.info("film %d: %s", order.film, job.film)
        transport = SocketTransport(self._address, self._key, lambda: self._send(Need()), self._check)
        self._transport = transport
        try:
            return Made(order.film, make_film(job, choose_with(transport, order.rank), self._progress))
        except BaseException as error:  # a worker goes on with the next film, whatever one does
            if is_stopped(error):
                return Stopped(order.film)
            if not isinstance(error, AudiodescError):
                log.exception("film %d failed", order.film)
            return Failed(order.film, failed_film(error))
        finally:
            transport.end()

    def _progress(self, stage: str, done: int, total: int) -> None:
        self._check()
        now = monotonic()
        if stage != self._stage or now - self._told_s >= TOLD_S:
            self._stage, self._told_s = stage, now
            self._send(Staged(self._film, stage, done, total))

    def _check(self) -> None:
        from audiodesc.batch.film_work import FilmStopped

        if self._stopped.is_set():
            raise FilmStopped

    def _send(self, message: Event | Need) -> None:
        with self._sending:
            self._control.send(message)
