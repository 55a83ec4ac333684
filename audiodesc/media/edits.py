"""MP4 edit lists that FFmpeg plays wrongly: a gap after the beginning is filled with what was played before."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from audiodesc.errors import FilmError
from audiodesc.media.boxes import Box, content, inside, whole

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
