"""CMAF (ISO/IEC 23000-19) by its boxes: the header of a track, the head of a segment, and codec strings (RFC 6381)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from typing import Final, NamedTuple

import av
from av.stream import Stream

from audiodesc.media.encode import EXACT
from audiodesc.media.mp4 import boxes, inside
from audiodesc.media.nal_units import adts_config, without_adts
from audiodesc.media.remux import UNOFFICIAL, add_copy, codec_of
from audiodesc.model import Film

MOVIE_HZ: Final = 90_000
"""Ticks a second of a header's total length."""

BRANDS: Final = b"iso6\0\0\0\0iso6cmfcdashmp41"
SEGMENT_BRANDS: Final = b"msdh\0\0\0\0msdhcmfscmff"
SYNC, NO_SYNC = 0x0200_0000, 0x0101_0000
"""Sample flags of ISO/IEC 14496-12, 8.8.3.1: depends on no other; depends on others, and is no sync sample."""

HEVC_ARRAYS: Final = 22
"""Where in an hvcC the number of its arrays of parameter sets stands."""

DEFAULT_BASE, DEFAULT_DURATION, DEFAULT_FLAGS = 0x02_0000, 0x08, 0x20
DATA_OFFSET, DURATION, SIZE, FLAGS, OFFSET = 0x01, 0x100, 0x200, 0x400, 0x800


class Sample(NamedTuple):
    """`pts` is on the film's clock, `dts` from the first sample on, both in ticks of the track."""

    dts: int
    pts: int
    is_key: bool
    data: bytes


