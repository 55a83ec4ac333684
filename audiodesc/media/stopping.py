"""A film's sound and its packets through its stops: what comes after one is later by its length, to the sample and to
the tick.

The picture is copied and not encoded again: the last frame before a stop is shown until the next one comes. Both
timestamps of a packet go through one map that never decreases, so they stay in order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
from av import Packet
from av.stream import Stream

from audiodesc.core.stops import Stops
from audiodesc.media.ambience import FADE_S, LONGEST_S, SHORTEST_S, SOFT_S, dying, is_even, looped, silence
from audiodesc.media.vobsub import shown_longer
from audiodesc.model import Samples, Span
from audiodesc.settings import StopSound

if TYPE_CHECKING:
    from av.container.core import Chapter

FILLS = {"ambience": looped, "hold": dying, "silence": silence}


@dataclass(frozen=True, slots=True)
class SoundStop:
    """Before sample `at` of the film's sound `count` samples are put in. Without speech are those from `since` up to
    `at`, and from there up to before `until`."""

    at: int
    count: int
    since: int
    until: int


def sound_stops(stops: Stops, heard: Sequence[Span], rate_hz: int) -> tuple[SoundStop, ...]:
    """The stops for sound at that rate; `heard` is all speech and singing, in order and apart."""
    made = []
    for stop, (at, count) in zip(stops.stops, stops.places(rate_hz), strict=True):
        before = bisect_right(heard, stop.at_ms, key=lambda span: span.end_ms)
        since_ms = heard[before - 1].end_ms if before else 0
        until_ms = heard[before].start_ms if before < len(heard) else stop.at_ms + 1000
        if until_ms < stop.at_ms:  # it stops in the midst of speech
            since_ms = until_ms = stop.at_ms
        since, until = (ms * rate_hz // 1000 for ms in (since_ms, until_ms))
        made.append(SoundStop(at, count, min(since, at), max(until, at)))
    return tuple(made)


def stopped_sound(
    blocks: Iterable[Samples], stops: Sequence[SoundStop], rate_hz: int, fill: StopSound
) -> Iterator[Samples]:
    """The film's sound, blocks of shape (channels, samples), with its stops in it, in blocks of at most a second. The
    film's own samples are as they were. Memory is that of a few seconds, however long the stops are.
    """
    for block in _stopped(blocks, stops, rate_hz, fill):
        for start in range(0, block.shape[1], rate_hz):
            yield block[:, start : start + rate_hz]


def _stopped(blocks: Iterable[Samples], stops: Sequence[SoundStop], rate_hz: int, fill: StopSound) -> Iterator[Samples]:
    ahead, kept = round(FADE_S * rate_hz), round(LONGEST_S * rate_hz)
    waiting = list(stops)
    known: Samples | None = None  # what was given of the film and may be looped, then what was not given yet
    first = at = 0  # samples of the film: where `known` begins, and up to where it was given
    for block in blocks:
        known = block if known is None else np.concatenate([known, block], axis=1)
        end = first + known.shape[1]
        while waiting and waiting[0].at + ahead <= end:
            stop = waiting.pop(0)
            yield known[:, at - first : stop.at - first]
            at = stop.at
            yield from _filled(known, stop, first, rate_hz, fill)
        until = min(end, waiting[0].at) if waiting else end
        yield known[:, at - first : until - first]
        at = until
        drop = max(0, (min(at, waiting[0].at - kept) if waiting else at) - first)
        known, first = known[:, drop:], first + drop
    if known is None:
        return
    for stop in waiting:
        place = min(stop.at, first + known.shape[1])
        yield known[:, at - first : place - first]
        at = place
        yield from _filled(known, stop, first, rate_hz, fill)
    yield known[:, at - first :]


def _filled(known: Samples, stop: SoundStop, first: int, rate_hz: int, fill: StopSound) -> Iterator[Samples]:
    """The sound of a stop: silence where the sound before it cannot be looped."""
    place = min(stop.at - first, known.shape[1])
    since = max(0, stop.since - first, place - round(LONGEST_S * rate_hz))
    before, after = known[:, since:place], known[:, place:]
    soft = round(SOFT_S * rate_hz)
    quiet = min(stop.until - stop.at, round(FADE_S * rate_hz))
    if before.shape[1] < round(SHORTEST_S * rate_hz) or not is_even(before, rate_hz):
        fill, before, quiet = "silence", known[:, :place], soft
    if after.shape[1] < soft:  # the film ends: as if its end were played backwards
        after = before[:, ::-1]
    yield from FILLS[fill](before, after[:, : max(quiet, soft)], stop.count, rate_hz)


def stopped_packets(
    timed: Iterable[tuple[float, Packet[Stream]]], stops: Stops
) -> Iterator[tuple[float, Packet[Stream]]]:
    """The packets of a film on its clock, each with its time in seconds, with its stops in them. A subtitle that stands
    when the film stops stands on; so does the picture, whose first frame is there from the beginning."""
    maps: dict[Stream, _Map] = {}
    for _, packet in timed:
        track, base = packet.stream, packet.time_base
        if track not in maps:
            shown_from = packet.pts if track.type == "video" else None
            maps[track] = _Map(stops, Fraction(base), shown_from)
        ticks = maps[track]
        if packet.pts is not None and (lasts := packet.duration):
            end = packet.pts + lasts
            end = ticks(end) if track.type == "video" else ticks.reached(end)
            longer = end - ticks(packet.pts) - lasts
            if longer > 0 and track.codec_context and track.codec_context.codec.canonical_name == "dvd_subtitle":
                packet = _with(packet, shown_longer(bytes(packet), round(longer * Fraction(base) * 1000)))
            packet.duration = max(1, lasts + longer)
        packet.dts = ticks(packet.dts or 0)
        packet.pts = ticks(packet.pts) if packet.pts is not None else None
        yield float(packet.dts * Fraction(base)), packet


def _with(packet: Packet[Stream], data: bytes) -> Packet[Stream]:
    """The same with another content."""
    made = Packet(data)
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    made.is_keyframe, made.stream = packet.is_keyframe, packet.stream
    return made


def stopped_chapters(chapters: Iterable[Chapter], stops: Stops) -> list[Chapter]:
    """The chapters where they are in the extended film; a stop between two of them belongs to the first."""
    made: list[Chapter] = []
    for chapter in chapters:
        ticks = _Map(stops, chapter["time_base"], None)
        start, end = (ticks(time) if time > 0 else time for time in (chapter["start"], chapter["end"]))
        made.append({**chapter, "start": start, "end": end})
    return made


class _Map:
    """Timestamps of a track -> those of the extended film. `first` is that of a first frame, which stays."""

    def __init__(self, stops: Stops, base: Fraction | None, first: int | None) -> None:
        base = base or Fraction(1, av.time_base)
        starts = [-(-stop.at_ms * base.denominator // (1000 * base.numerator)) for stop in stops.stops]
        self._starts = [max(start, first + 1) for start in starts] if first is not None else starts
        totals = np.cumsum([0, *(stop.length_ms for stop in stops.stops)]).tolist()
        self._later = [round(Fraction(total, 1000) / base) for total in totals]

    def __call__(self, ticks: int) -> int:
        return ticks + self._later[bisect_right(self._starts, ticks)]

    def reached(self, ticks: int) -> int:
        """The same; one at which the film stops, when it does so."""
        return ticks + self._later[bisect_right(self._starts, ticks - 1)]
