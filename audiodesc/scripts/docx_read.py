"""Word documents -> the lines of their tables, whatever people did to them: moved, added and deleted rows, tracked
changes, tables that were split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.oxml.ns import qn

from audiodesc.scripts.lines import Fault, ScriptFile
from audiodesc.scripts.sheet import Column, Row, columns_of, lines_of
from audiodesc.scripts.zipped import checked, library_faults

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

TABLE, ROW, CELL, PARAGRAPH, TEXT = (qn(f"w:{name}") for name in ("tbl", "tr", "tc", "p", "t"))
BLANKS = {qn(f"w:{name}"): text for name, text in (("tab", " "), ("br", " "), ("cr", " "), ("noBreakHyphen", "-"))}
REMOVED = {qn("w:del"), qn("w:moveFrom")}
TRACKED = (*REMOVED, qn("w:ins"), qn("w:moveTo"))
OTHER = {qn("w:txbxContent"), "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
"""Text boxes, and what stands for them in old programs: no part of a cell's text."""

TRACKED_REMARK = "its tracked changes are read as accepted"


def read_document(source: Source) -> ScriptFile:
    """The lines of all tables with the columns In and Text, in the document's order.

    Raises the source's error, which names table and row, for merged cells, a table in a cell, and words without a time.
    """
    body = _body(source)
    found, unit = list[Row](), ""
    columns: dict[int, Column] = {}
    for number, table in enumerate(_tables(body), 1):
        rows = list(_own(table, ROW))
        heads = [columns_of(_texts(row)) for row in rows]
        if not any(heads) and not (columns and rows and len(list(_own(rows[0], CELL))) > max(columns)):
            continue
        for place, (row, named) in enumerate(zip(rows, heads, strict=True), 1):
            if named:
                columns, unit = named[0], unit or named[1]
            elif columns and not _is_removed(row):
                _refuse_merged(source, row, f"table {number}, row {place}")
                texts = _texts(row)
                cells = {column: texts[at] for at, column in columns.items() if at < len(texts)}
                found.append(Row(place, cells, f"table {number}, row", len(found) + 1))
    if not columns:
        raise source.refusal("has no table with the columns In and Text", "name them in the table's first row")
    read = lines_of(source, found, unit)
    tracked = any(next(body.iter(tag), None) is not None for tag in TRACKED)
    return replace(read, faults=(*read.faults, Fault("remark", TRACKED_REMARK))) if tracked else read


def _body(source: Source) -> Any:
    with library_faults(source, "cannot be read as a Word document", "save it anew as .docx, or as plain text"):
        return Document(checked(source)).element.body


def _tables(body: Any) -> Iterator[Any]:
    return (table for table in body.iter(TABLE) if _around(table, TABLE) is None)


def _own(element: Any, tag: str) -> Iterator[Any]:
    """The rows of a table, or cells of a row, that do not belong to a table in it."""
    table = element if element.tag == TABLE else _around(element, TABLE)
    return (one for one in element.iter(tag) if _around(one, TABLE) is table)


def _around(element: Any, tag: str) -> Any:
    return next(element.iterancestors(tag), None)


def _is_removed(row: Any) -> bool:
    """Whether a tracked change deletes the row."""
    return row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None


def _refuse_merged(source: Source, row: Any, name: str) -> None:
    for cell in _own(row, CELL):
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        is_wide = span is not None and span.get(qn("w:val"), "1") != "1"
        if is_wide or cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}") is not None:
            raise source.refusal(f"cannot be used: {name} has merged cells", "split them: a line has a row of its own")
        if next(cell.iter(TABLE), None) is not None:
            raise source.refusal(f"cannot be used: {name} has a table in a cell", "take it out")


def _texts(row: Any) -> list[str]:
    return [" ".join(_text(one) for one in cell.iter(PARAGRAPH)).strip() for cell in _own(row, CELL)]


def _text(paragraph: Any) -> str:
    """What would stand there if all tracked changes were accepted."""
    return "".join(
        (part.text or "") if part.tag == TEXT else BLANKS[part.tag]
        for part in paragraph.iter(TEXT, *BLANKS)
        if not any(one.tag in REMOVED or one.tag in OTHER for one in part.iterancestors())
    )
