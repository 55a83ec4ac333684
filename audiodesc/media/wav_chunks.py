"""Broadcast WAV: what a WAV file says beside its sound, as chunks; and a writer of such files, 16 or 24 bits or floats.

After EBU Tech 3285 v2 (`bext`) and Tech 3306 (RF64), and Microsoft's Multimedia Programming Interface 1.0 (`LIST`,
`cue `) and WAVEFORMATEXTENSIBLE. Texts outside of `bext`, which is ASCII, are UTF-8, as Reaper and FFmpeg write them.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np

from audiodesc.media.encode import Dither
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples

BITS = 24
BEXT = struct.Struct("<256s32s32s10s8sQH64s5h180s")
CUE = struct.Struct("<II4sIII")
LTXT = struct.Struct("<II4sHHHH")
DS64 = struct.Struct("<QQQI")
FMT = struct.Struct("<HHIIHH")
EXTENSIBLE = struct.Struct("<HHI16s")
PCM, FLOAT, EXTENDED = 1, 3, 0xFFFE
SUBTYPE = bytes.fromhex("0000000010008000 00aa00389b71")
"""What follows PCM or FLOAT, in two bytes, in the type of a form that is extended."""

CHANNEL_BITS: Final = (
    *("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC"),
    "TBR",
)
"""FFmpeg's names of the channels in the order of their bits in a mask (WAVEFORMATEXTENSIBLE), which is also that of
the channels."""

LOUDNESS_AT = 412
"""Where the loudness begins in `bext`."""

UNSET = 0x7FFF
"""What Tech 3285 has in a field of loudness that was not measured."""

BEXT_VERSION = 2
LARGEST = 0xFFFF_FFFF
"""Of a number of 32 bits: what RIFF's sizes and the places of cues end at."""


ROOM = 1 << 20
"""Bytes of chunks that are added to a file once it is written."""


@dataclass(frozen=True, slots=True)
class Region:
    """`count` samples of a file from sample `first`, with a text; a mark where there are none."""

    first: int
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class ChunkLoudness:
    """The loudness in `bext`, in LUFS, LU and dBTP; None for what was not measured or is silence."""

    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_db: float | None = None
    momentary_lufs: float | None = None
    short_term_lufs: float | None = None


@dataclass(frozen=True, slots=True)
class WavMetadata:
    """What a WAV file says of itself.

    `time_reference` is when its first sample is, in samples from midnight. `info` are the texts of LIST/INFO by their
    names of four letters: INAM (title), ICMT (comment), ISFT (program), ILNG (language) … `xmp` is a packet for the
    chunk `_PMX`, and `ixml` a document for `iXML`, which no reader here gives back. `chna` is the table of a file of
    next-generation audio, which is BW64 (ITU-R BS.2088) where others are RF64. No date is written, so that the same
    lines give the same file.
    """

    description: str = ""
    originator: str = ""
    originator_reference: str = ""
    time_reference: int = 0
    coding_history: str = ""
    loudness: ChunkLoudness = ChunkLoudness()
    info: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    xmp: bytes = b""
    ixml: bytes = b""
    chna: bytes = b""


def bext(about: WavMetadata) -> bytes:
    """The chunk of EBU Tech 3285, without a UMID. What is no ASCII is a question mark, what is too long is cut."""
    loud = about.loudness
    fixed = BEXT.pack(
        _ascii(about.description, 256),
        _ascii(about.originator, 32),
        _ascii(about.originator_reference, 32),
        b"",
        b"",
        about.time_reference,
        BEXT_VERSION,
        b"",
        *_loudness(loud),
        b"",
    )
    return chunk(b"bext", fixed + _ascii(about.coding_history))


def info_list(texts: Mapping[str, str]) -> bytes:
    """LIST/INFO; nothing where there are no texts.

    No CSET names the encoding: none of the readers at hand heeds one, and exiftool warns of UTF-8 in it.
    """
    parts = b"".join(chunk(name.encode("ascii"), _text(text)) for name, text in texts.items() if text)
    return chunk(b"LIST", b"INFO" + parts) if parts else b""


