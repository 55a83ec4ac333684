"""How far the work is, for whoever wants to show it; and how long each stage took."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and of how much (0 where that is not known)."""


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


class Stopwatch:
    """Seconds of wall time for each stage; a stage that is entered twice adds up."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.progress = progress

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = perf_counter()
        self.progress(stage, 0, 0)
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started
