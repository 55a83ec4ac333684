"""Files beside a ledger that appear whole or not at all, and the lock of the ledger."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import Final

from audiodesc.core.cache import synced
from audiodesc.errors import BusyError, OutputError

WAIT_S: Final = 60.0
"""How long another process may hold a ledger: it takes some ms."""


def write_once(path: Path, content: bytes) -> None:
    """Write a file whose name stands for its content, unless it is there. Raises OutputError."""
    try:
        if path.is_file() and path.stat().st_size == len(content):
            return
    except OSError as error:
        raise _fault(path, error) from error
    write_whole(path, content)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place by one rename, with the permissions of the one that was there. Raises OutputError."""
    partial = path.with_name(f".{path.name}-{os.getpid()}-{get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            synced(partial)
            with suppress(FileNotFoundError):
                shutil.copymode(path, partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise _fault(path, error) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a ledger against other processes and threads. Raises BusyError where it is held for a minute."""
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_suffix(".lock"), thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=WAIT_S)
    except Timeout as error:
        raise BusyError(f"another process writes {path}", "try again when it has ended") from error
    except OSError as error:
        raise _fault(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _fault(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path} cannot be written: {error.strerror}", "make room there, or allow yourself to write")
