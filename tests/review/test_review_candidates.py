"""Candidates asked for from the page: on a thread, dropped for newer questions, offered and taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from answering import Answering
from fastapi.testclient import TestClient
from hanging import LONG_S
from review.waiting import wait_for

from audiodesc.core.progress import Progress
from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Failure
from audiodesc.describers.basic import Basic
from audiodesc.errors import MissingToolError
from audiodesc.project import open_project
from audiodesc.project.asking import Asking, Wanted
from audiodesc.review.describing import Describing
from audiodesc.review.line_questions import LineQuestion, LineQuestions
from audiodesc.review.state import Review

LINES = "/api/v1/lines"
HELD: Any = SimpleNamespace(by=Answering(()))
KITCHEN = ["A woman folds a coat into a suitcase.", "She fills a bag."]


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """The describer that the project's choices ask for."""
    made = Answering(
        KITCHEN, facts="1. WHO: a woman 2. DOES: folds a coat into a suitcase, fills a bag 4. PLACE: a kitchen"
    )
    monkeypatch.setattr("audiodesc.project.asking.chosen_describer", lambda *_, **__: ChosenDescriber(made))
    return made


def line_at(page: TestClient, number: int) -> dict[str, Any]:
    line: dict[str, Any] = page.get(LINES).json()["lines"][number]["line"]
    return line


def offered(page: TestClient, id: str, **at: int) -> dict[str, Any]:
    """What is offered at the end of the question."""
    review: Review = page.app.state.review  # type: ignore[attr-defined]
    line = f"gap-{at['start_ms']}" if at else id

    def is_answered() -> bool:
        question = review.line_questions.last(line)
        return question is not None and question.state not in ("waiting", "running")

    wait_for(is_answered)
    found: dict[str, Any] = page.get(f"{LINES}/{id}/candidates", params=at).json()
    return found


def test_others_are_asked_for_in_the_background_and_one_is_taken(
    page: TestClient, folder: Path, by: Answering, review: Review
) -> None:
    line = line_at(page, 2)
    asked = page.post(f"{LINES}/{line['id']}/candidates", json={"hint": "mention the\ncoat"})
    assert asked.status_code == 202
    assert asked.json()["state"] == "waiting"
    found = offered(page, line["id"])
    assert (found["question"]["state"], found["question"]["found"]) == ("done", 2)
    assert [one["text"] for one in found["candidates"]] == KITCHEN
    for one in found["candidates"]:
        assert one["fits"] == (one["length_ms"] <= one["room_ms"]) or one["rate"] > 1
        assert (one["by"], one["hint"]) == ("answering", "mention the coat")
    assert line_at(page, 2) == line  # nothing was changed
    taken = page.post(f"{LINES}/{line['id']}/take", json={"text": KITCHEN[1], "base": line["version"]})
    now = taken.json()["lines"][0]["line"]
    assert (now["text"], now["author"], now["state"]) == (KITCHEN[1], by.fingerprint, "approved")
    with open_project(folder) as project:
        assert (project.history()[-1].author, project.history()[-1].source) == ("ann", "page")
    again = page.post(f"{LINES}/{line['id']}/take", json={"text": KITCHEN[0], "base": line["version"]})
    assert again.status_code == 409
    assert again.json()["line"]["text"] == KITCHEN[1]
    page.post("/api/v1/undo", json={})
    assert line_at(page, 2)["text"] == line["text"]


def test_a_gap_is_described_and_the_line_added(page: TestClient, by: Answering) -> None:
    line = line_at(page, 6)  # alone in its gap
    page.delete(f"{LINES}/{line['id']}")
    gap = next(one for one in page.get(LINES).json()["gaps"] if not one["line_ids"])
    at = {"start_ms": gap["start_ms"]}
    assert page.post(f"{LINES}/new/candidates", json=at).json()["line"] == f"gap-{gap['start_ms']}"
    found = offered(page, "new", **at)
    assert [one["text"] for one in found["candidates"]] == KITCHEN
    made = page.post(f"{LINES}/new/take", json={**at, "text": KITCHEN[1]}).json()["lines"][0]["line"]
    assert (made["start_ms"], made["text"], made["author"]) == (gap["start_ms"], KITCHEN[1], by.fingerprint)
    kept = page.get(f"{LINES}/{made['id']}/candidates").json()["candidates"]
    assert [one["text"] for one in kept] == KITCHEN


def test_a_newer_question_about_a_line_drops_the_older_and_others_wait(
    page: TestClient, by: Answering, review: Review
) -> None:
    begun, go_on = Event(), Event()

    def meanwhile() -> None:
        begun.set()
        assert go_on.wait(LONG_S)

    by.meanwhile = meanwhile
    by.answers = [["A kettle steams."], ["A bird sings."], ["A dog barks."]]
    seen: list[LineQuestion] = []
    send = review.line_questions._send
    review.line_questions._send = lambda one: (seen.append(one), send(one))[1]  # type: ignore[func-returns-value]
    first, other = line_at(page, 2)["id"], line_at(page, 4)["id"]
    page.post(f"{LINES}/{first}/candidates", json={})
    assert begun.wait(LONG_S)
    page.post(f"{LINES}/{other}/candidates", json={})
    page.post(f"{LINES}/{other}/candidates", json={"hint": "the first is not asked at all"})
    page.post(f"{LINES}/{first}/candidates", json={"hint": "a person"})
    go_on.set()
    assert [one["text"] for one in offered(page, first)["candidates"]] == ["A dog barks."]
    assert [one["text"] for one in offered(page, other)["candidates"]] == ["A bird sings."]
    ends = [(one.number, one.state) for one in seen if one.state not in ("waiting", "running")]
    assert ends == [(2, "dropped"), (1, "dropped"), (3, "done"), (4, "done")]
    assert len(by.prompts) == 3
    assert "the first is not asked at all" in by.prompts[1]


