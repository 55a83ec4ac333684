"""Subtitle files and description scripts of any format."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.model import Cue, Note
from audiodesc.subtitles.dapt import is_dapt, read_dapt
from audiodesc.subtitles.decoding import decoded, read_bytes
from audiodesc.subtitles.encodings import NO_HINT, Hint
from audiodesc.subtitles.formats import FORMATS, is_stl, reader, told
from audiodesc.subtitles.kinds import Raw, Read, cues_of
from audiodesc.subtitles.marks import without_invisible
from audiodesc.subtitles.pictures import refuse
from audiodesc.subtitles.source import Rate, Source, bounded, no_rate
from audiodesc.subtitles.timecodes import LEFT as TIME_LEFT

MOST_LINES = 200_000
"""20,000 cues of eight lines and an empty one, and some more."""


def read_file(
    path: Path, fps: Fraction | None = None, hint: Hint = NO_HINT
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """All cues of a file in order of time, and notes on what could not be used.

    `fps` is the film's frames a second, for formats that count frames; `hint` is for text that is not Unicode. Raises
    SubtitleError for what is in no known format, cannot be read, or holds no cue.
    """
    return read_cues(path, lambda: fps, hint)


def read_cues(path: Path, rate: Rate, hint: Hint = NO_HINT) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """As `read_file`; `rate` is only asked where it is needed."""
    raw, notes = _read(path, SubtitleError, rate, hint)
    cues, faults = cues_of(raw)
    if not cues:
        raise SubtitleError(f"{path} holds no subtitle{_why([*notes, *faults])}", "give a file with at least one cue")
    return cues, tuple(bounded([*notes, *faults]))


def read_script(path: Path, rate: Rate = no_rate, hint: Hint = NO_HINT) -> tuple[tuple[Raw, ...], tuple[Note, ...]]:
    """The lines of a description script, in order of time, each with its text on one line; and notes.

    A cue may be of no length: only its start counts. `rate` and `hint` are as in `read_cues`. Raises ScriptError
    for what cannot be read or is empty.
    """
    raw, notes = _read_described(path, rate, hint)
    data = [one for one in raw if is_data(one.text)]
    notes += [Note("dialogue", f"a cue at {one.start_ms} ms holds data, not words: it is not spoken") for one in data]
    lines = [
        Raw(max(0, one.start_ms), max(0, one.end_ms), " ".join(one.text.split()))
        for one in raw
        if one.text.strip() and one not in data
    ]
    for line in lines:
        if TIME_LEFT.search(line.text):
            fault = f"{path}: the line at {line.start_ms / 1000:.1f} s would be spoken with a time code"
            raise ScriptError(f"{fault} ({line.text[:60]!r})", "take it out of the text")
    if not lines:
        raise ScriptError(f"{path} holds no line{_why(notes)}", "give a script with at least one cue")
    return tuple(sorted(lines, key=lambda line: line.start_ms)), tuple(bounded(notes))


def is_data(text: str) -> bool:
    """Whether a cue holds JSON, as tracks of metadata do: no prose, and nothing to be spoken."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return re.match(r"\s*[{\[]\s*[{\[]*\s*\"", text) is not None


def _read_described(path: Path, rate: Rate, hint: Hint) -> Read:
    source, name, notes = _opened(path, ScriptError, rate, hint)
    if name != "ttml" or not is_dapt(source.text):
        return _cues(source, name, notes)
    script = read_dapt(source.text, path, ScriptError)
    if script.only_audio:
        raise source.refusal("holds only what is heard, no description", "give the script of the description")
    lines = [Raw(line.start_ms, line.end_ms, line.text) for line in script.lines]
    return lines, [*notes, *(source.note(fault.message, fault.number) for fault in script.faults)]


def format_of(path: Path) -> str:
    """The name of a file's format, a key of `FORMATS`. Raises SubtitleError for what is none."""
    return _opened(path, SubtitleError, no_rate, NO_HINT)[1]


def _read(path: Path, error: type[InputError], rate: Rate, hint: Hint) -> tuple[list[Raw], list[Note]]:
    return _cues(*_opened(path, error, rate, hint))


def _cues(source: Source, name: str, notes: list[Note]) -> Read:
    if source.text.count("\n") > MOST_LINES:
        raise source.refusal(f"has more than {MOST_LINES} lines, more than any film", "give one film's subtitles")
    marks = source.text.count(FORMATS[name].mark)
    if marks > FORMATS[name].most:
        raise source.refusal(f"is {FORMATS[name].label} with more cues than any film has", "give one film's subtitles")
    raw, faults = reader(name)(source)
    return raw, [*notes, *faults]


def open_text(path: Path, error: type[InputError], hint: Hint = NO_HINT) -> tuple[bytes, str, str]:
    """A file's bytes, its text and the name of the encoding where that was guessed; no text for EBU STL.

    Raises `error` for what is known to be no text, with what to give instead.
    """
    raw = read_bytes(path, error)
    if is_stl(raw):
        return raw, "", ""
    refuse(path, raw, error)
    text, guessed = decoded(raw, path, error, hint)
    return raw, text if text.isascii() else without_invisible(text), guessed


def _opened(path: Path, error: type[InputError], rate: Rate, hint: Hint) -> tuple[Source, str, list[Note]]:
    raw, text, guessed = open_text(path, error, hint)
    if not text:
        return Source(path, raw, rate=rate, error=error), "stl", []
    source = Source(path, raw, text, rate, error)
    return source, told(source), [source.note(f"encoding taken to be {guessed}")] if guessed else []


def _why(notes: list[Note]) -> str:
    faults = [note.message for note in notes if "encoding" not in note.message]
    return f" ({faults[0]})" if faults else ""
