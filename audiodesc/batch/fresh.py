"""Whether films that were made are still as wanted: their files are there, and nothing was changed since. A list's
films are taken into a batch, and those that changed are queued again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from audiodesc.batch.listing.content import content_of
from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult, FilmRow
from audiodesc.batch.state import Added, BatchState
from audiodesc.core.cache import WRONG, Store
from audiodesc.core.files import read_whole

NAME: Final = "inputs"
FORM: Final = 1
"""Of an entry: raise it when what stands in it changes."""

LARGEST: Final = 50_000_000
"""Bytes: 200,000 films take 20 MB."""

ENDED: Final = ("done", "skipped", "failed")

Seen = tuple[int, int] | None
"""Bytes of a file and when it was written, in ns; None where it is not there, or in a store."""

Inputs = tuple[Seen, Seen, Seen, Seen]
"""A film, its subtitles, cast and lexicon."""


def take_jobs(state: BatchState, jobs: Sequence[FilmJob], unusable: Sequence[tuple[FilmJob, FailedFilm]] = ()) -> Added:
    """Put all jobs of a list into the state of a batch; `changed` are also films that are made again since they are not
    as wanted any more (see `changed_films`), or failed before they began and can be made now.

    Of the jobs that are `unusable` those that were to be made have failed, so that no process is begun for them; films
    that are done stay so, since it may be that a disk is away. What the films are made of is remembered in the folder
    of the batch.
    """
    added = state.put(jobs, whole=True)
    bad = {job.output: why for job, why in unusable}
    rows, known = state.rows(owner=""), _read(state.folder)
    now = {row.id: _inputs(row.job) for row in rows}
    changed = set(changed_films(rows, known, now))
    again = [row.id for row in rows if row.job.output not in bad and (row.id in changed or _is_of_check(row))]
    state.make_again(again)
    state.make_again([row.id for row in rows if row.state == "failed" and _fails_otherwise(row, bad)])
    for row in state.rows(("queued",), owner=""):
        if why := bad.get(row.job.output):
            state.fail(row.id, why)
    forgotten = changed - set(again)  # they are made again once they can be
    _keep(state.folder, known, {film: known.get(film) if film in forgotten else one for film, one in now.items()})
    return replace(added, changed=(*added.changed, *again))


def changed_films(
    rows: Iterable[FilmRow], known: Mapping[int, Inputs] | None = None, now: Mapping[int, Inputs] | None = None
) -> list[int]:
    """The ids of films that have ended and are not as wanted any more: their film, subtitles, cast or lexicon are
    others than before (of a failed one too), or a result is gone. What lies in a store is not asked for.

    `known` are the sizes and times of these files, by the ids of films, as they were before they were made, `now` those
    of today. Only where they differ, or nothing is known, the content of a film is compared; where that is not known,
    one with another size or time is another. To make one again costs what changed: `make` finds the rest in its cache.
    """
    known, now = known or {}, now or {}
    return [
        row.id
        for row in rows
        if row.state in ENDED and _is_changed(row, known.get(row.id), now.get(row.id) or _inputs(row.job))
    ]


def made_before(result: FilmResult, since: float) -> bool:
    """Whether nothing was written for a film: all its results are there, and older than `since` (seconds since the
    epoch)."""
    times = [_written(path) for path in result.files.values()]
    return bool(times) and all(time is not None and time < since for time in times)


def _is_changed(row: FilmRow, before: Inputs | None, now: Inputs) -> bool:
    files = row.result.files.values() if row.result else ()
    if any(_is_local(path) and _written(path) is None for path in files):
        return True
    if before is not None:
        differs = [one is not None and one != other for one, other in zip(now, before, strict=True)]
    else:
        began_ns = None if row.started_at is None else row.started_at * 1e9
        differs = [one is not None and began_ns is not None and one[1] > began_ns for one in now]
    if any(differs[2:]):
        return True
    content = row.result.content if row.result else ""
    found = content_of(row.job) if content and (before is None or any(differs)) else ""
    return found != content if found else any(differs)


def _is_of_check(row: FilmRow) -> bool:
    """Whether a film failed before it began: not one that a person cancelled, or whose processes died."""
    return row.state == "failed" and row.started_at is None and not _is_final(row)


def _fails_otherwise(row: FilmRow, bad: Mapping[str, FailedFilm]) -> bool:
    """Whether a failed film would fail for another reason today."""
    why = bad.get(row.job.output)
    return why is not None and row.failed != why and not _is_final(row)


def _is_final(row: FilmRow) -> bool:
    return row.failed is not None and row.failed.cause in ("cancelled", "lost")


def _inputs(job: FilmJob) -> Inputs:
    describer, voice = job.choices.get("describer", {}), job.choices.get("voice", {})
    return _seen(job.film), _seen(job.subtitles), _seen(describer.get("cast")), _seen(voice.get("lexicon"))


def _seen(path: str | None) -> Seen:
    try:
        found = Path(path).stat() if path and _is_local(path) else None
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns) if found else None


def _is_local(path: str) -> bool:
    return "://" not in path


def _written(path: str) -> float | None:
    """When a file was written last, in seconds since the epoch; None where it is not there, or in a store."""
    seen = _seen(path)
    return seen[1] / 1e9 if seen else None


def _keep(folder: Path, known: Mapping[int, Inputs], now: Mapping[int, Inputs | None]) -> None:
    """Remember what films are made of; what is away for now stays as it was."""
    films = {film: _joined(one, known.get(film)) for film, one in now.items() if one}
    if films != known:
        with suppress(OSError):  # then contents are compared
            Store(folder).put(NAME, ".json", json.dumps({"form": FORM, "films": films}).encode())


def _joined(now: Inputs, before: Inputs | None) -> Inputs:
    film, subtitles, cast, lexicon = (one or other for one, other in zip(now, before or now, strict=True))
    return film, subtitles, cast, lexicon


def _read(folder: Path) -> dict[int, Inputs]:
    try:
        read = json.loads(read_whole(folder / f"{NAME}.json", LARGEST))
        return dict(_entries(read["films"])) if read["form"] == FORM else {}
    except (OSError, *WRONG):
        return {}


def _entries(films: Mapping[str, Sequence[Sequence[int] | None]]) -> Iterator[tuple[int, Inputs]]:
    for film, inputs in films.items():
        one, subtitles, cast, lexicon = ((int(seen[0]), int(seen[1])) if seen else None for seen in inputs)
        yield int(film), (one, subtitles, cast, lexicon)
