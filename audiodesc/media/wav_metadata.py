"""What a WAV file, RF64 or BW64 says of itself: `bext`, LIST/INFO, cues and regions; read with bounds."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from audiodesc.core.files import opened
from audiodesc.media.wav_chunks import (
    BEXT,
    CUE,
    DS64,
    FMT,
    LARGEST,
    LTXT,
    UNSET,
    ChunkLoudness,
    Region,
    WavMetadata,
)

LONGEST = 8_000_000
"""Bytes of a chunk that is read: the texts of an hour's lines take a hundredth of it."""

MOST_CHUNKS = 10_000


@dataclass(frozen=True, slots=True)
class WavAbout:
    """A WAV file: its form, where its sound begins in the file and how long it is, and what it says of itself."""

    rate_hz: int
    channels: int
    bits: int
    samples: int
    first_byte: int
    metadata: WavMetadata


def read_metadata(path: Path) -> WavAbout:
    """What the file says. Chunks that are broken or too long count as not there.

    Raises OSError for what cannot be read, ValueError for what is no WAV file with PCM or floats in it.
    """
    with os.fdopen(opened(path), "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        kind, _, form = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
        if kind not in (b"RIFF", b"RF64", b"BW64") or form != b"WAVE":
            raise ValueError(f"{path} is no WAV file")
        found = _Found()
        for name, at, length in chunks(file, size):
            _take(found, file, name, at, length)
    if found.form is None or not found.form[4]:
        raise ValueError(f"{path} does not say what its sound is like")
    _, channels, rate_hz, _, frame, bits = found.form
    length = max(0, min(found.length, size - found.first_byte))
    return WavAbout(rate_hz, channels, bits, length // frame, found.first_byte, found.metadata())


class _Found:
    """What was read so far."""

    def __init__(self) -> None:
        self.form: tuple[int, ...] | None = None
        self.first_byte = self.length = 0
        self.said = WavMetadata()
        self.info: dict[str, str] = {}
        self.places: dict[int, int] = {}
        self.texts: dict[int, str] = {}
        self.lengths: dict[int, int] = {}

    def metadata(self) -> WavMetadata:
        regions = (
            Region(first, self.lengths.get(n, 0), self.texts.get(n, ""))
            for n, first in sorted(self.places.items(), key=lambda place: (place[1], place[0]))
        )
        return replace(self.said, info=self.info, regions=tuple(regions))


def _bext(content: bytes) -> WavMetadata:
    description, originator, reference, _, _, time, version, _, *loud, _ = BEXT.unpack_from(content)
    values = [None if one == UNSET or version < 2 else one / 100 for one in loud]
    return WavMetadata(
        _said(description),
        _said(originator),
        _said(reference),
        time,
        _said(content[BEXT.size :]),
        ChunkLoudness(*values),
    )


def chunks(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content begins, its length) of each chunk; the sound's length is that in `ds64` where it has
    one."""
    at, long_sound = 12, 0
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack("<4sI", head)
        if name == b"ds64" and length >= DS64.size:
            long_sound = DS64.unpack(file.read(DS64.size).ljust(DS64.size, b"\0"))[1]
        if name == b"data" and length == LARGEST and long_sound:
            length = long_sound
        yield name, at + 8, length
        at += 8 + length + length % 2
        if at >= size:
            return


def _take(found: _Found, file: BinaryIO, name: bytes, at: int, length: int) -> None:
    if name == b"data" and not found.first_byte:
        found.first_byte, found.length = at, length
        return
    if name not in (b"fmt ", b"bext", b"cue ", b"LIST") or length > LONGEST:
        return
    file.seek(at)
    content = file.read(length)
    if name == b"fmt " and len(content) >= FMT.size:
        found.form = FMT.unpack_from(content)
    elif name == b"bext" and len(content) >= BEXT.size:
        found.said = _bext(content)
    elif name == b"cue ":
        whole = (len(content) - 4) // CUE.size
        for n, _, _, _, _, first in CUE.iter_unpack(content[4 : 4 + max(0, whole) * CUE.size]):
            found.places[n] = first
    elif content[:4] == b"INFO":
        found.info |= {_said(name): _said(text) for name, text in _parts(content[4:])}
    elif content[:4] == b"adtl":
        _take_texts(found, content[4:])


def _take_texts(found: _Found, content: bytes) -> None:
    for name, text in _parts(content):
        n = int.from_bytes(text[:4], "little")
        if name == b"labl":
            found.texts[n] = _said(text[4:])
        elif name == b"ltxt" and len(text) >= LTXT.size:
            found.lengths[n] = LTXT.unpack_from(text)[1]
            if said := _said(text[LTXT.size :]):
                found.texts.setdefault(n, said)


def _parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _said(raw: bytes) -> str:
    """A text up to its zero: UTF-8, else as Windows of the West has it."""
    text = raw.split(b"\0", 1)[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")
