"""A script as a table with a row of heads: what columns there are, the rows of a document, and the lines of rows.

Shared by all formats that are tables. The heads are known by name in any order, also those that people write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, cast

from audiodesc.core.formatting import seconds
from audiodesc.core.timecode import Timecode, is_code
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine, backwards, writable_text
from audiodesc.scripts.sheet_times import (
    CUT_MS,
    HALF_HOUR_MS,
    Cell,
    TimeForm,
    Times,
    are_days,
    guessed,
    is_cut,
    ms_of,
    stated,
)

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

Column = Literal["id", "in", "out", "room", "words", "before", "text", "note", "state", "author", "voice", "unspoken"]

HEADS: Final[Mapping[Column, str]] = {
    "id": "ID",
    "in": "In",
    "out": "Out",
    "room": "Room",
    "words": "Words",
    "before": "Cue before",
    "text": "Text",
    "note": "Note",
    "state": "State",
    "author": "Author",
    "voice": "Voice",
    "unspoken": "Not spoken because",
}
"""The columns as they are written. `room` is the length of the pause in seconds, `words` how many words the text has,
`before` the dialogue that leads in, `voice` the name of a voice that speaks this line and not the others."""

ALSO: Final[Mapping[str, Column]] = {
    "line id": "id", "kennung": "id", "identifier": "id",
    "start": "in", "begin": "in", "start time": "in", "tc in": "in", "time in": "in", "in point": "in", "time": "in",
    "timecode": "in", "time code": "in", "timecode in": "in", "tcin": "in", "von": "in", "anfang": "in", "beginn": "in",
    "début": "in", "debut": "in", "inicio": "in", "początek": "in", "tc": "in", "from": "in",
    "end": "out", "stop": "out", "end time": "out", "tc out": "out", "time out": "out", "out point": "out",
    "bis": "out", "timecode out": "out", "tcout": "out", "ende": "out", "fin": "out", "final": "out", "to": "out",
    "koniec": "out",
    "description": "text", "audio description": "text", "narration": "text", "script": "text", "line": "text",
    "ad": "text", "ad text": "text", "beschreibung": "text", "texte": "text", "texto": "text", "tekst": "text",
    "notes": "note", "comment": "note", "comments": "note", "remark": "note", "remarks": "note", "bemerkung": "note",
    "status": "state", "stimme": "voice", "voix": "voice", "voz": "voice",
    "before": "before", "cue": "before",
}  # fmt: skip
"""What other people call the columns."""

ID_DIGITS = 9
"""So many digits has an id that comes from a time; a spreadsheet takes the zeros from their front."""

MOST_ROWS = 100_000
SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells by column, and where it stands. `place` and `number` name it ("table 2, row", 7);
    `line` is its number in the whole document, 0 where that is `number`."""

    number: int
    cells: Mapping[Column, Cell]
    place: str = "row"
    line: int = 0

    @property
    def name(self) -> str:
        return f"{self.place} {self.number}"

    def text(self, column: Column) -> str:
        """A cell as text on one line."""
        return one_line(self.cells.get(column))


def sheet_times(document: ScriptDocument, wanted: Literal["auto"] | TimeForm) -> Times:
    """How times are to stand in a sheet: as asked for, else as timecode where the film has one, else as a clock's."""
    form: TimeForm = wanted if wanted != "auto" else "timecode" if document.in_timecode else "clock"
    return Times(form, document.timecode)


def head(column: Column, times: Times) -> str:
    """What stands above a column; above times with their unit."""
    unit = times.unit if column in ("in", "out") else ""
    return f"{HEADS[column]} ({unit})" if unit else HEADS[column]


def row_of(line: DocumentLine, times: Times) -> dict[Column, str]:
    """A line's cells."""
    before = line.before
    return {
        "id": writable_text(line.id),
        "in": times.text(line.span.start_ms),
        "out": times.text(line.span.end_ms),
        "room": seconds(line.gap.duration_ms) if line.gap else "",
        "words": str(len(line.text.split())),
        "before": writable_text(f"{before.speaker}: {before.text}" if before and before.speaker else before.text)
        if before
        else "",
        "text": writable_text(line.text),
        "note": writable_text(line.note),
        "state": line.state,
        "author": writable_text(line.author),
        "voice": writable_text(line.own_voice),
        "unspoken": writable_text(line.reason),
    }


def one_line(cell: Cell) -> str:
    """A cell as text on one line, without marks that nobody sees."""
    from audiodesc.subtitles.source import without_invisible

    if cell is None:
        return ""
    text = f"{cell:.15g}" if isinstance(cell, float) else str(cell)
    return SPACES.sub(" ", without_invisible(text)).strip()


