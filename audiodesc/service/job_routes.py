"""The addresses of jobs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Query
from starlette.responses import Response

from audiodesc.batch.model import FilmState
from audiodesc.service import jobs
from audiodesc.service.dependencies import Cancels, Id, Reads, Served, Submits
from audiodesc.service.jobs import Wanted
from audiodesc.service.routing import routes_of
from audiodesc.service.views import Jobs, JobView, job_view

router = routes_of("jobs", "/v1/jobs")


@router.post("", status_code=HTTPStatus.CREATED)
def submit(
    service: Served,
    tenant: Submits,
    wanted: Wanted,
    response: Response,
    idempotency_key: Annotated[str, Header(max_length=255)] = "",
) -> JobView:
    """Have a film described. The same request with the same Idempotency-Key within a day is the same job."""
    job, is_new = jobs.submit(service, tenant, wanted, idempotency_key)
    if not is_new:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job_view(service, job, jobs.film_of(service, job))


@router.get("")
def list_jobs(
    service: Served,
    tenant: Reads,
    after: Annotated[str, Query(pattern="^([0-9a-f]{32})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    state: Annotated[FilmState | None, Query()] = None,
) -> Jobs:
    """Jobs, oldest first, those after the one named: a page of them."""
    first = jobs.film_of(service, jobs.found(service, tenant.name, after)).id if after else 0
    rows = service.state.rows((state,) if state else (), owner=tenant.name, after=first, most=limit + 1)
    known = [(job, row) for row in rows[:limit] if (job := service.job_of(row)) is not None]
    following = known[-1][0].id if len(rows) > limit and known else None
    return Jobs(tuple(job_view(service, job, row) for job, row in known), following)


@router.get("/{id}")
def status(service: Served, tenant: Reads, id: Id) -> JobView:
    """A job as it stands."""
    job = jobs.found(service, tenant.name, id)
    return job_view(service, job, jobs.film_of(service, job))


@router.post("/{id}/cancel", status_code=HTTPStatus.ACCEPTED)
def cancel(service: Served, tenant: Cancels, id: Id) -> JobView:
    """End a job after what it has in hand; it is failed then, with the cause "cancelled"."""
    job = jobs.found(service, tenant.name, id)
    jobs.cancel(service, job)
    return job_view(service, job, jobs.film_of(service, job))


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
def remove(service: Served, tenant: Cancels, id: Id) -> Response:
    """Remove a job that has ended, with its results."""
    jobs.remove(service, jobs.found(service, tenant.name, id))
    return Response(status_code=HTTPStatus.NO_CONTENT)