def box(kind: bytes, *contents: bytes) -> bytes:
    """A box around some contents."""
    content = b"".join(contents)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def full(kind: bytes, version: int, flags: int, *contents: bytes) -> bytes:
    """A box that has a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *contents)


def picture_head(number: int, samples: Sequence[Sample], end: int, delay: int) -> bytes:
    """All of a segment but the samples' content, which follows: the last sample lasts until `end` (a dts in ticks);
    by `delay` ticks, which the edit list takes back, all are shown later."""
    times = [sample.dts for sample in samples]
    rows: list[int] = []
    for sample, after in zip(samples, (*times[1:], end), strict=True):
        flags = SYNC if sample.is_key else NO_SYNC
        rows += (after - sample.dts, len(sample.data), flags, (sample.pts + delay - sample.dts) & 0xFFFF_FFFF)
    said = DURATION | SIZE | FLAGS | OFFSET
    return _head(number, times[0], SYNC, 0, said, len(samples), rows, sum(rows[1::4]))


def sound_head(number: int, start: int, durations: Sequence[int], sizes: Sequence[int]) -> bytes:
    """The same of sound that begins at tick `start` of its track."""
    usual = durations[0]
    if all(duration == usual for duration in durations):
        return _head(number, start, SYNC, usual, SIZE, len(sizes), sizes, sum(sizes))
    rows = [value for pair in zip(durations, sizes, strict=True) for value in pair]
    return _head(number, start, SYNC, usual, DURATION | SIZE, len(sizes), rows, sum(sizes))


def _head(
    number: int, start: int, flags: int, duration: int, said: int, count: int, rows: Sequence[int], size: int
) -> bytes:
    """styp, moof, and the beginning of mdat; `said` are the flags of what `rows` hold of each of `count` samples."""
    default = struct.pack(">II", duration, flags)
    track = full(b"tfhd", 0, DEFAULT_BASE | DEFAULT_DURATION | DEFAULT_FLAGS, struct.pack(">I", 1), default)
    time = full(b"tfdt", 1, 0, struct.pack(">Q", start))
    sequence = full(b"mfhd", 0, 0, struct.pack(">I", number))
    run_size = 8 + 12 + 4 * len(rows)
    offset = 8 + len(sequence) + 8 + len(track) + len(time) + run_size + 8
    run = full(b"trun", 1, DATA_OFFSET | said, struct.pack(f">II{len(rows)}I", count, offset, *rows))
    movie = box(b"moof", sequence, box(b"traf", track, time, run))
    if size + 8 >= 1 << 32:
        raise ValueError("a segment of over 4 GiB")
    return box(b"styp", SEGMENT_BRANDS) + movie + struct.pack(">I4s", size + 8, b"mdat")


def init_segment(
    film: Film, source: Stream, first: Sequence[bytes], scale: int, begins: int, ends: int, *, is_described: bool
) -> bytes:
    """The header of a track, which FFmpeg makes from its `first` samples: `scale` ticks a second, of which the track is
    played from `begins` to `ends`."""
    file = BytesIO()
    options = (
        EXACT
        | UNOFFICIAL
        | {
            "movflags": "empty_moov+delay_moov+default_base_moof",
            "use_editlist": "0",
            "video_track_timescale": str(scale),
            "movie_timescale": str(MOVIE_HZ),
        }
    )
    with av.open(file, "w", format="mp4", container_options=options) as out:
        copy = add_copy(out, source, film, tagged=_has_own_tag(source))
        if is_described:
            copy.disposition = av.stream.Disposition.visual_impaired
        if copy.codec_context and copy.codec_context.name == "hevc" and not _has_own_tag(source):
            copy.codec_context.codec_tag = "hvc1"  # Apple plays no other
        if copy.codec_context and copy.type == "audio" and not copy.codec_context.extradata:
            copy.codec_context.extradata = adts_config(first[0]) or None
        for place, data in enumerate(first):
            packet = av.Packet(without_adts(data) if codec_of(source) == "aac" else data)
            packet.pts = packet.dts = place * 1_000
            packet.duration, packet.time_base, packet.is_keyframe = 1_000, Fraction(1, scale), True
            packet.stream = copy
            out.mux_one(packet)
    made = file.getvalue()
    return box(b"ftyp", BRANDS) + b"".join(_header(made, begins, ends, scale))


def _has_own_tag(source: Stream) -> bool:
    """Whether its sample entry has a name that says more than FFmpeg's own. hev1, which Apple does not play, is kept
    only where the parameter sets are in the samples alone (ISO/IEC 14496-15, 8.4.1.1)."""
    context = source.codec_context
    tag, config = (context.codec_tag, context.extradata or b"") if context else ("", b"")
    if tag == "hev1":
        return config[HEVC_ARRAYS : HEVC_ARRAYS + 1] == b"\0"
    return tag in ("hvc1", "dvh1", "dvhe", "avc3", "dvav", "dva1", "dav1")


def _header(made: bytes, begins: int, ends: int, scale: int) -> Iterator[bytes]:
    """The moov of a file, with its edit list and its length."""
    length = round(ends * MOVIE_HZ / scale) - round(begins * MOVIE_HZ / scale)
    edit = full(b"elst", 1, 0, struct.pack(">IQqHH", 1, length, begins, 1, 0))
    for kind, content in _parts(made):
        if kind == b"moov":
            inner = []
            for name, value in _parts(content):
                if name == b"trak" and begins:
                    (_, head), *others = _parts(value)
                    value = b"".join((box(b"tkhd", head), box(b"edts", edit), *(box(*other) for other in others)))
                if name == b"mvex":
                    value = full(b"mehd", 1, 0, struct.pack(">Q", length)) + value
                inner.append(box(name, value))
            yield box(b"moov", *inner)


def _parts(content: bytes, start: int = 0) -> list[tuple[bytes, bytes]]:
    """The boxes side by side in a content, from a place on."""
    return [(kind, content[at:end]) for kind, at, end in boxes(BytesIO(content), start, len(content))]


def codec_string(init: bytes) -> str:
    """What the only track of an init segment is called in CODECS (RFC 6381; ISO/IEC 14496-15, annex E)."""
    file = BytesIO(init)
    (described,) = inside(file, [(b"", 0, len(init))], b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    (tag, entry), *_ = _parts(init[described[1] : described[2]], 8)
    name = tag.decode("latin-1").strip()
    known = dict(_parts(entry, 78)) | dict(_parts(entry, 28))
    if (dolby := known.get(b"dvcC") or known.get(b"dvvC")) and name.startswith("dv"):
        bits = int.from_bytes(dolby[2:4])
        return f"{name}.{bits >> 9:02}.{bits >> 3 & 0x3F:02}"
    if avc := known.get(b"avcC"):
        return f"{name}.{avc[1:4].hex()}"
    if hevc := known.get(b"hvcC"):
        return f"{name}.{_hevc(hevc)}"
    if av1 := known.get(b"av1C"):
        depth = 12 if av1[2] & 0x20 else 10 if av1[2] & 0x40 else 8
        return f"{name}.{av1[1] >> 5}.{av1[1] & 0x1F:02}{'H' if av1[2] & 0x80 else 'M'}.{depth:02}"
    if vp9 := known.get(b"vpcC"):
        return f"{name}.{vp9[4]:02}.{vp9[5]:02}.{vp9[6] >> 4:02}"
    if esds := known.get(b"esds"):
        return f"{name}.{_mpeg4(esds[4:])}"
    return name


def _hevc(config: bytes) -> str:
    """Profile, compatible profiles in reverse order of bits, tier and level, constraints."""
    space, tier, profile = config[1] >> 6, config[1] >> 5 & 1, config[1] & 0x1F
    compatible = int(f"{int.from_bytes(config[2:6]):032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\0")
    parts = (f"{' ABC'[space].strip()}{profile}", f"{compatible:X}", f"{'LH'[tier]}{config[12]}")
    return ".".join((*parts, *(f"{value:X}" for value in constraints)))


def _mpeg4(descriptor: bytes) -> str:
    """The object type indication, and of AAC the audio object type."""
    fields = dict(_descriptors(descriptor))
    kind = fields[4][0] if fields.get(4) else 0x40
    config = fields.get(5, b"\x10\0")
    audio = config[0] >> 3
    if audio == 31 and len(config) > 1:
        audio = 32 + ((config[0] & 7) << 3 | config[1] >> 5)
    return f"{kind:x}.{audio}" if kind == 0x40 else f"{kind:X}"


def _descriptors(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The descriptors of ISO/IEC 14496-1 that are nested in an esds: tag and content."""
    within = {3: 3, 4: 13}
    while len(content) > 1:
        tag, size, at = content[0], 0, 1
        while at < len(content):
            size, more = size << 7 | content[at] & 0x7F, content[at] & 0x80
            at += 1
            if not more:
                break
        inner = content[at : at + size]
        yield tag, inner
        content = inner[within[tag] :] if tag in within else content[at + size :]
