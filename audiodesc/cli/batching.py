"""The command `batch`: many films from a list, and what is asked of a batch while it runs and afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from audiodesc.cli.batch_options import (
    RUN,
    BatchCommand,
    BatchCommands,
    BatchList,
    JsonEvents,
    Places,
    Work,
)
from audiodesc.cli.options import Quiet, with_choices
from audiodesc.cli.own_options import grouped
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import clock, number_of, shell
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.batch.listing import Listing
    from audiodesc.batch.listing.check_model import ListCheck
    from audiodesc.batch.listing.pilot import Pilot
    from audiodesc.batch.running import BatchSummary
    from audiodesc.batch.state import BatchState

app = typer.Typer(
    cls=BatchCommands,
    help="Describe many films: a list, a folder or a job file of them, and what is asked of such a batch.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

MOST_SHOWN = 50
"""Faults and notes of a list that are printed."""

PER_FILM = tuple(f"run.{name}" for name in ("yes", "offline", "strict", "force", "author"))
HELPS = {
    "run.strict": "A film fails if a line is left out, or none is spoken.",
    "run.yes": "Fetch models that are not on this disk without asking.",
    "run.force": "Replace files in the films' folders that are not audiodesc's or were changed; copies are kept.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How a batch is shown."""

    as_json: bool
    quiet: bool

    def line(self, text: str, *, error: bool = False) -> None:
        """For people, where nothing else is wanted."""
        if error or not (self.as_json or self.quiet):
            say(text, error=error)

    def event(self, kind: str, **values: Any) -> None:
        """For programs, where they read."""
        if self.as_json:
            from audiodesc.batch.output.json_lines import as_line

            say_json(as_line({"event": kind, **values}))


@with_choices("dialogue", "plan", "describer", "voice", "sound", "deliver", "stops", *PER_FILM, "options", helps=HELPS)
@grouped
def make(
    listed: BatchList,
    settings: Settings,
    values: Mapping[str, Any],
    places: Places,
    work: Work,
    as_json: JsonEvents = False,
    quiet: Quiet = False,
) -> None:
    """Describe many films: `batch night.csv`, `batch FOLDER`, `batch job.toml`.

    The whole list is checked before the first film. What was stopped or killed goes on where it was with the same
    command, and a changed list makes only what changed. Each row may give its own choices; they win over the options
    given here. LIST may be the folder NAME.batch of a batch that was begun: then its films are made as they were asked
    for. `./status` is a folder or list that is called like a command.
    """
    _check_numbers(work)
    shown = Shown(as_json, quiet)
    if is_batch(listed):
        if values or places.output or places.batch or work.dry_run:
            raise UsageError(f"{listed} is a batch, whose films have their choices", "give the list to change them")
        raise typer.Exit(_run(listed.absolute(), None, places, work, shown))
    from audiodesc.batch.listing import read_list
    from audiodesc.batch.listing.kept_list import check_kept_list

    listing = read_list(listed, values, places.output)
    folder = (places.batch or listing.folder).absolute()
    if not places.batch:
        check_kept_list(folder, listing.path)
    if work.pilot:
        _make_pilot(folder, listing, work, shown)
    checked = _check(listing, folder, settings, work, shown)
    if checked.blocking or len(checked.unusable) == checked.films or (checked.faults and work.dry_run):
        shown.line("Nothing was begun.")
        raise typer.Exit(3)
    if not work.dry_run:
        raise typer.Exit(_run(folder, (listing, checked), places, work, shown))


app.command(RUN, cls=BatchCommand)(make)


def _check_numbers(work: Work) -> None:
    for name, value in (("--at-once", work.at_once), ("--fail-after", work.fail_after)):
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}", "give 1 or more")


def is_batch(place: Path) -> bool:
    """Whether it is the folder in which a batch keeps its state."""
    from audiodesc.batch.state import FILE

    return (place / FILE).is_file()


def _check(listing: Listing, folder: Path, settings: Settings, work: Work, shown: Shown) -> ListCheck:
    """What speaks against making the films of a list, and what they would take; it is printed."""
    from audiodesc.batch.listing.checking import check_list

    known = folder if folder.is_dir() or not work.dry_run else None
    checked = check_list(listing, known, settings, pilot=_pilot(folder), at_once=float(work.at_once or 1))
    shown.event(
        "check", films=checked.films, faults=[str(one) for one in checked.faults], notes=list(checked.notes),
        duration_s=checked.total_s, needed_bytes=checked.needed_bytes, fetch=[str(one) for one in checked.fetch],
        estimate_s=checked.estimate_s, folder=str(folder),
    )  # fmt: skip
    _lines(checked.faults, "fault", shown, error=True)
    _lines(checked.notes, "note", shown)
    for line in check_lines(checked, folder):
        shown.line(line)
    return checked


def _pilot(folder: Path) -> Pilot | None:
    """A film of the batch that was made, from which the time of the others is estimated."""
    from audiodesc.batch.listing.pilot import pilot_of
    from audiodesc.batch.state import BatchState

    if not is_batch(folder):
        return None
    with BatchState(folder) as state:
        made = [row.result for row in state.rows(("done",), most=MOST_SHOWN) if row.result]
    return next((pilot for one in made if (pilot := pilot_of(one))), None)


