"""The runner of this machine: as many films at a time as its cores and its memory allow."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from audiodesc.batch.local.describer_process import serve
from audiodesc.batch.local.machine import Priorities, default_films, in_order
from audiodesc.batch.local.processes import last_words, without_interrupt
from audiodesc.batch.local.worker import End, Need, work
from audiodesc.batch.local.worker_process import WorkerProcess
from audiodesc.batch.model import FilmJob
from audiodesc.batch.runners import Event, Failed, Lost, Made, Staged, Stopped
from audiodesc.batch.sharing.calls import Usage
from audiodesc.batch.sharing.heartbeat import Heartbeat
from audiodesc.errors import OutputError

STOP_S: Final = 60.0
"""A film that does not stop within so long is ended with its process."""

LOOK_S: Final = 0.5
"""So often processes are looked after that nothing was heard of."""

FILMS_A_WORKER: Final = 50
"""Then another takes its place: what libraries keep does not pile up over a long night."""

RESTART_S: Final = 2.0
"""The describer's process is started no more often than that."""

MOST_DEATHS, LONG_PAUSE_S = 3, 600.0
"""After so many deaths in a row without an answer it is started no more often than that."""

PAUSE_S: Final = 5.0
"""Where no process can be started, for want of memory, it is tried again after so long."""

LONGEST_SOCKET: Final = 75
"""Characters of a folder's path: a socket has 104 on some systems, its name among them."""

_Process = tuple[BaseProcess, Connection]


