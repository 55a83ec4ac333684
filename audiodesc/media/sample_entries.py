"""What a film's header says on how its tracks are to be shown, where FFmpeg does not tell: Dolby Vision and such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from audiodesc.media.boxes import HEADER, boxes, content, inside, whole

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
        return Counter(_names(path, file))


def _names(path: Path, file: BinaryIO) -> Iterator[str]:
    for track in inside(file, whole(path), b"moov", b"trak"):
        kind = next((content(file, box)[8:12] for box in inside(file, [track], b"mdia", b"hdlr")), b"")
        if fixed := FIXED.get(kind):
            for _, start, end in inside(file, [track], b"mdia", b"minf", b"stbl", b"stsd"):
                for _, entry, after in islice(boxes(file, start + HEADER, end), MOST_BOXES):
                    inner = islice(boxes(file, entry + fixed, after), MOST_BOXES)
                    yield from (name for box, _, _ in inner if (name := box.decode("latin-1")) in BOXES)
