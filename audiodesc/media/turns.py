"""Sound tracks of which one goes on where another ends, as in a broadcast whose PIDs change midway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from audiodesc.model import AudioTrack, Film, Note, Span

MEET_MS = 1_000
"""By so much two tracks that take turns may overlap."""

PAUSE_MS = 10_000
"""So long may nothing be heard between them: no jump of the clock is longer."""

TOLD_MS = 500
QUIET_MS = 2_000
"""A picture that ends so much earlier than the film is told of, and a sound that does so; many a film ends silently."""


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


def heard_from_ms(film: Film, track: AudioTrack) -> dict[int, int]:
    """When each of the tracks that are read for this one begins to be heard: the first at the very beginning, and each
    other one where the one before ends."""
    known = {one.index: one for one in film.audio_tracks}
    found, at = {}, -MEET_MS
    for index in track.turns or (track.index,):
        found[index] = at
        at = max(at, known[index].end_ms or 0) if index in known else at
    return found


def ends_apart(film: Film, track: AudioTrack | None) -> Iterator[Note]:
    """A note where the picture and the described sound do not end together, and where the sound goes on in another
    track."""
    shown_ms = film.duration_ms if film.video.end_ms is None else film.video.end_ms
    if film.duration_ms - shown_ms > TOLD_MS:
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
    if film.duration_ms - end_ms > QUIET_MS and not track.empty:
        on = [
            _number(film, one.index)
            for one in film.audio_tracks
            if (one.end_ms or 0) > end_ms + TOLD_MS and one.index not in track.parts
        ]
        others = f", while track {', '.join(map(str, on))} goes on" if on else ""
        message = f"the sound that is described ends at {_s(end_ms)}, the film at {_s(film.duration_ms)}{others}"
        yield Note("probe", message, Span(end_ms, film.duration_ms))


def _number(film: Film, index: int) -> int:
    return 1 + next(number for number, one in enumerate(film.audio_tracks) if one.index == index)


def _s(time_ms: int) -> str:
    return f"{time_ms / 1000:.1f} s"
