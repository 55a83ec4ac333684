"""A list of films as a table: CSV, with commas, semicolons, tabs or bars between the cells, a row a film."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from audiodesc.batch.listing.model import LARGEST, MOST_FILMS, FilmList, ListRow
from audiodesc.batch.listing.values import (
    EPISODE,
    FILM,
    OUTPUT,
    OWN,
    PRESET,
    SERIES,
    SUBTITLES,
    cell_choice,
    column,
    merged,
    nearest,
    read_episode,
)
from audiodesc.core.files import read_whole
from audiodesc.errors import InputError, UsageError

LONGEST_CELL: Final = 100_000
"""Characters."""

FORM: Final = "give a CSV file whose first row names its columns: film, subtitles, language …"
SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n", re.IGNORECASE)
"""A first line by which Excel knows what parts the cells."""


def read_table(path: Path) -> FilmList:
    """The rows of a table with a column `film`.

    Raises InputError for a file that cannot be read or is no table, and UsageError, which names the line and the
    column, for a column that is not known (with the nearest), and for a value that is wrong.
    """
    rows = [(line, cells) for line, cells in _rows(path, _text(path)) if any(map(str.strip, cells))]
    if not rows:
        raise InputError(f"{path}: lists no film", FORM)
    columns = _columns(path, rows[0][1])
    found = tuple(_row(f"{path}: line {line}", columns, cells) for line, cells in rows[1:])
    if not found:
        raise InputError(f"{path}: lists no film", "give a row for each film")
    return FilmList(found)


def _text(path: Path) -> str:
    """UTF-8, UTF-16 where its mark says so, else Windows' encoding of Western Europe."""
    try:
        content = read_whole(path, LARGEST)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", FORM) from error
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text[:LONGEST_CELL]:
            return text
    raise InputError(f"{path}: is no table of text", FORM)


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Each row with the number of the line that it begins in; read at once, since the limit of a cell's length is that
    of the whole process."""
    from audiodesc.scripts.csv_sheet import DELIMITERS

    first = SEPARATOR.match(text)
    head = text[first.end() if first else 0 :].lstrip("\r\n").partition("\n")[0]
    delimiter = first[1] if first and first[1] in DELIMITERS else max(DELIMITERS, key=head.count)
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        return list(_numbered(path, csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), bool(first)))
    except csv.Error as error:
        raise InputError(f"{path}: is no table that can be read ({error})", "save it anew as CSV") from error
    finally:
        csv.field_size_limit(limit)


def _numbered(path: Path, table: Iterator[list[str]], skips_first: bool) -> Iterator[tuple[int, list[str]]]:
    line, count = 1, 0
    for cells in table:
        if not (skips_first and line == 1):
            yield line, cells
            count += 1
        if count > MOST_FILMS:
            raise InputError(f"{path}: has more than {MOST_FILMS:,} rows", "give it in parts")
        line = getattr(table, "line_num", line) + 1


def _columns(path: Path, heads: Sequence[str]) -> tuple[str, ...]:
    from audiodesc.scripts.csv_sheet import as_text

    found: list[str] = []
    for head in heads:
        name = column(as_text(head.strip()))
        if head.strip() and not name:
            raise UsageError(f"{path}: line 1: there is no column {head.strip()!r:.60}", nearest(head))
        if name and name in found:
            raise UsageError(f"{path}: line 1: two columns are {name}", "leave one of them out")
        found.append(name)
    if FILM not in found:
        raise InputError(f"{path}: its first row has no column film", FORM)
    return tuple(found)


def _row(where: str, columns: Sequence[str], cells: Sequence[str]) -> ListRow:
    from audiodesc.scripts.csv_sheet import as_text

    if any(cell.strip() for cell in cells[len(columns) :]):
        fault = f"{where} has {len(cells)} cells, and the first row {len(columns)}"
        raise UsageError(fault, "put a text that has what parts the cells in it between double quotes")
    given: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        text = as_text(cell.strip())
        if "\0" in text:
            raise UsageError(f"{where}: {name or 'a cell'} holds a NUL byte", "leave it out")
        if text and not name:
            raise UsageError(f"{where}: {text!r:.60} stands in a column without a name", "name the column")
        if text:
            given[name] = text
    if FILM not in given:
        raise UsageError(f"{where} has no film", "give the film's path there")
    return row_of(where, given, merged(*(cell_choice(*one, where) for one in given.items() if one[0] not in OWN)))


def row_of(where: str, own: Mapping[str, str], choices: Mapping[str, object]) -> ListRow:
    """A row of what it says of a film, and of its choices."""
    return ListRow(
        where=where,
        film=own[FILM],
        subtitles=own.get(SUBTITLES, ""),
        output=own.get(OUTPUT, ""),
        series=own.get(SERIES, ""),
        episode=read_episode(own[EPISODE], where) if EPISODE in own else 0.0,
        choices=choices,
        preset=own.get(PRESET, ""),
    )
