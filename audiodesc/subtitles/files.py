"""Subtitle files, told apart by content: SRT, WebVTT, ASS and SSA."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pysubs2
import webvtt
from pysubs2.exceptions import Pysubs2Error
from pysubs2.formats import autodetect_format
from webvtt.errors import MalformedCaptionError, MalformedFileError

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.model import Cue, Note
from audiodesc.subtitles.decoding import read_text
from audiodesc.subtitles.kinds import Raw, cues_of

READABLE = {"srt", "ass", "ssa"}


def read_file(path: Path) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """All cues of a file in order of time, and notes on what could not be used.

    Raises SubtitleError for what is not SRT, WebVTT, ASS or SSA, or holds no cue.
    """
    raw, guessed = _read(path, SubtitleError)
    notes = (Note("dialogue", f"{path.name}: encoding taken to be {guessed}"),) if guessed else ()
    cues, faults = cues_of(raw)
    if not cues:
        raise SubtitleError(f"{path} holds no subtitle", "give a file with at least one cue")
    return cues, (*notes, *faults)


def read_script(path: Path) -> tuple[Raw, ...]:
    """The lines of a description script, in order of time, each with its text on one line.

    A cue may be of no length: only its start counts. Raises ScriptError for what cannot be read or is empty.
    """
    lines = [
        Raw(max(0, one.start_ms), max(0, one.end_ms), " ".join(one.text.split()))
        for one in _read(path, ScriptError)[0]
        if one.text.strip()
    ]
    if not lines:
        raise ScriptError(f"{path} holds no line", "give a script with at least one cue")
    return tuple(sorted(lines, key=lambda line: line.start_ms))


def _read(path: Path, error: type[InputError]) -> tuple[list[Raw], str]:
    text, guessed = read_text(path, error)
    read = _webvtt if text.lstrip().startswith("WEBVTT") else _pysubs2
    return list(read(text, path, error)), guessed


def _webvtt(text: str, path: Path, fault: type[InputError]) -> Iterator[Raw]:
    try:
        captions = webvtt.from_buffer(io.StringIO(text.lstrip().replace("\0", "\ufffd")))
    except (MalformedFileError, MalformedCaptionError) as error:
        raise fault(f"{path} is broken WebVTT ({error})", "mend it, or save it anew") from error
    for caption in captions.captions:
        yield Raw(_ms(caption.start_time), _ms(caption.end_time), unescape(caption.text), caption.voice or "")


def _ms(time: webvtt.models.Timestamp) -> int:
    return ((time.hours * 60 + time.minutes) * 60 + time.seconds) * 1000 + time.milliseconds


def _pysubs2(text: str, path: Path, fault: type[InputError]) -> Iterator[Raw]:
    try:
        found = autodetect_format(text)
    except Pysubs2Error as error:
        raise fault(f"{path} is not subtitles in a known format", "give SRT, WebVTT or ASS") from error
    if found not in READABLE:
        raise fault(f"{path} is {found}, which is not read yet", "save it as SRT, WebVTT or ASS")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # odd styles, which nobody hears
            subs = pysubs2.SSAFile.from_string(text, format_=found)
    except (Pysubs2Error, ValueError, OverflowError) as error:
        raise fault(f"{path} is broken {found} ({error})", "mend it, or save it anew") from error
    for event in subs:
        if not event.is_comment and not event.is_drawing:
            yield Raw(event.start, event.end, event.plaintext, event.name)
