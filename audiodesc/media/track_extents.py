"""What packets tell of tracks, and the header does not: begin and end, sample rate and layout, which one goes on where
another ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.errors import FilmError
from audiodesc.media.discontinuities import AHEAD_S, Stretch, lasting
from audiodesc.media.mp4 import is_fragmented
from audiodesc.media.opening import demuxed, go_to
from audiodesc.model import AudioTrack, Discontinuity, Film, Note, Span

TAIL_S = (10, 120)
"""So far ahead of the end the last packets of a track are looked for, before all of the film is read."""

PADDING_S = Fraction(1, 10)
"""Sound that outlasts the picture by no more is what a coder filled its last packet with."""

Times = dict[int, Fraction]
"""Of each track, by its index, a time in seconds on the file's time line."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a film goes: where its picture ends, all of it, and each track; and where those begin of which it is
    known."""

    picture: Fraction
    end: Fraction
    starts: Mapping[int, Fraction]
    ends: Mapping[int, Fraction]


def stream_reach(container: InputContainer, picture: Stream, starts: Times, ends: Times) -> Extent:
    """A film lasts as long as its picture or its sound, whichever ends later."""
    shown = ends[picture.index]
    sounds = [ends[s.index] for s in container.streams.audio if s.index in ends and s.codec_context]
    end = max([shown, *(sound for sound in sounds if sound - shown > PADDING_S)])
    return Extent(shown, end, starts, ends)


def restarted(found: Sequence[Stretch], breaks: Sequence[Discontinuity], picture: int) -> tuple[Times, Times]:
    """Where the tracks of a film in stretches begin and end, on the clock that goes on."""
    starts, ends = Times(), Times()
    for stretch in found:
        shift = max((one for one in breaks if one.byte <= stretch.byte), key=lambda one: one.byte, default=None)
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
    """Where the header says that the film ends. It counts from the first timestamp, or, in Matroska and in an MP4 of
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


PLACES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Where a film is looked into, as parts of its length: a logo or a break of advertisements may have another form."""

MOST_PACKETS = 400
"""Packets that are read at a place before it is given up."""

USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


@dataclass(frozen=True, slots=True)
class Form:
    """Samples a second, FFmpeg's name of the layout, and whether no packet was found."""

    rate_hz: int
    layout: str
    empty: bool = False


def forms(container: InputContainer, start_s: Fraction, end_s: Fraction) -> Mapping[int, Form]:
    """The form of each sound track that can be decoded, by its index: the one seen most often over the film, and of
    two as frequent the one with more channels, in which the other is at home too. The film lasts from `start_s` to
    `end_s` of the file's time line. Moves the reading place."""
    streams = [stream for stream in container.streams.audio if stream.codec_context]
    seen: dict[int, Counter[Form]] = {stream.index: Counter() for stream in streams}
    packets: Counter[int] = Counter()
    for place in PLACES:
        with suppress(av.error.FFmpegError, ValueError):
            go_to(container, int((start_s + Fraction(place) * (end_s - start_s)) * av.time_base))
            for index, form in _seen_here(container, streams, packets).items():
                seen[index][form] += 1
    stated = {stream.index: _form(stream.codec_context) for stream in streams}
    empty = {index: replace(form, empty=True) for index, form in stated.items() if not packets[index]}
    return empty | {index: _commonest(counts) for index, counts in seen.items() if counts}


def _commonest(counts: Counter[Form]) -> Form:
    return max(counts, key=lambda form: (counts[form], av.AudioLayout(form.layout).nb_channels))


def _seen_here(
    container: InputContainer, streams: Sequence[av.AudioStream], packets: Counter[int]
) -> Mapping[int, Form]:
    """The form of the first frame of each track from here on; counts the packets of each."""
    found: dict[int, Form] = {}
    for number, packet in enumerate(demuxed(container, streams)):
        if len(found) == len(streams) or number == MOST_PACKETS:
            break
        packets[packet.stream_index] += packet.size > 0
        with suppress(av.error.FFmpegError):
            frames = packet.decode() if packet.stream_index not in found else []
            if frames and isinstance(frames[0], av.AudioFrame):
                found[packet.stream_index] = _form(frames[0])
    return found


def _form(sound: av.AudioFrame | av.AudioCodecContext) -> Form:
    return Form(sound.sample_rate, _layout(sound.layout))


