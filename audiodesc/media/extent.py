"""When each track of a film begins and ends, on the file's time line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.errors import FilmError
from audiodesc.media.boxes import is_fragmented
from audiodesc.media.clock import AHEAD_S, Stretch, lasting
from audiodesc.media.demuxing import demuxed, go_to
from audiodesc.model import Discontinuity

TAIL_S = (10, 120)
"""So far ahead of the end the last packets of a track are looked for, before all of the film is read."""

PADDING_S = Fraction(1, 10)
"""Sound that outlasts the picture by no more is what a coder filled its last packet with."""

Times = dict[int, Fraction]
"""Of each track, by its index, a time in seconds on the file's time line."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a film goes: where its picture ends, all of it, and each track; and where those begin of which it is
    known."""

    picture: Fraction
    end: Fraction
    starts: Mapping[int, Fraction]
    ends: Mapping[int, Fraction]


def reach(container: InputContainer, picture: Stream, starts: Times, ends: Times) -> Reach:
    """A film lasts as long as its picture or its sound, whichever ends later."""
    shown = ends[picture.index]
    sounds = [ends[s.index] for s in container.streams.audio if s.index in ends and s.codec_context]
    end = max([shown, *(sound for sound in sounds if sound - shown > PADDING_S)])
    return Reach(shown, end, starts, ends)


def restarted(found: Sequence[Stretch], begun: Sequence[Discontinuity], picture: int) -> tuple[Times, Times]:
    """Where the tracks of a film in stretches begin and end, on the clock that goes on."""
    starts, ends = Times(), Times()
    for stretch in found:
        shift = max((one for one in begun if one.byte <= stretch.byte), key=lambda one: one.byte, default=None)
        later = shift.shift_s if shift else Fraction(0)
        for index, end in stretch.ends.items():
            ends[index] = end + later  # not the latest: a stamp before 0 is one of 26.5 hours
            start = stretch.starts[index] + later
            starts[index] = min(start, starts.get(index, start))
    return starts, {picture: max(ends.values())} | ends


def track_starts(container: InputContainer) -> Times:
    """Where the tracks of which the header says so begin."""
    return {
        stream.index: stream.start_time * stream.time_base
        for stream in container.streams
        if stream.start_time is not None and stream.time_base
    }


def track_ends(container: InputContainer, picture: Stream, path: Path) -> Times:
    """Where the picture and the sound tracks end, read from their last packets and not from the header.

    Raises FilmError where the film is cut short. A track without packets has no end; the picture always has one.
    """
    promised = _promised(container, path)
    wanted = {picture.index, *(stream.index for stream in container.streams.audio)}
    furthest, ends = _read(container, promised - TAIL_S[0])
    if promised - furthest > 2:
        raise FilmError(
            f"{path} is cut short: its index promises {float(promised):.0f} s, "
            f"but the data ends {f'at {float(furthest):.0f} s' if ends else 'long before'}",
            "copy it again",
        )
    for index in wanted - ends.keys():
        if (stated := _stated(container.streams[index])) is not None:
            ends[index] = stated
    for back in (promised - TAIL_S[1], Fraction(0)):
        if left := wanted - ends.keys():
            ends |= _read(container, back, left)[1]
    return {picture.index: promised} | ends


def _promised(container: InputContainer, path: Path) -> Fraction:
    """Where the header says that the film ends. It counts from the first time stamp, or, in Matroska and in an MP4 of
    fragments, from 0."""
    promised = Fraction(container.duration or 0, av.time_base)
    if "matroska" in container.format.name or ("mov" in container.format.name and is_fragmented(path)):
        return promised
    return promised + Fraction(container.start_time or 0, av.time_base)


def _read(
    container: InputContainer, start_s: Fraction, indexes: Collection[int] | None = None
) -> tuple[Fraction, Times]:
    """The time of the last packet of all, and the ends of the tracks that have packets behind a time.

    A track ends where it goes on no more: a stamp or a length that is hours off does not make it longer.
    """
    streams = None if indexes is None else [container.streams[index] for index in sorted(indexes)]
    go_to(container, max(0, int(start_s * av.time_base)))
    furthest, ends = Fraction(0), Times()
    with suppress(av.error.FFmpegError):  # a file that is cut short ends like this
        for packet in demuxed(container, streams):
            if packet.pts is None or not packet.time_base:
                continue
            start, lasts = packet.pts * packet.time_base, lasting(packet)
            furthest = max(furthest, start + lasts)
            if packet.stream.type == "audio":
                lasts = min(lasts, Fraction(AHEAD_S))
            last = ends.get(packet.stream_index, start)
            if packet.stream.type != "audio" or start - last <= AHEAD_S:
                ends[packet.stream_index] = max(last, start + lasts)
    return furthest, ends


def _stated(stream: Stream) -> Fraction | None:
    """Where a track ends by its header; Matroska's writers put it among the tags."""
    if stream.duration and stream.time_base:
        return (stream.duration + (stream.start_time or 0)) * stream.time_base
    parts = stream.metadata.get("DURATION", "").split(":")
    with suppress(ValueError):
        if len(parts) == 3:
            return int(parts[0]) * 3600 + int(parts[1]) * 60 + Fraction(parts[2][:12])
    return None
