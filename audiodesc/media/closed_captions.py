"""Closed captions that a film carries in its picture's stream (ATSC A/53, part 4), or in ancillary data beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import chain, islice
from typing import Any, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.stream import Stream

from audiodesc.errors import SubtitleError
from audiodesc.media.discontinuities import on_clock, seek
from audiodesc.media.opening import demuxed, open_film
from audiodesc.model import Film

IN_PICTURE = "inside the picture"
BESIDE = "in the ancillary data beside the picture"
ANCILLARY = "smpte_436m_anc"
"""FFmpeg's name for SMPTE ST 436, which MXF has."""

MOST, MOST_A_SECOND = 10_000, 30
"""Triplets of a film, and for each second of it: half of what line 21 can send, and nobody talks so fast."""

AHEAD_MS = 30_000
PLACES = 20
PLACE_MS = 10_000
"""Where captions are looked for: the film's beginning, and so many places, each so long."""

Triplet = bytes
"""Of which field it is, and two bytes of CEA-608 with their parity."""

Sent = tuple[str, int, list[Triplet]]
"""Where something stands, when the picture it belongs to is shown, in ms, and what it is."""


def captions(film: Film) -> dict[str, list[tuple[int, Triplet]]]:
    """All triplets that say something and when, in ms, in the order in which the pictures are shown, by where they
    stand; the places in order of rank.

    Raises SubtitleError where they are too many.
    """
    with open_film(film) as container:
        triplets_of = _decoded(container, film) if film.container == "avi" else _demuxed(container, film)
        each = ((place, (time_ms, one)) for place, time_ms, triplets in triplets_of for one in triplets)
        most = MOST + MOST_A_SECOND * film.duration_ms // 1000
        found = list(islice(each, most))
    if len(found) == most:
        raise SubtitleError(f"{film.path} holds more closed captions than any film", "give subtitles with --subs FILE")
    found.sort(key=lambda one: one[1][0])
    sent = {place: [one for at, one in found if at == place] for place in (IN_PICTURE, BESIDE)}
    return {place: there for place, there in sent.items() if there}


def glimpse(film: Film) -> Iterator[Triplet]:
    """Triplets of the film's beginning, and of places spread evenly over it. Which is not the order to read them in."""
    with open_film(film) as container:
        yield from _until(AHEAD_MS, _demuxed(container, film))
        for start_ms in range(AHEAD_MS, film.duration_ms, max(film.duration_ms // PLACES, PLACE_MS)):
            with suppress(av.error.FFmpegError):  # at a place that is not found nothing is seen
                seek(container, film, container.streams[film.video.index], start_ms)
                yield from _until(start_ms + PLACE_MS, _demuxed(container, film))


def _until(end_ms: int, sent: Iterator[Sent]) -> Iterator[Triplet]:
    for _, time_ms, triplets in sent:
        if time_ms > end_ms:
            return
        yield from triplets


def _demuxed(container: InputContainer, film: Film) -> Iterator[Sent]:
    """What each packet holds, from where the file stands.

    The second field of a picture may be a packet without a time: its time is the first one's.
    """
    picture = container.streams[film.video.index]
    beside = {stream.index: stream for stream in container.streams.data if stream.name == ANCILLARY}
    filters = {index: BitStreamFilterContext("smpte436m_to_eia608", stream) for index, stream in beside.items()}
    time_ms = 0
    for packet in on_clock(demuxed(container, [picture, *beside.values()]), film.discontinuities):
        if packet.pts is not None and packet.time_base:
            time_ms = round((packet.pts * packet.time_base - film.zero_s) * 1000)
        if packet.stream_index == picture.index:
            yield IN_PICTURE, time_ms, list(in_packet(bytes(packet), film.video.codec))
        elif packet.size:
            yield BESIDE, time_ms, _beside(filters[packet.stream_index], packet)


def _beside(of: BitStreamFilterContext, packet: av.Packet[Stream]) -> list[Triplet]:
    with suppress(av.error.FFmpegError):  # damaged, or data of another kind
        return [one for inner in of.filter(packet) for one in line_21(bytes(inner))]
    return []


def _decoded(container: InputContainer, film: Film) -> Iterator[Sent]:
    """What each picture holds. AVI does not know when pictures are shown, only the decoder does in what order."""
    stream = container.streams[film.video.index]
    assert isinstance(stream, av.VideoStream)  # noqa: S101 — the probe chose it as one
    stream.thread_type = "AUTO"
    times: list[int] = []
    sent: list[list[Triplet]] = []
    for packet in demuxed(container, [stream]):
        with suppress(av.error.FFmpegError):  # a damaged picture
            for frame in packet.decode():
                beside = cast("Mapping[str, Any]", frame.side_data)  # its type knows of motion vectors only
                times.append(round((Fraction(frame.time or 0) - film.zero_s) * 1000))
                sent.append(list(line_21(bytes(beside.get("A53_CC") or b""))))
    return ((IN_PICTURE, time_ms, triplets) for time_ms, triplets in zip(sorted(times), sent, strict=True))


GA94 = b"GA94\x03"
REGISTERED = b"\xb5\x00\x31" + GA94
"""Captions of the ATSC, as ITU-T T.35 has it: in messages of H.264, HEVC, VVC and AV1."""

IN_PICTURES = b"\0\0\1\xb2" + GA94
"""The same in MPEG-2: user data."""

ESCAPED = {"h264", "hevc", "vvc"}
"""Where a 3 stands behind two zeros and means nothing."""

CARRIES = 0x40
"""Of the first byte behind the mark: there are captions. Its last five bits say how many, the second byte nothing."""

LONGEST = 2 + 31 * 3
LINE_21 = (0b100, 0b101)
"""Of the last three bits of a triplet: valid, and CEA-608 of the first or the second field. The others are CEA-708."""


def in_packet(data: bytes, codec: str) -> Iterator[Triplet]:
    """The triplets of a packet of that codec; those that are cut off are left out."""
    mark = IN_PICTURES if codec == "mpeg2video" else REGISTERED
    ends = [at + len(mark) for at in _places(data, mark)]
    return chain.from_iterable(_of_message(data[end : end + 2 * LONGEST], codec) for end in ends)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + len(mark))


def _of_message(data: bytes, codec: str) -> Iterator[Triplet]:
    plain = data.replace(b"\0\0\3", b"\0\0") if codec in ESCAPED else data
    count = plain[0] & 31 if plain and plain[0] & CARRIES else 0
    return line_21(plain[2 : 2 + 3 * count])


def line_21(data: bytes) -> Iterator[Triplet]:
    """The triplets of CEA-608 that are not padding."""
    for at in range(0, len(data) - 2, 3):
        if data[at] & 0b111 in LINE_21 and (data[at + 1] | data[at + 2]) & 0x7F:
            yield data[at : at + 3]