def _layout(layout: av.AudioLayout) -> str:
    """FFmpeg's name; where the file gives only a number of channels, the usual layout of that many. One channel is mono
    whatever its label."""
    if layout.nb_channels == 1:
        return "mono"
    return USUAL_LAYOUTS.get(layout.nb_channels, layout.name) if layout.name.endswith("channels") else layout.name


MEET_MS = 1_000
"""By so much two tracks that take turns may overlap."""

PAUSE_MS = 10_000
"""So long may be silent between them: a longer jump of timestamps is a discontinuity."""

PICTURE_END_MS = 500
SOUND_END_MS = 2_000
"""A note says where the picture or the sound ends so much earlier than the film; many a film ends silently."""


def in_turns(tracks: Sequence[AudioTrack], duration_ms: int) -> tuple[AudioTrack, ...]:
    """The tracks, each with those that take turns with it."""
    following = {track.index: after for track in tracks if (after := _after(track, tracks, duration_ms))}
    chains: dict[int, tuple[int, ...]] = {}
    for first in sorted(following.keys() - {after.index for after in following.values()}):
        chain = [first]
        while (after := following.get(chain[-1])) and after.index not in chain:
            chain.append(after.index)
        chains |= {index: tuple(chain) for index in chain if index not in chains}
    return tuple(replace(track, turns=chains.get(track.index, ())) for track in tracks)


def _after(track: AudioTrack, tracks: Sequence[AudioTrack], duration_ms: int) -> AudioTrack | None:
    """The track that goes on where this one ends."""
    if track.end_ms is None or track.end_ms > duration_ms - MEET_MS or not track.codec:
        return None
    others = [
        (other.language != track.language, other.index)
        for other in tracks
        if other.codec
        and other.role == track.role
        and other.start_ms is not None
        and other.end_ms is not None
        and -MEET_MS <= other.start_ms - track.end_ms <= PAUSE_MS
        and other.start_ms >= (track.start_ms or 0) + MEET_MS
    ]
    best = min(others, default=None)
    return next((other for other in tracks if best and other.index == best[1]), None)


def audible_from_ms(film: Film, track: AudioTrack) -> dict[int, int]:
    """From when on each of the tracks that are read for this one is used: the first at the very beginning, and each
    other one where the one before ends."""
    known = {one.index: one for one in film.audio_tracks}
    found, at = {}, -MEET_MS
    for index in track.turns or (track.index,):
        found[index] = at
        at = max(at, known[index].end_ms or 0) if index in known else at
    return found


def end_notes(film: Film, track: AudioTrack | None) -> Iterator[Note]:
    """A note where the picture and the described sound do not end together, and where the sound goes on in another
    track."""
    shown_ms = film.duration_ms if film.video.end_ms is None else film.video.end_ms
    if film.duration_ms - shown_ms > PICTURE_END_MS:
        message = f"the picture ends at {_s(shown_ms)}, the sound at {_s(film.duration_ms)}: the last picture stands"
        yield Note("probe", message, Span(shown_ms, film.duration_ms))
    if track is None:
        return
    known = {one.index: one for one in film.audio_tracks}
    for index in track.turns[1:]:
        start_ms = min(known[index].start_ms or 0, film.duration_ms)
        message = f"the sound goes on in track {_number(film, index)} at {_s(start_ms)}: both are described as one"
        yield Note("probe", message, Span(start_ms, start_ms))
    end_ms = max((known[index].end_ms or film.duration_ms for index in track.turns or (track.index,)), default=0)
    if film.duration_ms - end_ms > SOUND_END_MS and not track.empty:
        on = [
            _number(film, one.index)
            for one in film.audio_tracks
            if (one.end_ms or 0) > end_ms + PICTURE_END_MS and one.index not in track.parts
        ]
        others = f", while track {', '.join(map(str, on))} goes on" if on else ""
        message = f"the sound that is described ends at {_s(end_ms)}, the film at {_s(film.duration_ms)}{others}"
        yield Note("probe", message, Span(end_ms, film.duration_ms))


def _number(film: Film, index: int) -> int:
    return 1 + next(number for number, one in enumerate(film.audio_tracks) if one.index == index)


def _s(time_ms: int) -> str:
    return f"{time_ms / 1000:.1f} s"
