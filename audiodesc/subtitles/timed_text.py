"""Transcripts and tables whose lines or rows have time codes, as post-production writes them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from audiodesc.errors import ScriptError
from audiodesc.model import Note
from audiodesc.subtitles.cues import with_ends
from audiodesc.subtitles.source import RawCue, ReadResult, Source
from audiodesc.subtitles.timecodes import CODE, TIME_IN_TEXT, code_ms, frame_count

BETWEEN = r"[ \t]{0,20}(?:[,;|]|-{1,3}>?|–|—|to)?[ \t]{0,20}"
LINE = re.compile(
    rf"[ \t]*(?:\d{{1,6}}[.:)]?[ \t]+)?[\[(<]?(?P<start>{CODE})[\])>]?"
    rf"(?:{BETWEEN}[\[(<]?(?P<end>{CODE})[\])>]?)?"
    r"(?:[ \t]*[,;|][ \t]*|[.:]?[ \t]+(?:(?:-{1,3}>?|[–—])[ \t]+)?|$)(?P<text>.*)"
)
TMPLAYER = re.compile(r"\s{0,9}\d{1,2}:\d{2}:\d{2}[:=](?!\d{2,3}(?:\D|$))")
NO_TEXT = re.compile(r"\s*(?:\$\w+\s*=|//|@|<(?:begin|end) subtitles>|#|\d{1,6}\s*$)", re.IGNORECASE)
"""Settings, comments and heads of Spruce and Avid, and a number alone."""

IS_CODE = re.compile(rf"\s*{CODE}\s*")
DELIMITERS = "\t;,|"
DROPPING = re.compile(r"(?<![\d:])\d{1,2}:\d\d:\d\d;\d\d(?![\d:])")
"""A time code in drop-frame: its semicolon parts no cells."""

DURATION_HEAD = re.compile(r"dur|length|dauer|durée", re.IGNORECASE)
TEXT_HEAD = re.compile(
    r"descr|text|caption|subtitle|narrat|dialog|line|script|transcript|beschreib|inhalt|content", re.IGNORECASE
)
SPEAKER_HEAD = re.compile(r"speaker|character|actor|role|who|voice|sprecher|figur|personnage", re.IGNORECASE)


def refuse_time_code(source: Source, line: int, text: str) -> None:
    """Raise the source's error for a text that has a time code: it would be spoken."""
    if TIME_IN_TEXT.search(text):
        fault = f"has a time code in its text (line {line}: {text.strip()[:60]!r})"
        raise source.refusal(fault, "give each line one start, or start and end, before its text")


@lru_cache(maxsize=1)
def is_table(text: str) -> bool:
    """Whether most lines of a text are rows of a table that has a time code."""
    rows = _rows(text, _delimiter(text))
    timed = sum(any(map(IS_CODE.fullmatch, row)) for row in rows)
    return timed * 2 > len(rows) and any(len(row) > 1 for row in rows)


@lru_cache(maxsize=1)
def is_timed(text: str) -> bool:
    """Whether more lines begin with a time code than with a time and text at once, as TMPlayer's do."""
    lines = text.split("\n")
    return sum(bool(LINE.fullmatch(line)) for line in lines) > sum(bool(TMPLAYER.match(line)) for line in lines)


@dataclass(frozen=True, slots=True)
class Row:
    """What a file has for a cue: the number of its line, its time codes and its text."""

    number: int
    start: str
    end: str
    text: str
    speaker: str = ""


def read_timed_lines(source: Source) -> ReadResult:
    """Each line, with those below that have no time code, at its time. "|" is the end of a line on the screen.

    Raises the source's error where a time code would be left in a text.
    """
    rows: list[Row] = []
    texts: list[list[str]] = []
    notes: list[Note] = []
    for number, line in source.lines():
        if found := LINE.fullmatch(line.rstrip()):
            rows.append(Row(number, found["start"], found["end"] or "", ""))
            texts.append([found["text"].strip()])
        elif not line.strip() or NO_TEXT.match(line):
            continue
        elif rows:
            texts[-1].append(line.strip())
        else:
            notes.append(source.lost(number, "no time code before", line))
    filled = [
        replace(row, text="\n".join(text).strip().replace("|", "\n")) for row, text in zip(rows, texts, strict=True)
    ]
    return _row_cues(source, filled, notes)


