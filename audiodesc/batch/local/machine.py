"""How many films this machine makes at a time, and which of them the processor serves first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

FILM_BYTES: Final = 1_000_000_000
"""Memory that a film is given: decoded pictures, its sound, a voice."""

MORE_THAN_CORES: Final = 2
"""Films wait for the describer and the disk: so many more than there are cores keep these busy."""

NICE_STEP: Final = 4
MOST_NICE: Final = 16
"""Of the films that are made at a time each later one is so much nicer to the others, up to the most."""


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


def put_in_order(pids: Sequence[int]) -> None:
    """Have the processor serve the first of these processes first, then the next. Where a process may not be given back
    what it gave up, the order is as near to that as it may be."""
    if not hasattr(os, "setpriority"):
        return
    base = os.getpriority(os.PRIO_PROCESS, 0)
    for place, pid in enumerate(pids):
        nice = min(base + min(place * NICE_STEP, MOST_NICE), 19)
        for thread in _threads(pid):
            with suppress(OSError):  # it has ended, or may not be served earlier again
                if os.getpriority(os.PRIO_PROCESS, thread) != nice:
                    os.setpriority(os.PRIO_PROCESS, thread, nice)


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
