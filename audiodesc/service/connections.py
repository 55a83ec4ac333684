"""Connections of the service: their number is bounded, and one on which no request comes is closed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST: Final = 2_000
"""Connections at a time; a request on more is answered with 503."""

SPARE: Final = 200
"""As many more are answered; connections beyond them are closed at once."""

HEAD_S: Final = 30.0
"""How long the head of a request may take, from the connection or from its first byte."""

FILES: Final = 65_536
"""Open files of the process that are asked for."""


def raised_files() -> int:
    """How many files the process may have open, after the limit was raised as far as it may be."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return FILES if soft == resource.RLIM_INFINITY else soft


def most_connections() -> int:
    """Connections at a time: half of the open files are left for films, results and the state."""
    return max(1, min(MOST, raised_files() // 2 - SPARE))


class Bounded(H11Protocol):
    """A connection. `limit_concurrency` of the server's config bounds their number."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.limit_concurrency is not None and len(self.connections) > self.limit_concurrency + SPARE:
            transport.abort()
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._await_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        """Close the connection in time; bytes that come meanwhile do not move that."""
        if self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
