"""Any subtitle file, or text track inside the film, as dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audiodesc.errors import SubtitleError
from audiodesc.model import Cue, Film, Note
from audiodesc.subtitles.files import read_file, read_script
from audiodesc.subtitles.tracks import read_track, text_track

FAR_MS = 30_000


def dialogue(film: Film, path: Path | None) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The cues of a subtitle file, or of the film's own text track where no file is given.

    Raises SubtitleError where there are none, or the file cannot be read.
    """
    if path is not None:
        cues, notes = read_file(path)
    else:
        track = text_track(film)
        if track is None:
            raise SubtitleError(f"{film.path} has no subtitle track with text", "give the subtitles with --subs FILE")
        cues, notes = read_track(film, track)
        notes = (Note("dialogue", f"subtitles taken from track {track.index} inside the film"), *notes)
    return cues, (*notes, *_doubts(film, cues, path))


def _doubts(film: Film, cues: Sequence[Cue], path: Path | None) -> list[Note]:
    """Signs that the subtitles belong to another film, or hide its pauses."""
    late = [cue for cue in cues if cue.span.end_ms > film.duration_ms + FAR_MS]
    endless = [cue for cue in cues if cue.span.duration_ms > 60_000]
    notes = []
    if late:
        notes.append(
            Note(
                "dialogue",
                f"{path or 'the subtitles'} run to {late[-1].span.end_ms // 1000} s, but the film ends at "
                f"{film.duration_ms // 1000} s: they may belong to another film",
            )
        )
    if endless:
        notes.append(
            Note("dialogue", "a subtitle lasts longer than a minute: nothing is said under it", endless[0].span)
        )
    return notes


__all__ = ["dialogue", "read_file", "read_script"]
