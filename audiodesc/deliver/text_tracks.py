"""The film's text tracks that go into no container as they are, written again as plain text where the film then is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audiodesc.deliver.base import Delivery
from audiodesc.errors import SubtitleError
from audiodesc.media.text_track import CODECS, Text, write_text_track
from audiodesc.model import Film, Span, SubtitleTrack
from audiodesc.subtitles.tracks import texts_of, uncopied_tracks

PLAIN: Final = {"mp4": {"subrip", "ass", "ssa", "webvtt", "text"}, "matroska": {"mov_text"}}
"""FFmpeg's names of the text that each container does not hold as it is."""


def rewritten_tracks(film: Film, container: str) -> tuple[SubtitleTrack, ...]:
    """The film's text tracks that do not go into a container as they are."""
    others = [track for track in film.subtitle_tracks if track.is_text and track.codec in PLAIN[container]]
    return tuple(sorted((*uncopied_tracks(film), *others), key=lambda track: track.index))


def text_tracks(delivery: Delivery, folder: Path, container: str) -> tuple[dict[int, Path], list[str]]:
    """Those tracks in files of the folder, by their indices; and a line for each, also for one that cannot be read."""
    made, lines = {}, []
    for track in rewritten_tracks(delivery.film, container):
        path = folder / f"{delivery.film.path.stem}.track{track.index}.text"
        try:
            texts = list(_where_they_are(delivery, track))
        except SubtitleError as error:
            lines.append(f"track {track.index} ({track.codec}) cannot be written again: {error.fault}")
            continue
        write_text_track(texts, path, container)
        made[track.index] = path
        lines.append(f"track {track.index} ({track.codec}) was written again as plain text ({CODECS[container]})")
    return made, lines


def _where_they_are(delivery: Delivery, track: SubtitleTrack) -> Iterator[Text]:
    """Each text when the extended film, or the part of the film, shows it."""
    part = delivery.part or Span(0, delivery.film.duration_ms)
    for span, text in texts_of(delivery.film, track):
        if part.start_ms <= span.start_ms < part.end_ms:
            there, begin_ms = delivery.stops.extended(span), delivery.stops.extended_ms(part.start_ms)
            begin_ms = begin_ms if delivery.part else 0
            yield Span(there.start_ms - begin_ms, there.end_ms - begin_ms), text
