"""How far a batch is: bars for its running films on a terminal, a line for each that begins and ends elsewhere, or a
line of JSON for each thing that happens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audiodesc.cli.progress import STAGES, amount
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import number_of, visible

if TYPE_CHECKING:
    from audiodesc.batch.model import FilmRow

Show = Callable[["FilmRow"], None]
ENDED = {"done", "skipped", "failed", "held"}
MOST_NAME = 40
"""Characters of a film's name beside its bar."""


@contextmanager
def films_shown(total: int | None, quiet: bool, as_json: bool) -> Iterator[Show]:
    """What is called with each film that changed. `total`: how many films are to be made, None where that is open."""
    if as_json:
        yield _json_events()
    elif quiet:
        yield lambda row: None
    elif sys.stderr.isatty():
        with _bars(total) as show:
            yield show
    else:
        yield _lines(total)


def _json_events() -> Show:
    """A line for each film that begins, comes to another stage, and ends."""
    from audiodesc.batch.output.json_lines import as_line, film_values

    seen: dict[int, tuple[str, str]] = {}

    def show(row: FilmRow) -> None:
        if seen.get(row.id) != (row.state, row.stage):
            seen[row.id] = (row.state, row.stage)
            say_json(as_line({"event": "film", **film_values(row)}))
            sys.stdout.flush()

    return show


def _lines(total: int | None) -> Show:
    seen: dict[int, str] = {}
    ended: set[int] = set()

    def show(row: FilmRow) -> None:
        if seen.get(row.id) == row.state:
            return
        seen[row.id] = row.state
        if row.state in ENDED:
            ended.add(row.id)
        place = f"[{len(ended)}/{total}] " if total else ""
        say(f"{place}{sentence(row)}", error=True)

    return show


def sentence(row: FilmRow) -> str:
    """What happened to a film, as one line."""
    name = row.job.name
    if row.state == "running":
        return f"{name}: begun" + (f", attempt {row.attempts}" if row.attempts > 1 else "")
    if row.state == "failed" and row.failed:
        return f"{name}: failed ({row.failed.cause}): {row.failed.message}"
    if row.state == "done" and row.result:
        from audiodesc.batch.output.facts import lasting, seconds_of

        took = seconds_of(row)
        lasted = f", {lasting(took)}" if took is not None else ""
        return f"{name}: done, {number_of(row.result.lines, 'line')}, {row.result.overlap_ms} ms over dialogue{lasted}"
    return f"{name}: {row.state}"


@contextmanager
def _bars(total: int | None) -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = [TextColumn("{task.description}", markup=False), BarColumn(bar_width=24)]
    counted = TextColumn("{task.fields[counted]}", markup=False)
    with Progress(*columns, counted, TimeElapsedColumn(), console=console, transient=True) as bars:
        whole = bars.add_task("films", total=total, counted=f"0 of {total}" if total else "")
        tasks: dict[int, Any] = {}
        ended: set[int] = set()

        def show(row: FilmRow) -> None:
            if row.state == "running":
                if row.id not in tasks:
                    tasks[row.id] = bars.add_task(_short(row.job.name), total=None, counted="")
                stage = STAGES.get(row.stage, row.stage)
                said = f"{stage} {amount(row.stage, row.done, row.total)}".strip()
                bars.update(tasks[row.id], completed=row.done, total=row.total or None, counted=said)
                return
            if row.id in tasks:
                bars.remove_task(tasks.pop(row.id))
            if row.state in ENDED:
                ended.add(row.id)
                bars.update(whole, completed=len(ended), counted=f"{len(ended)} of {total}" if total else "")
                bars.console.out(visible(sentence(row)), highlight=False)

        yield show


def _short(name: str) -> str:
    shown = visible(name)
    return shown if len(shown) <= MOST_NAME else f"{shown[: MOST_NAME - 1]}…"
