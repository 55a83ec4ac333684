"""A film whose name is no UTF-8, as old disks have them, is reviewed as any other."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review.waiting import wait_for

from audiodesc.project import open_project
from audiodesc.review.state import Review

LATIN = os.fsdecode(b"caf\xe9")
SHOWN = "caf�"


@pytest.fixture
def review(folder: Path) -> Iterator[Review]:
    films = folder.parent
    try:
        (films / "sample.mp4").rename(films / f"{LATIN}.mp4")
        moved = folder.rename(films / f"{LATIN}.ad")
    except (OSError, UnicodeError):
        pytest.skip("this disk has no such names")
    made = Review(open_project(moved), "ann")
    yield made
    made.close()


def test_the_page_shows_what_can_be_shown_of_the_name(page: TestClient, review: Review) -> None:
    assert page.get("/api/v1/project").json()["folder"] == f"{SHOWN}.ad"
    assert page.get("/api/v1/media/film", headers={"Range": "bytes=0-9"}).status_code == 206
    listed = page.get("/api/v1/files").json()["files"]
    assert all(page.get(one["url"]).status_code == 200 for one in listed)
    for path in ("exports/srt", "exports/docx", "script", "history", "render"):
        assert page.get(f"/api/v1/{path}").status_code == 200


def test_a_failure_that_names_it_is_told(page: TestClient, review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    # the tests' workers cannot send such a name as captured text
    monkeypatch.setattr(logging.getLogger("audiodesc.review.jobs"), "disabled", True)

    def fails(_: object) -> tuple[str, ...]:
        raise OSError(f"{LATIN}.mp4 is gone")

    review.jobs.start("proxy", fails)
    wait_for(lambda: not review.jobs.running("proxy"))
    (job,) = (one for one in page.get("/api/v1/jobs").json()["jobs"] if one["kind"] == "proxy")
    assert (job["state"], job["fault"]) == ("failed", f"OSError: {SHOWN}.mp4 is gone")
    asked = rb'{"words": "\ud800", "say": "x"}'
    answer = page.post("/api/v1/lexicon", content=asked, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "has no words" in answer.json()["detail"]
