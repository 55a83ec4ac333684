"""What each process of a batch does first, and what is found of one that died."""

from __future__ import annotations

import faulthandler
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

LAST_BYTES = 20_000
"""So much of a log is read for the last words."""

WORDS = 300
"""Characters of them."""


@contextmanager
def without_interrupt() -> Iterator[None]:
    """Processes that are started meanwhile do not get Ctrl-C, which the terminal sends to all: the parent decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin(log: str) -> None:
    """In the new process: what it says goes to its log, and Ctrl-C is left to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(file, number)
    os.close(file)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    faulthandler.enable(sys.stderr, all_threads=False)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("audiodesc").setLevel(logging.INFO)  # what HTTP clients tell of each request may hold an address
    logging.captureWarnings(True)


def end_with_parent(address: str) -> NoReturn:
    """The parent is gone: end at once, without the folder that it made for the socket at `address`."""
    if os.name == "posix":
        shutil.rmtree(Path(address).parent, ignore_errors=True)
    os._exit(0)


def size_of(log: Path) -> int:
    """Bytes of a log; 0 where there is none so far."""
    with suppress(OSError):
        return log.stat().st_size
    return 0


def last_words(exit_code: int | None, log: Path, since: int, stage: str) -> str:
    """One line about a process that died: how, in which stage, and the last that it wrote after byte `since`."""
    how = f"killed (signal {-exit_code})" if exit_code is not None and exit_code < 0 else f"ended with code {exit_code}"
    during = f" in the stage {stage}" if stage else ""
    said = _last_line(log, since)
    return f"{how}{during}: {said}" if said else f"{how}{during}"


def _last_line(log: Path, since: int) -> str:
    """That begins at the margin, for what is indented is the middle of a traceback, and is no mere information."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, size_of(log) - LAST_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    fatal = [line for line in lines if line.startswith("Fatal Python error")]
    said = [line for line in lines if line.strip() and not line.startswith((" ", "\t")) and " INFO " not in line]
    return " ".join((fatal or said or [""])[-1].split())[:WORDS]
