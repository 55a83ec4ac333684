"""Wrong passwords slow their sender down: until its time is up, no further password of it is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
COUNTS_S: Final = 3600.0
"""A wrong password that is older does not count any more."""

MOST_COUNTED: Final = 8
"""So many are enough for the longest wait."""

MOST: Final = 10_000
"""Senders that are remembered; then those that may try again are forgotten."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """When a sender's last wrong passwords came, and when it may try again."""

    at_s: tuple[float, ...]
    until_s: float


class Tries:
    """What each sender, by its address, tried. `now_s` is a clock in seconds that never goes back."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._wrong: dict[str, _Wrong] = {}

    def wait_s(self, sender: str) -> float:
        """How long its next password is not looked at; 0 where it may try."""
        wrong = self._wrong.get(sender)
        return max(0.0, wrong.until_s - self._now_s()) if wrong else 0.0

    def failed(self, sender: str) -> None:
        """It gave a wrong password: it waits for a second, and twice as long after each further one in an hour."""
        now_s = self._now_s()
        known = self._wrong[sender].at_s if sender in self._wrong else ()
        before = tuple(at_s for at_s in known if now_s - at_s < COUNTS_S)
        if len(self._wrong) >= MOST:
            self._wrong = {one: wrong for one, wrong in self._wrong.items() if wrong.until_s > now_s}
        wait_s = min(LONGEST_S, FIRST_S * 2 ** len(before))
        self._wrong[sender] = _Wrong((*before, now_s)[-MOST_COUNTED:], now_s + wait_s)

    def passed(self, sender: str) -> None:
        """It gave the right one."""
        self._wrong.pop(sender, None)
