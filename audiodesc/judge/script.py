"""A script file -> its lines in the order of the file, each with its line number, and what cannot be read.

`audiodesc.subtitles` gives what can be used of a file; here every fault is wanted with its place. So a file is parted
into cues, and each is given to the library for itself.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice, pairwise
from pathlib import Path

import pysubs2
import webvtt

from audiodesc.errors import ScriptError
from audiodesc.judge.dapt import conformance
from audiodesc.judge.rules import Finding, ScriptLine, found
from audiodesc.subtitles import is_data, open_text, read_script
from audiodesc.subtitles.dapt import is_dapt, read_dapt
from audiodesc.subtitles.encodings import NO_HINT, Hint
from audiodesc.subtitles.pysubs2_formats import protect, unprotect
from audiodesc.subtitles.source import Rate, no_rate

MOST_LINES = 50_000
MOST_TOLD = 3
"""Of the faults of a file without any line."""

WEBVTT_TIME = re.compile(r"(?:(\d{2,6}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
NEARLY_TIMES = re.compile(r"\s*-?(?:\d{1,9}:){1,2}\d{1,9}(?:[.,]\d{1,9})?\s*[-–—=]{1,9}>")
NO_CUE = re.compile(r"WEBVTT|NOTE(?:\s|$)|STYLE\s*$|REGION\s*$")

TAGS = re.compile(r"\{[^{}]*\}|<[^<>]*>")
TAILS = (12, 6, 3, 1)
"""By so many letters lines are told apart before they are looked at."""

MOST_ALIKE = 50

Row = tuple[int, str]
"""A line of the file: its number, and what stands there."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a file holds. `faults` are findings that only the file shows; `notes` say how it was read."""

    lines: tuple[ScriptLine, ...]
    faults: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path, rate: Rate = no_rate, hint: Hint = NO_HINT) -> Script:
    """A script in WebVTT, SRT or DAPT with all its faults; in another format as far as it can be used.

    `rate` gives the film's frames a second, `hint` what is known of the encoding. Raises ScriptError for what cannot be
    read at all or holds no line.
    """
    _, text, guessed = open_text(path, ScriptError, hint)
    notes = (f"encoding taken to be {guessed}",) if guessed else ()
    rows = list(enumerate(text.split("\n"), 1))
    if is_dapt(text):
        told: list[ScriptLine | Finding] = list(_dapt(text, path))
    elif text.lstrip().startswith("WEBVTT") or path.suffix.lower() == ".vtt":
        told = [*_head(text), *_webvtt(rows)]
    elif any(_is_timing(row) for _, row in rows):
        told = list(_srt(rows))
    else:
        return _other(path, rows, rate, hint)
    return _script(path, told, notes)


def _script(path: Path, told: Sequence[ScriptLine | Finding], notes: tuple[str, ...]) -> Script:
    faults = [one for one in told if isinstance(one, Finding)]
    lines = [one for one in told if isinstance(one, ScriptLine)]
    faults += [found("empty-line", "a cue without words", line) for line in lines if not line.text]
    data = [line for line in lines if is_data(line.text)]
    faults += [found("unreadable", "the cue holds data, not words", line) for line in data]
    spoken = tuple(line for line in lines if line.text and line not in data)
    faults += [found("unreadable", "ends before it begins", line) for line in spoken if line.end_ms < line.start_ms]
    if len(spoken) > MOST_LINES:
        raise ScriptError(f"{path} holds {len(spoken)} lines, more than any film", f"give at most {MOST_LINES}")
    if not spoken:
        why = _first(faults)
        raise ScriptError(f"{path} holds no line that can be read{why}", "give a script with at least one cue")
    return Script(spoken, tuple(faults), notes)


def _first(faults: Sequence[Finding]) -> str:
    """The first faults of a file that cannot be used, as the end of a sentence."""
    told = [f"line {fault.line}: {fault.message}" for fault in sorted(faults, key=lambda fault: fault.line)]
    more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return f" ({'; '.join(told[:MOST_TOLD])}{more})" if told else ""


def _dapt(text: str, path: Path) -> Iterator[ScriptLine | Finding]:
    script = read_dapt(text, path, ScriptError)
    broken = [found("dapt", fault.message, number=fault.number) for fault in conformance(script.root, text)]
    if script.only_audio:
        fault = f"{path} holds only what is heard, no description{_first(broken)}"
        raise ScriptError(fault, "give the script of the description")
    yield from broken
    yield from (found("unreadable", fault.message, number=fault.number) for fault in script.faults)
    yield from (ScriptLine(line.start_ms, line.end_ms, line.text, line.number) for line in script.lines)


