"""Conversations are kept in the project: what was answered is there for everybody, and after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project.kills import begun

from audiodesc.errors import ProjectError, UsageError
from audiodesc.model import Span
from audiodesc.project import conversations as module
from audiodesc.project.conversation_files import as_json, as_markdown
from audiodesc.project.conversations import (
    Conversation,
    Turn,
    add_turn,
    begin,
    changes,
    check_question,
    conversation,
    conversations,
    delete,
)
from audiodesc.project.project import Project, made_project, open_project

TURN = Turn("What is she holding?", "A letter.", Span(1_000, 3_000), (1_500, 2_000), "tiny")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return made_project(begun(tmp_path / "film.ad"))


def test_a_conversation_is_there_for_everybody_who_opens_the_project(project: Project) -> None:
    first = begin(project, TURN)
    add_turn(project, first.number, Turn("And the man?", "He is not to be seen.", is_seen=False, author="Ada"))
    with open_project(project.folder) as other:
        found = conversation(other, first.number)
        (head,) = conversations(other)
    assert [turn.question for turn in found.turns] == ["What is she holding?", "And the man?"]
    one, two = found.turns
    assert (one.answer, one.span, one.times_ms, one.by, one.is_seen) == (
        *("A letter.", Span(1_000, 3_000), (1_500, 2_000), "tiny", True),
    )
    assert (two.span, two.times_ms, two.is_seen, two.author) == (None, (), False, "Ada")
    assert one.author
    assert (head.title, head.turns, head.started) == ("What is she holding?", 2, one.asked_at)
    assert head.changed == two.asked_at


def test_those_that_were_changed_last_come_first_and_lists_need_no_turns(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        begin(project, Turn(f"Day {day}?", "Yes.", asked_at=f"2026-01-0{day}T00:00:00+00:00"))
    add_turn(project, 1, Turn("Again?", "Yes.", asked_at="2026-01-09T00:00:00+00:00"))
    monkeypatch.setattr(module, "_read", None)
    assert [head.number for head in conversations(project)] == [1, 3, 2]


def test_a_deleted_one_is_gone_from_the_file_and_its_number_is_not_given_again(project: Project) -> None:
    begin(project, TURN)
    begin(project, Turn("Something secret?", "A secret answer."))
    before = changes(project)
    delete(project, 2)
    assert changes(project) != before
    assert [head.number for head in conversations(project)] == [1]
    for of in (lambda: conversation(project, 2), lambda: add_turn(project, 2, TURN), lambda: delete(project, 2)):
        with pytest.raises(UsageError, match=r"there is no conversation 2 in .*film\.ad") as caught:
            of()
        assert "film.ad --list" in caught.value.remedy
    assert begin(project, TURN).number == 3
    project.close()
    assert b"secret" not in (project.folder / ".audiodesc/project.sqlite").read_bytes()


def test_there_is_room_for_so_much_and_it_is_said_before_anything_is_asked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_TURNS", 2)
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    begin(project, TURN)
    assert check_question(project, " And\tthen?\x1b[2J ", 1) == "And then?[2J"
    add_turn(project, 1, TURN)
    begin(project, TURN)
    questions: list[tuple[str, int | None, str]] = [
        ("", None, "there is no question"),
        ("\x00 \n", 2, "there is no question"),
        ("long" * 1_000, 2, "a question of 4,000 characters"),
        ("What?", 1, "conversation 1 has 2 questions already"),
        ("What?", 9, "there is no conversation 9"),
        ("What?", None, "the project has 2 conversations already"),
    ]
    for question, number, fault in questions:
        with pytest.raises(UsageError, match=fault):
            check_question(project, question, number)
    with pytest.raises(UsageError, match="2 questions already"):
        add_turn(project, 1, TURN)
    with pytest.raises(UsageError, match="2 conversations already"):
        begin(project, TURN)


def test_what_is_too_long_is_cut_where_it_is_kept(project: Project) -> None:
    long = Turn("Why? " * 900, "So. " * 9_000, times_ms=tuple(range(900)), by="m" * 900, author="a" * 900)
    (turn,) = begin(project, long).turns
    assert (len(turn.question), len(turn.answer), len(turn.times_ms)) == (2_000, 20_000, 100)
    assert (len(turn.by), len(turn.author)) == (200, 200)
    (head,) = conversations(project)
    assert len(head.title) <= 80
    assert head.title.endswith("…")


@pytest.mark.parametrize(
    "turns",
    [None, 7, "text", {"a": 1}, [None], [["x"]], [{"span": "ab"}], [{"span": [5, 1]}], [{"times_ms": ["x"]}]],
)
def test_damaged_turns_are_left_out_and_stay_as_they_are(project: Project, turns: Any) -> None:
    begin(project, TURN)
    project.put_facts({"turns 1": turns})
    assert conversation(project, 1).turns == ()
    assert [head.number for head in conversations(project)] == [1]
    if isinstance(turns, list):
        assert len(add_turn(project, 1, TURN).turns) == 1
        assert project.fact("turns 1")[0] == turns[0]
    else:
        with pytest.raises(ProjectError, match="conversation 1 cannot be read"):
            add_turn(project, 1, TURN)
    delete(project, 1)


@pytest.mark.parametrize("head", [7, [], "text", {}, {"title": None, "turns": "many", "changed": 3}])
def test_damaged_heads_are_shown_as_far_as_they_can_be(project: Project, head: Any) -> None:
    begin(project, TURN)
    project.put_facts({"conversation 1": head, "conversation x": {}, f"conversation {'9' * 5_000}": {}})
    assert [one.number for one in conversations(project)] == [1]
    assert conversation(project, 1).turns[0].question == TURN.question
    delete(project, 1)


def test_what_a_newer_audiodesc_keeps_of_a_turn_stays(project: Project) -> None:
    begin(project, TURN)
    newer = [one | {"mood": "sad"} for one in project.fact("turns 1")]
    project.put_facts({"turns 1": newer, "conversation 1": project.fact("conversation 1") | {"stars": 5}})
    assert len(add_turn(project, 1, TURN).turns) == 2
    assert project.fact("turns 1")[0]["mood"] == "sad"
    assert project.fact("conversation 1")["stars"] == 5


WRITER = """
import sys
from pathlib import Path
from audiodesc.project.conversations import Turn, add_turn
from audiodesc.project.project import open_project
with open_project(Path(sys.argv[1])) as project:
    for number in range(int(sys.argv[3])):
        question = f"{sys.argv[2]} {number}"
        add_turn(project, 1, Turn(question, "Yes."))
        print(question, flush=True)
