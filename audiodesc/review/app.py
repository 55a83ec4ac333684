"""The app of one project: its addresses under `/api/v1`, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final

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
from audiodesc.review.guard import Access, Guard
from audiodesc.review.playing import Player
from audiodesc.review.problems import not_found
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
    )
    problems.install(app)
    app.state.review, app.state.player = review, Player(review)
    for router in ROUTERS:
        app.router.routes.extend(router.routes)  # see `routing`
    app.add_middleware(Guard, access=access, uploads=UPLOADS)
    review.jobs.start("opening", app.state.player.open_all)
    return app


def page_file(name: str) -> Response:
    """A file of the page, of those that are in its folder. Raises ProblemError for any other."""
    known = _page_files()
    if name not in known:
        raise not_found("there is no such file")
    return FileResponse(known[name], media_type=KINDS[known[name].suffix], headers={"Cache-Control": "no-cache"})


@cache
def _page_files() -> Mapping[str, Path]:
    return {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.suffix in KINDS}
