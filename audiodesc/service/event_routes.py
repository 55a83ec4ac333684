"""The address of a job's events, as they happen (server-sent events)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Header
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from audiodesc.batch.model import FilmRow
from audiodesc.batch.state import Entry
from audiodesc.review.as_json import as_json
from audiodesc.service import jobs
from audiodesc.service.dependencies import Id, Reads, Served
from audiodesc.service.kept import KeptJob
from audiodesc.service.refusals import stopping
from audiodesc.service.routing import routes_of
from audiodesc.service.service import Service
from audiodesc.service.views import ENDED, job_view, moment, shown

router = routes_of("events", "/v1/jobs")

PING_S: Final = 15
POLL_S: Final = 0.25
"""How often it is looked whether a film changed, which asks no file."""

ANYWAY: Final = 20
"""Each so often the file is asked, for changes that another process made."""

LINES: Final = 10_000
"""More than the log keeps of a film."""

SEND_S: Final = 30.0
"""How long a client may read nothing."""


@router.get("/{id}/events", response_class=EventSourceResponse)
async def events(
    service: Served, tenant: Reads, id: Id, last_event_id: Annotated[str, Header(max_length=20)] = ""
) -> Response:
    """All events of a job, from the first or after Last-Event-ID, until it has ended; then 204."""
    if service.is_stopping:
        raise stopping()
    job = await run_in_threadpool(jobs.found, service, tenant.name, id)
    row = await run_in_threadpool(jobs.film_of, service, job)
    after = await run_in_threadpool(number_of, service, job, row.id, last_event_id)
    if row.state in ENDED and not await run_in_threadpool(service.state.log, after, row.id, 1):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    service.streams.take(tenant.name)
    return _Stream(service, tenant.name, told(service, job, row.id, after))


class _Stream(EventSourceResponse):
    """Gives its place back, however it ends."""

    def __init__(self, service: Service, tenant: str, events: AsyncIterator[dict[str, str]]) -> None:
        super().__init__(events, ping=PING_S, send_timeout=SEND_S)
        self._service, self._tenant = service, tenant

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._service.streams.give_back(self._tenant)


async def told(service: Service, job: KeptJob, film: int, after: int) -> AsyncIterator[dict[str, str]]:
    """The events of a job after the line `after` of the batch's log, until it has ended or the service is stopped."""
    seen, waited, before = -1, 0, (0, 0)
    while not service.is_stopping:
        if service.changes[film] == seen and waited < ANYWAY:
            waited += 1
            await asyncio.sleep(POLL_S)
            continue
        seen, waited = service.changes[film], 0
        row = await run_in_threadpool(service.state.row, film)
        entries = await run_in_threadpool(service.state.log, after, film)
        if any(one.what in ENDED for one in entries):  # it may have ended between the two
            row = await run_in_threadpool(service.state.row, film)
        for entry in entries:
            after = entry.number
            yield event(service, job, entry, row)
        if row is None or (row.state in ENDED and not entries):
            return
        if row.state in ENDED:
            seen = -1  # once more, for what came between the two
        elif row.state == "running" and (row.done, row.total) != before and row.total:
            before = row.done, row.total
            yield {"event": "progress", "data": _text({"stage": row.stage, "done": row.done, "total": row.total})}


def event(service: Service, job: KeptJob, entry: Entry, row: FilmRow | None) -> dict[str, str]:
    """A line of the batch's log as an event. That a job has ended comes with the whole of it."""
    data: dict[str, Any] = {"job": job.id, "time": moment(entry.time), "detail": shown(service, job, entry.detail)}
    if row is not None and entry.what in ENDED and row.state == entry.what:
        data["status"] = job_view(service, job, row)
    return {"id": event_id(service, job, entry.number), "event": entry.what, "data": _text(data)}


def event_id(service: Service, job: KeptJob, number: int) -> str:
    """The id of a line of the log, which says nothing of how many lines there are of other tenants."""
    return hmac.new(service.secret, f"{job.id} {number}".encode(), hashlib.sha256).hexdigest()[:16]


def number_of(service: Service, job: KeptJob, film: int, id: str) -> int:
    """The line of the log that has this id; 0 for none."""
    lines = service.state.log(film=film, most=LINES) if id else []
    return next((one.number for one in lines if event_id(service, job, one.number) == id), 0)


def _text(value: Any) -> str:
    return as_json(value).decode()
