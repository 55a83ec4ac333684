"""The page of votes on a comparison: the same server, guard and style as the page of a project, and nothing of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from audiodesc.core.cache import Store
from audiodesc.errors import AudiodescError
from audiodesc.evaluation.comparing import kept
from audiodesc.evaluation.votes import Poll
from audiodesc.media.opening import with_content
from audiodesc.media.probe import probe
from audiodesc.model import Film
from audiodesc.project import open_project
from audiodesc.project.folder import HIDDEN
from audiodesc.project.saved import saved_film
from audiodesc.review import problems
from audiodesc.review.app import page_file, part
from audiodesc.review.guard import Access, Guard
from audiodesc.review.server import LOOPBACK, Serving, config_of, listen, listen_for
from audiodesc.review.vote_routes import Voting, router


def make_vote_app(voting: Voting, access: Access) -> FastAPI:
    """The app of one voter."""
    app = FastAPI(
        title="audiodesc vote",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    app.state.voting = voting
    app.add_api_route("/", page, include_in_schema=False)
    app.add_api_route("/page/{name:path}", part, include_in_schema=False)
    app.router.routes.extend(router.routes)  # see `routing`
    app.add_middleware(Guard, access=access, uploads={})
    return app


def page() -> Response:
    """The page."""
    return page_file("vote.html")


def opened_voting(folder: Path, voter: str, seed: int, most: int) -> Voting:
    """The votes on the comparison in a folder, with its film where that is still there.

    Raises InputError for a folder that holds no comparison, or votes that cannot be read.
    """
    comparison = kept(folder)
    poll = Poll(comparison, folder, seed, most)
    film: Film | None = None
    project = folder / Path(comparison.models[0].folder).name
    store = Store(project / HIDDEN / "cache")
    with suppress(AudiodescError, OSError), open_project(project) as opened:
        film = with_content(probe(saved_film(opened)), store)
    return Voting(poll, film, store, voter)


@contextmanager
def vote_serving(voting: Voting, folder: Path, port: int = 0) -> Iterator[Serving]:
    """A server for a page of votes, on this computer alone. Raises OutputError for a port that is taken."""
    listening = listen(LOOPBACK, port) if port else listen_for(LOOPBACK, folder)
    access = Access(listening.getsockname()[1])
    try:
        server = uvicorn.Server(config_of(make_vote_app(voting, access)))
        yield Serving(server, listening, f"http://{LOOPBACK}:{access.port}/?token={access.token}")
    finally:
        listening.close()
