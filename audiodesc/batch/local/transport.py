"""Calls of the describer's process, over a socket of this machine: one connection for each call at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final

from audiodesc.batch.sharing.calls import HostLostError

POLL_S: Final = 0.2
"""So often a call that waits looks whether the film is to stop."""

START_S: Final = 60.0
"""A describer's process that takes no calls for so long counts as lost."""

ASK_S: Final = 1.0
"""So often it is asked for while it takes none."""


class SocketTransport:
    """Reaches the host that listens at `address` with `key`; where none does, `need` has it started.

    `check` is called while a call waits; what it raises ends the call.
    """

    def __init__(self, address: str, key: bytes, need: Callable[[], None], check: Callable[[], None]) -> None:
        self._address, self._key, self._need, self._check = address, key, need, check
        self._free: list[Connection[Any, Any]] = []
        self._door = Lock()

    def call(self, method: str, /, *args: Any) -> Any:
        """As `Transport.call`."""
        connection = self._taken()
        try:
            connection.send((method, args))
            while not connection.poll(POLL_S):
                self._check()
            is_good, value = connection.recv()
        except (EOFError, OSError) as error:
            connection.close()
            self.close()
            raise HostLostError("the describer's process died") from error
        except BaseException:
            connection.close()
            raise
        with self._door:
            self._free.append(connection)
        if is_good:
            return value
        raise value

    def close(self) -> None:
        """Let go of the connections that no call uses."""
        with self._door:
            free, self._free = self._free, []
        for connection in free:
            connection.close()

    def _taken(self) -> Connection[Any, Any]:
        with self._door:
            if self._free:
                return self._free.pop()
        until, asked = monotonic() + START_S, float("-inf")
        while monotonic() < until:
            with suppress(OSError, EOFError, AuthenticationError):
                return Client(self._address, authkey=self._key)
            if monotonic() - asked > ASK_S:
                self._need()
                asked = monotonic()
            self._check()
            sleep(0.02)
        raise HostLostError("the describer's process does not start")
