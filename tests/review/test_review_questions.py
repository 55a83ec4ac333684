"""Questions about the film from the page: answered on the describer's thread, streamed, stopped, kept, taken away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from answering import Replying
from fastapi.testclient import TestClient
from hanging import LONG_S
from review.waiting import wait_for

from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Failure
from audiodesc.describers.basic import Basic
from audiodesc.describers.queries import Query
from audiodesc.errors import MissingToolError
from audiodesc.project import open_project
from audiodesc.project.conversations import Turn, add_turn, begin, conversation, conversations, delete
from audiodesc.review import film_questions
from audiodesc.review.state import Review

QUESTIONS, CONVERSATIONS = "/api/v1/questions", "/api/v1/conversations"
LETTER = "She holds a letter. [0:07]"


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> Replying:
    """The describer that the project's choices ask for."""
    made = Replying(lambda query: LETTER)
    monkeypatch.setattr("audiodesc.project.asking.chosen_describer", lambda *_, **__: ChosenDescriber(made))
    return made


def asked(page: TestClient, text: str = "What is she holding?", **more: Any) -> int:
    answer = page.post(QUESTIONS, json={"text": text, **more})
    assert answer.status_code == 202, answer.text
    return int(answer.json()["number"])


def over(page: TestClient, number: int) -> dict[str, Any]:
    """The question at its end."""
    wait_for(lambda: page.get(f"{QUESTIONS}/{number}").json()["state"] not in ("waiting", "running"))
    found: dict[str, Any] = page.get(f"{QUESTIONS}/{number}").json()
    return found


