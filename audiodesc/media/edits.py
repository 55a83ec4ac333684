"""MP4 edit lists that FFmpeg plays wrongly: a gap after the beginning is filled with what was played before."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from audiodesc.errors import FilmError

NO_MATTER_S = 0.04
"""A gap of less than a picture is not worth a film."""

MOST_BOXES = 100_000
LONGEST = 1 << 20
"""Bytes of an edit list that are read: an attacker's may be as long as the file."""

Box = tuple[bytes, int, int]
"""A box of ISO/IEC 14496-12: its type, and where its content begins and ends in the file."""


def check_edits(path: Path) -> None:
    """Raises FilmError where the picture or a sound of an MP4 has a gap after its beginning (an empty edit)."""
    with path.open("rb") as file:
        movie = _inside(file, [(b"", 0, path.stat().st_size)], b"moov")
        scale = _scale(file, movie)
        for track in _inside(file, movie, b"trak"):
            if (
                _handler(file, track) in (b"vide", b"soun")
                and (gap_s := _gap_s(_edits(file, track), scale)) is not None
            ):
                raise FilmError(
                    f"{path} has a gap in its edit list at {gap_s:.1f} s, where FFmpeg plays again what was before",
                    "export it again in one piece",
                )


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
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


def _inside(file: BinaryIO, boxes: Sequence[Box], *kinds: bytes) -> list[Box]:
    """The boxes that are found on a path of types below some boxes."""
    for kind in kinds:
        below = (box for _, start, end in boxes for box in islice(_boxes(file, start, end), MOST_BOXES))
        boxes = [box for box in below if box[0] == kind]
    return list(boxes)


def _content(file: BinaryIO, box: Box) -> bytes:
    file.seek(box[1])
    return file.read(min(LONGEST, box[2] - box[1]))


def _scale(file: BinaryIO, movie: Sequence[Box]) -> int:
    """The movie's ticks a second; its header has them after two times, of 64 bits in version 1."""
    header = next((_content(file, box) for box in _inside(file, movie, b"mvhd")), b"").ljust(24, b"\0")
    return int.from_bytes(header[20:24] if header[0] == 1 else header[12:16]) or 1


def _handler(file: BinaryIO, track: Box) -> bytes:
    return next((_content(file, box)[8:12] for box in _inside(file, [track], b"mdia", b"hdlr")), b"")


def _edits(file: BinaryIO, track: Box) -> list[tuple[int, int]]:
    """(ticks, where in the track it begins, −1 for a gap) of each edit."""
    content = next((_content(file, box) for box in _inside(file, [track], b"edts", b"elst")), b"").ljust(8, b"\0")
    form = struct.Struct(">QqI" if content[0] == 1 else ">IiI")
    count = min(int.from_bytes(content[4:8]), (len(content) - 8) // form.size)
    return [form.unpack_from(content, 8 + i * form.size)[:2] for i in range(count)]


def _gap_s(edits: Sequence[tuple[int, int]], scale: int) -> float | None:
    """When the first gap that is not at the beginning begins, in seconds; None where there is none."""
    at, begun = 0, False
    for ticks, media in edits:
        if begun and media < 0 and ticks / scale > NO_MATTER_S:
            return at / scale
        at, begun = at + ticks, begun or media >= 0
    return None
