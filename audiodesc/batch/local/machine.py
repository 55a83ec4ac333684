"""How many films this machine makes at a time, and which of them the processor serves first."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

FILM_BYTES: Final = 1_000_000_000
"""Memory that a film is given: decoded pictures, its sound, a voice."""

MORE_THAN_CORES: Final = 2
"""Films wait for the describer and the disk: so many more than there are cores keep these busy."""

CAP_SYS_NICE: Final = 23
"""The bit of Linux's capability to lower a nice value."""

NICE_STEP: Final = 4
MOST_NICE: Final = 16
"""Each process is so much nicer than the one that is served before it, up to the most."""


def default_films() -> int:
    """How many films are made at a time: two more than there are cores, as far as the free memory goes."""
    from audiodesc.core.concurrency import cores

    free = free_bytes()
    most = cores() + MORE_THAN_CORES
    return max(1, most if free is None else min(most, free // FILM_BYTES))


def free_bytes() -> int | None:
    """Memory that can be taken without swapping, also inside a container; None where nothing says so."""
    known = [one for one in (_of_machine(), _of_container()) if one is not None]
    return min(known, default=None)


class Priorities:
    """Which processes the processor serves first; without effect where a process may not be given back what it gave up,
    as without rights of administration."""

    def __init__(self) -> None:
        self._works = hasattr(os, "setpriority") and _may_raise()

    def put_in_order(self, pids: Sequence[int]) -> None:
        """Have the processor serve the first of these processes first, then the next."""
        if not self._works:
            return
        base = os.getpriority(os.PRIO_PROCESS, 0)
        for place, pid in enumerate(pids):
            nice = min(base + min(place * NICE_STEP, MOST_NICE), 19)
            for thread in _threads(pid):
                self._give(thread, nice)

    def _give(self, thread: int, nice: int) -> None:
        try:
            if os.getpriority(os.PRIO_PROCESS, thread) != nice:
                os.setpriority(os.PRIO_PROCESS, thread, nice)
        except PermissionError:
            self._works = False
        except OSError:  # it has ended
            pass


def _may_raise() -> bool:
    """Whether this process may give another one back what that gave up. What cannot be found out is tried."""
    if sys.platform != "linux":
        return True
    import resource

    if resource.getrlimit(resource.RLIMIT_NICE)[0] >= 20 - os.getpriority(os.PRIO_PROCESS, 0):
        return True
    with suppress(OSError, ValueError):
        capabilities = re.search(r"^CapEff:\s*([0-9a-f]+)", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
        return bool(capabilities and int(capabilities[1], 16) >> CAP_SYS_NICE & 1)
    return False


BEFORE: Final = frozenset({"", "probe", "load", "fetch", "hash", "hear", "shots"})
"""Stages before the describer is asked."""

LOOKING: Final = frozenset({"look", "again"})


def in_order(films: Sequence[tuple[int, str]]) -> list[int]:
    """Films, each a rank and the stage that it is in -> their places in the list, by who should be served first.

    What feeds the describer comes first. Then, where no film waits for it besides the one that it is at, those that
    are on their way to it, so that it is not left without work; else those behind it, so that films are finished.
    Among like films the earliest comes first: films that begin together do not stay side by side.
    """
    is_hungry = sum(stage in LOOKING for _, stage in films) <= 1

    def group(stage: str) -> int:
        return 0 if stage in LOOKING else 1 if (stage in BEFORE) == is_hungry else 2

    return sorted(range(len(films)), key=lambda place: (group(films[place][1]), films[place][0]))


def _threads(pid: int) -> Iterator[int]:
    """On Linux each thread has a priority of its own; a later thread has that of the one that starts it."""
    try:
        yield from (int(one.name) for one in Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        yield pid


def _of_machine() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _of_container() -> int | None:
    for most, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        with suppress(OSError, ValueError):
            return max(0, int(Path(most).read_text("ascii")) - int(Path(used).read_text("ascii")))
    return None
