"""The commands of a batch that runs or ran: `batch status`, `batch retry`, `batch stop`, `batch hold`,
`batch plan`."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiodesc.cli.batch_options import (
    AsCsv,
    AsJson,
    AsLog,
    Batch,
    CorePrice,
    Cores,
    Films,
    GpuPrice,
    Gpus,
    Kinds,
    Nodes,
    PlanAsJson,
    Release,
    SomeFilms,
)
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.core.formatting import number_of, shell
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.batch.model import FailureCause, FilmJob, FilmRow, FilmState
    from audiodesc.batch.output.table import TextTable
    from audiodesc.batch.state import BatchState

NOT_MADE: tuple[FilmState, ...] = ("failed", "running", "held")
"""Films that `status` names one by one; the others are counted."""


@without_choices
def status(batch: Batch, as_json: AsJson = False, as_csv: AsCsv = False, as_log: AsLog = False) -> None:
    """Say how far a batch is: films by state, and each that runs, is held or failed.

    It may run meanwhile, in this or another process. All films one by one are in its batch.html, and here as JSON or
    CSV.
    """
    from audiodesc.batch.output.facts import counted
    from audiodesc.batch.output.json_lines import film_lines
    from audiodesc.batch.output.table import film_table
    from audiodesc.batch.running import is_held
    from audiodesc.batch.state import BatchState
    from audiodesc.cli.batching import folder_of

    if as_json + as_csv + as_log > 1:
        raise UsageError("--json, --csv and --log are three forms", "choose one of them")
    folder = folder_of(batch)
    with BatchState(folder) as state:
        if as_json:
            for line in film_lines(state.rows()):
                say_json(line)
        elif as_csv:
            _print_sheet(state)
        elif as_log:
            _print_log(state)
        else:
            rows = state.rows(NOT_MADE)
            if rows:
                show(drawn(film_table(rows)))
            say(f"{counted(state.counts())}; {'it is being run' if is_held(folder) else 'nothing runs it'}.")


def _print_sheet(state: BatchState) -> None:
    from audiodesc.batch.output.sheet import sheet
    from audiodesc.scripts.csv_sheet import MARK

    say(sheet(state.rows()).removeprefix(MARK).rstrip("\n"))


def _print_log(state: BatchState) -> None:
    from audiodesc.batch.output.json_lines import log_lines

    after = 0
    while entries := state.log(after=after):
        for line in log_lines(entries):
            say_json(line)
        after = entries[-1].number


def drawn(table: TextTable) -> Any:
    """A table of text, for a terminal."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, caption="\n".join(table.below) or None, caption_justify="left")
    for place, head in enumerate(table.heads):
        shown.add_column(head, justify="right" if place in table.numbers else "left", overflow="fold")
    for cells in table.rows:
        shown.add_row(*(Text(cell) for cell in cells))
    return shown


@without_choices
def retry(batch: Batch, kinds: Kinds = None, films: SomeFilms = None) -> None:
    """Queue failed films again, all or those of one kind of failure.

    A batch that is being run takes them up by itself; else the command that it says makes them.
    """
    from audiodesc.batch.state import BatchState
    from audiodesc.cli.batching import folder_of

    causes, folder = causes_of(kinds or ()), folder_of(batch)
    with BatchState(folder) as state:
        chosen = [row.id for row in named(state.rows(("failed",)), films or ())] if films else []
        count = state.retry(causes, chosen) if chosen or not films else 0
    say(f"{number_of(count, 'film')} queued again.")
    _say_next(folder, count)


@without_choices
def stop(batch: Batch) -> None:
    """Ask the process that runs a batch to end after the lines and clips in hand.

    The same command as before, or `audiodesc batch NAME.batch`, goes on from there.
    """
    from audiodesc.batch.running import is_held
    from audiodesc.batch.state import BatchState
    from audiodesc.cli.batching import folder_of

    folder = folder_of(batch)
    if not is_held(folder):
        say("Nothing runs this batch.")
        return
    with BatchState(folder) as state:
        state.ask_stop()
    say("It ends after what it has in hand; the same command goes on from there.")


@without_choices
def hold(batch: Batch, films: Films, release: Release = False) -> None:
    """Keep queued films from being made until they are released."""
    from audiodesc.batch.state import BatchState
    from audiodesc.cli.batching import folder_of

    folder = folder_of(batch)
    with BatchState(folder) as state:
        state_now: FilmState = "held" if release else "queued"
        chosen = [row.id for row in named(state.rows((state_now,)), films)]
        count = 0 if not chosen else state.release(chosen) if release else state.hold(chosen)
    say(f"{number_of(count, 'film')} {'queued again' if release else 'held'}.")
    if release:
        _say_next(folder, count)


