"""Who makes the film whose results are in a folder of a store, where no lock of a disk says so.

Stores have no locks and no common clock, so a lease is judged by whether its number goes up while one waits. That keeps
two clusters that run for hours apart, not two that begin in the same second: within one batch its owner sees to it that
a film is made once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self

from audiodesc.cluster.folders import LEASE
from audiodesc.cluster.stores import Folder, shown
from audiodesc.errors import AudiodescError, BusyError

BEAT_S: Final = 10.0
STALE_S: Final = 35.0
"""A lease of another run that stood still for so long is of one that was killed."""

READS: Final = 5
"""It must have been the same so many times, too: where reads are slow, few of them fill that time."""


def _nothing() -> None:
    """Do no work beside the lease."""


@dataclass(slots=True)
class Lease:
    """The folder of a URL, held for a run while in the `with`: no other run writes there. `work` is called between
    beats on a thread of its own, however long it takes, and once more at the end, where what it raises is raised.

    Raises BusyError where another run holds it. A store that does not answer is tried again until others could take
    the lease for that of a killed run.
    """

    url: str
    run: str
    work: Callable[[], None] = _nothing
    fault: Exception | None = None
    _store: Folder = field(init=False)
    _worked: Event = field(init=False, default_factory=Event)
    _ended: Event = field(init=False, default_factory=Event)
    _threads: tuple[Thread, Thread] = field(init=False)
    _beat: int = field(init=False, default=0)
    _written_s: float = field(init=False, default=0.0)

    def __enter__(self) -> Self:
        self._store = Folder(self.url)
        until, before, reads = monotonic() + STALE_S, self._read(), 1
        while before and before[0] != self.run and (reads < READS or monotonic() < until):
            sleep(min(1.0, STALE_S / 4))
            now = self._read()
            if now and now != before:
                raise _busy(self.url)
            before, reads = now, reads + 1
        self._write()
        self._threads = Thread(target=self._hold, daemon=True), Thread(target=self._keep_working, daemon=True)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        beat, worker = self._threads
        self._worked.set()
        worker.join()
        try:
            if kind is None and self.fault is None:
                self.work()
        finally:
            self._ended.set()
            beat.join()
            if self.fault is None:
                self._store.remove(LEASE)
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise what went wrong meanwhile."""
        if self.fault:
            raise self.fault

    def _hold(self) -> None:
        while not self._ended.wait(BEAT_S):
            try:
                now = self._read()
                if now and now[0] != self.run:
                    raise _busy(self.url)
                self._write()
            except Exception as error:  # handed to the thread that checks
                if isinstance(error, BusyError) or monotonic() - self._written_s > STALE_S / 2:
                    self.fault = error
                    return

    def _keep_working(self) -> None:
        while not self._worked.wait(BEAT_S):
            with suppress(Exception):  # what goes on failing is raised at the end
                self.work()

    def _read(self) -> tuple[str, int] | None:
        content = self._store.read(LEASE, 10_000)
        try:
            found = json.loads(content) if content else {}
            return str(found["run"]), int(found["beat"])
        except (ValueError, TypeError, KeyError):
            return None

    def _write(self) -> None:
        self._beat += 1
        self._store.write(LEASE, json.dumps({"run": self.run, "beat": self._beat}).encode())
        self._written_s = monotonic()


def _busy(url: str) -> AudiodescError:
    return BusyError(f"{shown(url)} is in use by another run", "wait until it ends, or give another folder")
