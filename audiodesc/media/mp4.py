"""MP4 and MOV (ISO/IEC 14496-12): their boxes, what sample entries say of light and space, and edit lists."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from audiodesc.errors import FilmError

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


def chapter_tracks(path: Path) -> set[int]:
    """The ids of the tracks that hold the titles of an MP4's chapters: others refer to them."""
    with path.open("rb") as file:
        references = [content(file, box) for box in inside(file, whole(path), b"moov", b"trak", b"tref", b"chap")]
    return {id for ids in references for (id,) in struct.iter_unpack(">I", ids[: len(ids) // 4 * 4])}


DOLBY = ("dvcC", "dvvC", "dvwC", "hvcE", "avcE")
"""The configuration of Dolby Vision, and of its second layer. Matroska holds the same boxes."""

BOXES = (*DOLBY, "mdcv", "clli", "amve", "st3d", "sv3d", "vexu", "SA3D", "lhvC", "mvcC")
"""Boxes of a sample entry of MP4 that are worth a word: of light, of spheres, of two eyes, of further layers."""

HEAD = 1 << 20
"""Bytes of a Matroska that are looked into."""

MOST_ENTRIES = 1_000
FIXED = {b"vide": 78, b"soun": 28}
"""Bytes of a sample entry before its boxes, by the kind of track (ISO/IEC 14496-12)."""


def configurations(path: Path) -> Counter[str]:
    """How many of these boxes the tracks of a film have; of a Matroska, of `DOLBY` alone."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(b"\x1a\x45\xdf\xa3"):
            return Counter({name: head.count(name.encode()) for name in DOLBY})
        return Counter(_names(path, file))


def lost_configurations(film: Path, copy: Path, *, mp4: bool) -> list[str]:
    """What tells a player how to show a track, such as Dolby Vision, and is in the film but not in its copy: of all
    `BOXES` where both are MP4, else of `DOLBY`."""
    before, after = configurations(film), configurations(copy)
    return [name for name in (BOXES if mp4 else DOLBY) if before[name] > after[name]]


def _names(path: Path, file: BinaryIO) -> Iterator[str]:
    for track in inside(file, whole(path), b"moov", b"trak"):
        kind = next((content(file, box)[8:12] for box in inside(file, [track], b"mdia", b"hdlr")), b"")
        if fixed := FIXED.get(kind):
            for _, start, end in inside(file, [track], b"mdia", b"minf", b"stbl", b"stsd"):
                for _, entry, after in islice(boxes(file, start + HEADER, end), MOST_ENTRIES):
                    inner = islice(boxes(file, entry + fixed, after), MOST_ENTRIES)
                    yield from (name for box, _, _ in inner if (name := box.decode("latin-1")) in BOXES)


NO_MATTER_S = 0.04
"""A gap of less than a picture is not worth a film."""

MOST_EDITS = 1_000
HOUR_S = 3600
LONGEST_S = 24 * HOUR_S
MOST_TIMES = 10
"""FFmpeg writes down each packet of each edit before it plays any; and a few seconds that are played again and again
for hours are no film."""


def check_edits(path: Path) -> None:
    """Raises FilmError where the picture or a sound of an MP4 has a gap after its beginning (an empty edit), or a track
    has more edits than anybody makes."""
    with path.open("rb") as file:
        movie = inside(file, whole(path), b"moov")
        scale = _scale(file, movie)
        for track in inside(file, movie, b"trak"):
            edits = _edits(file, track)
            played_s = sum(ticks for ticks, _ in edits) / scale
            longest_s = min(LONGEST_S, max(HOUR_S, MOST_TIMES * (_lasts_s(file, track) or LONGEST_S)))
            if len(edits) > MOST_EDITS or played_s > longest_s:
                raise FilmError(
                    f"{path} is cut into {len(edits):,} edits that last {played_s / HOUR_S:.1f} hours",
                    f"export it again in one piece, or in no more than {MOST_EDITS:,}",
                )
            if _handler(file, track) in (b"vide", b"soun") and (gap_s := _gap_s(edits, scale)) is not None:
                raise FilmError(
                    f"{path} has a gap in its edit list at {gap_s:.1f} s, where FFmpeg plays again what was before",
                    "export it again in one piece",
                )


def _scale(file: BinaryIO, movie: Sequence[Box]) -> int:
    """The movie's ticks a second; its header has them after two times, of 64 bits in version 1."""
    header = next((content(file, box) for box in inside(file, movie, b"mvhd")), b"").ljust(24, b"\0")
    return int.from_bytes(header[20:24] if header[0] == 1 else header[12:16]) or 1


def _lasts_s(file: BinaryIO, track: Box) -> float:
    """How long a track's media lasts, in seconds; 0 where its header does not say."""
    header = next((content(file, box) for box in inside(file, [track], b"mdia", b"mdhd")), b"").ljust(32, b"\0")
    scale, ticks = (header[20:24], header[24:32]) if header[0] == 1 else (header[12:16], header[16:20])
    return int.from_bytes(ticks) / (int.from_bytes(scale) or 1)


def _handler(file: BinaryIO, track: Box) -> bytes:
    return next((content(file, box)[8:12] for box in inside(file, [track], b"mdia", b"hdlr")), b"")


def _edits(file: BinaryIO, track: Box) -> list[tuple[int, int]]:
    """(ticks, where in the track it begins, −1 for a gap) of each edit."""
    listed = next((content(file, box) for box in inside(file, [track], b"edts", b"elst")), b"").ljust(8, b"\0")
    form = struct.Struct(">QqI" if listed[0] == 1 else ">IiI")
    count = min(int.from_bytes(listed[4:8]), (len(listed) - 8) // form.size)
    return [form.unpack_from(listed, 8 + i * form.size)[:2] for i in range(count)]


def _gap_s(edits: Sequence[tuple[int, int]], scale: int) -> float | None:
    """When the first gap that is not at the beginning begins, in seconds; None where there is none."""
    at, begun = 0, False
    for ticks, media in edits:
        if begun and media < 0 and ticks / scale > NO_MATTER_S:
            return at / scale
        at, begun = at + ticks, begun or media >= 0
    return None
