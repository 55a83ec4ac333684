"""Films whose picture or sound is encrypted: FFmpeg gives their samples out as they are, which is noise."""

from __future__ import annotations

from pathlib import Path

from av.container import InputContainer

from audiodesc.errors import FilmError
from audiodesc.media.boxes import HEADER, boxes, inside, whole

ENCRYPTED = {b"encv", b"enca", b"drmi", b"drms"}
"""Sample entries of ISO/IEC 23001-7 (Common Encryption), and of older films of one shop."""

PACKET, PACKETS, SYNC = 188, 2_000, 0x47
SCRAMBLED = 0xC0
"""The bits of a transport packet's fourth byte that say so (ISO/IEC 13818-1)."""


def check_clear(path: Path, container: InputContainer) -> None:
    """Raises FilmError for a film of which the picture or a sound is encrypted."""
    names = set(container.format.name.split(","))
    is_encrypted = (
        ("mov" in names and _has_encrypted_entry(path))
        or ("mpegts" in names and _is_scrambled(path))
        or ("matroska" in names and any("enc_key_id" in stream.metadata for stream in container.streams))
    )
    if is_encrypted:
        raise FilmError(
            f"{path} is encrypted (copy protection, DRM): its picture or sound cannot be read",
            "give a copy that plays without a key",
        )


def _has_encrypted_entry(path: Path) -> bool:
    with path.open("rb") as file:
        described = inside(file, whole(path), b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        return any(kind in ENCRYPTED for _, start, end in described for kind, _, _ in boxes(file, start + HEADER, end))


def _is_scrambled(path: Path) -> bool:
    """Whether most of the packets with content at the beginning of a transport stream are."""
    with path.open("rb") as file:
        start = file.read(PACKETS * PACKET)
    first = next((at for at in range(PACKET) if _in_step(start, at)), None)
    if first is None:
        return False
    flags = [start[at + 3] for at in range(first, len(start) - PACKET, PACKET) if start[at] == SYNC]
    filled = [flag for flag in flags if flag & 0x10]
    return sum(bool(flag & SCRAMBLED) for flag in filled) > len(filled) / 2


def _in_step(start: bytes, at: int) -> bool:
    places = range(at, min(len(start), at + 5 * PACKET), PACKET)
    return len(places) == 5 and all(start[place] == SYNC for place in places)
