"""Data sets of audio description as CSV, with predicted texts: CMD-AD, MAD-Eval and TV-AD as their makers give them.

The predictions are a table with the human text in each row, as AutoAD-III and AutoAD-Zero write it (`vid`, `start`,
`end`, `text_gt`, `text_gen`), or one without, beside the annotations:

- CMD-AD (Han et al., CVPR 2024): `text`, `start`, `end`, `cmd_filename`, `imdbid` …
- MAD-Eval (Han et al., CVPR 2023; from Soldan et al., CVPR 2022), named or unnamed: `sentence`, `start`, `end`,
  `movie`, `imdb` …
- TV-AD (Xie et al., ACCV 2024): `text`, `start`, `end`, `imdbid`, `imdbid_pe`, `tvad_name` …
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiodesc.core.files import read_whole
from audiodesc.errors import InputError
from audiodesc.evaluation.model import Pair
from audiodesc.model import Span

LARGEST = 100_000_000
"""Bytes of a file. The annotations of MAD-Eval are 1.2 MB."""

MOST_ROWS = 50_000
LONGEST_TEXT = 10_000
"""Characters of a cell; longer ones are no line, and no cue either."""

LATEST_S = 360_000
"""No film is longer than so many seconds."""

HUMAN: Final = ("text_gt", "gt", "reference", "text", "sentence")
OURS: Final = ("text_gen", "text_pred", "pred", "prediction", "predicted", "generated")
FILMS: Final = ("vid", "cmd_filename", "tvad_name", "imdbid_pe", "movie", "imdbid", "imdb", "lsmdc_filename")
"""What the columns are called: human texts, predicted ones, and the film or clip; the first that is there counts."""

GROUPS: Final = ("vid", "cmd_filename", "imdbid_pe", "movie", "imdbid", "imdb")
"""In the rows of one of these, of the first that is there, the cue before a cue is its neighbour."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `human` and `ours` are None where its table has no such column; `names` are all that it calls its film or
    clip; `film` is the one by which rows belong together."""

    number: int
    human: str | None
    ours: str | None
    span: Span | None
    film: str
    names: frozenset[str]


def is_dataset(path: Path) -> bool:
    """Whether a file is a table of a data set, by its columns: not a script, which is a table too."""
    if path.suffix.lower() not in (".csv", ".tsv"):
        return False
    try:
        with path.open("rb") as file:
            heads = file.readline(100_000).decode("utf-8-sig", "replace")
    except OSError:
        return False
    columns = {one.strip().strip('"').casefold() for one in heads.replace("\t", ",").split(",")}
    return bool(columns & {*OURS, "text_gt"} or (columns & set(FILMS) and columns & set(HUMAN)))


def read_pairs(ours: Path, human: Path | None) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    """The pairs of a data set, in its order, and what was left out; `human` has the annotations where `ours` has no
    human texts.

    Raises InputError, which names file and row, for what is no such table.
    """
    predicted = read_table(ours)
    if all(row.ours is None for row in predicted):
        raise InputError(f"{ours} has no column of predicted texts", f"call it {OURS[0]}, as AutoAD-Zero does")
    if human is None:
        if all(row.human is None for row in predicted):
            raise InputError(f"{ours} has no column of human texts", "call it text_gt, or give the annotations too")
        rows = [(row, row.ours or "") for row in predicted]
    else:
        rows = list(_beside(read_table(human), predicted, human, ours))
    kept = [(row, said) for row, said in rows if row.human]
    notes = [f"{len(rows) - len(kept)} rows have no human text, and are left out"] if len(kept) < len(rows) else []
    if not kept:
        raise InputError(f"{human or ours} has no human text", "give a table with at least one row that has one")
    return tuple(Pair(row.human or "", said, None, row.span, row.film) for row, said in kept), tuple(notes)


def _beside(annotated: Sequence[Row], predicted: Sequence[Row], human: Path, ours: Path) -> Iterator[tuple[Row, str]]:
    """Each annotation with what is predicted for it: by its times and its film, else by its place in the file."""
    if all(row.human is None for row in annotated):
        raise InputError(f"{human} has no column of human texts", f"call it one of: {', '.join(HUMAN)}")
    if any(row.span is None for row in (*annotated, *predicted)):
        if len(annotated) != len(predicted):
            fault = f"{ours} has {len(predicted)} rows without times, and {human} {len(annotated)}"
            raise InputError(fault, "give both the columns start and end, or as many rows in the same order")
        yield from ((row, one.ours or "") for row, one in zip(annotated, predicted, strict=True))
        return
    waiting: dict[Span | None, list[Row]] = defaultdict(list)
    for row in predicted:
        waiting[row.span].append(row)
    found = 0
    for row in annotated:
        same = waiting[row.span]
        one = next((one for one in same if not one.names or not row.names or one.names & row.names), None)
        if one:
            same.remove(one)
            found += 1
        yield row, (one.ours or "") if one else ""
    if not found:
        raise InputError(f"no row of {ours} has times and film of one of {human}", "give tables of the same data set")


def read_table(path: Path) -> list[Row]:
    """The rows of a table. Raises InputError."""
    text = _text(path)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        heads = [head.strip().casefold() for head in reader.fieldnames or ()]
        if repeated := next((head for head in heads if head and heads.count(head) > 1), ""):
            raise InputError(f"{path} has two columns {repeated:.40}", "take one of them out")
        if not {*heads} & {*HUMAN, *OURS}:
            wanted = f"{HUMAN[0]} and {OURS[0]}"
            raise InputError(f"{path} has no column of texts ({', '.join(heads):.80})", f"call them {wanted}")
        reader.fieldnames = heads
        rows: list[Row] = []
        for cells in reader:
            if len(rows) == MOST_ROWS:
                raise InputError(f"{path} has more than {MOST_ROWS} rows", "give it in parts")
            rows.append(_row(cells, reader.line_num, path))
    except csv.Error as error:
        raise InputError(f"{path} is no table that can be read ({error})", "save it anew as CSV in UTF-8") from error
    if not rows:
        raise InputError(f"{path} has no row below its heads", "give a table with at least one")
    return rows


def _text(path: Path) -> str:
    try:
        raw = read_whole(path, LARGEST)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "give a CSV file that can be read") from error
    if b"\0" in raw:
        raise InputError(f"{path} holds NUL characters, which no CSV has", "save it anew as CSV in UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not in UTF-8 (byte {error.start})", "save it anew as CSV in UTF-8") from error


def _row(cells: Mapping[str, str | list[str] | None], number: int, path: Path) -> Row:
    if cells.get(None):  # type: ignore[call-overload]  # where csv puts what has no head
        raise InputError(f"{path}, line {number}: it has more cells than heads", "put its text between double quotes")
    plain = {head: cell for head, cell in cells.items() if isinstance(cell, str)}
    human, ours = (_cell(plain, names, number, path) for names in (HUMAN, OURS))
    film = next((plain[name] for name in GROUPS if plain.get(name)), "")
    names = frozenset(plain[name] for name in FILMS if plain.get(name))
    return Row(number, human, ours, _span(plain, number, path), film, names)


def _cell(cells: Mapping[str, str], names: Sequence[str], number: int, path: Path) -> str | None:
    """The text of the first of these columns, on one line; None where there is none of them."""
    text = next((cells[name] for name in names if name in cells), None)
    if text is not None and len(text) > LONGEST_TEXT:
        raise InputError(f"{path}, line {number}: a text of {len(text)} characters", f"give at most {LONGEST_TEXT}")
    return None if text is None else " ".join(text.split())


def _span(cells: Mapping[str, str], number: int, path: Path) -> Span | None:
    """The time of a row; None where its table has none. A row that ends before it begins has no length."""
    if "start" not in cells or "end" not in cells:
        return None
    start, end = (_ms(cells[name], name, number, path) for name in ("start", "end"))
    return Span(start, max(start, end))


def _ms(cell: str, name: str, number: int, path: Path) -> int:
    try:
        seconds = float(cell)
    except ValueError:
        seconds = math.nan
    if not -LATEST_S <= seconds <= LATEST_S:
        raise InputError(f"{path}, line {number}: {name} is {cell[:20]!r}", "give seconds, such as 83.25")
    return max(0, round(seconds * 1000))