@pytest.mark.parametrize(
    ("facts", "answer", "said"),
    [
        ("A woman.", "", "the describer gave no answer (empty"),
        ("A woman.", "I'm sorry, but I can't help with that.", "the describer gave no answer (refused"),
        (Failure("cut", "2,048 tokens"), "", "cut off at 2,048 tokens"),
    ],
)
def test_a_model_that_fails_is_told_in_one_line_and_asked_again(
    page: TestClient, by: Answering, facts: str | Failure, answer: str, said: str
) -> None:
    by.answers, by.facts = [answer], facts
    id = line_at(page, 2)["id"]
    page.post(f"{LINES}/{id}/candidates", json={})
    question = offered(page, id)["question"]
    assert question["state"] == "failed"
    assert said in question["fault"]
    assert "\n" not in question["fault"]
    by.answers, by.facts = [KITCHEN], "A woman packs a suitcase."
    page.post(f"{LINES}/{id}/candidates", json={})
    assert offered(page, id)["question"]["state"] == "done"


def test_a_describer_that_cannot_be_had_is_tried_again(
    page: TestClient, by: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> ChosenDescriber:
        raise MissingToolError("no server answers", "start it")

    id = line_at(page, 2)["id"]
    with monkeypatch.context() as patched:
        patched.setattr("audiodesc.project.asking.chosen_describer", gone)
        page.post(f"{LINES}/{id}/candidates", json={})
        assert offered(page, id)["question"]["fault"] == "no server answers: start it"
    with monkeypatch.context() as patched:
        patched.setattr("audiodesc.project.asking.chosen_describer", lambda *_, **__: ChosenDescriber(Basic()))
        page.post(f"{LINES}/{id}/candidates", json={})
        assert "basic has no language model" in offered(page, id)["question"]["fault"]
    page.post(f"{LINES}/{id}/candidates", json={})
    assert offered(page, id)["question"]["state"] == "done"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nothing/candidates", {}, 404),
        ("new/candidates", {}, 400),
        ("new/candidates", {"start_ms": 999_000_000}, 400),
        ("ID/candidates", {"hint": "a" * 201}, 422),
        ("ID/candidates", {"words": 0}, 422),
        ("ID/candidates", {"seconds": -1}, 422),
        ("ID/candidates", {"start_ms": -5}, 422),
        ("nothing/take", {"text": "A woman packs."}, 400),
        ("ID/take", {"text": "A person's own words."}, 400),
        ("ID/take", {}, 422),
        ("new/take", {"text": "A woman packs."}, 400),
    ],
)
def test_wrong_questions_are_refused_in_one_line(
    page: TestClient, by: Answering, path: str, body: dict[str, Any], status: int
) -> None:
    answer = page.post(f"{LINES}/{path.replace('ID', line_at(page, 2)['id'])}", json=body)
    assert answer.status_code == status
    assert "\n" not in answer.json()["detail"]
    assert by.prompts == []


def test_the_describer_is_opened_once_and_let_go_when_nobody_asks() -> None:
    held: list[str] = []
    asked: list[str] = []

    @contextmanager
    def opened(progress: Progress) -> Iterator[Asking]:
        held.append("opened")
        yield HELD
        held.append("let go")

    def work(wanted: Wanted, of: Asking, progress: Progress) -> int:
        asked.append(wanted.id)
        return 1

    describing = Describing(opened, idle_s=0.2)
    questions = LineQuestions(describing, work, lambda one: None)
    for id in ("one", "two"):
        questions.ask(id, Wanted(id))
    wait_for(lambda: asked == ["one", "two"])
    wait_for(lambda: held == ["opened", "let go"])
    questions.ask("three", Wanted("three"))
    wait_for(lambda: held == ["opened", "let go", "opened", "let go"])
    questions.ask("four", Wanted("four"))
    wait_for(lambda: asked[-1] == "four")
    describing.close()
    assert held[-1] == "let go"


def test_a_describer_that_cannot_be_let_go_costs_no_later_question() -> None:
    opened: list[str] = []
    asked: list[str] = []

    @contextmanager
    def held(progress: Progress) -> Iterator[Asking]:
        opened.append("opened")
        yield HELD
        raise RuntimeError("it hangs on")

    def work(wanted: Wanted, of: Asking, progress: Progress) -> int:
        asked.append(wanted.id)
        return 1

    describing = Describing(held, idle_s=0.1)
    questions = LineQuestions(describing, work, lambda one: None)
    questions.ask("one", Wanted("one"))
    wait_for(lambda: asked == ["one"] and not describing.is_open)
    questions.ask("two", Wanted("two"))
    wait_for(lambda: asked == ["one", "two"])
    describing.close()
    assert opened == ["opened", "opened"]


def test_a_question_under_way_when_the_server_ends_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on, ended = Event(), Event(), Event()

    @contextmanager
    def held(progress: Progress) -> Iterator[Asking]:
        yield HELD
        ended.set()

    def work(wanted: Wanted, of: Asking, progress: Progress) -> int:
        begun.set()
        assert go_on.wait(LONG_S)
        raise ValueError("Cannot operate on a closed database.")

    seen: list[LineQuestion] = []
    describing = Describing(held)
    LineQuestions(describing, work, seen.append).ask("one", Wanted("one"))
    assert begun.wait(LONG_S)
    closing = Thread(target=describing.close)
    closing.start()
    wait_for(lambda: describing._ended)
    go_on.set()
    closing.join()
    assert ended.is_set()
    assert "failed" not in {one.state for one in seen}
    assert caplog.records == []
