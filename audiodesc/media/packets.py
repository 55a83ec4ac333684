"""Packets of a film on its clock, in the order and with the time stamps that a muxer takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.media.clock import on_clock
from audiodesc.media.demuxing import demuxed
from audiodesc.model import Discontinuity, Film


def packets(
    source: InputContainer, copies: Mapping[int, Stream], zero_s: Fraction, begun: Sequence[Discontinuity] = ()
) -> Iterator[tuple[float, av.Packet[Stream]]]:
    """Packets on the film's clock, which has `begun` anew at these places, each with its time in seconds, ready to be
    written."""
    bases = {index: source.streams[index].time_base or Fraction(1, av.time_base) for index in copies}
    shifts = {index: round(zero_s / base) for index, base in bases.items()}
    ticks = {index: float(base) for index, base in bases.items()}
    demuxed_copies = demuxed(source, [source.streams[index] for index in copies])
    for packet in _with_dts(on_clock(demuxed_copies, begun)):
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
