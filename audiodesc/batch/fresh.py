"""Whether films that were made are still as wanted: their files are there, and nothing was changed since."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from audiodesc.batch.model import FilmResult, FilmRow

ENDED: Final = ("done", "skipped", "failed")


def changed_films(rows: Iterable[FilmRow]) -> list[int]:
    """The ids of films that have ended and are not as wanted any more: their film, subtitles, cast or lexicon were
    written after they were begun (a failed one too), or a result is gone. What lies in a store is not asked for.

    To make one of them again costs what changed: `make` finds the rest in its cache.
    """
    return [row.id for row in rows if row.state in ENDED and _is_changed(row)]


def made_before(result: FilmResult, since: float) -> bool:
    """Whether nothing was written for a film: all its results are there, and older than `since` (seconds since the
    epoch)."""
    times = [_written(path) for path in result.files.values()]
    return bool(times) and all(time is not None and time < since for time in times)


def _is_changed(row: FilmRow) -> bool:
    if row.started_at is None:
        return False
    describer, voice = row.job.choices.get("describer", {}), row.job.choices.get("voice", {})
    given = [row.job.film, row.job.subtitles, describer.get("cast"), voice.get("lexicon")]
    written = [_written(path) for path in given if path]
    if any(time is not None and time > row.started_at for time in written):
        return True
    files = row.result.files.values() if row.result else ()
    return any(_is_local(path) and _written(path) is None for path in files)


def _is_local(path: str) -> bool:
    return "://" not in path


def _written(path: str) -> float | None:
    """When a file or folder was written last; None where it is not there, or in a store."""
    try:
        return Path(path).stat().st_mtime if _is_local(path) else None
    except (OSError, ValueError):
        return None