def events(page: TestClient, number: int) -> list[tuple[str, dict[str, Any]]]:
    """All that is sent of a question until its end."""
    with page.stream("GET", f"{QUESTIONS}/{number}/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line.startswith(("event:", "data:"))]
    names = [line.removeprefix("event: ") for line in lines[::2]]
    return list(zip(names, (json.loads(line.removeprefix("data: ")) for line in lines[1::2]), strict=True))


def test_a_question_is_answered_and_a_further_one_knows_of_it(page: TestClient, folder: Path, by: Replying) -> None:
    first = over(page, asked(page, at_ms=7_400))
    assert (first["state"], first["fault"]) == ("done", "")
    turn = first["turn"]
    assert (turn["answer"], turn["times_ms"], turn["author"]) == ("She holds a letter.", [7_000], "ann")
    assert turn["span"]["start_ms"] <= 7_400 < turn["span"]["end_ms"]
    by.reply = lambda query: "He is not to be seen. NOT SEEN"
    second = over(page, asked(page, "And the man beside her?", conversation=first["conversation"]))
    assert second["turn"]["span"] == turn["span"]
    *_, query = by.queries
    assert [one.question for one in query.follow_ups][-1:] or "And the man beside her?" in query.text
    assert "What is she holding?" in str(query)
    assert "She holds a letter." in str(query)
    with open_project(folder) as project:
        (head,) = conversations(project)
        assert (head.title, head.turns) == ("What is she holding?", 2)
        assert [one.by for one in conversation(project, head.number).turns] == ["answering", "answering"]
    shown = page.get(f"{CONVERSATIONS}/{head.number}").json()
    assert [one["question"] for one in shown["turns"]] == ["What is she holding?", "And the man beside her?"]
    assert page.get(CONVERSATIONS).json()["conversations"][0]["number"] == head.number


def test_an_answer_is_streamed_while_it_is_written(page: TestClient, by: Replying) -> None:
    begun, go_on = Event(), Event()
    answer_aloud = by.answer_aloud

    def slowly(query: Query, said: Callable[[str], None]) -> Any:
        def once(text: str) -> None:
            said(text)
            begun.set()
            assert go_on.wait(LONG_S)

        return answer_aloud(query, once)

    by.answer_aloud = slowly  # type: ignore[method-assign]
    number = asked(page, at_ms=7_400)
    assert begun.wait(LONG_S)
    assert page.get(f"{QUESTIONS}/{number}").json()["text"] == "She"
    go_on.set()
    *writing, (last, whole) = events(page, number)
    assert {name for name, _ in writing} <= {"text"}
    assert all("She holds a letter.".startswith(one["text"]) for _, one in writing)
    assert (last, whole["text"], whole["turn"]["answer"]) == ("answer", "She holds a letter.", "She holds a letter.")
    assert [name for name, _ in events(page, number)] == ["answer"]  # who comes late


def held(by: Replying) -> Iterator[tuple[Event, Event]]:
    """The describer waits with its first word until the second event."""
    begun, go_on = Event(), Event()

    def reply(query: Query) -> str:
        begun.set()
        assert go_on.wait(LONG_S)
        return LETTER

    by.reply = reply
    yield begun, go_on
    go_on.set()


def test_a_stopped_question_is_not_kept_and_the_next_is_answered(page: TestClient, folder: Path, by: Replying) -> None:
    for begun, go_on in held(by):
        first, second = asked(page, at_ms=7_400), asked(page, "And there?", at_ms=3_000)
        assert begun.wait(LONG_S)
        assert page.delete(f"{QUESTIONS}/{first}").json()["state"] == "stopped"
        assert page.delete(f"{QUESTIONS}/{second}").json()["state"] == "stopped"
        third = asked(page, "And now?", at_ms=5_000)
        go_on.set()
        assert over(page, third)["state"] == "done"
    assert [name for name, _ in events(page, first)] == ["stopped"]
    assert len(by.queries) == 2  # the second was never asked
    with open_project(folder) as project:
        assert [head.title for head in conversations(project)] == ["And now?"]
    assert page.delete(f"{QUESTIONS}/{third}").json()["state"] == "done"  # what is over stays


def test_candidates_and_questions_share_one_describer(
    page: TestClient, by: Replying, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def chosen(*_: object, **__: object) -> ChosenDescriber:
        opened.append("opened")
        return ChosenDescriber(by)

    monkeypatch.setattr("audiodesc.project.asking.chosen_describer", chosen)
    by.answers = [["A woman folds a coat."]]
    id = page.get("/api/v1/lines").json()["lines"][2]["line"]["id"]
    page.post(f"/api/v1/lines/{id}/candidates", json={})
    assert over(page, asked(page, at_ms=7_400))["state"] == "done"
    question = review.line_questions.last(id)
    assert question is not None
    assert question.state == "done"
    assert opened == ["opened"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [("", "the describer gave no answer"), (Failure("cut", "2,048 tokens"), "cut off at 2,048 tokens")],
)
def test_a_model_that_fails_is_told_and_nothing_is_kept(
    page: TestClient, folder: Path, by: Replying, answer: str | Failure, said: str
) -> None:
    by.reply = lambda query: answer or Failure("empty")
    found = over(page, asked(page, at_ms=7_400))
    assert (found["state"], found["turn"]) == ("failed", None)
    assert said in found["fault"]
    assert "\n" not in found["fault"]
    assert [name for name, _ in events(page, found["number"])] == ["failed"]
    with open_project(folder) as project:
        assert conversations(project) == ()


def test_without_a_model_what_is_known_is_the_answer_and_told_as_such(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    patched = "audiodesc.project.asking.chosen_describer"
    monkeypatch.setattr(patched, lambda *_, **__: ChosenDescriber(Basic()))
    found = over(page, asked(page, at_ms=7_400))
    assert (found["state"], found["turn"]["by"], found["unasked"]) == ("done", "", "")
    assert found["turn"]["answer"].startswith("No model was asked.")

    def gone(*_: object, **__: object) -> ChosenDescriber:
        raise MissingToolError("no server answers", "start it")

    monkeypatch.setattr(patched, gone)
    found = over(page, asked(page, at_ms=7_400))
    assert (found["state"], found["turn"]["by"]) == ("done", "")
    assert found["unasked"] == "no server answers: start it"
    assert found["turn"]["answer"].startswith("No model was asked.")


MARKUP = "<img src=x onerror=alert(1)> **not bold**"


def test_a_conversation_is_taken_away_and_deleted(page: TestClient, folder: Path, by: Replying) -> None:
    by.reply = lambda query: f"{MARKUP} [0:07]"
    number = over(page, asked(page, MARKUP, at_ms=7_400))["conversation"]
    whole = page.get(f"{CONVERSATIONS}/{number}/as/json")
    assert whole.json()["turns"][0]["question"] == MARKUP
    text = page.get(f"{CONVERSATIONS}/{number}/as/markdown")
    assert text.headers["content-type"].startswith("text/markdown")
    assert "sample%20conversation%201.md" in text.headers["content-disposition"]
    assert "\\<img src" in text.text
    assert "\\*\\*not bold" in text.text
    assert page.delete(f"{CONVERSATIONS}/{number}").json() == {"conversations": []}
    for address in ("", "/as/json", "/as/markdown"):
        assert page.get(f"{CONVERSATIONS}/{number}{address}").status_code == 404
    assert page.delete(f"{CONVERSATIONS}/{number}").status_code == 404
    with open_project(folder) as project:
        assert conversations(project) == ()


def test_what_another_program_asked_is_told_to_every_page(page: TestClient, folder: Path, review: Review) -> None:
    sent: list[str] = []

    def send(event: str, data: object) -> None:
        sent.extend([event] if event == "conversations" else [])

    review.events.send = send  # type: ignore[method-assign]
    with open_project(folder) as other:
        number = begin(other, Turn("What is that?", "A ship.")).number
        wait_for(lambda: sent == ["conversations"])
        add_turn(other, number, Turn("And that?", "A gull."))
        wait_for(lambda: sent == ["conversations"] * 2)
        delete(other, number)
        wait_for(lambda: sent == ["conversations"] * 3)


def test_a_conversation_that_is_deleted_meanwhile_gets_no_answer(page: TestClient, folder: Path, by: Replying) -> None:
    number = over(page, asked(page, at_ms=7_400))["conversation"]
    for begun, go_on in held(by):
        further = asked(page, "And there?", conversation=number, at_ms=3_000)
        assert begun.wait(LONG_S)
        page.delete(f"{CONVERSATIONS}/{number}")
        go_on.set()
        assert f"there is no conversation {number}" in over(page, further)["fault"]
    with open_project(folder) as project:
        assert conversations(project) == ()


def test_only_so_many_wait(page: TestClient, by: Replying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_questions, "MOST_WAITING", 2)
    for begun, go_on in held(by):
        numbers = [asked(page, at_ms=7_400), asked(page, at_ms=3_000)]
        assert begun.wait(LONG_S)
        refused = page.post(QUESTIONS, json={"text": "And now?", "at_ms": 1_000})
        assert (refused.status_code, refused.json()["remedy"]) == (409, "wait for an answer")
        go_on.set()
        assert [over(page, number)["state"] for number in numbers] == ["done", "done"]
    assert over(page, asked(page, "And now?", at_ms=1_000))["state"] == "done"


WRONG: list[tuple[dict[str, Any], int]] = [
    ({}, 422),
    ({"text": ""}, 400),
    ({"text": "\x00 \n"}, 400),
    ({"text": "a" * 2_001}, 422),
    ({"text": "What?", "conversation": 9}, 404),
    ({"text": "What?", "conversation": -1}, 422),
    ({"text": "What?", "at_ms": -1}, 422),
    ({"text": "What?", "at_ms": 10**12}, 422),
    ({"text": "What?", "at_ms": 1, "start_ms": 1, "end_ms": 2}, 400),
    ({"text": "What?", "start_ms": 5, "end_ms": 5}, 400),
    ({"text": "What?", "start_ms": 5, "end_ms": 1}, 400),
    ({"text": "What?", "start_ms": 5}, 400),
    ({"text": "What?", "detail": "whole"}, 422),
]


def test_wrong_questions_are_refused_in_one_line(reader: TestClient) -> None:
    for body, status in WRONG:
        answer = reader.post(QUESTIONS, json=body)
        assert (body, answer.status_code) == (body, status)
        assert "\n" not in answer.json()["detail"]
    assert reader.get(QUESTIONS).json() == {"questions": []}
    for address in (f"{QUESTIONS}/7", f"{QUESTIONS}/7/stream", f"{CONVERSATIONS}/7"):
        assert reader.get(address).status_code == 404


def test_a_time_that_the_film_does_not_have_is_told(page: TestClient, by: Replying) -> None:
    found = over(page, asked(page, at_ms=999_000))
    assert found["state"] == "failed"
    assert found["fault"]
    assert by.queries == []