def _make_pilot(folder: Path, listing: Listing, work: Work, shown: Shown) -> None:
    """Make the first film of a list, and no other. Exits where a stop was asked for meanwhile."""
    from audiodesc.batch.listing.kept_list import keep_list
    from audiodesc.batch.running import BatchSummary, RunLimits, held_batch, run_batch
    from audiodesc.cli.batch_progress import films_shown
    from audiodesc.cli.film_runners import film_runner

    with held_batch(folder) as state:
        keep_list(folder, listing.path)
        added = state.put(listing.jobs[:1])
        film = (*added.new, *added.changed, *added.same)[0]
        row = state.row(film)
        if row is None or row.state != "queued":
            return
        with (
            film_runner(1, work.ray, folder / "logs") as runner,
            films_shown(1, shown.quiet, shown.as_json) as show,
        ):
            ended = run_batch(state, runner, RunLimits(only=frozenset({film})), show).ended
        if ended or state.is_stop_asked():  # maybe while it ended by itself
            raise typer.Exit(_code(BatchSummary(ended="stopped")))


def _lines(texts: Any, kind: str, shown: Shown, *, error: bool = False) -> None:
    for text in map(str, texts[:MOST_SHOWN]):
        shown.line(f"audiodesc: {text}" if error else f"Note: {text}", error=error)
    if len(texts) > MOST_SHOWN:
        shown.line(f"and {number_of(len(texts) - MOST_SHOWN, kind)} more", error=error)


def check_lines(checked: ListCheck, folder: Path) -> list[str]:
    """What a list would take, for people."""
    from audiodesc.batch.output.facts import lasting
    from audiodesc.core.downloads import shown_size

    length = f", {clock(checked.total_s * 1000)} in all" if checked.total_s else ""
    lines = [f"{number_of(checked.films, 'film')}{length}; the batch is kept in {folder}."]
    if checked.needed_bytes:
        lines.append(f"Disk: about {shown_size(checked.needed_bytes)}.")
    lines += [f"To be fetched: {one}" for one in checked.fetch]
    if checked.estimate_s is not None:
        lines.append(f"Time, estimated: {lasting(checked.estimate_s)}.")
    else:
        lines.append("Time: not estimated, since no film of it was made so far; --pilot makes the first one.")
    if checked.unusable:
        lines.append(f"{number_of(len(checked.unusable), 'film')} cannot be made as they are.")
    return lines


def _run(folder: Path, given: tuple[Listing, ListCheck] | None, places: Places, work: Work, shown: Shown) -> int:
    """Make the films, and say what came of it; the exit code."""
    from audiodesc.batch.output.files import PAGE_NAME, BatchFiles
    from audiodesc.batch.output.table import summary
    from audiodesc.batch.running import RunLimits, held_batch, run_batch
    from audiodesc.cli.batch_progress import films_shown
    from audiodesc.cli.film_runners import film_runner, usage_of

    with held_batch(folder) as state:
        if given:
            _take_list(state, *given, shown)
        waiting = state.counts()["queued"]
        with (
            film_runner(work.at_once, work.ray, folder / "logs") as runner,
            films_shown(waiting, shown.quiet, shown.as_json) as show,
        ):
            files = BatchFiles(state, folder, places.metrics, usage=usage_of(runner))
            files.write()

            def is_ended() -> bool:
                files.refresh()  # while nothing else happens, too
                return False

            ended = run_batch(state, runner, RunLimits(fail_after=work.fail_after), show, is_ended)
        shown.event("end", counts=dict(ended.counts), ended=ended.ended, page=str(folder / PAGE_NAME))
        for line in summary(state.rows(), ended.counts, folder):
            shown.line(line)
        code = _code(ended)
        try:
            files.write()
            shown.line(f"Page: {folder / PAGE_NAME}")
        except AudiodescError as error:
            if not code:
                raise
            shown.line(f"audiodesc: {error}", error=True)
    return code


def _take_list(state: BatchState, listing: Listing, checked: ListCheck, shown: Shown) -> None:
    """Put a list's films into the state, and say what of it is new."""
    from audiodesc.batch.fresh import take_jobs
    from audiodesc.batch.listing.kept_list import keep_list

    keep_list(state.folder, listing.path)
    added = take_jobs(state, listing.jobs, checked.unusable)
    counts = {"new": len(added.new), "changed": len(added.changed), "gone": len(added.gone)}
    shown.event("list", **counts)
    if added.same:
        parts = ((counts["new"], "new"), (counts["changed"], "changed"), (counts["gone"], "taken out"))
        said = ", ".join(f"{count} {what}" for count, what in parts if count) or "nothing changed"
        shown.line(f"The list against that of the last run: {said}.")


def _code(ended: BatchSummary) -> int:
    if ended.ended == "stopped":
        say("audiodesc: stopped; the same command goes on from here", error=True)
        return 130
    if ended.ended:
        say(f"audiodesc: ended: {ended.ended}; the same command goes on with the others", error=True)
    counts = ended.counts
    return 1 if counts.get("failed") or counts.get("queued") or counts.get("running") else 0


def folder_of(place: Path) -> Path:
    """The folder of a batch, named itself or by its list. Raises UsageError where no batch was begun there."""
    beside = place.absolute()
    for folder in (place, place / "audiodesc.batch", beside.parent / f"{beside.stem}.batch"):
        if is_batch(folder):
            return folder
    begin = f"`audiodesc batch {shell(str(place))}` begins one" if place.exists() else "give its list or its folder"
    raise UsageError(f"there is no batch in {place}", begin)
