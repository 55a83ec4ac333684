"""A batch as a page for people: one HTML file with films by state, failures by cause with the command that queues them
again, and what it cost. Texts are escaped, and no script runs in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment

from audiodesc.batch.model import STATES, FilmRow, FilmState
from audiodesc.batch.output.facts import (
    CAUSE_TITLES,
    failures,
    lasting,
    retry_command,
    seconds_of,
    stage_title,
    stamp,
    totals,
)
from audiodesc.batch.output.table import share
from audiodesc.core.formatting import clock, number_of, signed
from audiodesc.core.pages import environment

CHUNK: Final = 250
"""Films of a table; further ones stand in tables that a reader opens."""

PAGE_FILE: Final = "page"
"""The deliverable that is a film's own page."""

MOST_FINDINGS: Final = 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """Films that stand in one table: `first` and `last` are their places among those of the state."""

    first: int
    last: int
    rows: Sequence[FilmRow]


def page(rows: Sequence[FilmRow], counts: Mapping[FilmState, int], folder: Path, now: float, name: str = "") -> str:
    """The page of a batch in a folder, to which its links are relative; `now` is the moment of its state, in seconds
    since the epoch, `name` what it is called (the folder's name where there is none)."""
    by_state = {state: [row for row in rows if row.state == state] for state in STATES}
    failed = failures(rows)
    return (
        _environment()
        .get_template("batch.html")
        .render(
            name=name or folder.resolve().name or str(folder),
            as_of=(stamp(now) or "").replace("T", " ").replace("Z", " UTC"),
            states=[(state, counts.get(state, 0)) for state in STATES],
            causes=[
                (cause, CAUSE_TITLES[cause], list(_chunks(films)), retry_command(folder, [cause]))
                for cause, films in failed.items()
            ],
            waiting=[(state, list(_chunks(by_state[state]))) for state in ("running", "held", "queued")],
            ended=[(state, list(_chunks(by_state[state]))) for state in ("done", "skipped")],
            totals=totals(rows),
            took_s=_took(rows),
            link=lambda row: _link(row, folder),
            most_findings=MOST_FINDINGS,
            frames=False,
        )
    )


def write_page(
    rows: Sequence[FilmRow], counts: Mapping[FilmState, int], path: Path, now: float, name: str = ""
) -> None:
    """Write the page whole. Raises OutputError."""
    from audiodesc.project.output_file import write_whole

    content = page(rows, counts, path.parent, now, name).encode("utf-8", "replace")
    write_whole(path, lambda partial: partial.write_bytes(content), force=True)


def _chunks(rows: Sequence[FilmRow]) -> Iterator[Chunk]:
    left = iter(rows)
    first = 1
    while taken := list(islice(left, CHUNK)):
        yield Chunk(first, first + len(taken) - 1, taken)
        first += len(taken)


def _took(rows: Sequence[FilmRow]) -> float | None:
    """Seconds from the first begin to the last end of films that ended, breaks among them."""
    begun = [row.started_at for row in rows if row.started_at is not None and row.ended_at is not None]
    ended = [row.ended_at for row in rows if row.ended_at is not None and row.started_at is not None]
    return max(ended) - min(begun) if ended else None


def _link(row: FilmRow, folder: Path) -> str:
    """The address of a film's page as a link from the folder, or that of its results where it has none; "" where it has
    neither, or one that no browser opens."""
    place = row.result.files.get(PAGE_FILE, row.job.output) if row.result else ""
    if place.startswith(("http://", "https://")):
        return place
    if not place or not Path(place).is_absolute():
        return ""
    try:
        relative = os.path.relpath(place, folder.absolute())
    except ValueError:  # on another drive
        return Path(place).as_uri()
    if Path(relative).parts[:3] == ("..", "..", ".."):
        return Path(place).as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")), safe="/")


def _took_words(row: FilmRow) -> str:
    took = seconds_of(row)
    return "" if took is None else lasting(took)


@cache
def _environment() -> Environment:
    return environment(
        "audiodesc.batch.output",
        "batch.css",
        clock=clock,
        counted=number_of,
        lasting=lasting,
        level=signed,
        in_words=stage_title,
        share=share,
        took=_took_words,
    )
