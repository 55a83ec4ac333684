"""Captions as CSV with the columns of SkyCaptioner-V1's scripts, and such a CSV as a list of films to be captioned.

https://github.com/SkyworkAI/SkyReels-V2, skycaptioner_v1/scripts: `path` goes in, `structural_caption` and
`t2v_fusion_caption` or `i2v_fusion_caption` come out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from audiodesc.captions.values import Caption, fields_text
from audiodesc.core.files import read_whole
from audiodesc.describers.models.shot_facts import ShotFacts, read_shot_facts
from audiodesc.errors import InputError
from audiodesc.model import Span
from audiodesc.scripts.csv_sheet import DELIMITERS, MARK, as_text, no_formula

PATH, FIELDS = "path", "structural_caption"
FUSED: Final = {"t2v": "t2v_fusion_caption", "i2v": "i2v_fusion_caption"}
OURS: Final = (PATH, "start_ms", "end_ms", "shot", "style", "language", "text", FIELDS)
LAST: Final = ("dialogue", "model", "doubts", "failure")

LARGEST = 200_000_000
"""Bytes of a list."""

MOST_ROWS = 200_000
LONGEST_CELL = 1_000_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row of a list asks for: a caption of `span`, or of all of the film; from `fields`, where it has them.
    `cells` are its other columns."""

    span: Span | None = None
    fields: ShotFacts | None = None
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """A film, as it is named, and the rows that name it; without rows all its stretches are wanted."""

    name: str
    place: Path
    rows: tuple[Row, ...] = ()


def written(captions: Sequence[Caption]) -> str:
    """A row for each caption, below a row of heads. No cell is taken for a formula by a spreadsheet."""
    fused = [column for fusion, column in FUSED.items() if any(one.fusion == fusion for one in captions)]
    more = dict.fromkeys(name for one in captions for name in one.cells)
    columns = [*OURS, *fused, *LAST, *(name for name in more if name not in {*OURS, *fused, *LAST})]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(map(no_formula, columns))
    for one in captions:
        cells = {**one.cells, **_cells(one)}
        rows.writerow(no_formula(cells.get(column, "")) for column in columns)
    return MARK + text.getvalue()


def _cells(one: Caption) -> Mapping[str, str]:
    said = " / ".join(f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text for cue in one.dialogue)
    return {
        PATH: one.film,
        "start_ms": str(one.span.start_ms),
        "end_ms": str(one.span.end_ms),
        "shot": str(one.shot),
        "style": one.style,
        "language": one.language,
        "text": one.text,
        FIELDS: fields_text(one.fields) if one.fields else "",
        "dialogue": " ".join(said.split()),
        "model": one.model,
        "doubts": "; ".join(one.doubts),
        "failure": one.failure,
        **({FUSED[one.fusion]: one.text} if one.fusion else {}),
    }


def read_list(path: Path) -> tuple[Listed, ...]:
    """The films of a list with a column `path`, as seen from the list's folder, else from here; rows that follow one
    another with the same path are one film. Raises InputError, which names the line, for a list that cannot be read."""
    try:
        text = read_whole(path, LARGEST).decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", "give a CSV file with a column path") from error
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        rows = list(_rows(path, text))
    except csv.Error as error:
        raise InputError(f"{path}: is no table that can be read ({error})", "save it anew as CSV") from error
    finally:
        csv.field_size_limit(limit)  # it is that of the whole process
    if not rows:
        raise InputError(f"{path}: lists no film", "give a row with a path for each film")
    return tuple(
        Listed(name, _place(path, name), tuple(row for _, row in some))
        for name, some in groupby(rows, key=lambda one: one[0])
    )


def _place(list_path: Path, name: str) -> Path:
    beside = list_path.parent / name
    with suppress(OSError):  # a name that is too long; a folder that is closed
        if beside.exists():
            return beside
    return Path(name)


def _rows(path: Path, text: str) -> Iterator[tuple[str, Row]]:
    heads = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heads.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [as_text(one.strip()) for one in next(table, [])]
    if PATH not in columns:
        raise InputError(f"{path}: its first row has no column path", "name the column with the films' paths: path")
    for number, cells in enumerate(table):
        if number == MOST_ROWS:
            raise InputError(f"{path}: has more than {MOST_ROWS:,} rows", "give it in parts")
        row = {name: as_text(cell) for name, cell in zip(columns, cells, strict=False) if name}
        if (name := row.get(PATH, "").strip()) and "\0" not in name:
            yield name, _row(f"{path}: line {table.line_num}", row)
        elif any(row.values()):
            raise InputError(f"{path}: line {table.line_num} has no path", "give the film's path there")


def _row(where: str, row: Mapping[str, str]) -> Row:
    kept = {name: cell for name, cell in row.items() if name not in {*OURS, *LAST} and cell}
    return Row(_span(where, row), _fields(where, row.get(FIELDS, "").strip()), kept)


def _span(where: str, row: Mapping[str, str]) -> Span | None:
    start, end = row.get("start_ms", "").strip(), row.get("end_ms", "").strip()
    if not (start or end):
        return None
    try:
        found = Span(int(start), int(end))
    except ValueError as error:
        raise InputError(
            f"{where}: {start!r:.20} to {end!r:.20} is no span of time", "give start_ms and end_ms in milliseconds"
        ) from error
    if not found.duration_ms:
        raise InputError(f"{where}: its span of time is empty", "give end_ms after start_ms")
    return found


def _fields(where: str, cell: str) -> ShotFacts | None:
    if not cell:
        return None
    try:
        found, _ = read_shot_facts(cell)
    except ImportError:  # broken JSON, which only [models] mends
        found = ShotFacts()
    if found == ShotFacts():
        raise InputError(f"{where}: {FIELDS} holds no fields that can be read", "leave it empty to have them asked for")
    return found
