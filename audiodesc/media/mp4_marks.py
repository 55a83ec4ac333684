"""What the tracks of an MP4 or MOV say of themselves that FFmpeg does not hand on: whether they are enabled, their
alternate group, their kinds (ISO/IEC 14496-12, 8.10.4) and Apple's tagged characteristics (QuickTime File Format,
`tagc`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from audiodesc.media.mp4 import Box, content, inside, whole

MOST_TRACKS = 1_000
HEAD = 4
"""Bytes of version and flags."""


@dataclass(frozen=True, slots=True)
class Mp4Track:
    """One `trak`. `id` is its track_ID; `kinds` are (scheme, value) pairs; `characteristics` are those of `tagc`;
    `handler` is the name in `hdlr`, `name` that in `udta`."""

    id: int
    is_enabled: bool
    alternate_group: int
    kinds: tuple[tuple[str, str], ...] = ()
    characteristics: tuple[str, ...] = ()
    handler: str = ""
    name: str = ""
    language: str = ""


def mp4_tracks(path: Path) -> tuple[Mp4Track, ...]:
    """The tracks in the order of the file; none of a file that is no MP4. Raises OSError for what cannot be read."""
    with path.open("rb") as file:
        return tuple(_track(file, box) for box in inside(file, whole(path), b"moov", b"trak")[:MOST_TRACKS])


def _track(file: BinaryIO, track: Box) -> Mp4Track:
    head = _first(file, track, b"tkhd").ljust(48, b"\0")
    at, group = (20, 46) if head[0] == 1 else (12, 34)
    said = [content(file, box) for box in inside(file, [track], b"udta", b"tagc")]
    return Mp4Track(
        id=int.from_bytes(head[at : at + 4]),
        is_enabled=bool(head[3] & 1),
        alternate_group=int.from_bytes(head[group : group + 2]),
        kinds=tuple(_kind(content(file, box)) for box in inside(file, [track], b"udta", b"kind")),
        characteristics=tuple(text for one in said if (text := _text(one))),
        handler=_handler_name(_first(file, track, b"mdia", b"hdlr")[24:]),
        name=_text(_first(file, track, b"udta", b"name")),
        language=_text(_first(file, track, b"mdia", b"elng")[HEAD:]),
    )


def _first(file: BinaryIO, track: Box, *kinds: bytes) -> bytes:
    return next((content(file, box) for box in inside(file, [track], *kinds)), b"")


def _kind(raw: bytes) -> tuple[str, str]:
    scheme, _, rest = raw[HEAD:].partition(b"\0")
    return _text(scheme), _text(rest)


def _text(raw: bytes) -> str:
    """A text up to its zero."""
    return raw.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _handler_name(raw: bytes) -> str:
    """A name that ends in a zero, or, in a MOV, begins with its length."""
    return _text(raw[1:] if raw and raw[0] == len(raw) - 1 else raw)
