"""The addresses of uploads: films, subtitles, casts and lexicons."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from audiodesc.review.problems import not_found
from audiodesc.service.dependencies import Id, Reads, Served, Submits
from audiodesc.service.refusals import in_use
from audiodesc.service.routing import routes_of
from audiodesc.service.uploading import take
from audiodesc.service.views import Uploads, UploadView, upload_view

router = routes_of("films", "/v1/films")

BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("", status_code=HTTPStatus.CREATED, openapi_extra=BODY)
async def upload(
    service: Served,
    tenant: Submits,
    request: Request,
    name: Annotated[str, Query(max_length=1_000)] = "",
    x_file_name: Annotated[str, Header(max_length=3_000)] = "",
) -> UploadView:
    """Send a file, as the body; its name is `name`, or the header X-File-Name, percent-encoded."""
    given = name or unquote(x_file_name, errors="replace")
    return upload_view(await take(service, tenant, request, given))


@router.get("")
def uploads(
    service: Served,
    tenant: Reads,
    after: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Uploads:
    """Files that were sent and not removed, oldest first, those after the one named: a page of them."""
    first = service.kept.upload(tenant.name, after) if after else None
    if after and first is None:
        raise not_found("there is no such file")
    found = service.kept.uploads(tenant.name, first, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return Uploads(tuple(upload_view(one) for one in found[:limit]), following)


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
async def remove(service: Served, tenant: Submits, id: Id) -> Response:
    """Remove a file that no job needs any more."""
    await run_in_threadpool(_remove, service, tenant.name, id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _remove(service: Served, tenant: str, id: str) -> None:
    folder = service.upload_folder(tenant, id)
    with service.door:
        if service.kept.upload(tenant, id) is None:
            raise not_found("there is no such file")
        if service.kept.users_of(id):
            raise in_use("a job needs this file", "cancel the job, or wait for its end")
        with service.kept.writing() as db:
            db.execute("DELETE FROM uploads WHERE id = ?", (id,))
            db.execute("DELETE FROM sources WHERE upload = ?", (id,))
            db.execute("INSERT OR IGNORE INTO removed VALUES (?)", service.removal(folder))
    service.remove_folder(folder)