@without_choices
def plan(
    batch: Batch,
    cores: Cores,
    gpus: Gpus = 0,
    nodes: Nodes = 1,
    gpu_price: GpuPrice = None,
    core_price: CorePrice = None,
    as_json: PlanAsJson = False,
) -> None:
    """Compute how long a batch would take on other machines, what it would cost, and what limits it.

    It is computed from what the films cost that the batch has made: `audiodesc batch LIST --pilot --dry-run` makes the
    first one. All films of LIST count, or all of the batch whose folder is given.
    """
    from dataclasses import asdict

    from audiodesc.batch.output.json_lines import as_line
    from audiodesc.batch.planning import Cluster, Prices, costs_of_rows, plan_lines
    from audiodesc.batch.planning import plan as planned
    from audiodesc.batch.state import BatchState
    from audiodesc.cli.batching import folder_of

    machines, folder = Cluster(gpus, cores, nodes), folder_of(batch)
    has_price = gpu_price is not None or core_price is not None
    with BatchState(folder) as state:
        rows = state.rows()
    costs = costs_of_rows(rows, os.cpu_count() or 1, shared=gpus > 0)
    lengths, unknown = _lengths(_jobs(batch, rows), rows, folder)
    found = planned(lengths, costs, machines, Prices(gpu_price or 0.0, core_price or 0.0) if has_price else None)
    if as_json:
        say_json(as_line({**asdict(found), "films_unknown": unknown}))
        return
    for line in plan_lines(found):
        say(line)
    if unknown:
        say(f"- Films whose length is not known are left out: {unknown}.")


def _jobs(batch: Path, rows: Sequence[FilmRow]) -> Sequence[FilmJob]:
    """The films of a list as it is now; those of the batch where its folder is named."""
    from audiodesc.batch.listing import read_list
    from audiodesc.cli.batching import is_batch

    return [row.job for row in rows] if is_batch(batch) else read_list(batch, {}, None).jobs


def _lengths(jobs: Sequence[FilmJob], rows: Sequence[FilmRow], folder: Path) -> tuple[list[float], int]:
    """Seconds of each film, and of how many nobody knows them."""
    from audiodesc.batch.listing.lengths import FilmLength, Lengths
    from audiodesc.batch.listing.names import is_url
    from audiodesc.batch.listing.values import film_settings

    known = {row.job.film: row.result.duration_ms / 1000 for row in rows if row.result}
    lengths = [known[job.film] for job in jobs if job.film in known]
    others = [job for job in jobs if job.film not in known]
    here = [(Path(job.film), film_settings(job.choices, job.name)) for job in others if not is_url(job.film)]
    looks = [look for look in Lengths(folder).measure(here) if isinstance(look, FilmLength)]
    return [*lengths, *(look.duration_ms / 1000 for look in looks)], len(others) - len(looks)


def _say_next(folder: Path, count: int) -> None:
    from audiodesc.batch.running import is_held

    if count:
        runs = "The process that runs the batch takes them up." if is_held(folder) else ""
        say(runs or f"`audiodesc batch {shell(str(folder))}` makes them.")


def causes_of(given: Collection[str]) -> list[FailureCause]:
    """Kinds of failures by their names. Raises UsageError for others."""
    from audiodesc.batch.model import CAUSES

    if unknown := [one for one in given if one not in CAUSES]:
        raise UsageError(f"--kind is {unknown[0]!r:.60}", f"choose one of: {', '.join(CAUSES)}")
    return [cause for cause in CAUSES if cause in given]


def named(rows: Sequence[FilmRow], names: Collection[str]) -> list[FilmRow]:
    """Films that are meant by names, paths or patterns of either. Raises UsageError for a name that means none."""
    found: dict[int, FilmRow] = {}
    for name in names:
        meant = [row for row in rows if _is_meant(row, name)]
        if not meant:
            raise UsageError(f"no film that could be meant is called {name!r:.200}", "see `audiodesc batch status`")
        found |= {row.id: row for row in meant}
    return list(found.values())


def _is_meant(row: FilmRow, name: str) -> bool:
    from audiodesc.batch.listing.names import normal

    known = (row.job.film, row.job.name, row.job.name.rpartition(".")[0])
    return any(name == one or fnmatchcase(one, name) for one in known) or normal(Path(name)) == row.job.film
