"""Timestamp discontinuities, as where two streams were joined byte for byte: a film's packets on one clock."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.errors import FilmError
from audiodesc.media.opening import demuxed, go_to
from audiodesc.model import Discontinuity, Film, Note, Span

DISCONTINUOUS = {"mpegts", "mpeg", "ogg"}
"""FFmpeg's names of the formats whose timestamps may start again."""

BACK_S = 1
"""Decoding times never go back within a track: a step back of so much is a discontinuity, and no overlap."""

AHEAD_S = 10
"""A longer hole in all tracks is a discontinuity, as for the `ffmpeg` program (its -dts_delta_threshold)."""

MOST, MOST_NOTES = 1_000, 5


@dataclass(slots=True)
class Stretch:
    """From byte `byte` to the next stretch the timestamps go on: the first and the last of each track, in seconds."""

    byte: int
    starts: dict[int, Fraction] = field(default_factory=dict)
    ends: dict[int, Fraction] = field(default_factory=dict)

    def add(self, index: int, start: Fraction, end: Fraction) -> None:
        self.starts[index] = min(start, self.starts.get(index, start))
        self.ends[index] = max(end, self.ends.get(index, end))

    def start(self, picture: int) -> Fraction:
        """Where the picture begins, or where it has none, the first of the other tracks."""
        return self.starts.get(picture, min(self.starts.values()))

    def end(self, picture: int) -> Fraction:
        return self.ends.get(picture, max(self.ends.values()))


def may_be_discontinuous(container: InputContainer) -> bool:
    """Whether the film is of a format whose timestamps may start again."""
    return bool(DISCONTINUOUS & set(container.format.name.split(",")))


def stretches(container: InputContainer) -> list[Stretch]:
    """The whole film, read from beginning to end, cut at its discontinuities. Raises FilmError for over a thousand."""
    found: list[Stretch] = []
    here: dict[int, tuple[int, Fraction]] = {}  # of each track: its stretch, and its last decoding time
    bytes_: dict[int, int] = {}
    with suppress(av.error.FFmpegError):  # the end of a file that is cut short
        for packet in demuxed(container, [*container.streams.video, *container.streams.audio]):
            if packet.dts is None or not packet.time_base:
                continue
            dts, index, byte = packet.dts * packet.time_base, packet.stream_index, _byte_of(packet, bytes_)
            found = found or [Stretch(0)]
            number, last = here.get(index, (0, dts))
            while number + 1 < len(found) and byte >= found[number + 1].byte:
                number, last = number + 1, dts
            if dts < last - BACK_S or (dts > last + AHEAD_S and dts > max(found[number].ends.values()) + AHEAD_S):
                number += 1
                _begin(found, number, byte, container.name)
            here[index] = number, dts
            pts = dts if packet.pts is None else packet.pts * packet.time_base  # a program stream's last has none
            if abs(pts - dts) > BACK_S:  # it belongs to what comes after the last packet before a restart
                pts = dts
            found[number].add(index, pts, pts + lasting(packet))
    return found


def _byte_of(packet: av.Packet[Any], last: dict[int, int]) -> int:
    """Where a packet is in the file; of several that come in one, only the first says: the `last` of its track."""
    if packet.pos is not None:
        last[packet.stream_index] = packet.pos
    return last.get(packet.stream_index, 0)


def _begin(found: list[Stretch], number: int, byte: int, name: str) -> None:
    """A stretch begins here, or a little earlier than another track made believe."""
    if number < len(found):
        found[number].byte = min(found[number].byte, byte)
    elif number > MOST:
        name = name.removeprefix("file:")
        raise FilmError(f"{name}: more than {MOST:,} timestamp discontinuities", "convert it to MP4 or MKV")
    else:
        found.append(Stretch(byte))


def lasting(packet: av.Packet[Stream]) -> Fraction:
    """How long a packet lasts, in seconds; pictures of some containers do not say, and last one frame."""
    if packet.duration and packet.time_base:
        return packet.duration * packet.time_base
    rate = packet.stream.guessed_rate if isinstance(packet.stream, av.VideoStream) else None
    return 1 / rate if rate and rate >= 1 else Fraction(0)


def find_discontinuities(found: Sequence[Stretch], picture: int, zero_s: Fraction) -> tuple[Discontinuity, ...]:
    """The discontinuities of the picture, shifted so that it goes on at once; other tracks alone make none."""
    made: list[Discontinuity] = []
    shift = Fraction(0)
    for before, after in pairwise(found):
        end = before.end(picture) + shift
        if not -BACK_S <= after.start(picture) + shift - end <= AHEAD_S:
            shift = end - after.start(picture)
            made.append(Discontinuity(after.byte, shift, max(0, round((end - zero_s) * 1000))))
    return tuple(made)


def discontinuity_notes(film: Film) -> Iterator[Note]:
    """A note for each timestamp discontinuity; of many, for the first ones."""
    for restart in film.discontinuities[:MOST_NOTES]:
        message = f"timestamp discontinuity at {restart.at_ms / 1000:.1f} s: picture, sound and subtitles go on there"
        yield Note("probe", message, Span(restart.at_ms, restart.at_ms))
    if (more := len(film.discontinuities) - MOST_NOTES) > 0:
        yield Note("probe", f"{more} more timestamp {'discontinuities' if more > 1 else 'discontinuity'}")


