"""Files: opened with care and read with bounds; what one holds, by a hash of it; whether it is the one read before."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.errors import InputError

if TYPE_CHECKING:
    from audiodesc.model import Identity

BLOCK = 1 << 22
SAMPLE, SAMPLES = 1 << 16, 64
UNREAD = "unread-"
"""What a film's fingerprint begins with as long as its content was not read whole."""

Read = Callable[[int, int], None]
"""Called with how many bytes are read, and of how many."""

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


def identity(seen: os.stat_result) -> Identity:
    """Device, inode, size in bytes, and in ns when the content and when the inode changed last."""
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def unread(of: Identity) -> str:
    """A fingerprint for a file that was not read: no other file's, and another one after a change."""
    return UNREAD + hashlib.sha256(repr(of).encode()).hexdigest()[:24]


def content_hash(path: Path, show: Read | None = None) -> tuple[str, Identity]:
    """A hash of a regular file's length and whole content, and the identity of what was read.

    32 hexadecimal digits of SHA-256: 0.7 s of one core a GB (`benchmarks/disk.py`), which is less than most disks take.
    Raises OSError for what cannot be read, is no regular file (which a pipe would be waited for), or changes meanwhile.
    """
    file = opened(path)
    try:
        before = os.fstat(file)
        digest, done = hashlib.sha256(str(before.st_size).encode()), 0
        while done <= before.st_size and (block := os.read(file, BLOCK)):
            digest.update(block)
            done += len(block)
            if show:
                show(done, before.st_size)
        if identity(os.fstat(file)) != identity(before) or done != before.st_size:
            raise OSError(0, "changed while it was read", str(path))
    finally:
        os.close(file)
    return digest.hexdigest()[:32], identity(before)


def sampled_hash(path: Path) -> str:
    """A hash of a file's length and, of one above 4 MiB, of 64 blocks of 64 KiB spread evenly over it.

    For the weights of models alone, which nobody edits in place: training changes every block of them, and the end of a
    PyTorch file lists a checksum of each tensor in it. Raises OSError.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        if size <= SAMPLE * SAMPLES:
            digest.update(file.read())
        else:
            for number in range(SAMPLES):
                file.seek((size - SAMPLE) * number // (SAMPLES - 1))
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()[:32]


def same_file(path: Path, before: Identity, known: str) -> bool:
    """Whether the file at `path` is still the one of that identity whose content had the hash `known` ("" where it was
    not read).

    Another length or time of the content is another file. Where only device, inode or the inode's time differ the
    content is read: network disks give other inodes for the same file, and a link or a new permission changes the
    inode's time, but a copy can bear the old length and time. Without `known` such a file counts as the same. Raises
    OSError.
    """
    now = identity(path.stat())
    if now == before:
        return True
    if now[2:4] != before[2:4]:
        return False
    return not known or _holds(path, now, known)


_HELD: set[tuple[Identity, str]] = set()


def _holds(path: Path, now: Identity, known: str) -> bool:
    if (now, known) not in _HELD:
        with suppress(OSError):
            if content_hash(path)[0] == known:
                _HELD.add((now, known))
    return (now, known) in _HELD