class LocalRunner:
    """Makes films in worker processes, which are used again, and with one describer's process, which is started when a
    film needs it first.

    `films_at_once` is by default what `default_films` finds. What the processes say goes into files in `logs`; None: to
    nowhere that lasts. No process outlives this one. Raises OutputError where `logs` cannot be made.
    """

    def __init__(self, films_at_once: int | None = None, logs: Path | None = None) -> None:
        self.films_at_once = films_at_once or default_films()
        self._folder, self._logs = _folders(logs)
        self._context, self._key = get_context("spawn"), secrets.token_bytes(32)
        name = secrets.token_hex(8)
        self._address = rf"\\.\pipe\audiodesc-{name}" if sys.platform == "win32" else str(self._folder / "describer")
        self._workers: list[WorkerProcess] = []
        self._processes: list[_Process] = []
        self._describer: _Process | None = None
        self._describer_at, self._usage, self._earlier = float("-inf"), Usage(), Usage()
        self._begun, self._numbered, self._refused_until = 0, 0, float("-inf")
        self._deaths, self._heartbeat = 0, Heartbeat()
        self._found: list[Event] = []
        self._priorities = Priorities()
        self._end = Finalize(self, _end, (self._processes, self._folder), exitpriority=10)

    @property
    def free(self) -> int:
        """How many films it takes now."""
        if monotonic() < self._refused_until:
            return 0
        return self.films_at_once - sum(one.film is not None for one in self._workers)

    @property
    def usage(self) -> Usage:
        """What the describer's process has done so far, over all of its lives."""
        one, other = self._earlier, self._usage
        return Usage(one.busy_s + other.busy_s, one.clips + other.clips, one.lines + other.lines, other.waiting)

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        """Begin a film, as `Runner.start`."""
        self._begun += 1
        while True:
            try:
                worker = next((one for one in self._workers if one.film is None), None) or self._started()
            except OSError as error:  # no memory, or too many processes
                self._refused_until = monotonic() + PAUSE_S
                words = f"no process could be started for it: {error.strerror}"
                self._found.append(Lost(film, words, blameless=True))
                return
            try:
                worker.begin(film, self._begun, job)
                break
            except OSError:  # it died while it had nothing to do
                self._forget(worker)
        self._order()

    def stop(self, film: int) -> None:
        """Ask a film to end, as `Runner.stop`."""
        for worker in self._workers:
            if worker.film == film and worker.stop_until is None:
                worker.stop_until = monotonic() + STOP_S
                with suppress(OSError):  # it died: `events` reports that
                    worker.control.send(End(film))

    def events(self, timeout_s: float) -> Sequence[Event]:
        """What happened, as `Runner.events`."""
        until = monotonic() + timeout_s
        while True:
            left = max(0.0, until - monotonic())
            self._hear(min(left, LOOK_S))
            self._check_processes()
            if self._found or monotonic() >= until:
                found, self._found = self._found, []
                return found

    def close(self) -> None:
        """End all processes, as `Runner.close`."""
        self._lose_describer()
        self._workers.clear()
        self._end()

    def _hear(self, timeout_s: float) -> None:
        controls: dict[Any, WorkerProcess | None] = {one.control: one for one in self._workers}
        if self._describer:
            controls[self._describer[1]] = None
        if not controls:
            sleep(timeout_s)
            return
        for control in wait(list(controls), timeout_s):
            worker = controls[control]
            if worker is None:
                self._hear_describer()
            elif worker in self._workers:
                self._hear_worker(worker)

    def _hear_worker(self, worker: WorkerProcess) -> None:
        try:
            while worker.control.poll():
                self._take(worker, worker.control.recv())
        except (EOFError, OSError):
            self._lose(worker)

    def _take(self, worker: WorkerProcess, message: Event | Need) -> None:
        match message:
            case Need():
                self._start_describer()
            case Staged():
                self._found.append(message)
                if worker.stage != message.stage:
                    worker.stage = message.stage
                    self._order()
            case Made() | Failed() | Stopped():
                self._found.append(message)
                self._free(worker)

    def _free(self, worker: WorkerProcess) -> None:
        worker.film, worker.stop_until = None, None
        self._drop(worker.rank)
        if worker.films >= FILMS_A_WORKER:
            self._forget(worker)
        self._order()

    def _lose(self, worker: WorkerProcess) -> None:
        """A worker that died, or is to."""
        film, rank, is_ended = worker.film, worker.rank, worker.stop_until is not None and worker.is_late
        worker.process.join(1.0)
        self._forget(worker)
        if film is not None:
            words = last_words(worker.process.exitcode, worker.log, worker.log_begin, worker.stage)
            self._found.append(Stopped(film) if is_ended else Lost(film, words))
            self._drop(rank)
        self._order()

    def _check_processes(self) -> None:
        if self._describer and self._heartbeat.hangs:  # those who wait ask again, and have it started
            self._lose_describer()
        for worker in tuple(self._workers):
            if worker.is_late:
                worker.process.kill()
                self._lose(worker)
            elif not worker.process.is_alive():
                self._hear_worker(worker)
                if worker in self._workers:
                    self._lose(worker)

    def _started(self) -> WorkerProcess:
        self._numbered += 1
        log = self._logs / f"worker-{self._numbered}.log"
        process, control = self._spawned(work, log, _threads_each(self.films_at_once))
        worker = WorkerProcess(process, control, log)
        self._workers.append(worker)
        return worker

    def _forget(self, worker: WorkerProcess) -> None:
        self._workers.remove(worker)
        self._kill((worker.process, worker.control))

    def _order(self) -> None:
        busy = [one for one in self._workers if one.film is not None]
        first = [busy[place] for place in in_order([(one.rank, one.stage) for one in busy])]
        self._priorities.put_in_order([one.process.pid for one in first if one.process.pid])

    def _start_describer(self) -> None:
        if self._describer and self._describer[0].is_alive():
            return
        if self._describer:
            self._lose_describer()
        pause_s = RESTART_S if self._deaths < MOST_DEATHS else LONG_PAUSE_S
        if monotonic() - self._describer_at < pause_s:
            return  # it is asked for again
        self._describer_at, self._heartbeat = monotonic(), Heartbeat()
        with suppress(OSError):  # no memory, or too many processes: it is asked for again
            self._describer = self._spawned(serve, self._logs / "describer.log")

    def _hear_describer(self) -> None:
        if self._describer is None:
            return
        try:
            while self._describer[1].poll():
                self._usage = Usage(*self._describer[1].recv())
                if self._heartbeat.hear(self._usage):
                    self._deaths = 0
        except (EOFError, OSError):
            self._lose_describer()

    def _lose_describer(self) -> None:
        if self._describer:
            self._kill(self._describer)
            self._describer = None
            self._deaths += 1
        self._earlier, self._usage = self.usage, Usage()

    def _drop(self, rank: int) -> None:
        """Have the describer forget what a film that has ended waited for."""
        if self._describer:
            with suppress(OSError):
                self._describer[1].send(rank)

    def _spawned(self, target: Any, log: Path, *more: Any) -> _Process:
        control, theirs = self._context.Pipe()
        process = self._context.Process(target=target, args=(theirs, self._address, self._key, str(log), *more))
        with without_interrupt():
            process.start()
        theirs.close()
        self._processes.append((process, control))
        return process, control

    def _kill(self, one: _Process) -> None:
        self._processes.remove(one)
        _end([one])


def _folders(logs: Path | None) -> tuple[Path, Path]:
    """One for the socket, which only this user can enter, and the one of the logs."""
    try:
        if logs:
            logs.mkdir(parents=True, exist_ok=True)
        short = len(tempfile.gettempdir()) < LONGEST_SOCKET or os.name != "posix"
        own = Path(tempfile.mkdtemp(prefix="audiodesc-", dir=None if short else "/tmp"))  # noqa: S108
    except OSError as error:
        fault = f"{error.filename or logs} cannot be made: {error.strerror}"
        raise OutputError(fault, "give another folder, or free some space") from error
    return own, logs or own


def _threads_each(films: int) -> int:
    """Threads of numeric libraries for each of so many films."""
    return max(1, (os.cpu_count() or 1) // films)


def _end(processes: list[_Process], folder: Path | None = None) -> None:
    """End them at once, together."""
    for process, _ in processes:
        with suppress(OSError):
            process.kill()
    for process, control in processes:
        process.join(5.0)  # one that waits for a dead network disk does not end
        control.close()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