def _is_timing(row: str) -> bool:
    return "-->" in row or bool(NEARLY_TIMES.match(row))


def _head(text: str) -> Iterator[Finding]:
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", text):
        yield found("unreadable", "the file does not begin with WEBVTT", number=1)


def _webvtt(rows: Sequence[Row]) -> Iterator[ScriptLine | Finding]:
    block: list[Row] = []
    for number, row in [*rows, (len(rows) + 1, "")]:
        if row:
            block.append((number, row))
        elif block:
            yield from _block(block)
            block = []


def _block(block: Sequence[Row]) -> Iterator[ScriptLine | Finding]:
    """The cues between two empty lines: more than one where the empty line between them is missing."""
    starts = [i for i, (_, row) in enumerate(block) if _is_timing(row)]
    if not starts and not NO_CUE.match(block[0][1]):
        number, row = block[0]
        yield found("unreadable", "text outside of any cue is never spoken", number=number, words=row.strip())
    for start, following in pairwise([*starts, len(block)]):
        yield _webvtt_cue(block[start], [row for _, row in block[start + 1 : following]])


def _webvtt_cue(timing: Row, said: list[str]) -> ScriptLine | Finding:
    number, row = timing
    start, _, rest = row.partition("-->")
    times = [WEBVTT_TIME.fullmatch(time) for time in (start.strip(), *rest.split()[:1])]
    text = " ".join(unescape(webvtt.Caption(text=said).text).split())
    if len(times) != 2 or None in times:
        return _no_times(number, row, text)
    start_ms, end_ms = (_ms(time) for time in times if time)
    return ScriptLine(start_ms, end_ms, text, number)


def _ms(time: re.Match[str]) -> int:
    hours, minutes, seconds, ms = (int(part or 0) for part in time.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def _no_times(number: int, row: str, text: str) -> Finding:
    return found("unreadable", f"no times in {row.strip()[:60]!r}", number=number, words=text)


def _srt(rows: Sequence[Row]) -> Iterator[ScriptLine | Finding]:
    starts = [i for i, (_, row) in enumerate(rows) if _is_timing(row)]
    for start, following in pairwise([*starts, len(rows)]):
        yield _srt_cue(rows[start], [row for _, row in rows[start:following]])


def _srt_cue(timing: Row, rows: list[str]) -> ScriptLine | Finding:
    number, row = timing
    events = list(pysubs2.SSAFile.from_string(protect("\n".join(rows)), format_="srt")) if "-->" in row else []
    if len(events) != 1 or row.lstrip().startswith("-"):
        return _no_times(number, row, " ".join(" ".join(rows[1:]).split()))
    text = " ".join(unescape(unprotect(events[0].plaintext)).split())
    return ScriptLine(events[0].start, events[0].end, text, number)


def _other(path: Path, rows: Sequence[Row], rate: Rate, hint: Hint) -> Script:
    """By the readers of subtitles, which put the lines in order and leave out what is empty."""
    raw, notes = read_script(path, rate, hint)
    places = _places([one.text for one in raw], rows)
    lines = tuple(ScriptLine(one.start_ms, one.end_ms, one.text, place) for one, place in zip(raw, places, strict=True))
    return Script(lines, (), tuple(note.message for note in notes))


def _places(texts: Sequence[str], rows: Sequence[Row]) -> Iterator[int]:
    """For each text the line of the file that ends with it, each line once; 0 where none does. In one pass: a file may
    hold 50,000 lines."""
    ends: dict[str, deque[tuple[int, str]]] = defaultdict(deque)
    for number, row in rows:
        letters = _letters(row)
        for tail in TAILS:
            if len(letters) >= tail:
                ends[letters[-tail:]].append((number, letters))
    used = set()
    for text in texts:
        letters = _letters(text)
        same = ends[letters[-next((tail for tail in TAILS if tail <= len(letters)), 1) :]]
        while same and same[0][0] in used:
            same.popleft()
        near = islice(same, MOST_ALIKE)
        number = next((number for number, row in near if number not in used and row.endswith(letters)), 0)
        used.add(number)
        yield number


def _letters(row: str) -> str:
    """The letters and digits of what is read of a line: no tags, no breaks."""
    return "".join(filter(str.isalnum, TAGS.sub("", row.replace("\\N", " ").replace("\\n", " ").replace("\\h", " "))))
