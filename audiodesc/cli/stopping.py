"""Ctrl-C is a clean stop, whatever a library makes of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

from audiodesc.core.progress import Progress


@contextmanager
def stoppable(show: Progress) -> Iterator[Progress]:
    """Give back the progress to call in place of `show`; raise KeyboardInterrupt, and nothing else, after Ctrl-C.

    Libraries that are interrupted while they are loaded raise other errors, or none: after Ctrl-C each other error is
    taken for it, and the next progress raises it again.
    """
    asked = False

    def stop(number: int, frame: Any) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def shown(stage: str, done: int, total: int) -> None:
        if asked:
            raise KeyboardInterrupt
        show(stage, done, total)

    with _handled(stop):
        try:
            yield shown
        except Exception as error:
            if asked:
                raise KeyboardInterrupt from error
            raise


@contextmanager
def _handled(stop: Callable[[int, Any], None]) -> Iterator[None]:
    """Where nobody else handles or ignores it, as for a command in the background."""
    ours = current_thread() is main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
