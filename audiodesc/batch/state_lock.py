"""A batch is run by one process at a time."""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from audiodesc.batch.state import BatchState
from audiodesc.errors import AudiodescError, BusyError, OutputError

LOCK: Final = ".batch.lock"
LOCK_S: Final = 2.0
"""How long the lock is waited for: a process that asks whether a batch is run holds it for a moment."""


@contextmanager
def held_batch(folder: Path) -> Iterator[BatchState]:
    """The state of a batch, which no other process runs meanwhile; films that ran in a process that was killed are
    queued again, and requests to stop count from now on. Raises BusyError where another process has it, and as
    `BatchState` does."""
    with BatchState(folder) as state:
        lock = _lock(folder, LOCK_S, state.holder)
        try:
            state.clear_stop()  # first: one that comes while the rest is read counts
            state.check()
            state.requeue_running()
            state.note_holder(f"process {os.getpid()} on {platform.node()}")
            yield state
        finally:
            with suppress(AudiodescError):  # a full disk: it says who had it, and nobody holds the lock
                state.note_holder("")
            lock.release()


def is_held(folder: Path) -> bool:
    """Whether a process runs the batch of this folder now."""
    if not (folder / LOCK).exists() and not (folder / f"{LOCK}.soft").exists():
        return False
    try:
        _lock(folder, 0, str).release()
    except BusyError:
        return True
    except OutputError:
        return False
    return False


def _lock(folder: Path, patience_s: float, holder: Callable[[], str]) -> BaseFileLock:
    """The lock of a batch, held. Where the disk knows none (NFS without a lock daemon, SMB, FUSE) a file with the
    process's number stands for it."""
    soft = folder / f"{LOCK}.soft"
    try:
        return _held(FileLock(folder / LOCK), folder, patience_s, holder, "")
    except OSError as error:
        if error.filename is not None:  # it is the file that cannot be opened
            raise OutputError(f"{error.filename} cannot be written ({error.strerror})", "allow it") from error
    remedy = f"; if none runs, delete {soft}"
    try:
        return _held(SoftFileLock(soft), folder, patience_s, holder, remedy)
    except OSError as error:
        raise OutputError(f"{soft} cannot be written ({error.strerror})", "give a folder of your own") from error


def _held(lock: BaseFileLock, folder: Path, patience_s: float, holder: Callable[[], str], remedy: str) -> BaseFileLock:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a lock that is a file only, which is for us to say
            lock.acquire(timeout=patience_s)
    except Timeout as error:
        who = holder() or "another process"
        raise BusyError(
            f"the batch in {folder} is run by {who}",
            f"wait until it ends, or stop it with `audiodesc batch stop`{remedy}",
        ) from error
    return lock
