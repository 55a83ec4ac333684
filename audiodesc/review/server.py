"""The server of one project: on this computer alone, on a port of its own, with an address that holds a token."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.project import Project
from audiodesc.review.app import make_app
from audiodesc.review.guard import Access
from audiodesc.review.places import place_id
from audiodesc.review.state import Review
from audiodesc.settings import Settings

LOOPBACK: Final = "127.0.0.1"
SHORTEST_PASSWORD: Final = 12
PORTS: Final = range(61_000, 65_536)
"""Of IANA's dynamic ports (RFC 6335), those that Linux gives to no connection by itself."""


@dataclass(frozen=True, slots=True)
class Lan:
    """What a server needs to be reached from other computers."""

    password: str
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that is about to run; `address` is what to open."""

    server: uvicorn.Server
    listening: socket.socket
    address: str

    @property
    def port(self) -> int:
        """The port that is listened at."""
        return int(self.listening.getsockname()[1])

    def run(self) -> None:
        """Until it is stopped (Ctrl+C)."""
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(self.server.serve(sockets=[self.listening]))

    def stop(self) -> None:
        """Let `run` end, from another thread."""
        self.server.should_exit = True


@contextmanager
def serving(
    project: Project, author: str = "", port: int = 0, lan: Lan | None = None, settings: Settings | None = None
) -> Iterator[Serving]:
    """A server for a project, which is closed with it; `settings` say which describer is asked for candidates. For port
    0 it is the project's usual one, at which the browser finds what was typed and not saved, or a free one.

    Raises OutputError for a port that is taken, UsageError or InputError for a password or certificate that cannot be
    used.
    """
    if not 0 <= port <= 65_535:
        raise UsageError(f"there is no port {port}", "give one from 1 to 65535, or 0 for a free one")
    if lan:
        _check(lan)
    host = "0.0.0.0" if lan else LOOPBACK  # noqa: S104 — asked for, with a password and TLS
    listening = listen(host, port) if port else listen_for(host, project.folder)
    port = listening.getsockname()[1]
    access = Access(port, password=lan.password if lan else "")
    review = Review(project, author, settings)
    try:
        server = _Server(config_of(make_app(review, access), lan), review.events.close)
        address = (
            f"https://{socket.gethostname()}:{port}/" if lan else f"http://{LOOPBACK}:{port}/?token={access.token}"
        )
        yield Serving(server, listening, address)
    finally:
        listening.close()
        review.close()


def config_of(app: FastAPI, lan: Lan | None = None) -> uvicorn.Config:
    """How an app is served: without a log of who asks, and over TLS to other computers."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        ssl_certfile=str(lan.certificate) if lan else None,
        ssl_keyfile=str(lan.key) if lan else None,
    )


class _Server(uvicorn.Server):
    """Pages that listen for events are let go first, else the end would wait for them."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def usual_port(folder: Path) -> int:
    """The port of the project in a folder: browsers keep what is typed for an address with its port."""
    return PORTS[int(place_id(folder), 16) % len(PORTS)]


def listen_for(host: str, folder: Path) -> socket.socket:
    """A socket at the usual port of a folder, or at a free one."""
    try:
        return listen(host, usual_port(folder))
    except OutputError:  # another project's, or the same project's that is open already
        return listen(host, 0)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at a port, 0 for a free one. Raises OutputError for one that is taken."""
    listening = socket.socket()
    if os.name == "posix":  # elsewhere it would let two servers listen at one port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # who opens the address before the server runs waits for it
    except (OSError, OverflowError) as error:
        listening.close()
        raise OutputError(f"port {port} cannot be used ({error})", "give another --port, or none") from error
    return listening


def _check(lan: Lan) -> None:
    if len(lan.password) < SHORTEST_PASSWORD:
        raise UsageError(
            f"the password is shorter than {SHORTEST_PASSWORD} characters", "take a longer one, for others try"
        )
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(lan.certificate, lan.key)
    except (OSError, ssl.SSLError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"{lan.certificate} and {lan.key} are no TLS certificate with its key ({why})", "") from error


def open_browser(address: str) -> None:
    """Show the page, without waiting for it."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
