"""SCC (CEA-608): pop-on, roll-up and paint-on, by ttconv."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from audiodesc.model import Note
from audiodesc.subtitles.cues import with_ends
from audiodesc.subtitles.kinds import kind
from audiodesc.subtitles.source import RawCue, ReadResult, Source, captured_log
from audiodesc.subtitles.ttml import paragraphs, text_cues

LINE = re.compile(r"(\d\d[:;.,]\d\d[:;.,]\d\d[:;.,]\d\d)\s+(.*)")
WORD = re.compile(r"[0-9A-Fa-f]{4}")
HEAD = "Scenarist_SCC V1.0"
SECOND = range(0x18, 0x20)
"""What the codes of the second channel begin with."""

LONGEST = 600_000
MOST_FAULTS = 20
ROWS, COLUMNS = 19, 40
"""Of the picture: the 15 rows of 32 letters are its middle."""

TTCONV_ERRORS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError, AssertionError)


def read_scc(source: Source) -> ReadResult:
    """The first channel's captions. Lines that cannot be read are left out."""
    if len(source.text) > LONGEST:
        raise source.refusal(f"is SCC of more than {LONGEST // 1000} kB", "give one film's captions")
    lines, notes = _readable_lines(source)
    raw, faults = read_scc_lines(source, lines, "export it anew")
    ended, untold = with_ends(raw)
    return ended, notes + faults + _second_channel(source, lines.values()) + untold


def _second_channel(source: Source, lines: Iterable[str]) -> list[Note]:
    """Whether there is a second channel, which ttconv leaves out."""
    codes = (int(word, 16) >> 8 & 0x7F for line in lines for word in line.split("\t")[1].split())
    return [source.note("only the first of its two channels is read")] if any(map(SECOND.__contains__, codes)) else []


def read_scc_lines(source: Source, lines: dict[int, str], remedy: str) -> ReadResult:
    """The captions of lines of SCC, given by number; those that are never erased have no length."""
    document, notes = _document(source, dict(lines), remedy)
    raw = [cue for pieces in paragraphs(document) for cue in text_cues(pieces)]
    return _new_lines(raw), notes


def _readable_lines(source: Source) -> tuple[dict[int, str], list[Note]]:
    """The lines that ttconv can read, by number, and a note for each that it cannot."""
    lines: dict[int, str] = {}
    notes: list[Note] = []
    shown = 0
    for number, line in source.lines():
        found = LINE.fullmatch(line.strip())
        if not found:
            if line.strip() and not line.lstrip().startswith(HEAD[:13]):
                notes.append(source.lost(number, "no time code in", line))
            continue
        words = found.group(2).split()
        broken = [word for word in words if not WORD.fullmatch(word)]
        if broken:
            notes.append(source.lost(number, "not words of CEA-608:", " ".join(broken)))
        kept, shown = ttconv_words([word for word in words if WORD.fullmatch(word)], shown)
        lines[number] = f"{found.group(1)}\t{' '.join(kept)}"
    return lines, notes


def _document(source: Source, lines: dict[int, str], remedy: str) -> tuple[Any, list[Note]]:
    """The document, and a note for each line in which ttconv fails. Such a line is read again on an empty screen: what
    it fails in is mostly what stands there already."""
    notes: list[Note] = []
    context, document = _empty_document()
    with captured_log("ttconv"):
        for number, text in lines.items():
            fault = _line_fault(context, text)
            if fault:
                context.active_caption = None
                _line_fault(context, text)
                notes.append(source.lost(number, f"broken captions ({fault}) in", text))
            if len(notes) > MOST_FAULTS:
                place = source.place(number)
                raise source.refusal(f"holds broken captions: more than {MOST_FAULTS}, up to {place}", remedy)
        with suppress(*TTCONV_ERRORS):
            context.flush()
    if not lines:
        raise source.refusal("holds no captions that can be read", remedy)
    return document, notes


def _empty_document() -> tuple[Any, Any]:
    """ttconv's state between two lines, and the document that it fills. Its own reader ends at the first fault."""
    from ttconv.model import Body, CellResolutionType, ContentDocument, Div
    from ttconv.scc.context import SccContext

    document = ContentDocument()
    document.set_cell_resolution(CellResolutionType(rows=ROWS, columns=COLUMNS))
    body, context = Body(document), SccContext((COLUMNS - 32) // 2, (ROWS - 15) // 2)
    context.div = Div(document)
    document.set_body(body)
    body.push_child(context.div)
    return context, document


def _line_fault(context: Any, text: str) -> str:
    """Why ttconv cannot read a line, "" where it can."""
    from ttconv.scc.line import SccLine

    try:
        line = SccLine.from_str(text)
        if line:
            line.process(context)
    except TTCONV_ERRORS as error:
        return str(error) or type(error).__name__
    return ""


def _new_lines(raw: list[RawCue]) -> list[RawCue]:
    """Roll-up and paint-on show what was said again above what is said now: each line is kept where it is new.

    A cue that only repeats is joined to the one before. One that still shows speech is speech.
    """
    kept: list[RawCue] = []
    before: list[str] = []
    for one in raw:
        lines = one.text.split("\n")
        again = next((n for n in range(min(len(before), len(lines)), 0, -1) if before[-n:] == lines[:n]), 0)
        joins = bool(kept) and one.start_ms <= kept[-1].end_ms
        before = lines
        if joins and again == len(lines):
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms, one.end_ms))
        else:
            shown = kind(one.text) if again and joins else None
            fresh = "\n".join(lines[again if joins else 0 :])
            kept.append(replace(one, text=fresh, kind="speech" if shown == "speech" else None))
    return kept


NEW_SCREEN = {0x142C, 0x142D, 0x142E, 0x142F}
"""Erase displayed memory, carriage return, erase non-displayed memory, end of caption."""

TABS = {0x1721, 0x1722, 0x1723}

FULL_SCREEN = 300
"""Words: 15 rows of 16, and four codes for each."""

FRAMES_A_SECOND = Fraction(30_000, 1001)


def scc_line(frame: int, words: Iterable[str]) -> str:
    """A line of SCC: words of CEA-608 ("9420"), the first sent with that frame, each other with the next."""
    seconds, rest = divmod(frame, 30)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{rest:02}"
    return f"{clock}\t{' '.join(words)}"


def ttconv_words(words: list[str], shown: int) -> tuple[list[str], int]:
    """The words of a line as ttconv can take them; `shown` is how many stand on the screen before, and after."""
    return _with_erasures(_without_tabs(words), shown)


def _without_tabs(words: list[str]) -> list[str]:
    """The words with a blank for a tab behind letters, and nothing for another: where on the screen letters stand does
    not matter here, and ttconv fails beyond its edge."""
    values = [int(word, 16) & 0x7F7F for word in words]
    blanks = ("2080" if before >= 0x2000 else "8080" for before in [0, *values])
    return [blank if value in TABS else word for word, value, blank in zip(words, values, blanks, strict=False)]


def _with_erasures(words: list[str], shown: int) -> tuple[list[str], int]:
    """The words, with the screen erased where more follow each other than it holds: ttconv's time grows with the
    square of what stands there."""
    kept: list[str] = []
    for word in words:
        shown = 0 if int(word, 16) & 0x7F7F in NEW_SCREEN else shown + 1
        if shown > FULL_SCREEN:
            kept += ["942c", "94ae"]
            shown = 0
        kept.append(word)
    return kept, shown