def columns_of(cells: Sequence[Cell]) -> tuple[dict[int, Column], str] | None:
    """The columns by position that a row of heads names, and the unit of times that it states; None for no row of
    heads."""
    found: dict[int, Column] = {}
    stated_unit = ""
    own = {**{name.casefold(): column for column, name in HEADS.items()}, **ALSO}
    for place, cell in enumerate(cells):
        name, _, unit = one_line(cell).casefold().lstrip("\ufeff").partition("(")
        column = own.get(name.strip(" :.*"))
        if column and column not in found.values():
            found[place] = column
            stated_unit = stated_unit or (unit.strip(" )") if column in ("in", "out") else "")
    return (found, stated_unit) if {"in", "text"} <= set(found.values()) else None


def lines_of(source: Source, rows: Sequence[Row], unit: str) -> ScriptFile:
    """The lines of a sheet in its order, with the faults.

    `unit` is that of times as the heads state it; a timecode that they do not state is the film's. Raises the source's
    error, which names the row, for a row with words whose time cannot be read: nothing is half read.
    """
    if len(rows) > MOST_ROWS:
        raise source.refusal(f"has more than {MOST_ROWS} rows, more than any film", "give one film's script")
    written = [row for row in rows if row.text("text") or row.text("in") or row.text("id")]
    codes = [code for row in written for code in (row.text("in"), row.text("out")) if is_code(code)]
    remark, count = "", stated(unit)
    if codes and count is None and (count := source.timecode()) is None:
        count, remark = guessed(codes, source.rate())
    count = count or Timecode()
    faults = [Fault("remark", remark)] if remark else []
    lines = list(_lines(source, written, count, faults, unit))
    cut = [row for row in written if is_cut(row.cells.get("in"))]
    _refuse_cut(source, cut, lines)
    precision_ms = max(count.precision_ms if codes else 0, CUT_MS if cut else 0)
    return ScriptFile(tuple(lines), (*faults, *backwards(lines)), precision_ms)


def _lines(
    source: Source, rows: Sequence[Row], count: Timecode, faults: list[Fault], unit: str
) -> Iterator[ScriptLine]:
    from audiodesc.subtitles.timecodes import TIME_IN_TEXT

    seen = set[str]()
    days = not unit and are_days([row.cells.get("in") for row in rows])
    for row in rows:
        if not (text := row.text("text")):
            faults.append(Fault("empty", "a row without words", row.number, place=row.place))
            continue
        if not row.text("id") and TIME_IN_TEXT.search(text):
            fault = f"has a time code in its text ({row.name}: {text[:60]!r})"
            raise source.refusal(fault, "give each line one start, or start and end, before its text")
        try:
            start_ms = ms_of(row.cells.get("in"), count, days=days)
            end_ms = ms_of(row.cells["out"], count, days=days) if row.text("out") else start_ms
        except ValueError as error:
            remedy = "give each row that has words a time such as 00:01:02.3"
            raise source.refusal(f"cannot be used: {row.name}, {error} ({text[:40]!r})", remedy) from None
        id = _id(row.cells.get("id"))
        if id in seen:
            faults.append(Fault("remark", f"the id {id} is that of a row above", row.number, text, place=row.place))
            id = ""
        seen |= {id} - {""}
        line = ScriptLine(start_ms, end_ms, text, row.line or row.number, id, row.text("note"), row.text("author"))
        yield _with_state(replace(line, voice=row.text("voice")), row, faults)


def _with_state(line: ScriptLine, row: Row, faults: list[Fault]) -> ScriptLine:
    state = row.text("state").casefold()
    if state in ("draft", "edited", "approved"):
        return replace(line, state=cast("Literal['draft', 'edited', 'approved']", state))
    if state:
        faults.append(Fault("remark", f"there is no state {state[:20]!r}", row.number, line.text, place=row.place))
    return line


def _id(cell: Cell) -> str:
    """An id as it was written, also where a spreadsheet took it for a number."""
    text = one_line(cell).lstrip("'")
    if re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+\d{1,2}", text):
        text = str(round(float(text.replace(",", "."))))
    return text.zfill(ID_DIGITS) if text.isascii() and text.isdigit() else text


def _refuse_cut(source: Source, cut: Sequence[Row], lines: Sequence[ScriptLine]) -> None:
    """Raise the source's error where times have no hours and begin again: a spreadsheet has cut the hours off."""
    starts = {line.number: line.start_ms for line in lines}
    times = [(row, ms) for row in cut if (ms := starts.get(row.line or row.number)) is not None]
    for (_, before_ms), (row, ms) in pairwise(times):
        if before_ms - ms > HALF_HOUR_MS:
            fault = f"has lost the hours of its times: {row.name} begins before the one above it"
            raise source.refusal(fault, "format the columns In and Out as text before saving, or give an .xlsx file")
