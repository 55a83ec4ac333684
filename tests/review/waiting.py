"""For what happens on another thread."""

from __future__ import annotations

import time
from collections.abc import Callable

from hanging import LONG_S


def wait_for(is_so: Callable[[], object], seconds: float = LONG_S) -> None:
    """Until a condition holds; a test fails where it never does."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
