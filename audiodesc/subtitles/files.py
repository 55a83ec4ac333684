"""Subtitle files, told apart by content: SRT, WebVTT, ASS and SSA."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pysubs2
import webvtt
from pysubs2.exceptions import Pysubs2Error
from pysubs2.formats import autodetect_format
from pysubs2.formats.substation import parse_tags
from webvtt.errors import MalformedCaptionError, MalformedFileError

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.model import Cue, Note
from audiodesc.subtitles.decoding import read_text
from audiodesc.subtitles.kinds import Raw, cues_of

READABLE = {"srt", "ass", "ssa"}
SRT_TIME = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
SRT_START = re.compile(r"(?:\d+[ \t]*\n)?[ \t]*-?\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}\s*-->")
SRT_BEFORE_ZERO = re.compile(r"-\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
WEBVTT_TIME = re.compile(r"(?:\d+:)?\d{2}:\d{2}\.\d{3}(?!\d)")
ARROW = re.compile(r"\s*(?:\d+:)?\d+:\d+[.,]\d+\s*[-–—]+>")
ASS_TAG = re.compile(r"\{\\[^{}]*\}")
BROKEN = (Pysubs2Error, ValueError, LookupError, ArithmeticError, TypeError, AttributeError)


def read_file(path: Path) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """All cues of a file in order of time, and notes on what could not be used.

    Raises SubtitleError for what is not SRT, WebVTT, ASS or SSA, or holds no cue.
    """
    raw, notes = _read(path, SubtitleError)
    cues, faults = cues_of(raw)
    if not cues:
        raise SubtitleError(f"{path} holds no subtitle", "give a file with at least one cue")
    return cues, (*notes, *faults)


def read_script(path: Path) -> tuple[tuple[Raw, ...], tuple[Note, ...]]:
    """The lines of a description script, in order of time, each with its text on one line; and notes.

    A cue may be of no length: only its start counts. Raises ScriptError for what cannot be read or is empty.
    """
    raw, notes = _read(path, ScriptError)
    lines = [
        Raw(max(0, one.start_ms), max(0, one.end_ms), " ".join(one.text.split())) for one in raw if one.text.strip()
    ]
    if not lines:
        raise ScriptError(f"{path} holds no line", "give a script with at least one cue")
    return tuple(sorted(lines, key=lambda line: line.start_ms)), tuple(notes)


def _read(path: Path, error: type[InputError]) -> tuple[list[Raw], list[Note]]:
    text, guessed = read_text(path, error)
    notes = [Note("dialogue", f"{path.name}: encoding taken to be {guessed}")] if guessed else []
    if text.lstrip().startswith("WEBVTT"):
        return list(_webvtt(text, path, error)), notes + _unread(text, path, WEBVTT_TIME)
    kind = _kind(text, path, error)
    if kind == "srt":
        text = SRT_BEFORE_ZERO.sub("00:00:00,000", text)
        notes += _unread(text, path, SRT_TIME)
    subs = _pysubs2(text, kind, path, error)
    events = [event for event in subs if not event.is_comment]
    if kind != "srt":
        notes += _cut_off(text, path)
    return [Raw(event.start, event.end, _words(event, kind), event.name) for event in events], notes


def _unread(text: str, path: Path, time: re.Pattern[str]) -> list[Note]:
    """A note for each line that should hold two times and does not."""
    return [
        Note(
            "dialogue", f"{path.name}, line {number}: no times in {line.strip()[:60]!r}: what is said is not protected"
        )
        for number, line in enumerate(text.split("\n"), 1)
        if ("-->" in line and len(time.findall(line)) < 2) or ("-->" not in line and ARROW.match(line))
    ]


def _cut_off(text: str, path: Path) -> list[Note]:
    """A note for each event of ASS that ends before its text."""
    return [
        Note("dialogue", f"{path.name}, line {number}: a broken event {line[:60]!r}: what is said is not protected")
        for number, line in enumerate(text.split("\n"), 1)
        if line.startswith("Dialogue:") and line.count(",") < 9
    ]


def _webvtt(text: str, path: Path, fault: type[InputError]) -> Iterator[Raw]:
    try:
        captions = webvtt.from_buffer(io.StringIO(text.lstrip().replace("\0", "\ufffd")))
    except (MalformedFileError, MalformedCaptionError) as error:
        raise fault(f"{path} is broken WebVTT ({error})", "mend it, or save it anew") from error
    for caption in captions.captions:
        yield Raw(_ms(caption.start_time), _ms(caption.end_time), unescape(caption.text), caption.voice or "")


def _ms(time: webvtt.models.Timestamp) -> int:
    return ((time.hours * 60 + time.minutes) * 60 + time.seconds) * 1000 + time.milliseconds


def _kind(text: str, path: Path, fault: type[InputError]) -> str:
    if SRT_START.match(text.lstrip()):
        return "srt"
    if text.lstrip().startswith("<"):  # never parsed: XML can be made to read files and to fill memory
        raise fault(f"{path} is XML, which is not read yet", "save it as SRT, WebVTT or ASS")
    try:
        found = autodetect_format(text)
    except Pysubs2Error as error:
        raise fault(f"{path} is not subtitles in a known format", "give SRT, WebVTT or ASS") from error
    if found not in READABLE:
        raise fault(f"{path} is {found}, which is not read yet", "save it as SRT, WebVTT or ASS")
    return found


def _pysubs2(text: str, kind: str, path: Path, fault: type[InputError]) -> pysubs2.SSAFile:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # odd styles, which nobody hears
            return pysubs2.SSAFile.from_string(text, format_=kind)
    except BROKEN as error:
        raise fault(f"{path} is broken {kind} ({error})", "mend it, or save it anew") from error


def _words(event: pysubs2.SSAEvent, kind: str) -> str:
    """What is read: in SRT braces are characters, in ASS tags or drawings."""
    if kind == "srt":
        return unescape(ASS_TAG.sub("", event.text).replace("\\N", "\n"))
    shown = "".join(text for text, style in parse_tags(event.text) if not style.drawing)
    return shown.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
