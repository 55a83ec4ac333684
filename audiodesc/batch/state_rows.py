"""Films as rows of the state's tables: text that SQLite takes whatever is in it, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from audiodesc.batch.model import FailedFilm, FailureCause, FilmJob, FilmRow, film_job, film_result
from audiodesc.batch.state_file import damaged

LARGEST: Final = (1 << 63) - 1
"""The largest number that SQLite keeps."""

COLUMNS: Final = (
    "id, job, state, stage, done, total, attempts, losses, cause, message, result, queued_at, started_at, ended_at, "
    "owner"
)


def kept_text(text: str) -> str:
    """A text in ASCII, as JSON has it inside its quotes: names of files may hold bytes that are no UTF-8, which Python
    reads as lone surrogates, and SQLite refuses."""
    return json.dumps(text)[1:-1]


def read_text(kept: str) -> str:
    """The text of which `kept_text` gave this."""
    return str(json.loads(f'"{kept}"')) if "\\" in kept else kept


def kept_number(number: int) -> int:
    """The number, or the nearest that SQLite takes."""
    return max(-LARGEST, min(LARGEST, number))


def kept_episode(job: FilmJob) -> float:
    """What episodes are put in order by; no number counts as 0."""
    return 0.0 if math.isnan(job.episode) else float(job.episode)


def film_row(path: Path, values: Sequence[Any]) -> FilmRow:
    """A film from COLUMNS. Raises ProjectError for what this program did not write."""
    id, job, state, stage, done, total, attempts, losses, cause, message, result, *times, owner = values
    try:
        return FilmRow(
            id=id,
            job=film_job(job),
            state=state,
            stage=read_text(stage),
            done=done,
            total=total,
            attempts=attempts,
            losses=losses,
            failed=None if cause is None else FailedFilm(cast(FailureCause, cause), read_text(message)),
            result=None if result is None else film_result(result),
            queued_at=times[0],
            started_at=times[1],
            ended_at=times[2],
            owner=read_text(owner),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise damaged(path, f"film {id}: {error}") from error
