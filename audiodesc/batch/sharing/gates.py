"""Limits that threads share, those of earlier films first; and the time in which something was in hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Lock
from time import monotonic


class Gate:
    """Lets through so much at a time; of those that wait, the lowest rank first. What is more than the limit by itself
    is let through alone."""

    def __init__(self, limit: int) -> None:
        self._limit, self._used = limit, 0
        self._door, self._numbers = Condition(), count()
        self._waiting: list[tuple[int, int]] = []

    def take(self, amount: int, rank: int = 0) -> None:
        """Wait until there is room for that much, and take it."""
        with self._door:
            mine = rank, next(self._numbers)
            heappush(self._waiting, mine)
            self._door.wait_for(lambda: self._waiting[0] == mine and self._fits(amount))
            heappop(self._waiting)
            self._used += amount
            self._door.notify_all()

    def give_back(self, amount: int) -> None:
        """Of what was taken; on any thread."""
        with self._door:
            self._used -= amount
            self._door.notify_all()

    @contextmanager
    def held(self, amount: int, rank: int = 0) -> Iterator[None]:
        """Taken meanwhile."""
        self.take(amount, rank)
        try:
            yield
        finally:
            self.give_back(amount)

    def _fits(self, amount: int) -> bool:
        return not self._used or self._used + amount <= self._limit


class Busy:
    """Seconds in which at least one thing was in hand, on any thread."""

    def __init__(self) -> None:
        self._door, self._in_hand, self._since, self._seconds = Lock(), 0, 0.0, 0.0

    def begin(self) -> None:
        """One more is in hand."""
        with self._door:
            if not self._in_hand:
                self._since = monotonic()
            self._in_hand += 1

    def end(self, many: int = 1) -> None:
        """So many less."""
        with self._door:
            self._in_hand -= many
            if many and not self._in_hand:
                self._seconds += monotonic() - self._since

    @property
    def seconds(self) -> float:
        """Up to now."""
        with self._door:
            return self._seconds + (monotonic() - self._since if self._in_hand else 0.0)
