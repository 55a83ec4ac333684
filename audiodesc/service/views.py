"""Jobs, uploads and results as a tenant sees them: without paths of this machine, addresses of servers, or anything of
others."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from audiodesc.batch.model import FailureCause, FilmRow, FilmState
from audiodesc.service.kept import KeptJob, Upload
from audiodesc.service.service import Service

ENDED: Final[frozenset[FilmState]] = frozenset({"done", "failed", "skipped"})
USER: Final = re.compile(r"(\w+://)[^/@\s]+@")
"""The user and password of an address."""


@dataclass(frozen=True, slots=True)
class UploadView:
    """A file that was sent."""

    id: str
    name: str
    bytes: int
    created: str


@dataclass(frozen=True, slots=True)
class Uploads:
    """A page of uploads, oldest first; `next` is what `after` is given for the next page, null at the end."""

    files: tuple[UploadView, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class FailureView:
    """Why a job failed, in one line; `cause` is its kind."""

    cause: FailureCause
    message: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """What came of a film. `overlap_ms` is speech over dialogue; loudness and peak are of the mix, null without one."""

    duration_ms: int
    lines: int
    overlap_ms: int
    loudness_lufs: float | None
    peak_dbtp: float | None
    findings: tuple[str, ...]
    clips: int
    cached: int
    tokens: int | None
    stage_s: Mapping[str, float]
    deliverables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands. `done` of `total` of the stage are done; moments are ISO 8601 in UTC, null where they are not
    so far."""

    id: str
    state: FilmState
    film: str
    subtitles: str
    choices: Mapping[str, Any]
    created: str
    started: str | None = None
    ended: str | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    attempts: int = 0
    series: str = ""
    episode: float = 0.0
    failure: FailureView | None = None
    result: ResultView | None = None


@dataclass(frozen=True, slots=True)
class Jobs:
    """A page of jobs, oldest first; `next` is what `after` is given for the next page, null at the end."""

    jobs: tuple[JobView, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file of the results; `name` is what its address ends with."""

    name: str
    deliverable: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Results:
    files: tuple[ResultFile, ...] = field(default=())


def moment(time: float | None) -> str | None:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return None if time is None else datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")


def upload_view(upload: Upload) -> UploadView:
    return UploadView(upload.id, upload.name, upload.bytes, moment(upload.at) or "")


def job_view(service: Service, job: KeptJob, row: FilmRow) -> JobView:
    """A job with the state of its film."""
    asked = json.loads(job.asked)
    why, made = row.failed, row.result
    return JobView(
        id=job.id,
        state=row.state,
        film=asked["film"],
        subtitles=asked.get("subtitles", ""),
        choices=asked.get("choices", {}),
        created=moment(job.at) or "",
        started=moment(row.started_at),
        ended=moment(row.ended_at),
        stage=row.stage if row.state == "running" else "",
        done=row.done,
        total=row.total,
        attempts=row.attempts,
        series=row.job.series,
        episode=row.job.episode,
        failure=FailureView(why.cause, shown(service, job, why.message)) if why and row.state == "failed" else None,
        result=_result(service, job, row) if made and row.state in ("done", "skipped") else None,
    )


def _result(service: Service, job: KeptJob, row: FilmRow) -> ResultView:
    made = row.result
    assert made is not None  # noqa: S101 — the caller saw it
    return ResultView(
        duration_ms=made.duration_ms,
        lines=made.lines,
        overlap_ms=made.overlap_ms,
        loudness_lufs=made.loudness_lufs,
        peak_dbtp=made.peak_dbtp,
        findings=tuple(shown(service, job, one) for one in made.findings),
        clips=made.clips,
        cached=made.cached,
        tokens=made.tokens,
        stage_s=dict(made.stages),
        deliverables=tuple(made.files),
    )


def shown(service: Service, job: KeptJob, text: str) -> str:
    """A line of a run without folders of this machine, and without passwords of addresses."""
    text = re.sub(
        re.escape(f"{service.folder}/")
        + rf"(?:uploads/{re.escape(job.tenant)}/[0-9a-f]{{32}}|jobs/[^/\s]+/{job.id})/?",
        "",
        text,
    )
    return USER.sub(r"\1", text.replace(str(service.folder), ""))
