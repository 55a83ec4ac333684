"""A batch as CSV, for the archive: a row for each film, in which no text is ever a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from audiodesc.batch.model import FilmRow
from audiodesc.batch.output.json_lines import film_values
from audiodesc.scripts.csv_sheet import MARK, no_formula

COLUMNS: Final = (
    "film", "state", "series", "episode", "duration_s", "lines", "overlap_ms", "loudness_lufs", "peak_dbtp", "findings",
    "clips", "cached", "tokens", "took_s", "attempts", "losses", "cause", "message", "queued_at", "started_at",
    "ended_at", "subtitles", "output", "owner", "stage_s", "files",
)  # fmt: skip
"""Keys of `film_values`, in the order of the columns."""


def sheet(rows: Iterable[FilmRow]) -> str:
    """The table; several findings, seconds by stage and files stand in one cell, a line each."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    for row in rows:
        values = film_values(row)
        table.writerow(_cell(values[column]) for column in COLUMNS)
    return MARK + written.getvalue()


def write_sheet(rows: Iterable[FilmRow], path: Path) -> None:
    """Write it whole. Raises OutputError."""
    from audiodesc.project.output_file import write_whole

    content = sheet(rows).encode("utf-8", "replace")
    write_whole(path, lambda partial: partial.write_bytes(content), force=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        value = "\n".join(f"{key}: {one}" for key, one in value.items())
    elif isinstance(value, list):
        value = "\n".join(value)
    return no_formula(value) if isinstance(value, str) else str(value)
