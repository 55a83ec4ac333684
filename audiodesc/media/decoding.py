"""The frames of a film from any time on; of those that no other refers to, only the ones that are wanted are decoded.

That is exact: the same frames are shown at the wanted times, with the same timestamps, as if all had been decoded.
`benchmarks/frames.py` prints what it is worth in H.264. FFmpeg's decoders of AV1 and VP9 pass over no single frames;
there, and where packets have no timestamps, all are decoded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import av
from av.container import InputContainer

from audiodesc.media.discontinuities import on_clock, seek
from audiodesc.media.opening import DECODER, demuxed, open_film
from audiodesc.model import Film

LARGE = 4096 * 2304
"""Pixels of a picture; of a larger one not several are decoded at once, for each takes its memory."""

NEAR_MS = 5_000
"""To decode so much on costs less than to seek: a key frame is as far behind, on average, in films for the web."""

BACK_MS = (0, 2_000, 15_000, 120_000, 24 * 3600 * 1000)

REORDERED = 32
"""Packets between two whose frames are shown one after the other, at most: of H.264 and HEVC 17."""

SKIPPABLE: Final = frozenset({"h264", "hevc", "mpeg2video", "mpeg1video"})
"""Decoders that pass over single frames. Of MPEG-4 Part 2 some packets hold two frames."""


BEFORE = -1
"""The time of what is not shown."""

AROUND = 3
"""Of interlaced films so many frames or fields around a wanted one are decoded too: its lines are made from them."""

PROGRESSIVE: Final = frozenset({0, 1})
"""FFmpeg's AVFieldOrder: unknown, progressive."""


def picture_stream(container: InputContainer, film: Film, *, single: bool = False) -> av.VideoStream:
    """The film's picture in its opened file, ready to be decoded within bounds; `single`: on the calling thread.

    FFmpeg's threads take more processor time (`benchmarks/frames.py` prints how much), so where several parts of a film
    are decoded at once each is on one. A picture of more than 4096 × 2304 has threads for its slices, which need no
    more memory.
    """
    stream = container.streams[film.video.index]
    assert isinstance(stream, av.VideoStream)  # noqa: S101 — the probe chose it as one
    if film.video.width * film.video.height > LARGE:
        stream.thread_type = "SLICE"
    elif single:
        stream.codec_context.thread_count = 1
    else:
        stream.thread_type = "AUTO"
    stream.codec_context.options = dict(DECODER)
    return stream


