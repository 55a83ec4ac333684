"""What a film's header says on how its tracks are to be shown, where FFmpeg does not tell: Dolby Vision and such."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

DOLBY = ("dvcC", "dvvC", "dvwC", "hvcE", "avcE")
"""The configuration of Dolby Vision, and of its second layer. Matroska holds the same boxes."""

BOXES = (*DOLBY, "mdcv", "clli", "amve", "st3d", "sv3d", "vexu", "SA3D", "lhvC", "mvcC")
"""Boxes of a sample entry of MP4 that are worth a word: of light, of spheres, of two eyes, of further layers."""

HEAD = 1 << 20
"""Bytes of a Matroska that are looked into."""

MOST_BOXES = 1_000
FIXED = {b"vide": 78, b"soun": 28}
"""Bytes of a sample entry before its boxes, by the kind of track (ISO/IEC 14496-12)."""


def configurations(path: Path) -> Counter[str]:
    """How many of these boxes the tracks of a film have; of a Matroska, of `DOLBY` alone."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(b"\x1a\x45\xdf\xa3"):
            return Counter({name: head.count(name.encode()) for name in DOLBY})
        return Counter(_names(file, path.stat().st_size))


def _names(file: BinaryIO, size: int) -> Iterator[str]:
    for start, end in (part for movie in _inside(file, 0, size, b"moov") for part in _inside(file, *movie, b"trak")):
        for media in _inside(file, start, end, b"mdia"):
            kinds = [_read(file, at + 8, 4) for at, _ in _inside(file, *media, b"hdlr")]
            fixed = FIXED.get(kinds[0]) if kinds else None
            for at, stop in _inside(file, *media, b"minf", b"stbl", b"stsd"):
                for _, entry, after in _boxes(file, at + 8, stop) if fixed else ():
                    inner = (kind.decode("latin-1") for kind, _, _ in _boxes(file, entry + (fixed or 0), after))
                    yield from (name for name in inner if name in BOXES)


def _inside(file: BinaryIO, start: int, end: int, *path: bytes) -> list[tuple[int, int]]:
    """Where the contents of the boxes on a path of types begin and end."""
    spans = [(start, end)]
    for kind in path:
        spans = [(at, stop) for span in spans for name, at, stop in _boxes(file, *span) if name == kind]
    return spans


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    return islice(_side_by_side(file, start, end), MOST_BOXES)


def _side_by_side(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, begin and end of the content of each box; what is damaged ends them."""
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", _read(file, start, 8).ljust(8, b"\0"))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", _read(file, start + 8, 8).ljust(8, b"\0"))[0], 16
        stop = start + size if size else end
        if stop > end or stop < start + head:
            return
        yield kind, start + head, stop
        start = stop


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
