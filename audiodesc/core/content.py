"""What a file holds, told by a hash of all of it, and whether it is still the file that was read before."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from audiodesc.core import cache
from audiodesc.core.files import opened
from audiodesc.model import Identity

BLOCK = 1 << 22
SAMPLE, SAMPLES = 1 << 16, 64
SETTLED_NS = 2_000_000_000
"""A file that changed less than this before it was read is not remembered: the coarsest clock of a disk in use (FAT)
ticks every 2 s, and within a tick another change would leave the same time."""

HASH = re.compile(r"[0-9a-f]{32}")

UNREAD = "unread-"
"""What a film's fingerprint begins with as long as its content was not read whole."""

Read = Callable[[int, int], None]
"""Called with how many bytes are read, and of how many."""


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


def remembered_hash(path: Path, store: cache.Store, show: Read | None = None) -> tuple[str, Identity]:
    """The same, which is found again in the store as long as the file's identity stays what it was.

    Raises OSError as `content_hash` does.
    """
    now = identity(path.stat())
    if found := store.read_json(_memory(now), _hash):
        return found, now
    started_ns = time.time_ns()
    found, read = content_hash(path, show)
    if started_ns - max(read[3:]) > SETTLED_NS:
        store.put_json(_memory(read), found)
    return found, read


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


def _hash(value: Any) -> str:
    if isinstance(value, str) and HASH.fullmatch(value):
        return value
    raise ValueError("not a hash")


def _memory(of: Identity) -> str:
    return cache.key("content", 1, identity=list(of))
