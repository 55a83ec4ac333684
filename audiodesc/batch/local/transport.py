"""Calls of the describer's process, over a socket of this machine: one connection for each call at a time."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, answer_challenge, deliver_challenge
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final

from audiodesc.batch.sharing.calls import HostLostError, LostError

POLL_S: Final = 0.2
"""So often a call that waits looks whether the film is to stop."""

START_S: Final = 120.0
"""A film fails where no describer's process takes a call for so long."""

ASK_S: Final = 1.0
"""So often it is asked for while it takes none."""


class SocketTransport:
    """Reaches the host that listens at `address` with `key`; where none does, `need` has it started.

    `check` is called while a call waits; what it raises ends the call.
    """

    def __init__(self, address: str, key: bytes, need: Callable[[], None], check: Callable[[], None]) -> None:
        self._address, self._key, self._need, self._check = address, key, need, check
        self._free: list[Connection[Any, Any]] = []
        self._used: set[Connection[Any, Any]] = set()
        self._door, self._ended = Lock(), False

    def call(self, method: str, /, *args: Any) -> Any:
        """As `Transport.call`. Raises LostError where no process takes calls for `START_S` seconds."""
        if self._ended:
            raise LostError("the film is not made any more", "run again")
        connection = self._taken()
        try:
            self._check()  # whoever stopped the film before now has not met this connection
            connection.send((method, args))
            self._wait(connection)
            is_good, value = connection.recv()
        except (EOFError, OSError) as error:
            self._drop(connection)
            self.close()
            raise HostLostError("the describer's process died") from error
        except BaseException:
            self._drop(connection)
            raise
        with self._door:
            self._used.discard(connection)
            self._free.append(connection)
        if is_good:
            return value
        raise value

    def interrupt(self) -> None:
        """Have all calls fail that wait, also those whose process takes nothing."""
        with self._door:
            used = list(self._used)
        for connection in used:
            if sys.platform != "win32":
                with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
                    same.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """No call may follow, and those that wait fail: nobody takes their answers."""
        self._ended = True
        self.interrupt()
        self.close()

    def close(self) -> None:
        """Let go of the connections that no call uses."""
        with self._door:
            free, self._free = self._free, []
        for connection in free:
            connection.close()

    def _taken(self) -> Connection[Any, Any]:
        with self._door:
            if self._free:
                self._used.add(connection := self._free.pop())
                return connection
        until, asked = monotonic() + START_S, float("-inf")
        while monotonic() < until:
            with suppress(OSError, EOFError, AuthenticationError):
                return self._connected()
            if monotonic() - asked > ASK_S:
                self._need()
                asked = monotonic()
            self._check()
            sleep(0.02)
        raise LostError("the describer's process does not start", "look at its log, then run again")

    def _connected(self) -> Connection[Any, Any]:
        connection = Client(self._address)
        with self._door:
            self._used.add(connection)
        try:
            self._wait(connection)
            answer_challenge(connection, self._key)
            deliver_challenge(connection, self._key)
        except BaseException:
            self._drop(connection)
            raise
        return connection

    def _wait(self, connection: Connection[Any, Any]) -> None:
        """Until there is something to be read."""
        while not connection.poll(POLL_S):
            self._check()

    def _drop(self, connection: Connection[Any, Any]) -> None:
        with self._door:
            self._used.discard(connection)
            connection.close()
