"""The page of votes: blind in what it sends, by keys and by buttons, resumed, in English and German, nothing that
axe-core finds; and the server's guard."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evaluation.test_comparing import BAD, GOOD, QUICK, Entry, Writing
from fastapi.testclient import TestClient
from review.waiting import wait_for
from stories import make_story

from audiodesc.describers import DESCRIBERS
from audiodesc.evaluation.comparing import compared, described_by, keep
from audiodesc.review.app import PAGE
from audiodesc.review.guard import Access
from audiodesc.review.server import Serving
from audiodesc.review.vote_routes import Voting
from audiodesc.review.voting import make_vote_app, opened_voting, vote_serving

PORT = 8124
EVIL = "<img src=x onerror=alert(1)> & \u202e“quotes”"

SHOWN = EVIL.replace("\u202e", "")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a comparison of two describers, beside the film: two moments."""
    place = tmp_path_factory.mktemp("voting")
    film = make_story(place)
    with pytest.MonkeyPatch.context() as patch:
        for name, lines in (("good", GOOD), ("bad", BAD)):
            patch.setitem(DESCRIBERS, name, Entry(Writing(name, lines)))
        folder = place / "story.compare"
        described = described_by(film, ("good", "bad"), QUICK, folder, place / "story.srt")
        found = compared(film, described, folder)
        first, second = found.moments
        hostile = replace(second, texts=(EVIL, second.texts[1]))  # no reader of a model's answers would let it through
        keep(replace(found, moments=(first, hostile)), folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path / "films")
    return tmp_path / "films/story.compare"


def page(voting: Voting) -> TestClient:
    """A browser that was let in."""
    access = Access(PORT)
    base = f"http://127.0.0.1:{PORT}"
    found = TestClient(make_vote_app(voting, access), base_url=base, follow_redirects=False)
    assert found.get("/api/v1/poll").status_code == 401
    assert found.get("/", params={"token": access.token}).status_code == 303
    found.headers["X-Audiodesc"] = "page"
    return found


@pytest.fixture
def voter(folder: Path) -> TestClient:
    return page(opened_voting(folder, "ann", 0, 40))


def good_side(ballot: dict[str, Any]) -> str:
    """Where the line of the good describer is shown."""
    return "left" if ballot["left"] in (GOOD[0], SHOWN) else "right"


def test_nothing_that_is_sent_before_the_last_vote_says_who_wrote_a_line(voter: TestClient, folder: Path) -> None:
    assert voter.get("/api/v1/poll").json() == {"all": 2, "done": 0, "next": 0}
    said = [voter.get(f"/api/v1/poll{path}").text for path in ("", "/0", "/1", "/outcome")]
    assert voter.get("/api/v1/poll/outcome").status_code == 409
    lines = json.loads((folder / "comparison.json").read_text("utf-8"))["moments"]
    for text in said:
        without = text
        for line in (line for moment in lines for line in moment["texts"]):
            without = without.replace(line.replace("\u202e", ""), "")
        assert "good" not in without
        assert "bad" not in without
        assert "first" not in without
    assert voter.put("/api/v1/poll/0", json={"side": good_side(voter.get("/api/v1/poll/0").json())}).json() == {
        "all": 2,
        "done": 1,
        "next": 1,
    }
    assert voter.get("/api/v1/poll/outcome").status_code == 409


def test_votes_are_counted_and_shown_after_the_last(voter: TestClient, folder: Path) -> None:
    for number in range(2):
        side = good_side(voter.get(f"/api/v1/poll/{number}").json())
        assert voter.put(f"/api/v1/poll/{number}", json={"side": side}).status_code == 200
        assert voter.get(f"/api/v1/poll/{number}").json()["chosen"] == side
    found = voter.get("/api/v1/poll/outcome").json()
    (one,) = found["outcomes"]
    assert (one["first"], one["second"], one["tally"]["first"], found["voters"]) == ("good", "bad", 2, 1)
    assert [line["preferred"] for line in found["lines"]] == ["good", "good"]
    again = voter.put("/api/v1/poll/0", json={"side": "equal"})
    assert again.status_code == 400
    assert "all votes are given" in again.json()["fault"]


def test_votes_go_on_after_a_kill_and_each_person_has_their_own(folder: Path) -> None:
    first = page(opened_voting(folder, "ann", 0, 40))
    first.put("/api/v1/poll/1", json={"side": "equal"})
    assert page(opened_voting(folder, "ann", 0, 40)).get("/api/v1/poll").json() == {"all": 2, "done": 1, "next": 0}
    assert page(opened_voting(folder, "ben", 0, 40)).get("/api/v1/poll").json() == {"all": 2, "done": 0, "next": 0}


def test_frames_are_of_the_moment_and_missing_ones_are_said(voter: TestClient, folder: Path) -> None:
    frames = voter.get("/api/v1/poll/0").json()["frames"]
    assert len(frames) == 3
    for frame in frames:
        got = voter.get(frame["url"])
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        assert got.content.startswith(b"\xff\xd8")
    shutil.rmtree(folder / "good.ad")
    gone = page(opened_voting(folder, "ann", 0, 40))
    assert gone.get("/api/v1/poll/0").json()["frames"] == []
    assert gone.get(frames[0]["url"]).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/poll/2", None, 404),
        ("GET", "/api/v1/poll/-1", None, 422),
        ("GET", "/api/v1/poll/x", None, 422),
        ("PUT", "/api/v1/poll/2", {"side": "left"}, 404),
        ("PUT", "/api/v1/poll/0", {"side": "top"}, 422),
        ("PUT", "/api/v1/poll/0", {}, 422),
        ("PUT", "/api/v1/poll/0", [1], 422),
        ("GET", "/api/v1/poll/0/frames/9.jpg", None, 422),
        ("GET", "/page/../vote_routes.py", None, 404),
        ("GET", "/page/%2e%2e/server.py", None, 404),
        ("GET", "/api/v1/project", None, 404),
        ("GET", "/api/v1/openapi.json", None, 404),
    ],
)
def test_other_requests_change_nothing(
    voter: TestClient, folder: Path, method: str, path: str, body: Any, status: int
) -> None:
    assert voter.request(method, path, json=body).status_code == status
    assert not (folder / "votes.json").exists()


