"""A project of the sample film, rendered once of its script, and a server on a copy of it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from review.waiting import wait_for

from audiodesc import pipeline
from audiodesc.narration.observe import bars_of
from audiodesc.project import open_project
from audiodesc.review.app import make_app
from audiodesc.review.guard import Access
from audiodesc.review.state import Review
from audiodesc.settings import Settings

PORT = 8123


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory, sample: tuple[Path, Path]) -> Path:
    """The folder of the sample's description, beside the film. A server has run on it: what it makes of the film for
    the page is in the cache, and so in that of every copy."""
    place = tmp_path_factory.mktemp("review")
    film, subtitles = (Path(shutil.copy(path, place)) for path in sample)
    settings = Settings()
    settings = replace(settings, voice=replace(settings.voice, name="espeak-en-gb"))
    pipeline.render(film, sample[0].with_name("script.vtt"), subtitles, settings=settings)
    warmed = Review(open_project(place / "sample.ad"), "ann")
    make_app(warmed, Access(PORT))
    wait_for(lambda: warmed.jobs.last("peaks") and not warmed.jobs.running("peaks"))
    texts = {line.text for line in warmed.project.lines()}
    wait_for(lambda: warmed.voicing.known >= len(texts))
    bars_of(warmed.need_film().film, warmed.store)  # which the first question to a describer asks for
    warmed.close()
    return place / "sample.ad"


@pytest.fixture(scope="session")
def key() -> Access:
    """That of the server that tests share which change nothing."""
    return Access(PORT)


@pytest.fixture(scope="session")
def nobody(rendered: Path, key: Access) -> Iterator[TestClient]:
    """A browser that nobody knows, of the shared server."""
    made = Review(open_project(rendered), "ann")
    app = make_app(made, key)
    wait_for(lambda: made.known is not None and len(made.jobs.jobs()) > 1 and not made.jobs.running("peaks"))
    yield TestClient(app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False)
    made.close()


@pytest.fixture(scope="session")
def reader(nobody: TestClient, key: Access) -> TestClient:
    """A page of the shared server, which changes nothing."""
    session = {key.cookie: key.session}
    headers = {"X-Audiodesc": "page"}
    base = f"http://127.0.0.1:{PORT}"
    return TestClient(nobody.app, base_url=base, follow_redirects=False, cookies=session, headers=headers)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The browser of a module's pages, each of which has its own cookies and memory. Its driver leaves an event loop
    running, so that no two of a thread go side by side."""
    from review.browsing import browser_with_microphone

    with browser_with_microphone() as started:
        yield started


@pytest.fixture
def folder(rendered: Path, tmp_path: Path) -> Path:
    """A copy, which the test may change."""
    shutil.copytree(rendered.parent, tmp_path / "films")
    return tmp_path / "films" / "sample.ad"


@pytest.fixture
def review(folder: Path) -> Iterator[Review]:
    made = Review(open_project(folder), "ann")
    yield made
    made.close()


@pytest.fixture
def access() -> Access:
    return Access(PORT)


@pytest.fixture
def stranger(review: Review, access: Access) -> TestClient:
    """A browser that nobody knows."""
    app = make_app(review, access)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def page(stranger: TestClient, access: Access, review: Review) -> TestClient:
    """The page, with the film opened."""
    assert stranger.get("/", params={"token": access.token}).status_code == 303
    stranger.headers["X-Audiodesc"] = "page"
    wait_for(lambda: review.known is not None and not review.jobs.running("opening"))
    return stranger
