"""The addresses of a job's results: the files that it delivered, and nothing else of its folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from audiodesc.core.formatting import plain
from audiodesc.review.problems import not_found
from audiodesc.service import jobs
from audiodesc.service.dependencies import Id, Reads, Served
from audiodesc.service.kept import KeptJob
from audiodesc.service.service import Service
from audiodesc.service.stores import is_url
from audiodesc.service.views import ResultFile, Results

router = APIRouter(prefix="/v1/jobs", tags=["results"])

MOST: Final = 10_000
"""Files of the results of one job."""

ResultName = Annotated[str, InPath(max_length=1_000, description="The name of a file of the results.")]


@router.get("/{id}/results")
def results(service: Served, tenant: Reads, id: Id) -> Results:
    """The files that a job delivered; none before it is done."""
    known = delivered(service, jobs.found(service, tenant.name, id))
    return Results(tuple(ResultFile(name, kind, path.stat().st_size) for name, (kind, path) in known.items()))


@router.get("/{id}/results/{name:path}", response_class=FileResponse)
def result(service: Served, tenant: Reads, id: Id, name: ResultName) -> Response:
    """One of these files; ranges of it can be asked for."""
    known = delivered(service, jobs.found(service, tenant.name, id))
    if name not in known:
        raise not_found("there is no such result")
    path = known[name][1]
    return FileResponse(path, filename=plain(path.name))


def delivered(service: Service, job: KeptJob) -> Mapping[str, tuple[str, Path]]:
    """(deliverable, path) by the name of each file that a job delivered, as it lies in its folder. What leads out of
    that folder, or is a link, is none."""
    row = jobs.film_of(service, job)
    folder = service.job_folder(job.tenant, job.id)
    if row.result is None or row.state not in ("done", "skipped"):
        return {}
    known: dict[str, tuple[str, Path]] = {}
    for kind, named in row.result.files.items():
        for path in () if is_url(named) else _files(folder / named):
            if path.is_relative_to(folder) and _is_own(path, folder) and len(known) < MOST:
                known.setdefault(path.relative_to(folder).as_posix(), (kind, path))
    return known


def _files(path: Path) -> Iterator[Path]:
    """The file, or those of a folder."""
    if path.is_dir() and not path.is_symlink():
        yield from sorted(path.rglob("*"))
    else:
        yield path


def _is_own(path: Path, folder: Path) -> bool:
    try:
        return path.resolve(strict=True) == folder.resolve() / path.relative_to(folder) and path.is_file()
    except (OSError, ValueError, RuntimeError):
        return False
