"""Any subtitle file, or text track or closed captions inside the film, as cues in the film's time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from audiodesc.errors import InputError, SubtitleError
from audiodesc.media.opening import open_film
from audiodesc.media.probe import start_code
from audiodesc.model import Cue, Film, Note
from audiodesc.subtitles.captions import has_captions, read_captions
from audiodesc.subtitles.cues import cues_of
from audiodesc.subtitles.encodings import NO_HINT, Hint, decoded, language_in_name, read_bytes
from audiodesc.subtitles.formats import FORMATS, detected, is_stl, refuse_non_text
from audiodesc.subtitles.source import Rate, RawCue, ReadResult, Source, limited_notes, no_rate, without_invisible
from audiodesc.subtitles.timecodes import FAR_MS, PARTS, code_ms, frame_count, from_programme_start
from audiodesc.subtitles.tracks import partial_tracks, read_track, text_track, track_name

MOST_LINES = 200_000
"""20,000 cues of eight lines and an empty one, and some more."""


def film_cues(
    film: Film,
    path: Path | None,
    hint: Hint = NO_HINT,
    wanted: int | str | None = None,
    languages: Sequence[str] = (),
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The cues of a subtitle file, or where none is given of the film's own text track (see `text_track`), or else of
    its closed captions, in the film's time; and notes.

    Raises SubtitleError where there are none, or the file cannot be read; UsageError where none is as `wanted`.
    """
    if path is not None:
        cues, notes = read_cues(path, lambda: frame_rate(film), hint)
    else:
        cues, notes = _from_film(film, wanted, languages)
    cues, moved = from_programme_start(cues, film.duration_ms, lambda: _start_ms(film))
    return cues, (*notes, *moved, *_doubts(film, cues, path))


def frame_rate(film: Film) -> Fraction | None:
    """The film's frame rate in fps, None where the film does not state it."""
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
    source = f"subtitles taken from track {track_name(film, track)} of the subtitles inside the film{_other(film)}"
    return cues, (Note("dialogue", source), *notes)


def _other(film: Film) -> str:
    """The tracks that were not chosen because of their titles, for a message."""
    numbers = {track.index: number for number, track in enumerate(film.subtitle_tracks, 1)}
    return "".join(
        f", not from track {numbers[index]} (“{title[:40]}”)" for index, title in partial_tracks(film).items()
    )


def _held(film: Film) -> str:
    """Which unreadable subtitles a film has, for a message."""
    pictures = sorted({track.codec for track in film.subtitle_tracks if not track.is_text and track.codec})
    if pictures:
        return f"subtitles as pictures only ({', '.join(pictures)})"
    if any(not track.codec for track in film.subtitle_tracks):
        return "subtitles only in a form that cannot be read, such as teletext"
    return "no subtitle track with text"


def _start_ms(film: Film) -> int | None:
    """The time code of the film's first frame, in ms; None where it has none."""
    code = start_code(film)
    if not PARTS.fullmatch(code):
        return None
    count, _ = frame_count(Source(film.path, b"", rate=lambda: frame_rate(film)), [code])
    return code_ms(code, count)


def language_of(film: Film, path: Path | None, wanted: int | str | None = None, language: str = "") -> str:
    """The language that a subtitle file's name gives (`film.en.srt`), or that of the film's own text track, with a
    `language` to choose it by; "" where it is not known."""
    if path is not None:
        return language_in_name(path)
    track = text_track(film, wanted, (language,))
    return track.language if track else ""


def _doubts(film: Film, cues: Sequence[Cue], path: Path | None) -> list[Note]:
    """Warnings: the subtitles may belong to another film, or leave no gaps."""
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


def read_file(
    path: Path, fps: Fraction | None = None, hint: Hint = NO_HINT
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """All cues of a file in order of time, and notes on what could not be used.

    `fps` is the film's frame rate, for formats that count frames; `hint` is for text that is not Unicode. Raises
    SubtitleError for what is in no known format, cannot be read, or holds no cue.
    """
    return read_cues(path, lambda: fps, hint)


def read_cues(path: Path, rate: Rate, hint: Hint = NO_HINT) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """As `read_file`; `rate` is only asked where it is needed."""
    raw, notes = _read(path, SubtitleError, rate, hint)
    cues, faults = cues_of(raw)
    if not cues:
        raise SubtitleError(f"{path} holds no subtitle{_why([*notes, *faults])}", "give a file with at least one cue")
    return cues, tuple(limited_notes([*notes, *faults]))


def format_of(path: Path) -> str:
    """The name of a file's format, a key of `FORMATS`. Raises SubtitleError for what is none."""
    return _opened(path, SubtitleError, no_rate, NO_HINT)[1]


def _read(path: Path, error: type[InputError], rate: Rate, hint: Hint) -> tuple[list[RawCue], list[Note]]:
    source, name, notes = _opened(path, error, rate, hint)
    raw, faults = read_raw(source, name)
    return raw, [*notes, *faults]


def read_raw(source: Source, name: str) -> ReadResult:
    """The cues as they are in the file of that format, a key of `FORMATS`, and notes on what could not be used.

    Raises the source's error for a file with more cues than any film has.
    """
    if source.text.count("\n") > MOST_LINES:
        raise source.refusal(f"has more than {MOST_LINES} lines, more than any film", "give one film's subtitles")
    marks = source.text.count(FORMATS[name].mark)
    if marks > FORMATS[name].most:
        raise source.refusal(f"is {FORMATS[name].label} with more cues than any film has", "give one film's subtitles")
    return FORMATS[name].read(source)


def open_text(path: Path, error: type[InputError], hint: Hint = NO_HINT) -> tuple[bytes, str, str]:
    """A file's bytes, its text and the name of the encoding where that was guessed; no text for EBU STL.

    Raises `error` for what is known to be no text, with what to give instead.
    """
    raw = read_bytes(path, error)
    if is_stl(raw):
        return raw, "", ""
    refuse_non_text(path, raw, error)
    text, guessed = decoded(raw, path, error, hint)
    return raw, text if text.isascii() else without_invisible(text), guessed


def _opened(path: Path, error: type[InputError], rate: Rate, hint: Hint) -> tuple[Source, str, list[Note]]:
    raw, text, guessed = open_text(path, error, hint)
    if not text:
        return Source(path, raw, rate=rate, error=error), "stl", []
    source = Source(path, raw, text, rate, error)
    return source, detected(source), [source.note(f"encoding taken to be {guessed}")] if guessed else []


def _why(notes: list[Note]) -> str:
    faults = [note.message for note in notes if "encoding" not in note.message]
    return f" ({faults[0]})" if faults else ""
