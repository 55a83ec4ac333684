"""What MP4 says of a track and FFmpeg neither reads nor writes: its language as a BCP 47 tag, and its media
characteristics, by which Apple's players choose."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiodesc.core.languages import is_tag
from audiodesc.media.mp4 import boxes
from audiodesc.media.mp4_marks import mp4_tracks

DESCRIBES_VIDEO: Final = "public.accessibility.describes-video"
"""Apple's name of the characteristic of a described track (AVMediaCharacteristicDescribesVideoForAccessibility)."""

FLAGS, ENABLED = 11, 1
"""Where a track's header has its lowest flags, and which of them enables it."""

MOST: Final = 100
PLAIN: Final = re.compile(r"[\x21-\x7e]{1,100}")
"""Of a film's characteristics so many are taken, and such."""


@dataclass(frozen=True, slots=True)
class Marks:
    """`language` is a BCP 47 tag (`elng`, ISO/IEC 14496-12), "" for none; `characteristics` are Apple's (`tagc`, in the
    user data of the track); `kinds` are pairs of a scheme and a value (`kind`, ISO/IEC 14496-12). `disabled`: it is not
    shown unless it is asked for; FFmpeg enables the first text track."""

    language: str = ""
    characteristics: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    disabled: bool = False


NO_MARKS: Final = Marks()


def track_marks(path: Path) -> dict[int, Marks]:
    """The language and the characteristics of the tracks of an MP4 or MOV, by their ids."""
    return {
        track.id: Marks(
            track.language if is_tag(track.language) else "",
            tuple(one for one in track.characteristics[:MOST] if PLAIN.fullmatch(one)),
        )
        for track in mp4_tracks(path)
    }


def add_marks(path: Path, marks: Mapping[int, Marks]) -> None:
    """Add marks to tracks of an MP4 that was just written, by their places in it. Only what is behind the pictures and
    sounds moves. Raises ValueError for a file whose header is before these."""
    with path.open("r+b") as file:
        size = path.stat().st_size
        outer = list(boxes(file, 0, size))
        last = next(number for number, box in enumerate(outer) if box[0] == b"moov")
        if any(box[0] == b"mdat" for box in outer[last:]):
            raise ValueError(f"{path}: its header is before its media")
        _, start, end = outer[last]
        file.seek(start - 8)
        header, behind = file.read(end - start + 8)[8:], file.read()
        file.seek(start - 8)
        file.write(_box(b"moov", b"".join(_tracks_with(header, marks))) + behind)


def _tracks_with(header: bytes, marks: Mapping[int, Marks]) -> Iterator[bytes]:
    number = 0
    for kind, whole_box in _split(header):
        yield _with(whole_box, marks.get(number, NO_MARKS)) if kind == b"trak" else whole_box
        number += kind == b"trak"


def _with(track: bytes, marks: Marks) -> bytes:
    """A track's box with what is added."""
    if marks == NO_MARKS:
        return track
    more = [_box(b"tagc", one.encode()) for one in marks.characteristics]
    more += [_box(b"kind", bytes(4) + f"{scheme}\0{value}\0".encode()) for scheme, value in marks.kinds]
    parts = dict(_split(track[8:]))
    if marks.disabled:
        head = parts[b"tkhd"]
        parts[b"tkhd"] = head[:FLAGS] + bytes([head[FLAGS] & ~ENABLED]) + head[FLAGS + 1 :]
    if marks.language:
        tag = _box(b"elng", bytes(4) + marks.language.encode() + b"\0")
        media = [part + tag if kind == b"mdhd" else part for kind, part in _split(parts[b"mdia"][8:])]
        parts[b"mdia"] = _box(b"mdia", b"".join(media))
    if more:
        parts[b"udta"] = _box(b"udta", parts.get(b"udta", bytes(8))[8:] + b"".join(more))
    return _box(b"trak", b"".join(parts.values()))


def _split(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes side by side, each with its type; none is longer than 4 GB."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at : at + size]
        at += size


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data