def on_clock(packets: Iterable[av.Packet[Any]], breaks: Sequence[Discontinuity]) -> Iterator[av.Packet[Any]]:
    """The packets of a film, each with its timestamps on the one clock that goes on."""
    if not breaks:
        yield from packets
        return
    bytes_: dict[int, int] = {}
    for packet in packets:
        number = bisect_right(breaks, _byte_of(packet, bytes_), key=attrgetter("byte")) - 1
        if number >= 0 and packet.time_base:
            ticks = round(breaks[number].shift_s / packet.time_base)
            packet.pts = packet.pts + ticks if packet.pts is not None else None
            packet.dts = packet.dts + ticks if packet.dts is not None else None
        if packet.pts and packet.dts and packet.time_base and abs(packet.pts - packet.dts) * packet.time_base > BACK_S:
            packet.pts = packet.dts
        yield packet


def seek(container: InputContainer, film: Film, stream: Stream, time_ms: int) -> None:
    """Go to a time, or near it: where there are discontinuities, the place is found by bytes; so is the beginning of
    what has no index, of which a search by time may pass over the first key frame."""
    if film.discontinuities or (time_ms == 0 and may_be_discontinuous(container)):
        container.seek(_byte(film, time_ms), unsupported_byte_offset=True)
        return
    place = int((Fraction(time_ms, 1000) + film.zero_s) / (stream.time_base or Fraction(1, av.time_base)))
    go_to(container, place, stream)


def _byte(film: Film, time_ms: int) -> int:
    """About where in the file a time is: evenly between the places that are known."""
    known = [
        (0, 0),
        *((one.at_ms, one.byte) for one in film.discontinuities),
        (film.duration_ms, film.path.stat().st_size),
    ]
    after = min(max(1, bisect_right(known, (time_ms, film.path.stat().st_size))), len(known) - 1)
    (from_ms, from_byte), (to_ms, to_byte) = known[after - 1 : after + 1]
    return from_byte + (to_byte - from_byte) * (time_ms - from_ms) // max(1, to_ms - from_ms)


def packets(
    source: InputContainer, copies: Mapping[int, Stream], zero_s: Fraction, breaks: Sequence[Discontinuity] = ()
) -> Iterator[tuple[float, av.Packet[Stream]]]:
    """Packets on the film's clock, without its discontinuities (`breaks`), each with its time in seconds, ready to be
    written."""
    bases = {index: source.streams[index].time_base or Fraction(1, av.time_base) for index in copies}
    shifts = {index: round(zero_s / base) for index, base in bases.items()}
    ticks = {index: float(base) for index, base in bases.items()}
    demuxed_copies = demuxed(source, [source.streams[index] for index in copies])
    for packet in _with_dts(on_clock(demuxed_copies, breaks)):
        index = packet.stream_index
        dts = (packet.dts or 0) - shifts[index]
        if shifts[index]:
            packet.dts = dts
            packet.pts = packet.pts - shifts[index] if packet.pts is not None else None
        packet.stream = copies[index]
        yield dts * ticks[index], packet


def from_zero(timed: Iterable[tuple[float, av.Packet[Stream]]]) -> Iterator[tuple[float, av.Packet[Stream]]]:
    """Packets of which none is earlier than the film's zero: for them Matroska's muxer would put off the whole film.

    Pictures before it stay, for others are made from them, and are over at once; so does Vorbis' first packet, of
    which nothing is heard. Opus stays as it is: its delay is written down in the file.
    """
    for time, packet in timed:
        codec = packet.stream.codec_context.name if packet.stream.codec_context else ""
        if packet.pts is not None and packet.pts < 0 and codec != "opus":
            if packet.stream.type == "audio" and codec != "vorbis":
                continue
            packet.pts = 0
        if packet.dts is not None and packet.dts < 0 and codec != "opus":
            packet.dts = 0 if packet.pts == 0 else packet.dts
        yield time, packet


def ready(
    source: InputContainer, copies: Mapping[int, Stream], film: Film, container: str
) -> Iterator[tuple[float, av.Packet[Stream]]]:
    """The packets of a film on its clock, as a container of that name takes them, each with its time in seconds."""
    timed = packets(source, copies, film.zero_s, film.discontinuities)
    return from_zero(timed) if container == "matroska" and "matroska" not in film.container else timed


def in_order(timed: Iterable[tuple[float, av.Packet[Stream]]], container: str) -> Iterator[av.Packet[Stream]]:
    """Packets that go on in time within each track, as muxers demand; streams that were spliced together may overlap.

    Sound that overlaps what is there is left out; pictures, which later ones need, follow one another at once.
    """
    matroska = container == "matroska"
    last: dict[Stream, int] = {}
    for _, packet in timed:
        track, dts = packet.stream, packet.dts or 0
        earliest = last[track] + (not matroska) if track in last else dts
        if dts < earliest:
            if packet.stream.type == "audio":
                continue
            packet.dts = earliest
            packet.pts = max(packet.pts or 0, earliest)
        last[track] = max(dts, earliest)
        yield packet


def _with_dts(packets: Iterable[av.Packet[Stream]]) -> Iterator[av.Packet[Stream]]:
    """All packets with decoding times. Matroska has none for the first packets of a track with B-frames: they are
    counted back from the first one that is known."""
    waiting: dict[int, list[av.Packet[Stream]]] = {}
    known: set[int] = set()
    for packet in packets:
        index = packet.stream_index
        if not packet.size:
            continue
        if packet.dts is None and index not in known:
            waiting.setdefault(index, []).append(packet)
            continue
        known.add(index)
        if early := waiting.pop(index, []):
            yield from _counted_back(early, packet.dts or 0)
        if packet.dts is None:
            packet.dts = packet.pts
        yield packet
    for early in waiting.values():
        first = early[0].pts or 0
        yield from _counted_back(early, first + sum(packet.duration or 1 for packet in early))


def _counted_back(early: Sequence[av.Packet[Stream]], dts: int) -> Sequence[av.Packet[Stream]]:
    for packet in reversed(early):
        dts -= packet.duration or 1
        packet.dts = dts
        packet.pts = dts if packet.pts is None else packet.pts
    return early
