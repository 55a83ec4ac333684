"""Work that must come to an end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

LONG_S = 60
"""Many times what any work in the tests takes, however busy the machine is; one that hangs takes for ever, or hours."""


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """What `work` gives; fails where it takes longer, instead of hanging the whole run."""
    box: list[Any] = []

    def run() -> None:
        try:
            box.append((work(), None))
        except BaseException as fault:  # raised again below
            box.append((None, fault))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert box, f"still at work after {seconds} s"
    result, fault = box[0]
    if fault:
        raise fault
    return result
