"""The packets of a film, in the order in which they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

WRAP = 1 << 33
MOST_VAIN = 1_000
"""So often in a row reading is tried again."""

TICKS_HZ = 90_000
"""Ticks after which the time stamps of a transport stream begin anew: one before 0 is stamped 26.5 hours late."""


def demuxed(container: InputContainer, streams: Sequence[Stream] | None = None) -> Iterator[av.Packet[Any]]:
    """The packets of these streams, or of all, from where the file stands.

    Transport streams may grow a stream on the way, when a programme changes or data is damaged. PyAV leaves it out,
    and at the end, when nothing else is to come, fails over it.
    """
    if streams is not None and not streams:
        return  # PyAV would give all

    def begun() -> Iterator[av.Packet[Any]]:
        return container.demux(list(streams)) if streams is not None else container.demux()

    packets, vain = begun(), 0
    first = (container.start_time or 0) * TICKS_HZ // av.time_base if container.format.name == "mpegts" else None
    while True:
        try:
            packet = next(packets)
        except (StopIteration, IndexError):
            return
        except av.error.BlockingIOError:  # "try again", which FFmpeg says of some damaged packets
            vain += 1
            if vain > MOST_VAIN:
                raise
            packets = begun()
            continue
        vain = 0
        if first is not None:
            _unwrap(packet, first)
        yield packet


def _unwrap(packet: av.Packet[Any], first: int) -> None:
    """Put a stamp that lies half the clock behind the film's first one before it."""
    if packet.pts is not None and packet.pts - first > WRAP // 2:
        packet.pts -= WRAP
    if packet.dts is not None and packet.dts - first > WRAP // 2:
        packet.dts -= WRAP


def go_to(container: InputContainer, place: int, stream: Stream | None = None) -> None:
    """Let the next packets be those from a key frame at or before a place, in microseconds or in the stream's ticks, or
    where there is none, from the beginning. After a seek in vain FFmpeg gives nothing but the end."""
    try:
        container.seek(place, stream=stream)
    except av.error.FFmpegError:
        try:
            container.seek(0)
        except av.error.FFmpegError:  # no key frame at 0
            with suppress(av.error.FFmpegError):
                container.seek(0, unsupported_byte_offset=True)
