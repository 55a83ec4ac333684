"""The boxes of which MP4 and MOV are made (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

MOST_BOXES = 100_000
LONGEST = 1 << 20
"""Bytes of a box that are read: an attacker's may be as long as the file."""

HEADER = 8
"""Bytes of a sample description before its entries: version, flags, and their number."""

Box = tuple[bytes, int, int]
"""The type of a box, and where its content begins and ends in the file."""


def is_fragmented(path: Path) -> bool:
    """Whether an MP4 is made of fragments, as live streams are."""
    with path.open("rb") as file:
        return bool(inside(file, whole(path), b"moof"))


def whole(path: Path) -> list[Box]:
    """The file as one box."""
    return [(b"", 0, path.stat().st_size)]


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes side by side in a stretch of the file; what is damaged ends them."""
    while start + 8 <= end:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], 16
        stop = start + size if size else end
        if stop > end or stop < start + head:
            return
        yield kind, start + head, stop
        start = stop


def inside(file: BinaryIO, outer: Sequence[Box], *kinds: bytes) -> list[Box]:
    """The boxes that are found on a path of types below some boxes."""
    for kind in kinds:
        below = (box for _, start, end in outer for box in islice(boxes(file, start, end), MOST_BOXES))
        outer = [box for box in below if box[0] == kind]
    return list(outer)


def content(file: BinaryIO, box: Box) -> bytes:
    """What is in a box, a megabyte at most."""
    file.seek(box[1])
    return file.read(min(LONGEST, box[2] - box[1]))
