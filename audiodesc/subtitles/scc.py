"""SCC (CEA-608): pop-on, roll-up and paint-on, by ttconv."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from audiodesc.model import Note
from audiodesc.subtitles.ending import lasting
from audiodesc.subtitles.kinds import Raw, Read, kind
from audiodesc.subtitles.sccwords import ready
from audiodesc.subtitles.source import Source, overheard
from audiodesc.subtitles.timed import cues, paragraphs

LINE = re.compile(r"(\d\d[:;.,]\d\d[:;.,]\d\d[:;.,]\d\d)\s+(.*)")
WORD = re.compile(r"[0-9A-Fa-f]{4}")
HEAD = "Scenarist_SCC V1.0"
SECOND = range(0x18, 0x20)
"""What the codes of the second channel begin with."""

LONGEST = 600_000
MOST_FAULTS = 20
ROWS, COLUMNS = 19, 40
"""Of the picture: the 15 rows of 32 letters are its middle."""

FAULTS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError, AssertionError)


def read_scc(source: Source) -> Read:
    """The first channel's captions. Lines that cannot be read are left out."""
    if len(source.text) > LONGEST:
        raise source.refusal(f"is SCC of more than {LONGEST // 1000} kB", "give one film's captions")
    lines, notes = _clean(source)
    raw, faults = read_lines(source, lines, "export it anew")
    ended, untold = lasting(raw)
    return ended, notes + faults + _unread(source, lines.values()) + untold


def _unread(source: Source, lines: Iterable[str]) -> list[Note]:
    """Whether there is a second channel, which ttconv leaves out."""
    codes = (int(word, 16) >> 8 & 0x7F for line in lines for word in line.split("\t")[1].split())
    return [source.note("only the first of its two channels is read")] if any(map(SECOND.__contains__, codes)) else []


def read_lines(source: Source, lines: dict[int, str], remedy: str) -> Read:
    """The captions of lines of SCC, given by number; those that are never erased have no length."""
    document, notes = _document(source, dict(lines), remedy)
    raw = [cue for pieces in paragraphs(document) for cue in cues(pieces)]
    return _rolled(raw), notes


def _clean(source: Source) -> tuple[dict[int, str], list[Note]]:
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
        kept, shown = ready([word for word in words if WORD.fullmatch(word)], shown)
        lines[number] = f"{found.group(1)}\t{' '.join(kept)}"
    return lines, notes


def _document(source: Source, lines: dict[int, str], remedy: str) -> tuple[Any, list[Note]]:
    """The document, and a note for each line in which ttconv fails. Such a line is read again on an empty screen: what
    it fails in is mostly what stands there already."""
    notes: list[Note] = []
    context, document = _empty()
    with overheard("ttconv"):
        for number, text in lines.items():
            fault = _fault(context, text)
            if fault:
                context.active_caption = None
                _fault(context, text)
                notes.append(source.lost(number, f"broken captions ({fault}) in", text))
            if len(notes) > MOST_FAULTS:
                place = source.place(number)
                raise source.refusal(f"holds broken captions: more than {MOST_FAULTS}, up to {place}", remedy)
        with suppress(*FAULTS):
            context.flush()
    if not lines:
        raise source.refusal("holds no captions that can be read", remedy)
    return document, notes


def _empty() -> tuple[Any, Any]:
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


def _fault(context: Any, text: str) -> str:
    """Why ttconv cannot read a line, "" where it can."""
    from ttconv.scc.line import SccLine

    try:
        line = SccLine.from_str(text)
        if line:
            line.process(context)
    except FAULTS as error:
        return str(error) or type(error).__name__
    return ""


def _rolled(raw: list[Raw]) -> list[Raw]:
    """Roll-up and paint-on show what was said again above what is said now: each line is kept where it is new.

    A cue that only repeats is joined to the one before. One that still shows speech is speech.
    """
    kept: list[Raw] = []
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
