"""The app of the service: its addresses, and how all failures are answered."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import Response

from audiodesc.review import problems
from audiodesc.review.problems import ProblemError, answer
from audiodesc.service import event_routes, health_routes, job_routes, result_routes, series, upload_routes
from audiodesc.service.guard import Guard
from audiodesc.service.numbers import Numbers
from audiodesc.service.refusals import RETRY_S
from audiodesc.service.service import Service

LATER: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""What may go well when it is tried again."""

HANG_UP: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INSUFFICIENT_STORAGE,
)
"""After which the rest of an upload is not waited for."""

ROUTERS: Final = (
    upload_routes.router,
    job_routes.router,
    event_routes.router,
    result_routes.router,
    series.router,
    health_routes.router,
)


def make_app(service: Service) -> FastAPI:
    """The app of a service that is open."""
    app = FastAPI(
        title="audiodesc service",
        version="1",
        summary="Audio description as jobs: films in, described films out.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)

    @app.exception_handler(ProblemError)
    def of_problem(request: Request, error: ProblemError) -> Response:
        made = answer(error.status, error.fault, error.remedy, error.more)
        if error.status in LATER:
            made.headers["Retry-After"] = str(RETRY_S)
        if error.status in HANG_UP and request.method == "POST":
            made.headers["Connection"] = "close"
        return made

    @app.exception_handler(RecursionError)
    def of_depth(request: Request, error: Exception) -> Response:
        return answer(HTTPStatus.BAD_REQUEST, "the request is nested too deeply", "send what the schema describes")

    @app.exception_handler(Exception)
    def of_fault(request: Request, error: Exception) -> Response:
        return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of this program", "tell its operator when it was")

    app.state.service, app.state.numbers = service, Numbers(service.state)
    app.state.readiness = health_routes.Readiness(service)
    for router in ROUTERS:
        app.router.routes.extend(router.routes)  # see `review.routing`
    app.add_middleware(Guard, service=service)
    return app
