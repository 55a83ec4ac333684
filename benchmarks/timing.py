"""Runs the two sides of a comparison, one program at a time, and says what they took."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import IO

CORES = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program took: wall time, processor time with that of its children, and peak resident memory."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


def pin() -> list[int]:
    """Keep this process and all that it starts to the same two cores; which they are."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    if len(cores) < CORES:
        raise SystemExit(f"this needs {CORES} processor cores, and there is {len(cores)}")
    os.sched_setaffinity(0, cores)
    return cores


def ran(command: Sequence[str | Path]) -> Ran:
    """Run a program to its end, on a disk with nothing left to write. Raises RuntimeError if it fails."""
    os.sync()
    with TemporaryFile() as out, TemporaryFile() as err:
        started = perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            last = _text(err).strip().splitlines()[-1:]
            raise RuntimeError(f"{Path(command[0]).name} ended with {process.returncode}: {' '.join(last)}")
        return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, _text(out))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def best(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """The least seconds of each of the two, which are run in turn."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
