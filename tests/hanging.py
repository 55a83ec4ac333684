"""Work that must come to an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

LONG_S = 60
"""Of processor time: many times what any work in the tests takes; one that hangs takes for ever, or hours."""
WAIT_S = 5 * LONG_S
"""However busy the machine is, what waits longer waits for something that does not come."""


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """What `work` gives; fails where this process computes for longer meanwhile, or it waits for ever, instead of
    hanging the whole run. What other processes compute does not count."""
    box: list[Any] = []

    def run() -> None:
        try:
            box.append((work(), None))
        except BaseException as fault:  # raised again below
            box.append((None, fault))

    thread = threading.Thread(target=run, daemon=True)
    computed, begun = time.process_time(), time.monotonic()
    thread.start()
    while thread.is_alive() and time.process_time() - computed < seconds and time.monotonic() - begun < WAIT_S:
        thread.join(0.5)
    assert box, f"still at work after {seconds} s of computing, or {WAIT_S} s in all"
    result, fault = box[0]
    if fault:
        raise fault
    return result
