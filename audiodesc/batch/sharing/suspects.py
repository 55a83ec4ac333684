"""What a describer had in hand when its process died, kept in a file for the process that takes its place."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Condition
from typing import Final

MOST_DEATHS: Final = 3
"""What was in hand at so many deaths of the process is asked about no more."""

LARGEST: Final = 10_000_000
"""Bytes of the file."""


class Suspects:
    """Names of what is in hand, and how often each was when the process died. After a death nobody knows which of them
    did it: each is then in hand alone, and so only the one that does it is in hand at the next.

    `place` is the file, None for a process that nothing is known of later. A name begins with the rank of its film and
    a space. May be used from any thread.
    """

    def __init__(self, place: Path | None) -> None:
        self._place, self._door = place, Condition()
        self._in_hand: set[str] = set()
        self._alone, self._waiting = False, 0
        self._deaths = _read(place) if place else Counter()
        self._write()

    def deaths(self, name: str) -> int:
        """How often the process died with it in hand."""
        return self._deaths[name]

    def take(self, name: str, *, wait: bool = True) -> bool:
        """It is in hand from now on: once it may be, or, without `wait`, if it may be now. Nobody who has something in
        hand may wait."""
        with self._door:
            if self._deaths[name]:
                self._waiting += 1
                self._door.wait_for(lambda: not self._alone and not self._in_hand)
                self._waiting -= 1
                self._alone = True
            elif wait:
                self._door.wait_for(lambda: not self._alone and not self._waiting)
            elif self._alone or self._waiting:
                return False
            self._in_hand.add(name)
            self._write()
            return True

    def done(self, name: str) -> None:
        """It is not in hand any more, and did no harm."""
        with self._door:
            self._in_hand.discard(name)
            del self._deaths[name]
            self._alone = False
            self._door.notify_all()
            self._write()

    def forget(self, rank: int) -> None:
        """What is known of a film that is not made any more."""
        with self._door:
            for name in [name for name in self._deaths if name.startswith(f"{rank} ")]:
                del self._deaths[name]
            self._write()

    def _write(self) -> None:
        """Whole or not at all; where the disk takes nothing, the next process suspects nobody."""
        if not self._place:
            return
        written = self._place.with_name(f"{self._place.name}.new")
        with suppress(OSError):
            written.write_text(json.dumps({"in_hand": sorted(self._in_hand), "deaths": self._deaths}), "utf-8")
            written.replace(self._place)


def _read(place: Path) -> Counter[str]:
    """The deaths so far, with the last one."""
    try:
        if place.stat().st_size > LARGEST:
            return Counter()
        read = json.loads(place.read_text("utf-8"))
        deaths = Counter({str(name): int(times) for name, times in read["deaths"].items()})
        deaths.update(str(name) for name in read["in_hand"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Counter()
    return deaths
