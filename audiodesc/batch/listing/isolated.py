"""A function that is called in a process of its own, so that a film that crashes or hangs a library costs only that
process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from multiprocessing import get_context
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from audiodesc.core.pickling import can_be_pickled

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

_process_lock: Final = Lock()
"""Held while a process is started or joined: `Process.start` polls all other processes, and only the first poll of an
ended one gets its exit code."""

START_METHOD: Final = "forkserver" if sys.platform == "linux" else "spawn"
"""A process of the fork server has its modules already, also after a crash; a spawned one imports them."""

PRELOADED: Final = ("audiodesc.batch.listing.lengths", "audiodesc.deliver.checks", "audiodesc.media.probe")


class CrashedError(Exception):
    """The process ended during a call; the text is its signal or exit code."""


class IsolatedFunction(Generic[T]):
    """A function of a module, called in a process that is started at the first call, and again after a crash. For one
    thread at a time."""

    def __init__(self, function: Callable[..., T]) -> None:
        self._function = function
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None

    def call(self, timeout_s: float, *arguments: Any) -> T:
        """The result for these arguments, which can be pickled. Raises what the function raises, CrashedError where the
        process ended, TimeoutError after `timeout_s` seconds."""
        connection = self._connection or self._started()
        try:
            connection.send(arguments)
            if not connection.poll(timeout_s):
                self.close()
                raise TimeoutError(f"not done within {timeout_s:g} s")
            made, fault = connection.recv()
        except (EOFError, ConnectionError):
            raise CrashedError(self._exit()) from None
        if fault is not None:
            raise fault
        result: T = made
        return result

    def close(self) -> None:
        """Kill the process."""
        if self._process and self._connection:
            self._connection.close()
            self._process.kill()
            with _process_lock:
                self._process.join()
        self._process = self._connection = None

    def _started(self) -> Connection[Any, Any]:
        context: Any = get_context(START_METHOD)
        if START_METHOD == "forkserver":
            context.set_forkserver_preload(list(PRELOADED))
        ours: Connection[Any, Any]
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._function), daemon=True)
        self._connection = ours
        with _process_lock:
            self._process.start()
        theirs.close()
        return ours

    def _exit(self) -> str:
        """How the process ended."""
        code = None
        if self._process:
            with _process_lock:
                self._process.join()
            code = self._process.exitcode
        self.close()
        return f"signal {-code}" if code is not None and code < 0 else f"code {code}"


def _serve(connection: Connection[Any, Any], function: Callable[..., Any]) -> None:
    """In the process: answer calls until the connection is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to all: the parent decides
    while True:
        try:
            arguments = connection.recv()
        except EOFError:
            return
        try:
            answer: tuple[Any, Exception | None] = function(*arguments), None
        except Exception as error:  # handed to the caller
            answer = None, error if can_be_pickled(error) else ValueError(f"{type(error).__name__}: {error}")
        connection.send(answer)
