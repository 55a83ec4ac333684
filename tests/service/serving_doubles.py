"""A service for tests: its config, keys, a runner that makes what it is told, and a server on loopback."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult
from audiodesc.batch.runners import Event, Failed, Made, Staged, Stopped
from audiodesc.service.config import Key, Server, ServiceConfig, Tenant
from audiodesc.service.keys import hash_of
from audiodesc.service.serving import Served, serving

ANN, BOB, READER, METER = "ad_ann", "ad_bob", "ad_reader", "ad_meter"
"""Keys: of two tenants, of one who may only read, and of one who may only see metrics."""

CONTENT = b"not a film, but bytes\n" * 100


def tenants(**ann: Any) -> tuple[Tenant, ...]:
    """ann, with what is given, who has three keys, and bob."""
    keys = (
        Key(hash_of(ANN), "chain", rate=100_000),
        Key(hash_of(READER), "screen", ("read",), rate=100_000),
        Key(hash_of(METER), "meter", ("metrics",), rate=100_000),
    )
    return (
        replace(Tenant("ann", keys), **ann),
        Tenant("bob", (Key(hash_of(BOB), "bob", ("submit", "read", "cancel"), 100_000),)),
    )


def config_in(folder: Path, server: dict[str, Any] | None = None, **ann: Any) -> ServiceConfig:
    """A config whose folder and one store are in a folder."""
    store = folder / "store"
    store.mkdir(exist_ok=True)
    known = {"folder": str(folder / "data"), "port": 0, "stores": (str(store), "s3://films/ann/"), "stop_s": 5.0}
    known |= {"reserve_gb": 0.0, "ray": "local"}
    return ServiceConfig(Server(**{**known, **(server or {})}), tenants(**ann), {"voice": {"name": "espeak-en-gb"}})


@dataclass
class Script:
    """A runner. Films are made at once where no `gate` is closed; those whose name has "bad" fail; "slow" ones wait
    for the gate, and stop when they are asked to."""

    gate: threading.Event = field(default_factory=threading.Event)
    at_once: int = 4
    started: list[FilmJob] = field(default_factory=list)
    closed: bool = False
    breaks: Exception | None = None
    _running: dict[int, FilmJob] = field(default_factory=dict)
    _events: deque[Event] = field(default_factory=deque)

    @property
    def free(self) -> int:
        return self.at_once - len(self._running)

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        self.started.append(job)
        self._running[film] = job
        self._events.append(Staged(film, "look", 1, 2))

    def stop(self, film: int) -> None:
        if self._running.pop(film, None):
            self._events.append(Stopped(film))

    def events(self, timeout_s: float) -> Sequence[Event]:
        if self.breaks:
            raise self.breaks
        for film, job in list(self._running.items()):
            if "slow" not in job.film or self.gate.is_set():
                del self._running[film]
                self._events.append(ended(film, job))
        if not self._events:
            self.gate.wait(min(timeout_s, 0.02)) if self._running else time.sleep(0.01)
        found = list(self._events)
        self._events.clear()
        return found

    def close(self) -> None:
        self.closed = True

    @contextmanager
    def opened(self) -> Iterator[Script]:
        """As the service opens a runner."""
        try:
            yield self
        finally:
            self.close()


def ended(film: int, job: FilmJob) -> Event:
    """What came of a film: a failure, or a track and a folder of lines."""
    if "bad" in Path(job.film).name:  # ids are hexadecimal
        return Failed(film, FailedFilm("input", f"{job.film} is no film: give one that plays"))
    folder = Path(job.output)
    (folder / "lines").mkdir(parents=True, exist_ok=True)
    (folder / "film.ad.m4a").write_bytes(bytes(range(256)) * 40)
    (folder / "lines" / "1.wav").write_bytes(b"RIFF")
    (folder / "secret.txt").write_text("not delivered")
    files = {"track": str(folder / "film.ad.m4a"), "lines": str(folder / "lines"), "page": "/etc/passwd"}
    return Made(film, FilmResult(duration_ms=120_000, lines=3, loudness_lufs=float("-inf"), files=files))


@contextmanager
def running(config: ServiceConfig, script: Script) -> Iterator[Served]:
    """A service on a thread of its own, stopped at the end."""
    ready: list[Served] = []
    fault: list[BaseException] = []
    known, leave = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with serving(config, script.opened) as served:
                ready.append(served)
                known.set()
                served.run()
        except BaseException as error:
            fault.append(error)
        finally:
            known.set()

    thread = threading.Thread(target=run, name="service", daemon=True)
    thread.start()
    assert known.wait(30)
    if fault:
        raise fault[0]
    try:
        until(lambda: ready[0].server.started or not thread.is_alive())
        yield ready[0]
    finally:
        script.gate.set()
        ready[0].stop()
        thread.join(30)
        leave.set()
    if fault:
        raise fault[0]


def until(is_so: Callable[[], object], seconds: float = 30.0) -> None:
    """Until a condition holds; a test fails where it never does."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)
