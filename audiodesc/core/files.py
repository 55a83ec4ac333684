"""Files that were given, read whole: what is opened is looked at first, and has bounds."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from audiodesc.errors import InputError

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Of an OSError: there is no room left, for this user or for so large a file."""


def opened(path: Path) -> int:
    """A descriptor of a regular file, to be closed. Raises OSError for anything else, a pipe among it, whose other end
    would be waited for, and a device, which has none."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    kind = os.fstat(file).st_mode
    if stat.S_ISREG(kind):
        return file
    os.close(file)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(0, "it is not a file", str(path))


def read_whole(path: Path, largest: int) -> bytes:
    """All of a regular file of at most `largest` bytes. Raises OSError for a larger one, and as `opened` does."""
    file = opened(path)
    try:
        content = bytearray()
        while block := os.read(file, min(1 << 20, largest + 1 - len(content))):
            content += block
            if len(content) > largest:
                raise OSError(0, f"it is larger than {largest // 1_000_000} MB", str(path))
    finally:
        os.close(file)
    return bytes(content)


def at_home(path: str | Path) -> Path:
    """A path in which ~ is the user's folder. Raises InputError for a user without one, as in many containers."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(
            f"{path}: nothing says where the user's folder is", "set HOME, or give a whole path"
        ) from error
