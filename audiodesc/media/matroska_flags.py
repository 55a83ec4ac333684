"""What the tracks of a Matroska or WebM say of themselves: their flags, names and languages (RFC 9559, section 5.1.4),
also where FFmpeg joins several of them in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

SEGMENT, TRACKS, ENTRY, CLUSTER = 0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675
NUMBER, TYPE, NAME, LANGUAGE, BCP47 = 0xD7, 0x83, 0x536E, 0x22B59C, 0x22B59D
FLAGS: Final = {
    0xB9: "FlagEnabled",
    0x88: "FlagDefault",
    0x55AA: "FlagForced",
    0x55AB: "FlagHearingImpaired",
    0x55AC: "FlagVisualImpaired",
    0x55AD: "FlagTextDescriptions",
    0x55AE: "FlagOriginal",
    0x55AF: "FlagCommentary",
}
UNSAID: Final = {"FlagEnabled": True, "FlagDefault": True, "FlagForced": False}
"""What a flag is that is not written; the others say nothing then."""

KINDS: Final = {1: "picture", 2: "sound", 17: "text"}
MOST_ELEMENTS = 100_000
LARGEST = 1 << 24
"""Bytes of the description of the tracks that are read."""


@dataclass(frozen=True, slots=True)
class MatroskaTrack:
    """One TrackEntry: `kind` is picture, sound, text or ""; `flags` are those that are written, and those that have a
    value unwritten; `number` is the one that its packets have."""

    kind: str
    flags: dict[str, bool]
    name: str = ""
    language: str = ""
    number: int = 0


def matroska_tracks(path: Path) -> tuple[MatroskaTrack, ...]:
    """The tracks in the order of the file; none of a file that is no Matroska. Raises OSError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start, end = tracks_element(file, size)
        entries = [one for one in elements(file, start, min(end, start + LARGEST)) if one[0] == ENTRY]
        return tuple(_track(file, first, last) for _, first, last in entries)


def tracks_element(file: BinaryIO, size: int) -> tuple[int, int]:
    """Where in a file of so many bytes all that is said of the tracks begins and ends; the same place twice where
    nothing is."""
    for id, start, end in elements(file, 0, size):
        if id == SEGMENT:
            for inner, first, last in elements(file, start, end):
                if inner == TRACKS:
                    return first, last
                if inner == CLUSTER and last == end:  # of unknown size: what is behind it is not found without reading
                    break
            break
    return 0, 0


def _track(file: BinaryIO, start: int, end: int) -> MatroskaTrack:
    flags, texts, kind, number = dict(UNSAID), {}, "", 0
    for id, at, stop in elements(file, start, end):
        if id in FLAGS or id in (NUMBER, TYPE, NAME, LANGUAGE, BCP47):
            file.seek(at)
            raw = file.read(min(stop - at, 1_000))
            if id in FLAGS:
                flags[FLAGS[id]] = bool(int.from_bytes(raw))
            elif id == NUMBER:
                number = int.from_bytes(raw[:8])
            elif id == TYPE:
                kind = KINDS.get(int.from_bytes(raw), "")
            else:
                texts[id] = raw.partition(b"\0")[0].decode("utf-8", "replace")
    return MatroskaTrack(kind, flags, texts.get(NAME, ""), texts.get(BCP47) or texts.get(LANGUAGE, ""), number)


def elements(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(id, where its content begins, and where it ends) of the elements side by side in a stretch of the file; one of
    unknown size ends with the stretch."""
    for _ in range(MOST_ELEMENTS):
        if start >= end:
            return
        file.seek(start)
        head = file.read(12)
        id_length = _length(head[:1])
        size_length = _length(head[id_length : id_length + 1]) if id_length <= 4 else 9
        if size_length > 8 or len(head) < id_length + size_length:
            return
        first = start + id_length + size_length
        bits = (1 << 7 * size_length) - 1
        size = int.from_bytes(head[id_length : id_length + size_length]) & bits
        stop = end if size == bits else first + size
        if stop > end:
            return
        yield int.from_bytes(head[:id_length]), first, stop
        start = stop


def _length(byte: bytes) -> int:
    """Bytes of a number of variable length by its first one; 9 for none."""
    return 9 - byte[0].bit_length() if byte else 9
