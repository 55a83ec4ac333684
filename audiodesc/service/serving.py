"""A service runs: the server, what makes the films, and what informs of them, until it is stopped; later it goes on
where it was."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from audiodesc.batch.model import FilmRow
from audiodesc.batch.runners import Runner
from audiodesc.batch.running import RunLimits, run_batch
from audiodesc.errors import AudiodescError, InputError, OutputError
from audiodesc.review.server import Lan, _Server, config_of
from audiodesc.service.app import make_app
from audiodesc.service.beginning import CheckedRunner
from audiodesc.service.config import Server, ServiceConfig
from audiodesc.service.connections import Bounded, most_connections
from audiodesc.service.following import run_following
from audiodesc.service.service import Service, opened_service
from audiodesc.service.webhooks import Sender

log = logging.getLogger(__name__)

MakeRunner = Callable[[], AbstractContextManager[Runner]]
"""What makes films, opened and closed on the thread that uses it."""


@dataclass(frozen=True, slots=True)
class Served:
    """A service that is about to run; `address` is where it listens."""

    service: Service
    server: uvicorn.Server
    listening: socket.socket
    address: str
    threads: tuple[threading.Thread, ...]

    def run(self) -> None:
        """Until it is asked to stop (SIGTERM, Ctrl+C, or `stop`). Raises OutputError where films are made no more."""
        log.info("listening at %s", self.address)
        for thread in self.threads:
            thread.start()
        with _quiet_signals(), contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.server.serve(sockets=[self.listening]))
        self.service.stop()
        log.info("stopping: films are stopped after what they have in hand")
        for thread in self.threads:
            thread.join(self.service.config.server.stop_s)
            if thread.is_alive():
                log.warning("%s did not end in time", thread.name)
        log.info("stopped")
        if self.service.fault:
            raise OutputError(f"no films are made any more ({self.service.fault})", "see the log, and start it again")

    def stop(self) -> None:
        """Let `run` end, from another thread."""
        self.server.should_exit = True


@contextmanager
def serving(config: ServiceConfig, make_runner: MakeRunner) -> Iterator[Served]:
    """A service that makes films with the runner that `make_runner` opens.

    Raises OutputError for a port that is taken, InputError for a certificate that cannot be used, BusyError for a
    folder that another process serves.
    """
    tls = _tls(config.server)
    listening = _listen(config.server)
    try:
        with opened_service(config) as service:
            made = config_of(make_app(service), tls)
            made.http, made.limit_concurrency, made.timeout_graceful_shutdown = Bounded, most_connections(), 5
            server = _Server(made, service.stop)
            host, port = listening.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            address = f"{'https' if tls else 'http'}://{shown}:{port}"
            ending = _ended(service, server)
            threads = (
                threading.Thread(target=_make_films, args=(service, make_runner, ending), name="films", daemon=True),
                threading.Thread(target=run_following, args=(service,), name="following", daemon=True),
                threading.Thread(target=Sender(service).run, name="webhooks", daemon=True),
            )
            yield Served(service, server, listening, address, threads)
    finally:
        listening.close()


def _make_films(service: Service, make_runner: MakeRunner, ending: Callable[[str], None]) -> None:
    """All films, as they come, until the service is stopped."""

    def show(row: FilmRow) -> None:
        service.changed(row.id)

    try:
        with make_runner() as runner:
            run_batch(
                service.state, CheckedRunner(service, runner), RunLimits(once=False), show, lambda: service.is_stopping
            )
        if not service.is_stopping:  # `audiodesc batch stop`
            ending("")
    except AudiodescError as error:
        log.error("no films are made any more: %s", error)
        ending(str(error))
    except Exception as error:
        log.exception("no films are made any more")
        ending(type(error).__name__)


def _ended(service: Service, server: uvicorn.Server) -> Callable[[str], None]:
    """What ends the service where nothing makes films any more, so that a supervisor starts it again."""

    def ended(why: str) -> None:
        service.fault = why
        server.should_exit = True

    return ended


@contextmanager
def _quiet_signals() -> Iterator[None]:
    """The server raises the signal that ended it once more: that is to end nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def nothing(number: int, frame: FrameType | None) -> None:
        pass

    before = signal.signal(signal.SIGTERM, nothing)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tls(server: Server) -> Lan | None:
    if not server.certificate:
        return None
    certificate, key = Path(server.certificate), Path(server.key)
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"{certificate} and {key} are no TLS certificate with its key ({why})", "") from error
    return Lan("", certificate, key)


def _listen(server: Server) -> socket.socket:
    """A socket that listens, IPv4 or IPv6 as the host is. Raises OutputError."""
    from audiodesc.review.server import listen

    if ":" not in server.host:
        return listen(server.host, server.port)
    try:
        return socket.create_server((server.host, server.port), family=socket.AF_INET6)
    except OSError as error:
        raise OutputError(f"port {server.port} cannot be used ({error})", "give another port") from error
