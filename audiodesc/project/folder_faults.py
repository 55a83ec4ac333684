"""Whatever the system and FFmpeg say of a folder that results go to, in one line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from audiodesc.core.files import DISK_FULL
from audiodesc.errors import OutputError

UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}
IN_THE_WAY = {errno.EISDIR, errno.ELOOP, errno.EEXIST, errno.ENOTEMPTY, errno.ENXIO}
ELSEWHERE = (ConnectionError, ChildProcessError, ProcessLookupError)
"""Errors of the system that no disk gives: of processes and of the network."""

ANOTHER = "or give another folder with -o"


@contextmanager
def output_errors(folder: Path) -> Iterator[None]:
    """Turn whatever the system and FFmpeg say of the folder, and of what is written there, into one line."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        if isinstance(error, ELSEWHERE) or not _is_of(error, folder):
            raise
        raise _one_line(folder, error) from error


def _is_of(error: OSError | av.error.FFmpegError, folder: Path) -> bool:
    """Whether an error is about the folder: it names a path in or above it, or none, as those of writing do."""
    name = error.filename
    if not isinstance(name, str | bytes | os.PathLike) or not name:
        return True
    path = Path(os.fsdecode(name).removeprefix("file:")).absolute()
    whole = folder.absolute()
    return path.is_relative_to(whole) or whole.is_relative_to(path)


def _one_line(folder: Path, error: OSError | av.error.FFmpegError) -> OutputError:
    code, why = error.errno or 0, said(error)
    named = os.fsdecode(error.filename).removeprefix("file:") if error.filename else str(folder)
    if code in DISK_FULL:
        return OutputError(f"no room left for {folder} ({why})", "make room, and run the same command again")
    if code in UNWRITABLE:
        return OutputError(f"{folder} cannot be written ({why})", "give a folder of your own with -o")
    if code == errno.ENAMETOOLONG:
        return OutputError(f"{folder} cannot be written ({why})", "rename the film, or give a shorter name with -o")
    if code in IN_THE_WAY:
        return OutputError(
            f"{named} is in the way, so that {folder} cannot be written ({why})", f"move it away, {ANOTHER}"
        )
    return OutputError(
        f"{named} cannot be read or written ({why})", f"check that disk and run the command again, {ANOTHER}"
    )


def said(error: OSError | av.error.FFmpegError) -> str:
    """What the system or FFmpeg says itself."""
    return error.strerror or type(error).__name__