"""


def writing(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_that_add_turns_at_once_lose_none(project: Project) -> None:
    begin(project, TURN)
    for one in [writing(project.folder, name, 20) for name in "ab"]:
        one.communicate()
        assert one.returncode == 0
    questions = [turn.question for turn in conversation(project, 1).turns[1:]]
    assert sorted(questions) == sorted(f"{name} {number}" for name in "ab" for number in range(20))
    assert [one for one in questions if one[0] == "a"] == [f"a {number}" for number in range(20)]


def test_two_that_begin_at_once_get_numbers_of_their_own(project: Project) -> None:
    numbers: list[int] = []

    def several() -> None:
        with open_project(project.folder) as one:
            numbers.extend(begin(one, TURN).number for _ in range(10))

    threads = [Thread(target=several) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 21))


def test_kill_9_loses_at_most_the_turn_under_way(project: Project) -> None:
    begin(project, TURN)
    with writing(project.folder, "a", 90) as one:
        assert one.stdout
        confirmed = [one.stdout.readline().strip() for _ in range(5)]
        one.send_signal(signal.SIGKILL)
        rest = one.stdout.read()
    confirmed += rest[: rest.rfind("\n") + 1].split("\n")[:-1]
    with open_project(project.folder) as again:
        kept = [turn.question for turn in conversation(again, 1).turns[1:]]
        assert kept[: len(confirmed)] == confirmed
        assert len(kept) <= len(confirmed) + 1
        assert conversations(again)[0].turns == 1 + len(kept)
        assert len(add_turn(again, 1, TURN).turns) == 2 + len(kept)


MARKUP = "<img src=x onerror=alert(1)> [link](https://example.org) **bold** `code`"


def test_markdown_shows_markup_as_it_was_written() -> None:
    turn = Turn(
        f"# {MARKUP}\n## second", f"1. {MARKUP}\n- item\n> quote\n    code", Span(61_000, 61_000), (62_500,), "m*"
    )
    text = as_markdown(Conversation(1, MARKUP, "2026-01-01", (turn,)), "film_1.mp4")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert len(headings) == 2
    for sign in ("<", ">", "[", "*", "`", "_"):
        assert text.count(sign) == text.count(f"\\{sign}")
    assert "\n1\\. " in text
    assert "\n\\- item" in text
    assert "About 1:01\n" in text
    assert "answered by m\\*; rests on 1:03" in text


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(texts.filter(str.strip), texts)
def test_json_holds_what_is_kept(question: str, answer: str) -> None:
    one = Conversation(3, "A", "2026-01-01", (Turn(question, answer, Span(1, 2), (1,)),))
    whole = json.loads(as_json(one, "film.mp4"))
    assert (whole["film"], whole["number"]) == ("film.mp4", 3)
    (turn,) = whole["turns"]
    assert (turn["question"], turn["answer"], turn["span"]) == (question, answer, {"start_ms": 1, "end_ms": 2})
