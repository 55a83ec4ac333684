"""A script as a Word document: tables in large type under headings, with the dialogue that leads in to each line."""

from __future__ import annotations

from itertools import groupby
from typing import Final, Literal

from audiodesc.core.formatting import clock, number_of
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.docx_xml import SMALL, as_bytes, label, new_document, table
from audiodesc.scripts.lines import writable_text
from audiodesc.scripts.sheet import Column, head, row_of, sheet_times

PART_MS = 600_000
"""Ten minutes of film stand under a heading of their own: a way for who reads by headings."""

WIDTHS_MM: Final[dict[Column, int]] = {
    "id": 27, "in": 32, "out": 32, "room": 17, "words": 18, "before": 46, "text": 95
}  # fmt: skip
MORE_MM: Final[dict[Column, int]] = {"note": 26, "voice": 26, "unspoken": 26}
"""Columns that are there where any line has something in them; each takes its width from two others."""

GIVES_MM: Final[dict[Column, int]] = {"before": 8, "text": 18}

HOW = (
    "Change words in the column Text and times in In and Out; delete a row to take its line out. A new row needs "
    "In and Text, and no ID. Leave the ID of a line as it is: by it a changed line is known. Room is the length of the "
    "pause in seconds."
)


def script_as_docx(document: ScriptDocument, form: Literal["auto", "clock", "timecode"]) -> bytes:
    """The document; times as `form` says, by default as timecode where the film has one."""
    title = f"{document.title}: audio description" if document.title else "Audio description"
    made = new_document(document, title, landscape=True)
    label(made, writable_text(title), "Title")
    times = sheet_times(document, form)
    counted = f" Times are timecode: {times.unit}." if times.form == "timecode" else ""
    for text in (f"{_counted(document)}. The film lasts {clock(document.duration_ms)}.{counted}", HOW):
        label(made, text, SMALL)
    widths = _widths(document)
    columns = list(widths)
    heads = [head(column, times) for column in columns]
    for part, lines in groupby(document.lines, lambda line: line.span.start_ms // PART_MS):
        span = f"From {times.text(part * PART_MS)} to {times.text((part + 1) * PART_MS)}"
        label(made, span, "Heading 1")
        rows = [[row[column] for column in columns] for row in (row_of(line, times) for line in lines)]
        table(made, f"Lines of the description. {span}", heads, rows, list(widths.values()), columns.index("text"))
    return as_bytes(made)


def _counted(document: ScriptDocument) -> str:
    left_out = len(document.lines) - len(document.spoken)
    unspoken = f", {left_out} of them not spoken (see the last column)" if left_out else ""
    return f"{number_of(len(document.lines), 'line')}{unspoken}"


def _widths(document: ScriptDocument) -> dict[Column, int]:
    """The columns that this script needs, with their widths."""
    widths = dict(WIDTHS_MM)
    needed: dict[Column, bool] = {
        "note": any(line.note for line in document.lines),
        "voice": any(line.own_voice for line in document.lines),
        "unspoken": any(line.reason for line in document.lines),
    }
    for column, width in MORE_MM.items():
        if needed[column]:
            widths = {one: was - GIVES_MM.get(one, 0) for one, was in widths.items()} | {column: width}
    return widths
