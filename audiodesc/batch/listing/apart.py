"""A process that looks at one film after the other: a damaged film may end it, or hang in it, and costs only itself."""

from __future__ import annotations

import pickle
import signal
import sys
from collections.abc import Callable
from multiprocessing import get_context
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

_door: Final = Lock()
"""Held while a process is started, and while the end of one is waited for: the library looks at the ends of all when it
starts one, and only the first who looks is told how one ended."""

METHOD: Final = "forkserver" if sys.platform == "linux" else "spawn"
"""By a server of forks a process has all modules at once; elsewhere it imports them, which takes a second."""

PRELOADED: Final = ("audiodesc.batch.listing.lengths", "audiodesc.deliver.checks", "audiodesc.media.probe")


class DiedError(Exception):
    """The process died while it worked; its text says how."""


class Apart(Generic[T]):
    """Calls `work`, a function of a module, in a process of its own, which is started when it is needed. For one thread
    at a time."""

    def __init__(self, work: Callable[..., T]) -> None:
        self._work = work
        self._process: BaseProcess | None = None
        self._to: Connection[Any, Any] | None = None

    def call(self, seconds: float, *arguments: Any) -> T:
        """What `work` gives for these arguments, which can be pickled. Raises what it raises, DiedError where the
        process died of it, TimeoutError where it takes longer."""
        to = self._to or self._started()
        try:
            to.send(arguments)
            if not to.poll(seconds):
                self.close()
                raise TimeoutError(f"not done within {seconds:g} s")
            made, fault = to.recv()
        except (EOFError, ConnectionError):
            raise DiedError(self._died()) from None
        if fault is not None:
            raise fault
        result: T = made
        return result

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process and self._to:
            self._to.close()
            self._process.kill()
            with _door:
                self._process.join()
        self._process = self._to = None

    def _started(self) -> Connection[Any, Any]:
        context: Any = get_context(METHOD)
        if METHOD == "forkserver":
            context.set_forkserver_preload(list(PRELOADED))
        to: Connection[Any, Any]
        to, of = context.Pipe()
        self._process, self._to = context.Process(target=_answer, args=(of, self._work), daemon=True), to
        with _door:
            self._process.start()
        of.close()
        return to

    def _died(self) -> str:
        code = None
        if self._process:
            with _door:
                self._process.join()
            code = self._process.exitcode
        self.close()
        return f"signal {-code}" if code is not None and code < 0 else f"code {code}"


def _answer(of: Connection[Any, Any], work: Callable[..., Any]) -> None:
    """In the process: the answer to each call, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to all: the parent decides
    while True:
        try:
            arguments = of.recv()
        except EOFError:
            return
        try:
            answer: tuple[Any, Exception | None] = work(*arguments), None
        except Exception as error:  # handed to who asks
            answer = None, _sendable(error)
        of.send(answer)


def _sendable(error: Exception) -> Exception:
    """The error, or, where a library's does not survive the way, a ValueError that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 — what this process wrote
    except Exception:
        return ValueError(f"{type(error).__name__}: {error}")
    return error
