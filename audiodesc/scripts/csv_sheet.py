"""A script as CSV: a table for spreadsheets in which no text is ever a formula, and what spreadsheets make of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import ScriptFile
from audiodesc.scripts.sheet import HEADS, Column, Row, columns_of, head, lines_of, row_of, sheet_times
from audiodesc.scripts.sheet_times import TimeForm

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

DELIMITERS = ",;\t|"
FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet may take for the beginning of a formula, and such a text as it is written here: behind a single
quote (OWASP, "CSV Injection")."""

QUOTED = re.compile(r'="((?:[^"]|"")*)"')
"""How some programs write what a spreadsheet is to take as text, such as a time or an id."""

MOST_BEFORE_HEADS = 20
MARK = "\ufeff"
"""The file begins with it: Excel takes a CSV file without it for one in Windows' encoding."""


@dataclass(frozen=True, slots=True)
class Options:
    """`--option csv.times=seconds`: how times are written; `--option csv.delimiter=;`: what parts the cells, where a
    spreadsheet has a decimal comma."""

    times: Literal["auto", "clock", "timecode", "seconds"] = "auto"
    delimiter: Literal[",", ";", "\t"] = ","


class Csv:
    """CSV and TSV; those without a row of heads are read by what their columns hold."""

    name = "csv"
    summary = "CSV, for spreadsheets"
    needs = "nothing"
    options = Options
    suffixes = (".csv", ".tsv")

    def availability(self) -> Availability:
        return AVAILABLE

    def sniff(self, source: Source) -> bool:
        return _heads(source.text) is not None

    def read(self, source: Source, options: Options | None = None) -> ScriptFile:
        """A row is a line."""
        from audiodesc.scripts.formats import SubtitleFormat

        if (found := _heads(source.text)) is None:
            return SubtitleFormat("csv", self.summary, self.suffixes, "table").read(source)
        try:
            rows = list(_rows(source, found))
        except csv.Error as error:
            raise source.refusal(f"is no table that can be read ({error})", "save it anew as CSV") from error
        return lines_of(source, rows, found.unit)

    def write(self, document: ScriptDocument, options: Options | None = None) -> str:
        """A row for each line, those that are not spoken too, below a row of heads."""
        chosen = options or Options()
        times: TimeForm | Literal["auto"] = chosen.times
        form = sheet_times(document, times)
        written = io.StringIO()
        rows = csv.writer(written, delimiter=chosen.delimiter)
        rows.writerow(head(column, form).lower() for column in HEADS)
        for line in document.lines:
            rows.writerow(no_formula(cell) for cell in row_of(line, form).values())
        return MARK + written.getvalue()


def no_formula(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def as_text(cell: str) -> str:
    """A cell as it was before `no_formula`, or before another program wrote it as a formula that is a text."""
    if quoted := QUOTED.fullmatch(cell):
        return quoted[1].replace('""', '"')
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


@dataclass(frozen=True, slots=True)
class _Heads:
    """The row of heads: what parts its cells, the number of its last line, the columns by position, the unit of times,
    and how many cells it has."""

    delimiter: str
    line: int
    columns: dict[int, Column]
    unit: str
    width: int

    @property
    def text(self) -> int:
        """The position of the text."""
        return next(place for place, column in self.columns.items() if column == "text")


def _rows(source: Source, heads: _Heads) -> Iterator[Row]:
    """The rows below the heads, each with the number of the line that it begins in.

    A text at the end of its row may have the delimiter in it. Raises the source's error for another row with more cells
    than heads: of what stands in it some is in a wrong column.
    """
    from audiodesc.subtitles.timed_text import with_whole_text, without_empty_end

    reader, number = csv.reader(io.StringIO(source.text), delimiter=heads.delimiter), 1
    for row in reader:
        if number > heads.line:
            cells = without_empty_end(row)
            if len(cells) > heads.width and heads.text + 1 < heads.width:
                fault = f"cannot be used: line {number} has {len(cells)} cells, and the row of heads {heads.width}"
                raise source.refusal(fault, f"put a text that has {heads.delimiter!r} in it between double quotes")
            yield Row(
                number,
                _by_column(with_whole_text(cells, heads.text, heads.width, heads.delimiter), heads.columns),
                "line",
            )
        number = reader.line_num + 1


def _by_column(row: Sequence[str], columns: dict[int, Column]) -> dict[Column, str]:
    return {column: as_text(row[place].strip()) for place, column in columns.items() if place < len(row)}


def _heads(text: str) -> _Heads | None:
    """The row of heads; None where there is none."""
    from audiodesc.subtitles.timed_text import without_empty_end

    first = "\n".join(text.split("\n", MOST_BEFORE_HEADS)[:MOST_BEFORE_HEADS])
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(first), delimiter=delimiter)
            for row in reader:
                if found := columns_of(row):
                    return _Heads(delimiter, reader.line_num, *found, len(without_empty_end(row)))
        except csv.Error:
            continue
    return None
