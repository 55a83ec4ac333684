"""Text tracks inside a film."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.subtitles.subtitle import AssSubtitle
from pysubs2 import SSAEvent

from audiodesc.media.opening import open_film
from audiodesc.model import Cue, Film, Note, SubtitleTrack
from audiodesc.subtitles.kinds import Raw, cues_of


def text_track(film: Film) -> SubtitleTrack | None:
    """The first subtitle track that is text, or None."""
    return next((track for track in film.subtitle_tracks if track.is_text), None)


def read_track(film: Film, track: SubtitleTrack) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The track's cues in order of time. Raises FilmError where the film is damaged."""
    return cues_of(_raw(film, track))


def _raw(film: Film, track: SubtitleTrack) -> Iterator[Raw]:
    with open_film(film.path) as container:
        for packet in container.demux(container.streams[track.index]):
            if packet.pts is None or packet.time_base is None or not packet.duration:
                continue
            start = round((packet.pts * packet.time_base - film.zero_s) * 1000)
            yield Raw(start, start + round(packet.duration * packet.time_base * 1000), _text(packet))


def _text(packet: av.Packet[Any]) -> str:
    try:
        rects = packet.decode()
    except av.error.FFmpegError:
        return ""  # one damaged cue is not worth the film
    lines = [rect.ass.decode("utf-8", "replace") for rect in rects if isinstance(rect, AssSubtitle)]
    # ASS as FFmpeg hands it on: ReadOrder, Layer, Style, Name, three margins, Effect, Text.
    return "\n".join(SSAEvent(text=line.split(",", 8)[-1]).plaintext for line in lines)
