"""A batch as JSON Lines: an object for each film, or for each line of its log. Keys stay as they are; more may come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from audiodesc.batch.model import FilmRow
from audiodesc.batch.output.facts import seconds_of, stamp
from audiodesc.batch.state import Entry


def film_values(row: FilmRow) -> dict[str, Any]:
    """A film for other programs. Moments are ISO 8601 in UTC, lengths have their unit in the name, and what is not
    known is null. Choices are left out: they may hold addresses of servers."""
    of, why = row.result, row.failed
    return {
        "id": row.id,
        "film": row.job.film,
        "subtitles": row.job.subtitles or None,
        "output": row.job.output,
        "series": row.job.series or None,
        "episode": row.job.episode if row.job.series else None,
        "owner": row.owner or None,
        "state": row.state,
        "stage": row.stage or None,
        "done": row.done,
        "total": row.total,
        "attempts": row.attempts,
        "losses": row.losses,
        "cause": why.cause if why else None,
        "message": why.message if why else None,
        "queued_at": stamp(row.queued_at),
        "started_at": stamp(row.started_at),
        "ended_at": stamp(row.ended_at),
        "took_s": _rounded(seconds_of(row)),
        "duration_s": of.duration_ms / 1000 if of else None,
        "lines": of.lines if of else None,
        "overlap_ms": of.overlap_ms if of else None,
        "loudness_lufs": of.loudness_lufs if of else None,
        "peak_dbtp": of.peak_dbtp if of else None,
        "findings": list(of.findings) if of else [],
        "clips": of.clips if of else None,
        "cached": of.cached if of else None,
        "tokens": of.tokens if of else None,
        "stage_s": {stage: _rounded(value) for stage, value in of.stages.items()} if of else {},
        "files": dict(of.files) if of else {},
    }


def entry_values(entry: Entry) -> dict[str, Any]:
    """A line of the log for other programs: `what` is a state of the film, or "stage"."""
    return {
        "number": entry.number,
        "time": stamp(entry.time),
        "film": entry.film,
        "what": entry.what,
        "detail": entry.detail or None,
    }


def film_lines(rows: Iterable[FilmRow]) -> Iterator[str]:
    """A line of JSON for each film."""
    return (as_line(film_values(row)) for row in rows)


def log_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """A line of JSON for each line of the log."""
    return (as_line(entry_values(entry)) for entry in entries)


def as_line(values: Any) -> str:
    """One line of JSON. What is no number in JSON (infinite loudness of silence) is null."""
    try:
        return json.dumps(values, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(values), ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and value - value != 0 else value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
