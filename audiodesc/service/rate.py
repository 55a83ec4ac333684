"""How often a key may ask, and how much a tenant may do at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Final

from audiodesc.service.refusals import too_many

MANY: Final = 10_000
"""Buckets from which on the full ones are dropped."""


class Rates:
    """A token bucket for each name: a minute's worth at once, and then as fast as it is filled."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}
        self._most = MANY
        self._lock = Lock()

    def wait_s(self, name: str, per_minute: int, now: float | None = None) -> float:
        """0 where one more request may come, which is counted; else after how many seconds it may."""
        now = monotonic() if now is None else now
        with self._lock:
            self._drop_full(now)
            left, then = self._buckets.get(name, (float(per_minute), now))
            left = min(float(per_minute), left + (now - then) * per_minute / 60)
            if left < 1:
                self._buckets[name] = left, now
                return (1 - left) * 60 / per_minute
            self._buckets[name] = left - 1, now
            return 0.0

    def _drop_full(self, now: float) -> None:
        """Every bucket is full after a minute in which nothing was taken."""
        if len(self._buckets) > self._most:
            self._buckets = {name: one for name, one in self._buckets.items() if one[1] > now - 60}
            self._most = max(MANY, 2 * len(self._buckets))


class Places:
    """A bounded number of places for each tenant."""

    def __init__(self, most: int, what: str) -> None:
        """`what` they are for, as an error says it."""
        self._most, self._what = most, what
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def one(self, tenant: str) -> Iterator[None]:
        """A place, as long as the context lasts. Raises ProblemError (429) where none is free."""
        self.take(tenant)
        try:
            yield
        finally:
            self.give_back(tenant)

    def take(self, tenant: str) -> None:
        """A place, until `give_back`. Raises ProblemError (429) where none is free."""
        with self._lock:
            if self._taken[tenant] >= self._most:
                raise too_many(f"{self._most} {self._what} are under way", "wait for the end of one")
            self._taken[tenant] += 1

    def give_back(self, tenant: str) -> None:
        with self._lock:
            self._taken[tenant] -= 1
            if not self._taken[tenant]:
                del self._taken[tenant]
