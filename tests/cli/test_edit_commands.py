"""`status`, `history`, `edit` and `undo` on a project; for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandline import audiodesc
from project.test_edits import draft

from audiodesc.cli.editing import moment_ms
from audiodesc.errors import UsageError
from audiodesc.project.project import made_project, open_project

FERRY, NIGHT = "000000500", "000007400"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "film.ad/.audiodesc").mkdir(parents=True)
    with made_project(tmp_path / "film.ad") as project:
        project.keep_drafts([draft(500, "A ferry waits."), draft(7_400, "Night falls.")], "model a")
    return tmp_path / "film.ad"


def said(*arguments: object) -> str:
    done = audiodesc(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_json(*arguments: object) -> Any:
    return json.loads(said(*arguments, "--json"))


def texts(folder: Path) -> list[str]:
    with open_project(folder) as project:
        return [line.text for line in project.lines()]


def test_a_line_is_edited_and_the_edit_undone(folder: Path) -> None:
    shown = said("edit", folder, FERRY, "--text", "A boat.", "--start", "0:01.5", "--author", "Ada")
    assert "Ada (command line)  000000500  line at 0:00.5 moved to 0:01.5, “A ferry waits.” is now “A boat.”" in shown
    assert texts(folder) == ["A boat.", "Night falls."]
    assert "undoes 2: line at 0:01.5 moved to 0:00.5, “A boat.” is now “A ferry waits.”" in said("undo", folder)
    assert texts(folder) == ["A ferry waits.", "Night falls."]
    assert audiodesc("undo", folder).returncode == 2


def test_what_undoing_does_to_an_approval_is_said(folder: Path) -> None:
    said("edit", folder, FERRY, "--text", "A boat.", "--approve")
    assert "“A boat.” is now “A ferry waits.”, no longer approved" in said("undo", folder)
    said("edit", folder, FERRY, "--approve")
    assert "line at 0:00.5: “A ferry waits.” is now “A ship.”, no longer approved" in said(
        "edit", folder, FERRY, "--text", "A ship."
    )


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("1", "--text", "A boat."), "no line 1: a line is named by the row above its times in the script"),
        (("0000005000", "--text", "A boat."), "no line 0000005000: did you mean 000000500?"),
        ((FERRY,), "nothing of line 000000500 is to be changed: give --text"),
    ],
)
def test_an_edit_of_no_line_or_of_nothing_says_what_to_give(
    folder: Path, arguments: tuple[str, ...], what: str
) -> None:
    failed = audiodesc("edit", folder, *arguments)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert what in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_lines_are_added_deleted_restored_approved_locked_and_noted(folder: Path) -> None:
    said("edit", folder, "new", "--start", "3.25", "--text", "Rain.")
    assert texts(folder) == ["A ferry waits.", "Rain.", "Night falls."]
    said("edit", folder, NIGHT, "--delete")
    assert texts(folder) == ["A ferry waits.", "Rain."]
    said("edit", folder, NIGHT, "--restore")
    (entry,) = as_json("edit", folder, FERRY, "--approve", "--lock", "--note", "ask her")
    after = entry["after"]
    assert (after["state"], after["locked"], after["note"], after["text"]) == (
        *("approved", True, "ask her", "A ferry waits."),
    )
    assert said("edit", folder, FERRY, "--lock") == "Nothing was changed: the line is so already.\n"
    undone = said("undo", folder, "--to", "1")
    assert "000000500  undoes 5: line at 0:00.5: no longer approved, unlocked, note removed" in undone
    assert "000007400  undoes 3: line at 0:07.4 restored" in undone
    assert "undoes 2: line deleted: “Rain.”" in undone
    assert texts(folder) == ["A ferry waits.", "Night falls."]


def test_a_line_is_given_a_voice_and_the_films_again(folder: Path) -> None:
    assert "000000500  line at 0:00.5: voice espeak-de" in said("edit", folder, FERRY, "--voice", "espeak-de")
    assert [line["voice"] for line in as_json("status", folder)["lines"]] == ["espeak-de", ""]
    assert "line at 0:00.5: the film's voice" in said("edit", folder, FERRY, "--voice", "-")
    wrong = audiodesc("edit", folder, FERRY, "--voice", "espeak-dee")
    assert wrong.returncode == 2
    assert "there is no voice 'espeak-dee'" in wrong.stderr
    assert "did you mean espeak-de" in wrong.stderr
    assert [line["voice"] for line in as_json("status", folder)["lines"]] == ["", ""]


def test_history_is_of_all_lines_or_of_one(folder: Path) -> None:
    said("edit", folder, FERRY, "--text", "One.")
    said("edit", folder, NIGHT, "--text", "Two.")
    assert [entry["id"] for entry in as_json("history", folder)] == ["", FERRY, NIGHT]
    (one,) = as_json("history", folder, NIGHT)
    assert (one["before"]["text"], one["after"]["text"]) == ("Night falls.", "Two.")
    assert len(said("history", folder).splitlines()) == 3
    assert audiodesc("history", folder, "000000001").returncode == 2


def test_status_counts_the_lines_by_state_and_says_what_is_to_be_rendered(folder: Path) -> None:
    said("edit", folder, FERRY, "--approve", "--lock")
    shown = said("status", folder)
    assert shown.splitlines()[0] == f"{folder}: 2 lines (1 draft, 1 approved)"
    assert "1 line locked" in shown
    assert "Not rendered yet: there is no sound of these lines." in shown
    assert f"Edited since the script was written: {FERRY}" in shown
    found = as_json("status", folder)
    assert (found["states"], found["locked"]) == ({"draft": 1, "edited": 0, "approved": 1}, 1)
    assert [line["id"] for line in found["lines"]] == [FERRY, NIGHT]


def test_what_makes_no_sense_is_one_line(folder: Path) -> None:
    for arguments, code in (
        (["edit", folder, "000000501", "--text", "Nobody."], 2),
        (["edit", folder, FERRY, "--start", "noon"], 2),
        (["edit", folder, FERRY, "--text", " "], 2),
        (["edit", folder, "new", "--text", "No time."], 2),
        (["status", folder.parent], 3),
        (["history", folder.parent / "none"], 3),
    ):
        done = audiodesc(*arguments)
        assert done.returncode == code, done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_line_is_suggested_only_where_it_has_words(tmp_path: Path) -> None:
    (tmp_path / "film.ad/.audiodesc").mkdir(parents=True)
    with made_project(tmp_path / "film.ad") as project:
        project.keep_drafts([draft(29_619, ""), draft(500, "A ferry waits.")], "model a")
    assert "000029619" not in audiodesc("edit", tmp_path / "film.ad", "000029610", "--text", "Rain.").stderr
    assert f"did you mean {FERRY}?" in audiodesc("edit", tmp_path / "film.ad", "000000501", "--text", "Rain.").stderr


@pytest.mark.parametrize(
    ("text", "ms"),
    [("83.2", 83_200), ("1:23.2", 83_200), ("1:02:03,4", 3_723_400), ("0", 0), ("00:01:23.200", 83_200)],
)
def test_times_as_people_write_them(text: str, ms: int) -> None:
    assert moment_ms(text) == ms


@pytest.mark.parametrize("text", ["", "noon", "1:2:3:4", "-1", "1.2.3", "1:99", "99:99", "1:60:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError):
        moment_ms(text)
