"""The addresses of a job's results: the files that it delivered, and nothing else of its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from audiodesc.core.formatting import plain
from audiodesc.review.problems import not_found
from audiodesc.service import jobs
from audiodesc.service.dependencies import Id, Reads, Served
from audiodesc.service.kept import KeptJob
from audiodesc.service.routing import routes_of
from audiodesc.service.service import Service
from audiodesc.service.stores import is_url
from audiodesc.service.views import ResultFile, Results

router = routes_of("results", "/v1/jobs")

MOST: Final = 10_000
"""Files of the results of one job."""

ResultName = Annotated[str, InPath(max_length=1_000, description="The name of a file of the results.")]


@router.get("/{id}/results")
def results(service: Served, tenant: Reads, id: Id) -> Results:
    """The files that a job delivered; none before it is done."""
    known = delivered(service, jobs.found(service, tenant.name, id))
    return Results(tuple(ResultFile(name, one.kind, one.stat.st_size) for name, one in known.items()))


@router.get("/{id}/results/{name:path}", response_class=FileResponse)
def result(service: Served, tenant: Reads, id: Id, name: ResultName) -> Response:
    """One of these files; ranges of it can be asked for."""
    known = delivered(service, jobs.found(service, tenant.name, id), name)
    if name not in known:
        raise not_found("there is no such result")
    one = known[name]
    return FileResponse(one.path, filename=plain(one.path.name), stat_result=one.stat)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file of a deliverable."""

    kind: str
    path: Path
    stat: os.stat_result


def delivered(service: Service, job: KeptJob, wanted: str = "") -> Mapping[str, Delivered]:
    """The files that a job delivered, by name as they lie in its folder; of those, `wanted` alone, "" for all. What
    leads out of that folder, or is a link, is none."""
    row = jobs.film_of(service, job)
    folder = service.job_folder(job.tenant, job.id)
    if row.result is None or row.state not in ("done", "skipped"):
        return {}
    known: dict[str, Delivered] = {}
    for kind, named in row.result.files.items():
        for path in () if is_url(named) else _files(folder / named, folder / wanted if wanted else None):
            found = _own(path, folder) if len(known) < MOST else None
            if found is not None:
                known.setdefault(path.relative_to(folder).as_posix(), Delivered(kind, path, found))
    return known


def _files(path: Path, wanted: Path | None) -> list[Path]:
    """The file, or those of a folder; of them one alone, where one is wanted."""
    if wanted is not None:
        return [wanted] if wanted.is_relative_to(path) and ".." not in wanted.parts else []
    if not path.is_dir() or path.is_symlink():
        return [path]
    return sorted(Path(folder, name) for folder, _, names in os.walk(path) for name in names)


def _own(path: Path, folder: Path) -> os.stat_result | None:
    """Of a file that is one of this folder, None for what is none, or is removed meanwhile."""
    try:
        if path.resolve(strict=True) != folder.resolve() / path.relative_to(folder):
            return None
        found = path.stat(follow_symlinks=False)
    except (OSError, ValueError, RuntimeError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None
