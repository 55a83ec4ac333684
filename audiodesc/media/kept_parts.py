"""Parts of a sound that were encoded before, in the store under a hash of the sound that they were made from: where a
film's mix is the same as it was, it is not encoded again."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from audiodesc.core.cache import WRONG, Store
from audiodesc.core.files import read_whole

LARGEST = 100_000_000
"""Bytes of a part that are read: ten times what the longest takes."""

KEPT_TIMES = 3
"""Of all parts in the store, so many times what the last sound takes: its versions before stay for a while."""

SUFFIX = ".aac"
HEAD = struct.Struct("<IdI")
"""A check of all that follows, the decoded peak, and the number of packets; then their sizes, then they themselves."""


@dataclass(frozen=True, slots=True)
class CodedPart:
    """Packets in order, and the true peak (dBTP, −inf for silence) of what a player makes of them."""

    packets: tuple[bytes, ...]
    decoded_peak_db: float


class KeptParts:
    """The parts in a store. May be used by several threads at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sizes: dict[str, int] = {}

    def made(self, name: str, make: Callable[[], CodedPart]) -> CodedPart:
        """The part of that name, made and kept where there is none that can be read."""
        path = self._store.path(name, SUFFIX)
        try:
            content = read_whole(path, LARGEST)
            part = _from_bytes(content)
        except (OSError, struct.error, *WRONG):
            part = make()
            content = _to_bytes(part)
            self._store.put(name, SUFFIX, content)
        else:
            with suppress(OSError):
                os.utime(path)  # it is not the oldest
        self._sizes[path.name] = len(content)
        return part

    def drop_old(self) -> None:
        """Remove the parts that were not used for longest, as far as there are too many."""
        allowed, found = sum(self._sizes.values()) * KEPT_TIMES, []
        for path in self._store.folder.glob(f"*{SUFFIX}"):
            with suppress(OSError):  # another run may have removed it
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        for _, size, path in sorted(found, reverse=True):
            allowed -= size
            if allowed < 0 and path.name not in self._sizes:
                with suppress(OSError):
                    path.unlink()


def _to_bytes(part: CodedPart) -> bytes:
    sizes = np.array([len(packet) for packet in part.packets], "<u2").tobytes()
    rest = HEAD.pack(0, part.decoded_peak_db, len(part.packets))[4:] + sizes + b"".join(part.packets)
    return zlib.crc32(rest).to_bytes(4, "little") + rest


def _from_bytes(content: bytes) -> CodedPart:
    """Raises ValueError or struct.error for what is no part, or a damaged one."""
    check, peak_db, count = HEAD.unpack_from(content)
    if zlib.crc32(content[4:]) != check:
        raise ValueError("a damaged part")
    sizes = np.frombuffer(content, "<u2", count, HEAD.size)
    ends = HEAD.size + sizes.nbytes + np.cumsum(sizes, dtype=np.int64)
    packets = tuple(content[end - size : end] for size, end in zip(sizes.tolist(), ends.tolist(), strict=True))
    return CodedPart(packets, peak_db)
