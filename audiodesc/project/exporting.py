"""Lines as they stand -> deliverables that need no mix, alone: into the project, or into any folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.core.choices import reported
from audiodesc.core.part import part_name
from audiodesc.core.progress import Stopwatch
from audiodesc.deliver import Rows, deliver, file_names, is_script
from audiodesc.deliver.built_in import REPORT
from audiodesc.deliver.checks import check_rows, check_space
from audiodesc.dialogue import FilmSource
from audiodesc.errors import BusyError, InputError, OutputError
from audiodesc.media.opening import check_unchanged
from audiodesc.model import Span
from audiodesc.project import Described, delivery_of, report_of
from audiodesc.project.folder_faults import output_errors
from audiodesc.project.results import replace_result, written_hash
from audiodesc.project.run import Order, Run, held_run, read_run, script_reader
from audiodesc.project.saved import save_settings
from audiodesc.project.script_files import as_written, outside_name, published_scripts, written_scripts
from audiodesc.project.target import Target
from audiodesc.report import read_report
from audiodesc.report.model import Report, ReportSegment
from audiodesc.settings import Settings


@dataclass(frozen=True, slots=True)
class Exported:
    """What `export` gives back: the files by deliverable, each change that was read of a script that a person changed,
    and notes on what was written, in one line each."""

    files: Mapping[str, Path]
    changes: tuple[str, ...]
    notes: tuple[str, ...] = ()


def export_order(source: FilmSource, rows: Rows, settings: Settings, into: Path | None, part: Span | None) -> Order:
    """What a run in the project's folder claims there: files that go `into` another folder are none of it. Raises an
    AudiodescError where one cannot be made of this film."""
    lost = check_rows(rows.values(), source.film, settings)
    return Order({REPORT.name: REPORT} if into else {REPORT.name: REPORT, **rows}, lost, part)


@contextmanager
def export_run(source: FilmSource, order: Order, of: Target, watch: Stopwatch, into: Path | None) -> Iterator[Run]:
    """The run that exports. For files that go `into` another folder it need not hold the project's, and does not where
    another run does."""
    with ExitStack() as stack:
        try:
            run = stack.enter_context(held_run(source, order, of, watch))
        except BusyError:
            if not into:
                raise
            run = stack.enter_context(read_run(source, order, of, watch))
        yield run


def write_export(
    run: Run, described: Described, chosen: Mapping[str, object], rows: Rows, number: int, into: Path | None
) -> Exported:
    """Write these deliverables and nothing else: the report and all that was mixed stay as they are.

    Scripts are remembered as they stood at the change `number`; what is in the project's folder is written again by
    later runs. Raises OutputError for files that are there and are not ours, unless a run is to replace them.
    """
    settings, film = run.of.settings, described.film
    whole = file_names(rows, film, settings.deliver)
    names = {kind: part_name(name, run.order.part) for kind, name in whole.items()}
    drafted = _as_mixed(run, report_of(described, settings, reported(settings) | dict(chosen)))
    delivery = delivery_of(described, settings, drafted, names, run.folder, run.watch)
    scripts = {names[kind] for kind, row in rows.items() if is_script(row)}
    check_space(rows.values(), film, settings, into or run.folder.folder, run.order.part)
    if into:
        with _partials(into) as partials:
            written = deliver(rows, replace(delivery, folder=into.resolve().name), _in(partials, names))
            check_unchanged(film)
            files = {names[kind]: path for kind, path in written.files.items()}
            _check_free(files, into, force=settings.run.force)
            kept = {outside_name(into / name): path for name, path in files.items() if name in scripts}
            _remember(run, described, kept, number)
            _move(files, into)
            published_scripts(run.project, kept)
    else:
        written = deliver(rows, delivery, {kind: run.folder.partial(name) for kind, name in names.items()})
        check_unchanged(film)
        files = {names[kind]: path for kind, path in written.files.items()}
        run.folder.claim(files, settings.run.force)
        _remember(run, described, {name: path for name, path in files.items() if name in scripts}, number)
        run.folder.publish(files)
        published_scripts(run.project, files)
        _make_again(run, rows)
    lacking = [note.message for note in run.order.notes]
    said = (*lacking, *(note.message for note in written.report.notes[len(drafted.notes) :]))
    return Exported({kind: (into or run.folder.folder) / names[kind] for kind in written.files}, run.changes, said)


def _as_mixed(run: Run, drafted: Report) -> Report:
    """The report with what the last run measured of its mix, where that is of the same lines in the same places."""
    try:
        before = read_report(run.folder.folder / run.names["report"])
    except InputError:
        return drafted
    if [_as_spoken(one) for one in before.spoken] != [_as_spoken(one) for one in drafted.spoken]:
        return drafted
    return replace(drafted, loudness=before.loudness, gain_curve=before.gain_curve)


def _as_spoken(one: ReportSegment) -> tuple[object, ...]:
    return one.id, one.line, one.placed, one.rate, one.recording


def _remember(run: Run, described: Described, scripts: Mapping[str, Path], number: int) -> None:
    """Keep what is written into scripts, given by what the project calls them, before they are in place."""
    read = script_reader(run.source, run.of.settings)
    written_scripts(run.project, number, as_written(described.outcomes), read, scripts)


def _make_again(run: Run, rows: Rows) -> None:
    """Have later runs write these too, unless they are of a part of the film."""
    settings = run.of.settings
    if not run.order.part:
        also = tuple(dict.fromkeys((*settings.deliver.also, *rows)))
        save_settings(run.project, replace(settings, deliver=replace(settings.deliver, also=also)))


def _in(folder: Path, names: Mapping[str, str]) -> dict[str, Path]:
    return {kind: folder / name for kind, name in names.items()}


@contextmanager
def _partials(folder: Path) -> Iterator[Path]:
    """A folder on the same disk, which goes at the end."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".audiodesc-", dir=folder) as partials:
            yield Path(partials)


def _check_free(files: Mapping[str, Path], folder: Path, *, force: bool) -> None:
    """Raise OutputError where one is there already and says something else."""
    for name, partial in files.items():
        path = folder / name
        if os.path.lexists(path) and not force and written_hash(path) != written_hash(partial):
            raise OutputError(f"{path} is there already", "give another folder with -o, or --force to replace it")


def _move(files: Mapping[str, Path], folder: Path) -> None:
    for name, partial in files.items():
        replace_result(partial, folder / name, partial.with_name(f"old-{name}"))
