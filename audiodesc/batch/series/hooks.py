"""What a batch calls before and after each film; both do nothing for a film without a series."""

from __future__ import annotations

from pathlib import Path

from audiodesc.batch.model import FilmJob, FilmResult


def series_folder(folder: Path, owner: str) -> Path:
    """The folder under which the ledgers of an owner are, in that of the batch: owners know nothing of each other's
    series, also where these have one name."""
    return folder / "owners" / owner if owner else folder


def before_film(job: FilmJob, folder: Path) -> FilmJob:
    """The job with what the ledger in a folder (`series_folder`) knows from earlier episodes; the job itself where
    that is nothing.

    Raises InputError for a ledger, or a cast or lexicon of the job, that cannot be used, and OutputError where the
    files of the new cast and lexicon cannot be written.
    """
    if not job.series:
        return job
    from audiodesc.batch.series.ledger import ledger_path, read_ledger
    from audiodesc.batch.series.prepare import with_ledger

    path = ledger_path(folder, job.series)
    return with_ledger(job, read_ledger(path)) if path.exists() else job


def after_film(job: FilmJob, folder: Path, result: FilmResult, made: Path | None = None) -> None:
    """Add to the ledger what an episode that was made tells. `made` is the folder of its results on this machine, by
    default the job's output; where that is a URL, the report is read from it.

    The same episode again changes nothing. Raises InputError for a ledger or report that cannot be used, BusyError
    where another process holds the ledger, and OutputError where it cannot be written.
    """
    if not job.series:
        return
    from audiodesc.batch.series.learn import learn
    from audiodesc.batch.series.ledger import ledger_path

    learn(ledger_path(folder, job.series), job, made, result)
