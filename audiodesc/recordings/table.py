"""The table beside recordings, such as the `lines.csv` of an export: which file is which line, and for which text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from audiodesc.core.files import read_whole
from audiodesc.scripts.csv_sheet import DELIMITERS, as_text
from audiodesc.scripts.sheet import ID_DIGITS

LARGEST = 20_000_000
FILE = {"file", "file name", "filename", "audio", "clip", "recording", "datei", "fichier", "archivo", "plik"}
ID = {"id", "line id", "identifier", "kennung"}
NUMBER = {"number", "no", "nr", "#", "line number", "nummer"}
TEXT = {"text", "description", "audio description", "narration", "script", "ad text", "beschreibung"}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A file of the table: the id of its line ("" where none is said), its number (0), and the text ("")."""

    id: str
    number: int
    text: str


def read_table(path: Path) -> Mapping[str, TableRow]:
    """The rows by the names of their files, without suffix and in lower case; none where it is another table.

    Raises OSError for what cannot be read.
    """
    raw = read_whole(path, LARGEST)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    for delimiter in DELIMITERS:
        try:
            if found := dict(_rows(list(csv.reader(io.StringIO(text), delimiter=delimiter)))):
                return found
        except csv.Error:
            continue
    return {}


def _rows(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, TableRow]]:
    for above, heads in enumerate(rows[:20], 1):
        names = [cell.strip(" :.*").casefold() for cell in heads]
        columns = [next((n for n, name in enumerate(names) if name in known), -1) for known in (FILE, ID, NUMBER, TEXT)]
        if columns[0] < 0 or max(columns[1:3]) < 0:
            continue
        for row in rows[above:]:
            file, id, number, text = (row[n].strip() if 0 <= n < len(row) else "" for n in columns)
            if file:
                stem = PurePosixPath(file.replace("\\", "/")).stem.casefold()
                yield stem, TableRow(_id(id), int(number) if number.isdecimal() else 0, as_text(text))
        return


def _id(cell: str) -> str:
    """An id as it was written, also where a spreadsheet took it for a number."""
    text = as_text(cell)
    return text.zfill(ID_DIGITS) if text.isascii() and text.isdigit() else text
