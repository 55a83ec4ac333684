"""Any subtitle file, or text track or closed captions inside the film, as dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from audiodesc.errors import SubtitleError
from audiodesc.media.opening import open_film
from audiodesc.media.probe import start_code
from audiodesc.model import Cue, Film, Note
from audiodesc.subtitles.captions import has_captions, read_captions
from audiodesc.subtitles.clock import FAR_MS, on_the_clock
from audiodesc.subtitles.encodings import NO_HINT, Hint, language_in_name
from audiodesc.subtitles.files import read_cues, read_file, read_script
from audiodesc.subtitles.source import Source
from audiodesc.subtitles.timecodes import PARTS, counted
from audiodesc.subtitles.tracks import aside, name, read_track, text_track


def dialogue(
    film: Film,
    path: Path | None,
    hint: Hint = NO_HINT,
    wanted: int | str | None = None,
    languages: Sequence[str] = (),
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The cues of a subtitle file, or where none is given of the film's own text track (see `text_track`), or else
    closed captions.

    Raises SubtitleError where there are none, or the file cannot be read; UsageError where none is as `wanted`.
    """
    if path is not None:
        cues, notes = read_cues(path, lambda: frame_rate(film), hint)
    else:
        cues, notes = _from_film(film, wanted, languages)
    cues, moved = on_the_clock(cues, film.duration_ms, lambda: _start_ms(film))
    return cues, (*notes, *moved, *_doubts(film, cues, path))


def frame_rate(film: Film) -> Fraction | None:
    """The film's frames a second, None where it does not say."""
    with open_film(film) as container:
        stream = container.streams[film.video.index]
        assert isinstance(stream, av.VideoStream)  # noqa: S101 — for the type checker: `probe` chose it
        rate = stream.average_rate or stream.guessed_rate
        return Fraction(rate) if rate else None


def has_text(film: Film) -> bool:
    """Whether a film holds subtitles that can be read: a text track, or closed captions."""
    return text_track(film) is not None or has_captions(film)


def _from_film(
    film: Film, wanted: int | str | None, languages: Sequence[str]
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    track = text_track(film, wanted, languages)
    if track is None and has_captions(film):
        return read_captions(film)
    if track is None:
        raise SubtitleError(
            f"{film.path} has {_held(film)}", "give the subtitles as text with --subs FILE, or --no-subs"
        )
    cues, notes = read_track(film, track)
    told = f"subtitles taken from track {name(film, track)} of the subtitles inside the film{_other(film)}"
    return cues, (Note("dialogue", told), *notes)


def _other(film: Film) -> str:
    """Which tracks were passed over for their titles."""
    numbers = {track.index: number for number, track in enumerate(film.subtitle_tracks, 1)}
    return "".join(f", not from track {numbers[index]} (“{title[:40]}”)" for index, title in aside(film).items())


def _held(film: Film) -> str:
    """What a film holds that has no track to read."""
    pictures = sorted({track.codec for track in film.subtitle_tracks if not track.is_text and track.codec})
    if pictures:
        return f"subtitles as pictures only ({', '.join(pictures)})"
    if any(not track.codec for track in film.subtitle_tracks):
        return "subtitles only in a form that cannot be read, such as teletext"
    return "no subtitle track with text"


def _start_ms(film: Film) -> int | None:
    """When the film's first picture is by its time code, None where it has none."""
    code = start_code(film)
    if not PARTS.fullmatch(code):
        return None
    count, _ = counted(Source(film.path, b"", rate=lambda: frame_rate(film)), [code])
    return count.ms(code)


def language_of(film: Film, path: Path | None, wanted: int | str | None = None, language: str = "") -> str:
    """The language that a subtitle file's name gives (`film.en.srt`), or that of the film's own text track, with a
    `language` to choose it by; "" where it is not known."""
    if path is not None:
        return language_in_name(path)
    track = text_track(film, wanted, (language,))
    return track.language if track else ""


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


__all__ = ["NO_HINT", "Hint", "dialogue", "frame_rate", "has_text", "language_of", "read_file", "read_script"]