def test_a_foreign_page_cannot_vote(voter: TestClient, folder: Path) -> None:
    del voter.headers["X-Audiodesc"]
    assert voter.put("/api/v1/poll/0", json={"side": "left"}).status_code == 403
    voter.headers["X-Audiodesc"] = "page"
    assert voter.put("/api/v1/poll/0", json={"side": "left"}, headers={"Origin": "http://evil"}).status_code == 403
    assert voter.get("/", headers={"Host": "evil"}).status_code == 421
    assert not (folder / "votes.json").exists()


def test_both_languages_have_all_words() -> None:
    english, german = (json.loads((PAGE / f"vote-{one}.json").read_text("utf-8")) for one in ("en", "de"))
    assert set(german) - {"server"} == set(english)
    script = (PAGE / "vote.js").read_text("utf-8") + (PAGE / "vote.html").read_text("utf-8")
    assert [name for name in english if name not in script and name != "decimal"] == []


@contextmanager
def serving(folder: Path, voter: str) -> Iterator[Serving]:
    with vote_serving(opened_voting(folder, voter, 0, 40), folder) as found:
        thread = threading.Thread(target=found.run, daemon=True)
        thread.start()
        wait_for(lambda: found.server.started)
        yield found
        found.stop()
        thread.join(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from review.browsing import browser_with_microphone

    with browser_with_microphone() as started:
        yield started


def opened(browser: Any, server: Serving, locale: str = "en-GB", width: int = 1000) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale=locale)
    tab = context.new_page()
    tab.faults = []
    tab.on("console", lambda message: tab.faults.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.goto(server.address)
    tab.wait_for_selector("body[data-ready]")
    return tab


def test_a_person_votes_by_keys_and_sees_who_wrote_what_at_the_end(browser: Any, folder: Path) -> None:
    from review.browsing import findings, focus, until

    with serving(folder, "ann") as server:
        tab = opened(browser, server)
        assert tab.inner_text("#progress") == "0 of 2 votes given"
        assert "Moment 1 of 2" in tab.inner_text("#moment")
        until(tab, "[...document.querySelectorAll('#frames img')].every(one => one.complete && one.naturalWidth)")
        assert findings(tab) == []
        tab.keyboard.press("1" if tab.inner_text("#left") in (GOOD[0], SHOWN) else "2")
        until(tab, "document.querySelector('#progress').textContent.startsWith('1 of 2')")
        assert focus(tab) == "moment"
        assert tab.is_visible("#last")
        tab.keyboard.press("p")
        until(tab, "document.querySelector('#moment').textContent.includes('1 of 2')")
        assert tab.locator("[data-side][aria-pressed=true]").count() == 1
        tab.reload()
        tab.wait_for_selector("body[data-ready]")
        assert "Moment 2 of 2" in tab.inner_text("#moment")
        side = "left" if tab.inner_text("#left") in (GOOD[0], SHOWN) else "right"
        tab.locator(f"[data-side={side}]").focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#result:not([hidden])")
        assert focus(tab) == "result-title"
        assert "good and bad" in tab.inner_text("#tables")
        assert "100.0 % (34.2 to 100.0)" in tab.inner_text("#tables")  # Wilson, 2 of 2
        assert SHOWN in tab.inner_text("#tables")
        assert findings(tab) == []
        assert tab.faults == []
        tab.context.close()


def test_keys_can_be_switched_off_and_a_lost_vote_is_said(browser: Any, folder: Path) -> None:
    from review.browsing import until

    with serving(folder, "ben") as server:
        tab = opened(browser, server)
        tab.uncheck("#keys")
        tab.keyboard.press("1")
        tab.wait_for_timeout(200)
        assert tab.inner_text("#progress") == "0 of 2 votes given"
        tab.route(
            "**/api/v1/poll/0", lambda route: route.abort() if route.request.method == "PUT" else route.continue_()
        )
        tab.click("[data-side=equal]")
        until(tab, "document.querySelector('#alert').textContent.includes('The vote is not kept')")
        tab.unroute("**/api/v1/poll/0")
        tab.click("[data-side=equal]")
        until(tab, "document.querySelector('#progress').textContent.startsWith('1 of 2')")
        assert tab.inner_text("#alert") == ""
        tab.context.close()


def test_the_page_in_german_narrow_and_without_a_film(browser: Any, folder: Path) -> None:
    from review.browsing import findings

    shutil.rmtree(folder / "good.ad")  # which knows where the film is
    with serving(folder, "eva") as server:
        tab = opened(browser, server, "de-DE", 320)
        assert tab.inner_text("h1") == "Welche Zeile ist besser?"
        assert tab.inner_text("#frames") == "Vom Film ist hier kein Bild da."
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320
        assert findings(tab) == []
        assert tab.faults == []
        tab.context.close()
