"""Packets of a film -> those of a part, on a clock that begins with it; nothing is encoded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.stream import Stream

from audiodesc.model import Span

SPREAD_S = 10
"""Packets of one time lie no further apart in a film than this."""

Timed = tuple[float, "av.Packet[Stream]"]
"""A packet ready to be written, and its time (dts) in seconds."""


def part_packets(timed: Iterable[Timed], part: Span) -> Iterator[Timed]:
    """The packets of a part, as much earlier as it begins later than the film.

    Of the picture all from the key frame before its begin, with times below 0, for the pictures of the part are made
    from these: MP4 writes down that they are not shown. Of all else what begins in the part.
    """
    start, end = Fraction(part.start_ms, 1000), Fraction(part.end_ms, 1000)
    before: list[av.Packet[Stream]] = []
    held: list[av.Packet[Stream]] | None = []
    for time, packet in timed:
        if time > end + SPREAD_S:
            break
        at = (packet.dts or 0) * (packet.time_base or Fraction(0))
        shown = (packet.pts if packet.pts is not None else packet.dts or 0) * (packet.time_base or Fraction(0))
        if packet.stream.type == "video" and held is not None:
            if at < start:
                before = [packet] if packet.is_keyframe and shown <= start else [*before, packet]
                continue
            begun = [] if packet.is_keyframe and shown <= start else before
            yield from (_moved(one, start) for one in (*begun, *held))
            held = None
        if (shown < start and packet.stream.type != "video") or at >= end:
            continue
        if held is None:
            yield _moved(packet, start)
        else:
            held.append(packet)
    if held is not None:
        yield from (_moved(one, start) for one in (*before, *held))


def _moved(packet: av.Packet[Stream], start: Fraction) -> Timed:
    base = packet.time_base or Fraction(1)
    by = round(start / base)
    packet.pts = packet.pts - by if packet.pts is not None else None
    packet.dts = packet.dts - by if packet.dts is not None else None
    return float((packet.dts or 0) * base), packet
