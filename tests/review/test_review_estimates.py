"""A line that is too long, by a voice that knows how long it will speak: heard soon, and as a render speaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review.waiting import wait_for
from speak.tiny_kokoro import make_kokoro

from audiodesc import pipeline
from audiodesc.model import Take
from audiodesc.project import open_project
from audiodesc.project.saved import save_settings, saved_settings
from audiodesc.review.app import make_app
from audiodesc.review.guard import Access
from audiodesc.review.state import Review
from audiodesc.speak.kokoro import Kokoro

LINES = "/api/v1/lines"


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What the voice speaks, and how fast."""
    said: list[tuple[str, float]] = []
    real = Kokoro.say

    def say(self: Kokoro, text: str, rate: float) -> Take:
        said.append((text, rate))
        return real(self, text, rate)

    monkeypatch.setattr(Kokoro, "say", say)
    return said


@pytest.fixture
def review(folder: Path, tmp_path: Path, spoken: list[tuple[str, float]]) -> Iterator[Review]:
    with open_project(folder) as project:
        chosen = saved_settings(project)
        options = {"kokoro": {"folder": str(make_kokoro(tmp_path / "kokoro"))}}
        voice = replace(chosen.voice, name="kokoro-en-us")
        save_settings(project, replace(chosen, voice=voice, options=options))
    made = Review(open_project(folder), "ann")
    yield made
    made.close()


def settled(review: Review) -> bool:
    """Whether all lines are voiced, so that nothing more is spoken but what is asked for."""
    return all(review.length(line.text) is not None for line in review.project.lines())


def test_a_line_that_has_to_be_spoken_faster_is_voiced_once_at_that_rate_and_a_render_speaks_that(
    folder: Path, review: Review, spoken: list[tuple[str, float]]
) -> None:
    access = Access(8_123)
    page = TestClient(make_app(review, access), base_url="http://127.0.0.1:8123", follow_redirects=False)
    page.get("/", params={"token": access.token})
    page.headers["X-Audiodesc"] = "page"
    wait_for(lambda: review.known is not None and not review.jobs.running("opening") and settled(review))
    last = page.get(LINES).json()["lines"][-1]
    id, found = last["line"]["id"], None
    for words in range(last["room_ms"] // 100 - 8, 200, 2):
        text = "Slowly" + " a" * words + "."
        spoken.clear()
        found = page.post(f"{LINES}/{id}/measure", json={"text": text}).json()
        if found["rate"] != 1.0:
            break
    assert found
    assert found["fits"]
    assert found["rate"] > 1.0
    assert found["length_ms"] > found["room_ms"]
    assert page.get(found["voice"]).status_code == 200
    page.get(f"{LINES}/{id}/mixed.wav", params={"text": text}).raise_for_status()
    assert [rate for said, rate in spoken if said == text] == [found["rate"]]
    page.patch(f"{LINES}/{id}", json={"text": text}).raise_for_status()
    review.close()
    made = pipeline.render(folder)
    assert [one.rate for one in made.report.segments if one.line == text] == [found["rate"]]
    assert spoken.count((text, found["rate"])) == 1
