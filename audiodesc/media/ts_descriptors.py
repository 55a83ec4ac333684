"""What the programme maps of a transport stream say of its sounds: language and audio type (ISO/IEC 13818-1, 2.6.18),
and DVB's supplementary audio descriptor (ETSI EN 300 468, 6.4.11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HEAD = 4_000_000
"""Bytes at the beginning that are looked into: the tables are repeated at least every half second."""

SYNC, MOST_STEP = 0x47, 204
PAT, PMT = 0x00, 0x02
LANGUAGE, EXTENSION, SUPPLEMENTARY = 0x0A, 0x7F, 0x06

AUDIO_TYPES: Final = {0: "undefined", 1: "clean effects", 2: "hearing impaired", 3: "visual impaired commentary"}
CLASSES: Final = {
    0: "main audio",
    1: "audio description",
    2: "clean audio",
    3: "spoken subtitles",
}
"""Editorial classifications (table 109 of EN 300 468)."""


@dataclass(frozen=True, slots=True)
class TsAudio:
    """What is said of the elementary stream `pid`. `audio_type` is None without a language descriptor; `classification`
    and `is_complete` (false: to be mixed with another one by the receiver) without a supplementary one."""

    pid: int
    language: str = ""
    audio_type: int | None = None
    classification: int | None = None
    is_complete: bool | None = None


def ts_audio(path: Path) -> tuple[TsAudio, ...]:
    """What the programme maps at the beginning say, in their order; none of a file that is no transport stream. Raises
    OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    found: dict[int, TsAudio] = {}
    maps: set[int] = set()
    for pid, section in _sections(head, maps):
        if pid == 0 and section[0] == PAT:
            maps |= set(_map_pids(section))
        elif pid in maps and section[0] == PMT:
            for stream in _streams(section):
                found.setdefault(stream.pid, stream)
    return tuple(found.values())


def _packets(head: bytes) -> Iterator[bytes]:
    """Packets of 188 bytes, whatever stands between them."""
    for step, lead in ((188, 0), (192, 4), (204, 0)):
        if len(head) > lead + 3 * step and all(head[lead + i * step] == SYNC for i in range(4)):
            for at in range(lead, len(head) - 187, step):
                if head[at] == SYNC:
                    yield head[at : at + 188]
            return


def _sections(head: bytes, maps: set[int]) -> Iterator[tuple[int, bytes]]:
    """Whole sections of the programme association and of the programme maps whose pids are in `maps`, which may grow
    meanwhile."""
    open_ones: dict[int, bytearray] = {}
    for packet in _packets(head):
        pid = int.from_bytes(packet[1:3]) & 0x1FFF
        if (pid and pid not in maps) or not packet[3] & 0x10:
            continue
        at = 5 + packet[4] if packet[3] & 0x20 else 4
        if packet[1] & 0x40 and at < len(packet):
            at += 1 + packet[at]
            open_ones[pid] = bytearray()
        elif pid not in open_ones:
            continue
        gathered = open_ones[pid]
        gathered += packet[at:]
        length = 3 + (int.from_bytes(gathered[1:3]) & 0x0FFF) if len(gathered) >= 3 else 0
        if 12 <= length <= len(gathered):
            yield pid, bytes(gathered[:length])
            del open_ones[pid]


def _map_pids(section: bytes) -> Iterator[int]:
    for at in range(8, len(section) - 7, 4):
        if int.from_bytes(section[at : at + 2]):
            yield int.from_bytes(section[at + 2 : at + 4]) & 0x1FFF


def _streams(section: bytes) -> Iterator[TsAudio]:
    at = 12 + (int.from_bytes(section[10:12]) & 0x0FFF)
    while at + 5 <= len(section) - 4:
        pid = int.from_bytes(section[at + 1 : at + 3]) & 0x1FFF
        length = int.from_bytes(section[at + 3 : at + 5]) & 0x0FFF
        yield _stream(pid, section[at + 5 : at + 5 + length])
        at += 5 + length


def _stream(pid: int, descriptors: bytes) -> TsAudio:
    language, audio_type, classification, is_complete = "", None, None, None
    at = 0
    while at + 2 <= len(descriptors):
        tag, length = descriptors[at], descriptors[at + 1]
        said = descriptors[at + 2 : at + 2 + length]
        if tag == LANGUAGE and len(said) >= 4:
            language, audio_type = said[:3].decode("latin-1"), said[3]
        elif tag == EXTENSION and len(said) >= 2 and said[0] == SUPPLEMENTARY:
            classification, is_complete = said[1] >> 2 & 0x1F, bool(said[1] & 0x80)
        at += 2 + length
    return TsAudio(pid, language, audio_type, classification, is_complete)