def regions_list(regions: Iterable[Region]) -> bytes:
    """`cue ` with the places, and LIST/adtl with a text for each (`labl`) and its length (`ltxt`), which has no text of
    its own: that is how editors write it. Places after 2³² samples, about 24.9 hours, cannot be written and are left
    out."""
    numbered = [(n, one) for n, one in enumerate(regions, 1) if one.first + one.count <= LARGEST]
    if not numbered:
        return b""
    places = b"".join(CUE.pack(n, one.first, b"data", 0, 0, one.first) for n, one in numbered)
    texts = b"".join(chunk(b"labl", n.to_bytes(4, "little") + _text(one.text)) for n, one in numbered)
    lengths = b"".join(chunk(b"ltxt", LTXT.pack(n, one.count, b"rgn ", 0, 0, 0, 0)) for n, one in numbered if one.count)
    return chunk(b"cue ", len(numbered).to_bytes(4, "little") + places) + chunk(b"LIST", b"adtl" + texts + lengths)


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of RIFF: its length does not count the byte that makes it even."""
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def append_chunk(path: Path, name: bytes, content: bytes) -> None:
    """Add a chunk at the end of a WAV, RF64 or BW64, and count it in.

    Raises ValueError for a file that is none, or that would become longer than its head can say.
    """
    more = chunk(name, content)
    with path.open("r+b") as file:
        head = file.read(36)
        size = file.seek(0, os.SEEK_END)
        padding = b"\0" * (size % 2)
        total = size + len(padding) + len(more) - 8
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE" and total <= LARGEST:
            at, counted = 4, struct.pack("<I", total)
        elif head[:4] in (b"RF64", b"BW64") and head[12:16] == b"ds64":
            at, counted = 20, struct.pack("<Q", total)
        else:
            raise ValueError(f"{path} takes no chunk more")
        file.write(padding + more)
        file.seek(at)
        file.write(counted)


def _ascii(text: str, size: int | None = None) -> bytes:
    return text.encode("ascii", "replace").replace(b"\0", b" ")[:size]


def _text(text: str) -> bytes:
    """A text that ends in a zero; such characters inside it would end it."""
    return text.replace("\0", " ").encode("utf-8", "replace") + b"\0"


def _hundredths(value: float | None) -> int:
    if value is None or not math.isfinite(value):
        return UNSET
    return max(-0x8000, min(UNSET - 1, round(value * 100)))


class WavFile:
    """A WAV file that grows block by block; past 4 GiB it is RF64. Samples of `bits`, 16 or 24; of 32, floats.

    `mask` says which channels these are, where it is not 0 (see `channel_mask`). Use as a context manager: leaving it
    finishes the file. `about` may be set anew until then, with other loudness
    or other regions: it is written at the end. Its texts for `bext`, `info` and `ixml` keep the lengths that they had.
    """

    def __init__(
        self,
        path: Path,
        about: WavMetadata,
        channels: int = 1,
        *,
        rate_hz: int = RATE_HZ,
        bits: int = BITS,
        mask: int = 0,
    ) -> None:
        self.about, self._channels = about, channels
        self._rate_hz, self._bits, self._mask = rate_hz, bits, mask
        self._dither = Dither(bits) if bits < 32 else None
        self._size = 0
        self._file = path.open("xb")
        self._file.write(self._head())

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples); but for floats, what is over full scale is clipped."""
        if self._dither is None:
            self._size += self._file.write(np.ascontiguousarray(samples.T, "<f4").data)
            return
        packed = np.empty((samples.shape[1], self._channels, self._bits // 8), np.uint8)
        for at, channel in enumerate(self._dither(samples)):
            whole = channel.astype(channel.dtype.newbyteorder("<"), copy=False)
            packed[:, at] = whole.view(np.uint8).reshape(-1, whole.itemsize)[:, -packed.shape[2] :]
        self._size += self._file.write(packed.data)

    def __enter__(self) -> WavFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if error is None:
                self._file.write(b"\0" * (self._size % 2) + regions_list(self.about.regions))
                total = self._file.tell()
                self._file.seek(0)
                self._file.write(self._head(total))

    def _head(self, total: int = 0) -> bytes:
        """All before the sound, of one length whatever the file's: `total` bytes in the end."""
        frame = self._channels * self._bits // 8
        more = b"".join(chunk(name, said) for name, said in self._documents() if said)
        said = bext(self.about) + info_list(self.about.info) + more + self._form(frame)
        if total - 8 <= LARGEST - ROOM:
            start = b"RIFF" + max(0, total - 8).to_bytes(4, "little") + b"WAVE" + chunk(b"JUNK", bytes(DS64.size))
            return start + said + b"data" + self._size.to_bytes(4, "little")
        sizes = DS64.pack(total - 8, self._size, self._size // frame, 0)
        start = (
            (b"BW64" if self.about.chna else b"RF64") + LARGEST.to_bytes(4, "little") + b"WAVE" + chunk(b"ds64", sizes)
        )
        return start + said + b"data" + LARGEST.to_bytes(4, "little")

    def _documents(self) -> tuple[tuple[bytes, bytes], ...]:
        return (b"_PMX", self.about.xmp), (b"iXML", self.about.ixml), (b"chna", self.about.chna)

    def _form(self, frame: int) -> bytes:
        kind = PCM if self._dither else FLOAT
        named = EXTENDED if self._mask else kind
        form = FMT.pack(named, self._channels, self._rate_hz, self._rate_hz * frame, frame, self._bits)
        if self._mask:
            form += EXTENSIBLE.pack(22, self._bits, self._mask, kind.to_bytes(2, "little") + SUBTYPE)
        elif kind == FLOAT:
            form += bytes(2)
        fact = chunk(b"fact", min(LARGEST, self._size // frame).to_bytes(4, "little")) if kind == FLOAT else b""
        return chunk(b"fmt ", form) + fact


def channel_mask(channels: Sequence[str]) -> int:
    """The mask of WAVEFORMATEXTENSIBLE for channels of these names of FFmpeg's, in order; 0 for mono and stereo, which
    need none, and for what no mask says in this order."""
    if list(channels) in (["FC"], ["FL", "FR"]) or not set(channels) <= set(CHANNEL_BITS):
        return 0
    places = [CHANNEL_BITS.index(name) for name in channels]
    return sum(1 << place for place in places) if places == sorted(places) else 0


def write_loudness(path: Path, loudness: ChunkLoudness) -> None:
    """Set the loudness in `bext` of a file that a `WavFile` wrote.

    Raises ValueError for another file.
    """
    with path.open("r+b") as file:
        at = 12 + 8 + DS64.size
        file.seek(at)
        if file.read(4) != b"bext":
            raise ValueError(f"{path} has no bext where it should be")
        file.seek(at + 8 + LOUDNESS_AT)
        file.write(struct.pack("<5h", *_loudness(loudness)))


def _loudness(loud: ChunkLoudness) -> tuple[int, ...]:
    found = loud.integrated_lufs, loud.range_lu, loud.true_peak_db, loud.momentary_lufs, loud.short_term_lufs
    return tuple(map(_hundredths, found))
