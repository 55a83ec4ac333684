"""Text tracks inside a film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import av
from av.subtitles.subtitle import AssSubtitle
from pysubs2 import SSAEvent

from audiodesc.errors import SubtitleError
from audiodesc.media.opening import open_film
from audiodesc.model import Cue, Film, Note, SubtitleTrack
from audiodesc.subtitles.kinds import Raw, cues_of

LASTS_MS = 5_000
"""A cue that does not say how long it is shown is taken to last until the next, and so long at most."""


def text_track(film: Film) -> SubtitleTrack | None:
    """The text track that holds the dialogue: the default one, else the first; None where there is none."""
    whole = [track for track in film.subtitle_tracks if track.is_text and track.is_whole]
    return next((track for track in whole if track.default), whole[0] if whole else None)


def read_track(film: Film, track: SubtitleTrack) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The track's cues in order of time, and notes.

    Raises SubtitleError where there are none, FilmError where the film is damaged.
    """
    raw = list(_raw(film, track))
    cues, notes = cues_of(_lasting(raw))
    if not cues:
        raise SubtitleError(
            f"{film.path}: its subtitle track {track.index} holds no subtitle", "give the subtitles with --subs FILE"
        )
    if any(one.end_ms == one.start_ms for one in raw):
        notes = (*notes, Note("dialogue", "subtitles in the film do not say how long they last: up to 5 s is taken"))
    return cues, notes


def _raw(film: Film, track: SubtitleTrack) -> Iterator[Raw]:
    with open_film(film.path) as container:
        for packet in container.demux(container.streams[track.index]):
            if packet.pts is None or packet.time_base is None or not packet.size:
                continue
            start = round((packet.pts * packet.time_base - film.zero_s) * 1000)
            if text := _text(packet).strip():
                yield Raw(start, start + round((packet.duration or 0) * packet.time_base * 1000), text)


def _lasting(raw: Sequence[Raw]) -> Iterator[Raw]:
    for i, one in enumerate(raw):
        if one.end_ms > one.start_ms:
            yield one
        else:
            following = raw[i + 1].start_ms if i + 1 < len(raw) else one.start_ms + LASTS_MS
            yield replace(one, end_ms=max(one.start_ms + 1000, min(following, one.start_ms + LASTS_MS)))


def _text(packet: av.Packet[Any]) -> str:
    try:
        rects = packet.decode()
    except av.error.FFmpegError:
        return ""  # one damaged cue is not worth the film
    lines = [rect.ass.decode("utf-8", "replace") for rect in rects if isinstance(rect, AssSubtitle)]
    # ASS as FFmpeg hands it on: ReadOrder, Layer, Style, Name, three margins, Effect, Text.
    return "\n".join(SSAEvent(text=line.split(",", 8)[-1]).plaintext for line in lines)