def read_table(source: Source) -> ReadResult:
    """Each row at its time; "|" is the end of a line on the screen. Columns are known by what they hold and, where
    several could be the text, by their heads.

    Raises the source's error for a table in which no column is surely the text.
    """
    delimiter = _delimiter(source.text)
    rows = [without_empty_end(row) for row in _rows(source.text, delimiter)]
    timed = [(n, row) for n, row in enumerate(rows, 1) if any(map(IS_CODE.fullmatch, row))]
    heads = next((row for row in rows[: timed[0][0] - 1][::-1] if len(row) > 1), []) if timed else []
    width = max(len(heads), min((len(row) for _, row in timed), default=0))
    times, text, speaker = _columns(source, [row[:width] for _, row in timed], heads)
    end = times[1] if len(times) > 1 and not DURATION_HEAD.search(_cell(heads, times[1])) else -1
    timed = [(n, with_whole_text(row, text, width, delimiter)) for n, row in timed]
    found = [
        Row(n, _cell(row, times[0]), _cell(row, end), _cell(row, text).replace("|", "\n"), _cell(row, speaker))
        for n, row in timed
    ]
    notes = [
        source.lost(n, "no time code before", " ".join(row))
        for n, row in enumerate(rows, 1)
        if row != heads and not any(map(IS_CODE.fullmatch, row)) and not NO_TEXT.match(row[0])
    ]
    return _row_cues(source, [row for row in found if IS_CODE.fullmatch(row.start)], notes)


def _row_cues(source: Source, rows: Sequence[Row], notes: list[Note]) -> ReadResult:
    count, assumed = frame_count(source, [code for row in rows for code in (row.start, row.end) if code])
    raw = []
    for row in rows:
        for line in row.text.split("\n"):
            refuse_time_code(source, row.number, line)
        start = code_ms(row.start, count)
        end = code_ms(row.end, count) if IS_CODE.fullmatch(row.end) else start
        raw.append(RawCue(start, end, row.text, row.speaker))
    if source.error is ScriptError:  # of its lines only the start counts
        return raw, [*assumed, *notes]
    ended, untold = with_ends(raw)
    return ended, [*assumed, *notes, *untold]


def _delimiter(text: str) -> str:
    """What parts the cells: that with which most cells are time codes."""
    lines = text.split("\n", 200)[:200]

    def codes(delimiter: str) -> int:
        return sum(bool(IS_CODE.fullmatch(cell.strip('" '))) for line in lines for cell in line.split(delimiter)[:50])

    drops = any(DROPPING.search(line) for line in lines)
    return max(DELIMITERS.replace(";", "" if drops else ";"), key=codes)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(map(str.strip, row))]
    except csv.Error:
        return []


def without_empty_end(row: list[str]) -> list[str]:
    """A row without the empty cells at its end, of which a spreadsheet writes as many as its widest row has."""
    return row[: max((n for n, cell in enumerate(row, 1) if cell.strip()), default=0)]


def with_whole_text(row: list[str], text: int, width: int, delimiter: str) -> list[str]:
    """A row that has more cells than the table is wide, for its text has the delimiter in it, with all of the text in
    its column."""
    behind = text + 1 + max(0, len(row) - width)
    return [*row[:text], delimiter.join(row[text:behind]).replace("\t", " "), *row[behind:]]


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if 0 <= column < len(row) else ""


def _columns(source: Source, rows: Sequence[Sequence[str]], heads: Sequence[str]) -> tuple[list[int], int, int]:
    """The columns of time codes, of the text, and of who speaks (-1 where there is none)."""
    width = max(map(len, rows), default=0)
    times = [n for n in range(width) if sum(bool(IS_CODE.fullmatch(_cell(row, n))) for row in rows) * 2 > len(rows)]
    others = [n for n in range(width) if n not in times and any(map(str.isalpha, "".join(_cell(r, n) for r in rows)))]
    speaker = next((n for n in others if SPEAKER_HEAD.search(_cell(heads, n)) and len(others) > 1), -1)
    named = [n for n in others if n != speaker and TEXT_HEAD.search(_cell(heads, n))]
    rest = named or [n for n in others if n != speaker]
    wordy = [n for n in rest if sum(" " in _cell(row, n) for row in rows) * 2 > len(rows)]
    texts = rest if len(rest) == 1 else wordy
    if not times or len(texts) != 1:
        fault = "is a table of which no column is surely the text" if times else "is a table without times"
        raise source.refusal(fault, "give it a first row of heads: start, end, text")
    return times, texts[0], speaker
