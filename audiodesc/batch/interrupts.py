"""Ctrl-C and SIGTERM while a batch runs: the first asks it to end, and breaks off nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, or SIGTERM came; a second Ctrl-C raises KeyboardInterrupt. So the first breaks off no
    write and loses no event. Where another handles a signal, or ignores it, as for a command in the background, that
    stays."""
    asked = False

    def handle(number: int, frame: Any) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True

    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    is_main = current_thread() is main_thread()
    ours = {number: before for number, before in usual.items() if is_main and signal.getsignal(number) == before}
    for number in ours:
        signal.signal(number, handle)
    try:
        yield lambda: asked
    finally:
        for number, before in ours.items():
            signal.signal(number, before)
