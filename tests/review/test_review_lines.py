"""The addresses of lines: what is edited there is in the project, and what the project has is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from review.waiting import wait_for

from audiodesc.project import Edit, Project, open_project
from audiodesc.project.history import Entry
from audiodesc.project.lines import ProjectLine
from audiodesc.review.script_text import TextRead, read_text
from audiodesc.review.state import Review

LINES = "/api/v1/lines"


def first(page: TestClient) -> dict[str, Any]:
    line: dict[str, Any] = page.get(LINES).json()["lines"][0]["line"]
    return line


def texts(page: TestClient) -> list[str]:
    return [view["line"]["text"] for view in page.get(LINES).json()["lines"]]


def patch(page: TestClient, id: str, **wanted: Any) -> Response:
    return page.patch(f"{LINES}/{id}", json=wanted)


def test_all_lines_stand_in_order_with_what_is_known_of_them(page: TestClient, folder: Path) -> None:
    answer = page.get(LINES).json()
    with open_project(folder) as project:
        assert [ProjectLine(**view["line"]) for view in answer["lines"]] == list(project.lines())
    assert len(answer["lines"]) == 13
    for view in answer["lines"]:  # each of the sample's lines is written to fit its pause
        line, room = view["line"], view["room"]
        assert room["start_ms"] <= line["start_ms"] < room["end_ms"]
        assert view["room_ms"] == room["end_ms"] - line["start_ms"]
    ids = [id for gap in answer["gaps"] for id in gap["line_ids"]]
    assert ids == [view["line"]["id"] for view in answer["lines"]]


def test_the_list_is_not_sent_again_where_nothing_changed(page: TestClient) -> None:
    wait_for(lambda: all(view["length_ms"] for view in page.get(LINES).json()["lines"]))
    tag = page.get(LINES).headers["etag"]
    assert page.get(LINES, headers={"If-None-Match": tag}).status_code == 304
    patch(page, first(page)["id"], note="a word with Kim")
    assert page.get(LINES, headers={"If-None-Match": tag}).status_code == 200


def test_a_line_is_judged_where_it_is_heard(page: TestClient) -> None:
    """Moved so far back that only half of it would fit, it begins earlier, and speaks over no dialogue."""
    wait_for(lambda: all(view["length_ms"] for view in page.get(LINES).json()["lines"]))
    views = page.get(LINES).json()["lines"]
    view = next(one for one in views if one["line"]["text"].startswith("One by one"))
    patch(page, view["line"]["id"], start_ms=view["room"]["end_ms"] - view["length_ms"] // 2)
    (moved,) = [one for one in page.get(LINES).json()["lines"] if one["line"]["id"] == view["line"]["id"]]
    assert (moved["fits"], moved["findings"]) == (True, [])
    patch(page, view["line"]["id"], text=f"{view['line']['text']} {view['line']['text']}")
    wait_for(lambda: any(one["fits"] is False for one in page.get(LINES).json()["lines"]))
    (long,) = [one for one in page.get(LINES).json()["lines"] if one["line"]["id"] == view["line"]["id"]]
    assert "over dialogue" in str(long["findings"])


def test_an_edit_is_in_the_project_before_it_is_answered(page: TestClient, folder: Path) -> None:
    line = first(page)
    answer = patch(page, line["id"], text="A gull lands.", base=line["version"])
    with open_project(folder) as project:
        kept = project.lines()[0]
        entry = project.history()[-1]
    assert (kept.text, kept.state, kept.author) == ("A gull lands.", "edited", "human")
    assert (entry.author, entry.source) == ("ann", "page")
    assert ProjectLine(**answer.json()["lines"][0]["line"]) == kept


def test_who_edits_is_kept(page: TestClient, folder: Path) -> None:
    line = first(page)
    page.patch(f"{LINES}/{line['id']}", json={"note": "ok"}, headers={"X-Author": "J%C3%B6rg"})
    with open_project(folder) as project:
        assert project.history()[-1].author == "Jörg"


def test_two_on_one_line_are_told_of_each_other(page: TestClient) -> None:
    line = first(page)
    assert patch(page, line["id"], text="Mine.", base=line["version"]).status_code == 200
    refused = patch(page, line["id"], text="Yours.", base=line["version"])
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    body = refused.json()
    assert body["line"]["text"] == "Mine."
    assert body["wanted"]["text"] == "Yours."
    assert texts(page)[0] == "Mine."


def test_two_on_two_lines_do_not_meet(page: TestClient) -> None:
    one, other = (view["line"] for view in page.get(LINES).json()["lines"][:2])
    assert patch(page, one["id"], text="One.", base=one["version"]).status_code == 200
    assert patch(page, other["id"], text="Two.", base=other["version"]).status_code == 200
    assert texts(page)[:2] == ["One.", "Two."]


def test_a_line_is_added_moved_locked_approved_and_deleted(page: TestClient) -> None:
    made = page.post(LINES, json={"text": "A bell rings.", "start_ms": 60_000})
    assert made.status_code == 201
    id = made.json()["lines"][0]["line"]["id"]
    patch(page, id, start_ms=61_500)
    patch(page, id, state="approved", locked=True, note="for Kim")
    line = page.get(f"{LINES}/{id}").json()["line"]
    assert (line["start_ms"], line["state"], line["locked"], line["note"]) == (61_500, "approved", True, "for Kim")
    for refused in (page.delete(f"{LINES}/{id}"), patch(page, id, text="Two."), patch(page, id, start_ms=62_000)):
        assert (refused.status_code, refused.json()["fault"]) == (400, f"line {id} is locked: “A bell rings.”")
    patch(page, id, locked=False)
    assert page.delete(f"{LINES}/{id}").json()["deleted"] == [id]
    assert page.get(f"{LINES}/{id}").status_code == 404
    assert patch(page, id, deleted=False).status_code == 200
    assert page.get(f"{LINES}/{id}").json()["line"]["text"] == "A bell rings."


def test_a_line_is_split_between_two_words_and_joined_again(page: TestClient) -> None:
    id = page.post(LINES, json={"text": "A 🚢 sails. Gulls follow it.", "start_ms": 60_000}).json()["lines"][0]["line"][
        "id"
    ]
    at = len("A 🚢 sails.".encode("utf-16-le")) // 2  # as JavaScript counts
    split = page.post(f"{LINES}/{id}/split", json={"at": at}).json()
    one, other = (view["line"] for view in split["lines"])
    assert (one["text"], other["text"]) == ("A 🚢 sails.", "Gulls follow it.")
    assert other["start_ms"] > one["start_ms"]
    joined = page.post(f"{LINES}/{id}/join", json={"other": other["id"]}).json()
    assert joined["lines"][0]["line"]["text"] == "A 🚢 sails. Gulls follow it."
    assert joined["deleted"] == [other["id"]]


def test_a_line_has_a_voice_of_its_own_which_others_see(page: TestClient, folder: Path) -> None:
    id = first(page)["id"]
    view = patch(page, id, voice="espeak-de").json()["lines"][0]
    assert (view["line"]["voice"], view["line"]["state"]) == ("espeak-de", "edited")
    with open_project(folder) as project:
        assert project.lines()[0].voice == "espeak-de"
    assert page.get("/api/v1/history").json()["entries"][-1]["text"].endswith("voice espeak-de")
    wrong = patch(page, id, voice="espeak-dee")
    assert (wrong.status_code, wrong.json()["fault"]) == (400, "there is no voice 'espeak-dee'")
    assert patch(page, id, voice="../voices/mine.toml").status_code == 400
    page.post(f"{LINES}/{id}/split", json={"at": view["line"]["text"].index(" ")})
    assert [view["line"]["voice"] for view in page.get(LINES).json()["lines"]][:3] == ["espeak-de", "espeak-de", ""]


def test_what_is_done_at_once_is_undone_and_redone_at_once(page: TestClient) -> None:
    before = texts(page)
    id = first(page)["id"]
    page.post(f"{LINES}/{id}/split", json={"at": before[0].index(" ")})
    split = texts(page)
    assert len(split) == len(before) + 1
    page.post("/api/v1/undo", json={})
    assert texts(page) == before
    page.post("/api/v1/redo")
    assert texts(page) == split
    page.post("/api/v1/undo", json={})
    assert texts(page) == before


def test_many_are_approved_at_once(page: TestClient) -> None:
    lines = [view["line"] for view in page.get(LINES).json()["lines"]]
    wanted = [{"id": line["id"], "base": line["version"]} for line in lines]
    page.post(f"{LINES}/state", json={"state": "approved", "lines": wanted})
    assert page.get("/api/v1/project").json()["counts"] == {"draft": 0, "edited": 0, "approved": 13}


def test_what_another_undoes_meanwhile_is_redone_first(
    page: TestClient, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (view["line"] for view in page.get(LINES).json()["lines"][:2])
    for line in (one, two):
        page.patch(f"{LINES}/{line['id']}", json={"text": "Another."})
    page.post("/api/v1/undo", json={})
    redo = Project.redo

    def late(project: Project, *given: str) -> tuple[Entry, ...]:
        project.undo(None, "kim", "page")
        return redo(project, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Project, "redo", late)
        answer = page.post("/api/v1/redo")
    assert answer.status_code == 200
    assert [view["line"]["id"] for view in answer.json()["lines"]] == [one["id"]]
    now = {line.id: line.text for line in review.project.lines()}
    assert (now[one["id"]], now[two["id"]]) == ("Another.", two["text"])


def test_what_another_edits_meanwhile_is_not_undone_with_what_was_edited_at_once(
    page: TestClient, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (view["line"] for view in page.get(LINES).json()["lines"][:3])
    wanted = [{"id": line["id"], "base": line["version"]} for line in (one, two)]
    page.post(f"{LINES}/state", json={"state": "approved", "lines": wanted})
    undo = Project.undo

    def late(project: Project, *given: Any) -> tuple[Entry, ...]:
        project.edit([Edit(three["id"], text="Theirs.")], "kim", "page")
        return undo(project, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Project, "undo", late)
        undone = page.post("/api/v1/undo", json={}).json()["lines"]
    assert [view["line"]["id"] for view in undone] == [three["id"]]
    assert {view["line"]["id"] for view in page.post("/api/v1/undo", json={}).json()["lines"]} == {one["id"], two["id"]}


def test_two_scripts_that_are_saved_at_the_same_moment_are_undone_one_by_one(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = page.get("/api/v1/script").json()
    one, two = (view["line"] for view in page.get(LINES).json()["lines"][:2])

    def late(*asked: Any) -> TextRead:
        found = read_text(*asked)
        monkeypatch.setattr("audiodesc.review.script_routes.read_text", read_text)
        put(given | {"text": given["text"].replace(two["text"], "Two.")})
        return found

    def put(wanted: dict[str, Any]) -> None:
        page.put("/api/v1/script", json=wanted).raise_for_status()

    monkeypatch.setattr("audiodesc.review.script_routes.read_text", late)
    put(given | {"text": given["text"].replace(one["text"], "One.")})
    undone = page.post("/api/v1/undo", json={}).json()["lines"]
    assert [(view["line"]["id"], view["line"]["text"]) for view in undone] == [(one["id"], one["text"])]


def test_after_another_edit_nothing_is_redone(page: TestClient) -> None:
    id = first(page)["id"]
    patch(page, id, text="One.")
    page.post("/api/v1/undo", json={})
    assert page.get("/api/v1/history").json()["can_redo"]
    patch(page, id, text="Two.")
    assert not page.get("/api/v1/history").json()["can_redo"]
    assert page.post("/api/v1/redo").status_code == 400


def test_undo_and_redo_in_turn_walk_back_and_forth(page: TestClient) -> None:
    id = first(page)["id"]
    seen = [texts(page)[0]]
    for text in ("One.", "Two.", "Three."):
        patch(page, id, text=text)
        seen.append(text)
    for text in reversed(seen[:-1]):
        page.post("/api/v1/undo", json={})
        assert texts(page)[0] == text
    for text in seen[1:]:
        page.post("/api/v1/redo")
        assert texts(page)[0] == text


def test_find_and_replace_shows_first_and_leaves_locked_lines(page: TestClient) -> None:
    lines = [view["line"] for view in page.get(LINES).json()["lines"]][:3]
    for line, text in zip(lines, ("The boat, the Boat.", "A boathouse.", "One boat."), strict=True):
        patch(page, line["id"], text=text)
    patch(page, lines[2]["id"], locked=True)
    shown = page.post("/api/v1/replace", json={"find": "boat", "replace": "ferry", "words": True}).json()
    assert shown["count"] == 3
    assert shown["lines"][0]["spans"] == [[4, 8], [14, 18]]
    assert shown["lines"][0]["after_spans"] == [[4, 9], [15, 20]]
    assert shown["lines"][0]["after"] == "The ferry, the ferry."
    assert texts(page)[0] == "The boat, the Boat."  # nothing was done
    named = [{"id": one["id"], "base": one["version"]} for one in shown["lines"]]
    wanted = {"find": "boat", "replace": "ferry", "words": True, "apply": True, "lines": named}
    page.post("/api/v1/replace", json=wanted)
    assert texts(page)[:3] == ["The ferry, the ferry.", "A boathouse.", "One boat."]
    page.post("/api/v1/undo", json={})
    assert texts(page)[0] == "The boat, the Boat."


def test_an_edit_of_the_command_line_is_in_the_page(page: TestClient, folder: Path) -> None:
    with open_project(folder) as other:
        other.edit([Edit(text="By hand.", start_ms=61_000)], "kim", "command line")
    assert "By hand." in texts(page)
    assert page.get("/api/v1/history").json()["entries"][-1]["author"] == "kim"


def test_the_history_of_a_line(page: TestClient) -> None:
    id = first(page)["id"]
    patch(page, id, text="Two.")
    entries = page.get(f"{LINES}/{id}/history").json()["entries"]
    assert entries[-1]["after"]["text"] == "Two."
    assert "is now “Two.”" in entries[-1]["text"]


@pytest.mark.parametrize("id", ["nothing", "000000000", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a" * 300])
def test_a_line_that_is_not_there(reader: TestClient, id: str) -> None:
    for answer in (reader.get(f"{LINES}/{id}"), reader.patch(f"{LINES}/{id}", json={}), reader.delete(f"{LINES}/{id}")):
        assert answer.status_code in (404, 405, 422)


def test_wrong_edits_are_refused_in_one_line(page: TestClient) -> None:
    id = first(page)["id"]
    for wanted in (
        {"text": " "},
        {"start_ms": -1},
        {"state": "done"},
        {"text": "a" * 30_000},
        {"recording": "../a.wav"},
    ):
        answer = patch(page, id, **wanted)
        assert answer.status_code in (400, 422)
        assert "\n" not in answer.json()["detail"]


def test_hostile_texts_come_back_as_they_are(page: TestClient) -> None:
    hostile = '<script>alert(1)</script> --> "&lt; ] \u202e\u0000x'
    id = first(page)["id"]
    patch(page, id, text=hostile)
    assert "<script>" in texts(page)[0]
    assert page.get(LINES).headers["content-type"] == "application/json"
    assert json.dumps(page.get("/api/v1/script").json())


def test_candidates_of_a_persons_line_are_none(reader: TestClient) -> None:
    assert reader.get(f"{LINES}/{first(reader)['id']}/candidates").json() == {
        "facts": "",
        "candidates": [],
        "question": None,
    }


def test_findings_are_those_of_check(page: TestClient, review: Review) -> None:
    speech = review.need_film().speech[0]
    made = page.post(LINES, json={"text": "She talks over them all.", "start_ms": speech.start_ms + 100}).json()
    rules = [one["rule"] for one in made["lines"][0]["findings"]]
    assert "over-dialogue" in rules
    assert made["lines"][0]["room"] is None
