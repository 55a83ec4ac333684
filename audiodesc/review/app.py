"""The app of one project: its addresses under `/api/v1`, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from audiodesc.review import (
    candidate_routes,
    film_routes,
    history_routes,
    line_routes,
    problems,
    question_routes,
    recording_routes,
    script_routes,
    sound_routes,
    work_routes,
)
from audiodesc.review.as_json import Json
from audiodesc.review.guard import Access, Guard
from audiodesc.review.playing import Player
from audiodesc.review.problems import PROBLEM_SCHEMA, failures, not_found
from audiodesc.review.state import Review

PAGE: Final = Path(__file__).parent / "page"
KINDS: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain",
}
UPLOADS: Final = {"/recordings": 100_000_000}
"""Ends of paths that take sound, and how many bytes."""

FAILURES: Final[tuple[HTTPStatus, ...]] = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.LOCKED,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)

CONFLICT_SCHEMA: Final[Mapping[str, Any]] = {
    **PROBLEM_SCHEMA,
    "properties": {
        **PROBLEM_SCHEMA["properties"],
        "line": {"type": "object", "description": "Of a conflict: the line as it stands."},
        "wanted": {"type": "object", "description": "Of a conflict: the edit that was asked for."},
        "faults": {"type": "array", "items": {"type": "object"}, "description": "All faults of a script."},
    },
}

page_router = APIRouter(include_in_schema=False)


@page_router.get("/")
def page() -> Response:
    """The page."""
    return page_file("index.html")


@page_router.get("/page/{name:path}")
def part(name: Annotated[str, InPath(max_length=200)]) -> Response:
    """A file of the page."""
    return page_file(name)


ROUTERS: Final = (
    line_routes.router,
    candidate_routes.router,
    question_routes.router,
    history_routes.router,
    script_routes.router,
    sound_routes.router,
    recording_routes.router,
    film_routes.router,
    work_routes.router,
    work_routes.report_router,
    page_router,
)


def make_app(review: Review, access: Access) -> FastAPI:
    """The app. Work on the film begins at once, in the background."""
    app = FastAPI(
        title="audiodesc review",
        version="1",
        summary="The lines of a film's audio description: read, change, hear, approve, render.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        default_response_class=Json,
        responses=failures(FAILURES, CONFLICT_SCHEMA),
    )
    problems.install(app)
    app.state.review, app.state.player = review, Player(review)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Guard, access=access, uploads=UPLOADS)
    review.jobs.start("opening", app.state.player.open_all)
    return app


def page_file(name: str) -> Response:
    """A file of the page, of those that are in its folder. Raises ProblemError for any other."""
    known = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.suffix in KINDS}
    if name not in known:
        raise not_found("there is no such file")
    return FileResponse(known[name], media_type=KINDS[known[name].suffix], headers={"Cache-Control": "no-cache"})
