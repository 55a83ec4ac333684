"""Packets of a film -> those of a part, on a clock that begins with it; nothing is encoded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import av
from av.stream import Stream

from audiodesc.model import Span

if TYPE_CHECKING:
    from av.container.core import Chapter

SPREAD_S = 10
"""Packets of one time lie no further apart in a film than this."""

Timed = tuple[float, "av.Packet[Stream]"]
"""A packet ready to be written, and its time (dts) in seconds."""


def part_packets(timed: Iterable[Timed], part: Span) -> Iterator[Timed]:
    """The packets of a part, as much earlier as it begins later than the film.

    Of the picture all from the key frame before its begin, with times below 0, for the pictures of the part are made
    from these: MP4 writes down that they are not shown. The one that stands when the part begins has its time: FFmpeg
    would show the first one behind it too early. Of all else what begins in the part.
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
            yield from (_moved(one, start) for one in (*_standing(begun, start), *held))
            held = None
        if (shown < start and packet.stream.type != "video") or at >= end:
            continue
        if held is None:
            yield _moved(packet, start)
        else:
            held.append(packet)
    if held is not None:
        yield from (_moved(one, start) for one in (*_standing(before, start), *held))


def _standing(before: list[av.Packet[Stream]], start: Fraction) -> list[av.Packet[Stream]]:
    """The pictures before a part; the last that is shown of them, at its start."""
    shown = [packet for packet in before if packet.pts is not None and packet.pts * (packet.time_base or 0) <= start]
    if last := max(shown, key=lambda packet: packet.pts or 0, default=None):
        last.pts = round(start / (last.time_base or Fraction(1)))
    return before


def begun(timed: Iterator[Timed]) -> tuple[Fraction, Iterator[Timed]]:
    """How long before the part its first packet is shown, in seconds, and the same packets. Matroska knows no times
    below 0: there all is so much later."""
    first = next(timed, None)
    if first is None:
        return Fraction(0), timed
    packet = first[1]
    return max(Fraction(0), -(packet.pts or 0) * (packet.time_base or Fraction(0))), chain([first], timed)


def later(chapters: Iterable[Chapter], by_s: Fraction) -> list[Chapter]:
    """The chapters, so much later."""
    made: list[Chapter] = []
    for chapter in chapters:
        ticks = round(by_s / (chapter["time_base"] or Fraction(1, av.time_base)))
        made.append({**chapter, "start": chapter["start"] + ticks, "end": chapter["end"] + ticks})
    return made


def part_chapters(chapters: Iterable[Chapter], part: Span) -> list[Chapter]:
    """What of the chapters lies in a part, on its clock."""
    made: list[Chapter] = []
    for chapter in chapters:
        base = chapter["time_base"] or Fraction(1, av.time_base)
        begin, end = (round(Fraction(ms, 1000) / base) for ms in (part.start_ms, part.end_ms))
        if chapter["start"] < end and chapter["end"] > begin:
            start, stop = max(chapter["start"], begin) - begin, min(chapter["end"], end) - begin
            made.append({**chapter, "start": start, "end": stop})
    return made


def _moved(packet: av.Packet[Stream], start: Fraction) -> Timed:
    base = packet.time_base or Fraction(1)
    by = round(start / base)
    packet.pts = packet.pts - by if packet.pts is not None else None
    packet.dts = packet.dts - by if packet.dts is not None else None
    return float((packet.dts or 0) * base), packet