def frames_from(
    container: InputContainer, stream: av.VideoStream, film: Film, time_ms: int, wanted: Sequence[int] | None = None
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames with their times, from one that is shown at `time_ms` or before; with `wanted`, times in ms in order, all
    that are shown at those and others as it comes.

    A transport stream has no index: a seek may end behind the place, and is then repeated further ahead of it.
    """
    for back_ms in BACK_MS:
        seek(container, film, stream, max(0, time_ms - back_ms))
        frames = _timed(film, _decode_all(container, stream, film, wanted))
        first = next(frames, None)
        if first and (first[0] <= time_ms or time_ms <= back_ms):
            yield first
            yield from frames
            return


def key_frames_of(film: Film) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every key frame with its time; nothing else is decoded.

    They come as the decoder gives them, which for HEVC with open groups is not always in order of time.
    """
    with open_film(film) as container:
        stream = picture_stream(container, film)
        for packet in on_clock(demuxed(container, [stream]), film.discontinuities):
            if packet.is_keyframe or packet.dts is None:
                yield from _timed(film, _decode(packet))


def key_frame_at(
    container: InputContainer, stream: av.VideoStream, film: Film, time_ms: int
) -> tuple[int, av.VideoFrame] | None:
    """The key frame before a time, or near it, with its time; None where none can be decoded. The decoder is drained:
    seek before anything else is decoded."""
    seek(container, film, stream, time_ms)
    for packet in on_clock(demuxed(container, [stream]), film.discontinuities):
        if packet.is_keyframe or packet.dts is None:
            decoded = _decode(packet) or (_drain(stream) if packet.size else [])
            if timed := next(_timed(film, decoded), None):
                return timed
    return None


def may_skip(stream: av.VideoStream, film: Film) -> bool:
    """Whether frames that no other refers to can be passed over without harm."""
    codec = stream.codec_context.codec.canonical_name
    return (
        codec in SKIPPABLE
        and not film.discontinuities
        and not (codec == "hevc" and has_sublayers(stream.codec_context.extradata or b""))
    )


def has_sublayers(extradata: bytes) -> bool:
    """Whether an HEVC stream has temporal sub-layers, or may have: in a lower one of them a frame that "no other refers
    to" is one that none of the same sub-layer does (ITU-T H.265, 7.4.2.2)."""
    if len(extradata) > 22 and extradata[0] == 1:  # hvcC, ISO/IEC 14496-15
        return (extradata[21] >> 3) & 7 > 1
    place = extradata.find(b"\x00\x00\x01\x42")  # the SPS, Annex B
    return place < 0 or place + 6 > len(extradata) or (extradata[place + 5] >> 1) & 7 > 0


def _decode_all(
    container: InputContainer, stream: av.VideoStream, film: Film, wanted: Sequence[int] | None
) -> Iterator[av.VideoFrame]:
    packets = on_clock(demuxed(container, [stream]), film.discontinuities)
    if wanted is None or not may_skip(stream, film):
        for packet in packets:
            yield from _decode(packet)
        return
    context = stream.codec_context
    interlaced = context.field_order not in PROGRESSIVE
    for packet, near in _with_near(packets, film):
        is_needed = near is None or _is_needed(near, _packet_ms(film, packet), wanted, AROUND if interlaced else 0)
        context.skip_frame = "DEFAULT" if is_needed else "NONREF"
        for frame in _decode(packet):
            interlaced = interlaced or frame.interlaced_frame
            yield frame


def _with_near(packets: Iterable[av.Packet[Any]], film: Film) -> Iterator[tuple[av.Packet[Any], list[int] | None]]:
    """Each packet with the times of those around it that are shown, in order; None where one of them has no time."""
    ahead: deque[tuple[av.Packet[Any], int | None]] = deque()
    behind: deque[int | None] = deque()
    times: list[int] = []
    untimed, source = 0, iter(packets)
    while True:
        for packet in islice(source, REORDERED - len(ahead)):
            time_ms = _packet_ms(film, packet)
            untimed += time_ms is None and packet.size > 0
            if time_ms is not None and time_ms >= 0:
                insort(times, time_ms)
            ahead.append((packet, time_ms if packet.size else BEFORE))
        if not ahead:
            return
        packet, time_ms = ahead.popleft()
        yield packet, None if untimed else times
        behind.append(time_ms)
        if len(behind) > REORDERED:
            gone = behind.popleft()
            if gone is None:
                untimed -= 1
            elif gone >= 0:
                del times[bisect_left(times, gone)]


def _packet_ms(film: Film, packet: av.Packet[Any]) -> int | None:
    """When what is in a packet is shown; before the film's zero for what is not."""
    if packet.pts is None or packet.time_base is None:
        return None
    return BEFORE if packet.is_discard else _ms(film, packet.pts * float(packet.time_base))


def _ms(film: Film, time_s: float) -> int:
    return round((time_s - float(film.zero_s)) * 1000)


def _is_needed(times: Sequence[int], time_ms: int | None, wanted: Sequence[int], around: int) -> bool:
    """Whether a frame of that time, or one of so many `around` it, is shown at a wanted time: from its own to that of
    the next; the first also before."""
    if time_ms is None:
        return True
    if time_ms < 0:
        return False
    start = bisect_left(times, time_ms) - around
    end = bisect_right(times, time_ms) + around
    first = bisect_left(wanted, times[start]) if start > 0 else 0
    return first < len(wanted) and (end >= len(times) or wanted[first] < times[end])


def _decode(packet: av.Packet[av.VideoStream]) -> list[av.VideoFrame]:
    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
    except av.error.FFmpegError:
        return []  # a damaged picture is passed over


def _drain(stream: av.VideoStream) -> list[av.VideoFrame]:
    """What a decoder holds back until it knows what is shown before it."""
    try:
        return list(stream.codec_context.decode(None))
    except av.error.FFmpegError:
        return []


def _timed(film: Film, decoded: Iterable[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Each frame with its time in ms; what lies before the film's zero is passed over."""
    for frame in decoded:
        time_ms = BEFORE if frame.pts is None else _ms(film, frame.pts * float(frame.time_base or 0))
        if time_ms >= 0:
            yield time_ms, frame
