"""A script as a spreadsheet: written so that no text is a formula, read as people and Excel leave it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import ScriptFile
from audiodesc.scripts.sheet import HEADS, MOST_ROWS, Column, Row, columns_of, head, lines_of, row_of, sheet_times
from audiodesc.scripts.sheet_times import Cell, TimeForm, Times

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

MOST_BEFORE_HEADS = 20
MOST_COLUMNS = 60
LAST_ROW = 1_048_576
"""Of Excel's sheets. The reader makes every row before the one that a file names last."""

WIDTHS: Final[dict[Column, int]] = {
    "id": 11, "in": 14, "out": 14, "room": 7, "words": 7, "before": 30, "text": 60, "note": 20, "state": 10,
    "author": 12, "voice": 16, "unspoken": 22,
}  # fmt: skip
"""Of the columns, in characters."""

NUMBERS: Final = ("room", "words")


@dataclass(frozen=True, slots=True)
class Options:
    """`--option xlsx.times=seconds`: times are numbers that can be counted with."""

    times: Literal["auto", "clock", "timecode", "seconds"] = "auto"


class Xlsx:
    """Excel's, which LibreOffice and others read and write too."""

    name = "xlsx"
    summary = "Excel, for studios: a row a line"
    needs = "nothing"
    options = Options
    suffixes = (".xlsx", ".xlsm")

    def availability(self) -> Availability:
        return AVAILABLE

    def sniff(self, source: Source) -> bool:
        from audiodesc.scripts.zipped import has_part

        return has_part(source.raw, "xl/workbook.xml")

    def read(self, source: Source, options: Options | None = None) -> ScriptFile:
        """The lines of the first sheet that has columns In and Text. A formula counts as its last result."""
        rows, unit = _rows(source)
        return lines_of(source, rows, unit)

    def write(self, document: ScriptDocument, options: Options | None = None) -> bytes:
        """A row for each line, those that are not spoken too, below a row of heads."""
        from openpyxl import Workbook
        from openpyxl.styles import Font, PatternFill

        form: TimeForm | Literal["auto"] = (options or Options()).times
        times, book = sheet_times(document, form), Workbook()
        sheet: Any = book.active
        sheet.title = "Script"
        heads = [head(column, times) for column in HEADS]
        sheet.append(heads)
        for cell in sheet[1]:
            cell.font, cell.fill = Font(bold=True, size=12), PatternFill("solid", fgColor="DDDDDD")
        for number, line in enumerate(document.lines, 2):
            for place, (column, value) in enumerate(row_of(line, times).items(), 1):
                _fill(sheet.cell(number, place), column, value, times)
        _lay_out(sheet)
        book.properties.title, book.properties.language = document.title, document.language
        book.properties.creator = document.generator or "audiodesc"
        book.properties.description, book.properties.keywords = document.statement, document.keywords
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()


def _fill(cell: Any, column: Column, value: str, times: Times) -> None:
    from openpyxl.styles import Alignment, Font

    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if column == "text":
        cell.font = Font(size=14)
    if value and column in NUMBERS:
        cell.value = float(value)
        cell.number_format = "0.0" if column == "room" else "0"
    elif value and column in ("in", "out") and times.form == "seconds":
        cell.value, cell.number_format = float(value), "0.000"
    elif value:
        cell.value = value
        cell.data_type, cell.number_format = "s", "@"  # text, also where it begins with "="
        cell.quotePrefix = value[0] in "=+-@"


def _lay_out(sheet: Any) -> None:
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(HEADS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS[column]
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _rows(source: Source) -> tuple[list[Row], str]:
    """The rows below the heads of the first sheet that has them, and the unit of times that these state."""
    from openpyxl import load_workbook

    from audiodesc.scripts.zipped import checked, library_faults

    with library_faults(source, "cannot be read as an Excel workbook", "save it anew as .xlsx, or as CSV"):
        book = load_workbook(checked(source), read_only=True, data_only=True)
        for sheet in book.worksheets:
            if found := _sheet_rows(sheet):
                return found
    raise source.refusal("has no sheet with the columns In and Text", "name them in the first row")


def _sheet_rows(sheet: Any) -> tuple[list[Row], str] | None:
    columns: dict[int, Column] = {}
    unit, rows = "", list[Row]()
    sheet.reset_dimensions()
    places = sheet.iter_rows(max_row=LAST_ROW + 1, max_col=MOST_COLUMNS, values_only=True)
    for number, values in enumerate(places, 1):
        if number > LAST_ROW:
            raise ValueError(f"a row after the {LAST_ROW}th")
        if len(rows) > MOST_ROWS:
            break
        if columns and any(value is not None for value in values):
            rows.append(Row(number, dict(_cells(values, columns))))
        elif not columns and (found := columns_of(values)):
            columns, unit = found
        elif not columns and number >= MOST_BEFORE_HEADS:
            return None
    return (rows, unit) if columns else None


def _cells(values: tuple[Any, ...], columns: dict[int, Column]) -> Iterator[tuple[Column, Cell]]:
    """A row's cells."""
    for place, column in columns.items():
        value = values[place] if place < len(values) else None
        yield column, str(value) if isinstance(value, bool) else value
