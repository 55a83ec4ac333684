"""The addresses of work and its results: render, jobs, events, downloads, the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final
from urllib.parse import quote

from annotated_types import MaxLen
from fastapi import Query
from sse_starlette.sse import EventSourceResponse
from starlette.responses import FileResponse, Response

from audiodesc import pipeline
from audiodesc.core.formatting import plain
from audiodesc.core.progress import Progress
from audiodesc.project.saved import saved_settings
from audiodesc.project.status import status
from audiodesc.review.answers import Name
from audiodesc.review.dependencies import Id, Opened
from audiodesc.review.files import Files, files, result_path
from audiodesc.review.jobs import Job, Jobs
from audiodesc.review.problems import ProblemError, not_found
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review
from audiodesc.scripts.formats import writable

PING_S: Final = 15
REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class ToRender:
    """What a render would make anew: lines edited since, script files changed, lines to be voiced."""

    edited: tuple[str, ...]
    changed_files: tuple[str, ...]
    voiced: int
    stale: bool
    film: str


@dataclass(frozen=True, slots=True)
class Render:
    """What is to be made besides the usual, by its name."""

    also: Annotated[tuple[Name, ...], MaxLen(50)] = ()


router = routes_of("work")
report_router = routes_of("work", "")


@router.get("/jobs")
def jobs(review: Opened) -> Jobs:
    """All work in the background."""
    return Jobs(review.jobs.jobs())


@router.get("/render")
def to_render(review: Opened) -> ToRender:
    """What a render would make anew."""
    found = status(review.project)
    lines = review.project.lines()
    voiced = sum(review.line_length(line) is None for line in lines) if review.known else 0
    stale = found.is_outdated or review.report() is None
    return ToRender(found.edited_since, found.changed_files, voiced, stale, Path(found.film).name)


@router.post("/render", status_code=HTTPStatus.ACCEPTED)
def render(review: Opened, wanted: Render) -> Job:
    """Make all results of the lines as they stand."""
    job = review.jobs.start("render", lambda progress: _render(review, wanted, progress))
    if job is None:
        raise ProblemError(HTTPStatus.CONFLICT, "a render is under way", "wait for its end")
    return job


@router.get("/events", response_class=EventSourceResponse)
async def events(review: Opened, author: Annotated[str, Query(max_length=80)] = "") -> Response:
    """What happens, as it happens (server-sent events)."""
    return EventSourceResponse(review.events.listen(author or review.author), ping=PING_S)


@router.get("/files")
def list_files(review: Opened) -> Files:
    """What can be taken away."""
    return files(review)


@router.get("/files/{id}", response_class=FileResponse)
def file(review: Opened, id: Id) -> Response:
    """A result."""
    path = result_path(review, id)
    return FileResponse(path, filename=plain(path.name))


@router.get("/exports/{name}", response_class=FileResponse)
def exported(review: Opened, name: Id) -> Response:
    """The script as it stands in another format."""
    if name not in writable():
        raise not_found("there is no such format")
    settings = saved_settings(review.project)
    with TemporaryDirectory(prefix="audiodesc-") as folder:
        made = pipeline.export(review.folder, [name], folder, settings)
        path = next(iter(made.files.values()))
        content, file_name = path.read_bytes(), path.name
    return Response(content, media_type="application/octet-stream", headers=attached(file_name))


@report_router.get("/report", response_class=FileResponse)
def report(review: Opened) -> Response:
    """The report as a page, which runs no script."""
    headers = {"Content-Security-Policy": REPORT_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return FileResponse(result_path(review, "page"), media_type="text/html", headers=headers)


def _render(review: Review, wanted: Render, progress: Progress) -> tuple[str, ...]:
    settings = saved_settings(review.project)
    also = tuple(dict.fromkeys((*settings.deliver.also, *wanted.also)))
    settings = replace(settings, deliver=replace(settings.deliver, also=also))
    made = pipeline.render(review.folder, settings=settings, progress=progress)
    return tuple(path.name for path in made.files.values())


def attached(name: str) -> Mapping[str, str]:
    """Headers of an answer that is to be kept as a file of that name."""
    return {"Content-Disposition": f"attachment; filename*=utf-8''{quote(plain(name))}"}
