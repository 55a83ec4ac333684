"""The file of a person's work: what is confirmed is kept; what is damaged, newer or no project is never written to."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from project.tricks import TRICKS

from audiodesc.errors import AudiodescError, BusyError, ConflictError, InputError, OutputError, ProjectError, UsageError
from audiodesc.model import Gap, Segment, Span
from audiodesc.project import store as module
from audiodesc.project.editing import Edit
from audiodesc.project.history import at_once, change_text
from audiodesc.project.lines import DraftLine, KnownScript, line_id
from audiodesc.project.project import Project, made_project, open_project
from audiodesc.project.store import NAME

FERRY, NIGHT = "000000500", "000007400"


def draft(start_ms: int, text: str, author: str = "model a", reason: str = "") -> DraftLine:
    gap = Gap(Span(start_ms, start_ms + 4_000))
    segment = Segment(gap, Span(0, start_ms), start_ms, 9, until_ms=None, line_id=f"{start_ms:09d}")
    end_ms = start_ms if reason else start_ms + 1_500
    return DraftLine(segment.id, segment, "facts", author, (text, "Short."), text, start_ms, end_ms, reason)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "film.ad"
    (made / ".audiodesc").mkdir(parents=True)
    return made


@pytest.fixture
def project(folder: Path) -> Project:
    made = made_project(folder)
    made.keep_drafts([draft(500, "A ferry waits."), draft(7_400, "Night falls.")], "model a")
    return made


def texts(project: Project) -> list[str]:
    return [line.text for line in project.lines()]


def test_an_edit_is_there_for_everybody_who_opens_the_folder(project: Project, folder: Path) -> None:
    project.edit([Edit(FERRY, text="A ferry leaves.")], author="Ada", source="page")
    with open_project(folder) as other:
        ferry, night = other.lines()
    assert (ferry.text, ferry.author, ferry.origin, ferry.state) == ("A ferry leaves.", "human", "model a", "edited")
    assert (night.text, night.author, night.state, night.is_touched) == ("Night falls.", "model a", "draft", False)


def test_the_drafts_come_back_as_they_were(project: Project, folder: Path) -> None:
    with open_project(folder) as other:
        first, second = other.snapshot().drafts
    assert replace(first, version=0) == draft(500, "A ferry waits.")
    assert second.texts == ("Night falls.", "Short.")


def test_history_says_who_when_where_and_what_it_replaced(project: Project) -> None:
    project.edit([Edit(FERRY, text="A ferry leaves.")], author="Ada", source="page")
    project.edit([Edit(FERRY, state="approved")], author="Bo", source="review")
    first, second = project.history(FERRY)
    assert (first.author, first.source, first.kind, first.at[:2]) == ("Ada", "page", "edit", "20")
    assert first.before
    assert first.after
    assert (first.before.text, first.after.text) == ("A ferry waits.", "A ferry leaves.")
    assert second.after
    assert (second.author, second.after.state, second.after.text) == ("Bo", "approved", "A ferry leaves.")
    assert second.number > first.number


def test_undo_goes_back_one_by_one_and_is_kept_itself(project: Project) -> None:
    before = texts(project)
    project.edit([Edit(FERRY, text="One.")])
    project.edit([Edit(NIGHT, deleted=True)])
    project.edit([Edit(text="New.", start_ms=3_000)])
    assert texts(project) == ["One.", "New."]
    project.undo()
    assert texts(project) == ["One."]
    project.undo()
    assert texts(project) == ["One.", "Night falls."]
    (last,) = project.undo()
    assert last.undoes
    assert texts(project) == before
    assert not any(line.is_touched for line in project.lines())
    with pytest.raises(UsageError, match="no edit to undo"):
        project.undo()


def test_what_was_edited_at_once_is_undone_and_redone_at_once_and_nothing_else(project: Project) -> None:
    for author, text in (("Ada", "One."), ("Ada", "Two."), ("Bo", "Three.")):
        source = at_once("page")
        project.edit([Edit(FERRY, text=text), Edit(NIGHT, text=text)], author, source)
    for left in ("Two.", "One."):
        assert [one.place for one in project.undo(author="Bo", source="page")] == ["page", "page"]
        assert texts(project) == [left, left]
    for left in ("Two.", "Three."):
        assert len(project.redo(author="Bo", source="page")) == 2
        assert texts(project) == [left, left]
    with pytest.raises(UsageError, match="nothing to redo"):
        project.redo()


def test_undo_to_a_number_takes_back_all_after_it(project: Project) -> None:
    (first,) = project.edit([Edit(FERRY, text="One.")])
    project.edit([Edit(FERRY, text="Two."), Edit(NIGHT, text="Three.")])
    assert len(project.undo(to=first.number)) == 2
    assert texts(project) == ["One.", "Night falls."]
    with pytest.raises(UsageError, match="there is no edit 99"):
        project.undo(to=99)


def test_an_edit_of_an_older_version_is_refused_with_both_texts(project: Project) -> None:
    (seen, other) = project.lines()
    project.edit([Edit(FERRY, text="Hers.", base=seen.version)])
    with pytest.raises(ConflictError, match=r"line 000000500 was changed meanwhile: now “Hers\.” .*“Mine\.”") as caught:
        project.edit([Edit(NIGHT, text="Not this either."), Edit(FERRY, text="Mine.", base=seen.version)])
    assert caught.value.exit_code == 9
    assert texts(project) == ["Hers.", "Night falls."]
    project.edit([Edit(NIGHT, text="Another line.", base=other.version)])
    assert project.edit([Edit(FERRY, text="Hers.", base=seen.version)]) == ()


@pytest.mark.parametrize(
    "edit",
    [Edit(FERRY, text="Mine."), Edit(FERRY, start_ms=600), Edit(FERRY, deleted=True), Edit(FERRY, "Mine.", base=99)],
)
def test_a_locked_line_refuses_edits_until_it_is_unlocked(project: Project, edit: Edit) -> None:
    project.edit([Edit(FERRY, locked=True)])
    with pytest.raises(UsageError, match=r"line 000000500 is locked: “A ferry waits\.”") as caught:
        project.edit([Edit(NIGHT, text="Not this either."), edit])
    assert "--unlock" in caught.value.remedy
    assert texts(project) == ["A ferry waits.", "Night falls."]
    project.edit([replace(edit, locked=False)])
    assert ("A ferry waits.", 500) not in [(line.text, line.start_ms) for line in project.lines()]


def test_a_note_a_lock_or_a_recording_is_no_other_version_for_who_changes_the_words(project: Project) -> None:
    seen = project.lines()[0]
    project.edit([Edit(FERRY, locked=True, note="ask her", recording="a.wav")])
    project.edit([Edit(FERRY, locked=False)])
    with pytest.raises(ConflictError):
        project.edit([Edit(FERRY, note="ask him", base=seen.version)])
    project.edit([Edit(FERRY, text="Mine.", base=seen.version)])
    line = project.lines()[0]
    assert (line.text, line.note, line.recording) == ("Mine.", "ask her", "a.wav")


@pytest.mark.parametrize(
    "between", [Edit(FERRY, state="approved"), Edit(FERRY, start_ms=700), Edit(FERRY, deleted=True)]
)
def test_an_approval_a_move_or_a_deletion_is_another_version(project: Project, between: Edit) -> None:
    seen = project.lines()[0]
    project.edit([between])
    with pytest.raises(ConflictError):
        project.edit([Edit(FERRY, text="Mine.", base=seen.version)])


def test_a_locked_line_may_be_approved_annotated_and_recorded(project: Project) -> None:
    project.edit([Edit(FERRY, locked=True)])
    project.edit([Edit(FERRY, state="approved", note="ask her", recording="a.wav", text="A ferry waits.")])
    line = project.lines()[0]
    assert (line.state, line.note, line.recording, line.locked) == ("approved", "ask her", "a.wav", True)


def test_a_renewed_draft_is_an_older_version_too(project: Project) -> None:
    seen = project.lines()[0]
    project.keep_drafts([draft(500, "A boat.", "model b"), draft(7_400, "Night falls.")], "model b")
    with pytest.raises(ConflictError, match=r"“A boat\.”"):
        project.edit([Edit(FERRY, text="Mine.", base=seen.version)])
    (entry,) = project.history(FERRY)
    assert entry.before
    assert entry.after
    assert (entry.kind, entry.author, entry.before.text, entry.after.text) == (
        *("make", "model b"),
        *("A ferry waits.", "A boat."),
    )


def test_what_was_undone_counts_as_changed(project: Project) -> None:
    project.edit([Edit(FERRY, text="Hers.")])
    seen = project.lines()[0]
    project.undo()
    with pytest.raises(ConflictError):
        project.edit([Edit(FERRY, text="Mine.", base=seen.version)])


def test_a_new_run_renews_what_nobody_touched(project: Project) -> None:
    project.edit([Edit(FERRY, state="approved")])
    project.keep_drafts([draft(500, "A boat.", "b"), draft(7_400, "Dusk.", "b"), draft(9_000, "Rain.", "b")], "b")
    assert texts(project) == ["A ferry waits.", "Dusk.", "Rain."]
    project.undo()
    assert texts(project) == ["A boat.", "Dusk.", "Rain."]


def test_the_same_drafts_change_nothing(project: Project) -> None:
    before = project.history()
    project.keep_drafts([draft(500, "A ferry waits."), draft(7_400, "Night falls.")], "model a")
    assert project.history() == before


@pytest.mark.parametrize(
    "edit",
    [
        Edit(FERRY, text=" \n "),
        Edit("000000501", text="Nobody."),
        Edit(text="No time."),
        Edit(start_ms=5),
        Edit(FERRY, start_ms=-1),
        Edit(FERRY, text="x" * 20_001),
    ],
)
def test_an_edit_without_sense_is_refused(project: Project, edit: Edit) -> None:
    with pytest.raises(UsageError):
        project.edit([edit])
    assert texts(project) == ["A ferry waits.", "Night falls."]


def test_texts_are_kept_in_one_line_without_control_characters(project: Project) -> None:
    project.edit([Edit(FERRY, text="A\nferry\x00 \ud800leaves."), Edit(NIGHT, note="see\x1b[1m")])
    assert [(line.text, line.note) for line in project.lines()] == [
        ("A ferry leaves.", ""),
        ("Night falls.", "see [1m"),
    ]


def test_ids_of_new_lines_are_their_times_with_a_letter_where_another_has_it(project: Project) -> None:
    for start_ms in (500, 500, 600):
        project.edit([Edit(text=f"At {start_ms}.", start_ms=start_ms)])
    assert [line.id for line in project.lines()] == [FERRY, f"{FERRY}b", f"{FERRY}c", "000000600", NIGHT]
    assert line_id(1, {"000000001", *(f"000000001{chr(n)}" for n in range(ord("b"), ord("z") + 1))}) == "000000001aa"


def test_a_script_that_was_read_is_remembered_with_its_edits(project: Project) -> None:
    read = KnownScript("film.ad.vtt", "hash", 0, b"content", (FERRY, "", NIGHT))
    project.edit([Edit(text="New.", start_ms=4_000)], script=read)
    (known,) = project.scripts("film.ad.vtt")
    assert known.ids == (FERRY, "000004000", NIGHT)
    assert (known.content, known.number) == (b"content", project.history()[-1].number)
    project.put_scripts(KnownScript("film.ad.vtt", f"hash {n}", n, b"x", ()) for n in range(9))
    assert [one.number for one in project.scripts("film.ad.vtt")] == [8, 7, 6, 5]


def test_two_write_at_once_and_no_edit_is_lost(project: Project, folder: Path) -> None:
    def write(name: str) -> None:
        with open_project(folder) as mine:
            for number in range(15):
                mine.edit([Edit(text=f"{name} {number}", start_ms=20_000)], author=name)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    lines = [line for line in project.lines() if line.start_ms == 20_000]
    assert {line.text for line in lines} == {f"{name} {number}" for name in ("a", "b") for number in range(15)}
    assert len({line.id for line in lines}) == 30


def test_a_project_is_closed_while_other_threads_read_it(folder: Path) -> None:
    """As when the review page's server ends while the film is opened."""
    drafts = [draft(n * 5_000, "A ferry waits.") for n in range(200)]
    with made_project(folder) as first:
        first.keep_drafts(drafts, "model a")
    for _ in range(20):
        opened, faults, begun = open_project(folder), list[Exception](), threading.Barrier(4)
        threads = [threading.Thread(target=read_until_closed, args=(opened, begun, faults)) for _ in range(3)]
        for one in threads:
            one.start()
        begun.wait()
        opened.close()
        for one in threads:
            one.join()
        assert [str(one) for one in faults] == ["Cannot operate on a closed database."] * 3


def read_until_closed(opened: Project, begun: threading.Barrier, faults: list[Exception]) -> None:
    begun.wait()
    try:
        while True:
            assert len(opened.lines()) == 200
    except sqlite3.ProgrammingError as error:
        faults.append(error)


def test_facts_are_kept_with_the_edits_or_neither_is(project: Project) -> None:
    (entry,) = project.edit([Edit(text="A bell.", start_ms=20_000)], facts=lambda added, fact: {"seen": list(added)})
    assert project.fact("seen") == [entry.id]
    before = project.lines()
    with pytest.raises(ZeroDivisionError):
        project.edit([Edit(FERRY, text="Mine.")], facts=lambda *_: {"seen": 1 // 0})
    assert project.lines() == before
    with pytest.raises(ConflictError):
        project.edit([Edit(entry.id, text="Yours.", base=0)], facts=lambda *_: {"seen": "yours"})
    assert project.fact("seen") == [entry.id]


def test_another_that_holds_the_file_for_long_is_named(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    other = sqlite3.connect(folder / ".audiodesc" / NAME, isolation_level=None)
    with open_project(folder) as mine:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyError, match="in use by another edit"):
            mine.edit([Edit(FERRY, text="Mine.")])
        other.execute("ROLLBACK")
        other.close()
        mine.edit([Edit(FERRY, text="Mine.")])


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "text": lambda whole: b"This is no project, but something of the user's." * 40,
    "cut short": lambda whole: whole[: len(whole) // 2],
    "zeros in the middle": lambda whole: whole[:4096] + bytes(len(whole) - 8192) + whole[-4096:],
    "noise": lambda whole: whole[:100] + bytes(byte ^ 0x5A for byte in whole[100:]),
}


@pytest.mark.parametrize("way", SPOILED)
def test_a_damaged_file_is_refused_in_one_line_and_left_as_it_is(project: Project, folder: Path, way: str) -> None:
    project.close()
    path = folder / ".audiodesc" / NAME
    path.write_bytes(SPOILED[way](path.read_bytes()))
    before = path.read_bytes()
    for opened in (open_project, made_project):
        with pytest.raises(ProjectError) as caught:
            opened(folder).lines()
        assert str(path) in caught.value.fault
        assert "\n" not in str(caught.value)
        assert "move it away" in caught.value.remedy
    assert path.read_bytes() == before


def test_a_database_of_somebody_else_is_left_alone(folder: Path) -> None:
    path = folder / ".audiodesc" / NAME
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE lines (mine TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ProjectError, match="is not a project of audiodesc"):
        made_project(folder)
    assert path.read_bytes() == before


def test_a_newer_form_is_refused(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project.close()
    monkeypatch.setattr(module, "FORM", 0)
    with pytest.raises(ProjectError, match="written by a newer audiodesc") as caught:
        open_project(folder)
    assert "update" in caught.value.remedy


def test_of_an_older_form_a_copy_is_kept_before_it_is_changed(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.edit([Edit(FERRY, text="Mine.")])
    project.close()
    form = module.FORM
    monkeypatch.setattr(module, "FORM", form + 1)
    monkeypatch.setattr(module, "MIGRATIONS", {form: "CREATE TABLE more (id TEXT); INSERT INTO more VALUES ('x');"})
    with open_project(folder) as other:
        assert texts(other)[0] == "Mine."
    kept = sqlite3.connect(folder / ".audiodesc" / f"project.form-{form}.sqlite")
    assert kept.execute("SELECT text FROM lines").fetchall() == [("Mine.",)]
    assert kept.execute("SELECT name FROM sqlite_master WHERE name = 'more'").fetchall() == []
    kept.close()
    now = sqlite3.connect(folder / ".audiodesc" / NAME)
    assert now.execute("SELECT id FROM more").fetchall() == [("x",)]
    assert now.execute("PRAGMA user_version").fetchone() == (form + 1,)
    now.close()


def test_a_project_of_before_lines_had_voices_gets_the_place_for_them(project: Project, folder: Path) -> None:
    project.edit([Edit(FERRY, text="Mine.", note="ask", locked=True)], author="Ada")
    before = project.lines()
    project.close()
    path = folder / ".audiodesc" / NAME
    with closing(sqlite3.connect(path)) as older:
        older.execute("ALTER TABLE lines DROP COLUMN voice")
        older.execute("PRAGMA user_version = 1")
    content = path.read_bytes()
    with open_project(folder) as other:
        assert other.lines() == before
        other.edit([Edit(NIGHT, voice="espeak-de")])
        assert [line.voice for line in other.lines()] == ["", "espeak-de"]
    with closing(sqlite3.connect(path.with_name("project.form-1.sqlite"))) as kept:
        assert "voice" not in {row[1] for row in kept.execute("PRAGMA table_info(lines)")}
        assert kept.execute("SELECT text, note, locked FROM lines").fetchall() == [("Mine.", "ask", 1)]
    assert len(content) == path.with_name("project.form-1.sqlite").stat().st_size


def test_a_line_has_a_voice_of_its_own_as_an_edit_like_any_other(project: Project) -> None:
    number = project.last()
    (entry,) = project.edit([Edit(FERRY, voice="espeak-de")], author="Ada")
    assert entry.after
    assert (entry.after.voice, entry.after.text, entry.after.state) == ("espeak-de", "A ferry waits.", "draft")
    assert change_text(entry) == "line at 0:00.5: voice espeak-de"
    with pytest.raises(ConflictError):
        project.edit([Edit(FERRY, voice="espeak-it", base=number)])
    project.edit([Edit(FERRY, note="louder", base=number)])
    project.undo()
    project.undo()
    assert project.lines()[0].voice == ""
    project.edit([Edit(FERRY, voice="espeak-de")])
    (away,) = project.edit([Edit(FERRY, voice="")])
    assert change_text(away) == "line at 0:00.5: the film's voice"
    assert [line.voice for line in project.lines()] == ["", ""]


def test_a_voice_that_is_not_there_is_refused_with_those_that_are_like_it(project: Project) -> None:
    before = project.snapshot()
    with pytest.raises(UsageError) as caught:
        project.edit([Edit(FERRY, text="Mine."), Edit(NIGHT, voice="espeak-dee")])
    assert caught.value.fault == "there is no voice 'espeak-dee'"
    assert "did you mean espeak-de, " in caught.value.remedy
    assert "\n" not in str(caught.value)
    assert project.snapshot() == before


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.close()
    with monkeypatch.context() as patch:
        form = module.FORM
        patch.setattr(module, "FORM", form + 1)
        patch.setattr(module, "MIGRATIONS", {form: "CREATE TABLE more (id TEXT); INSERT INTO nowhere VALUES (1);"})
        with pytest.raises(sqlite3.OperationalError):
            open_project(folder)
    with open_project(folder) as again:
        assert texts(again) == ["A ferry waits.", "Night falls."]


@pytest.mark.parametrize("trick", [trick for trick in TRICKS if trick != "an empty file"])
def test_whatever_stands_in_its_place_is_named_and_stays(tmp_path: Path, trick: str) -> None:
    folder = tmp_path / "film.ad"
    (folder / ".audiodesc").mkdir(parents=True)
    TRICKS[trick](folder / ".audiodesc" / NAME)
    with pytest.raises((ProjectError, OutputError)) as caught:
        made_project(folder)
    assert str(folder) in caught.value.fault
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    if trick == "a link to a file of the user's":
        assert next(tmp_path.rglob("outside")).read_text("utf-8") == "mine"


def test_a_folder_without_a_project_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match=r"no project|not a folder"):
            open_project(folder)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_only_be_read_can_be_read(project: Project, folder: Path) -> None:
    project.close()
    path = folder / ".audiodesc" / NAME
    path.chmod(0o400)
    with open_project(folder) as mine:
        assert texts(mine) == ["A ferry waits.", "Night falls."]
        with pytest.raises(OutputError):
            mine.edit([Edit(FERRY, text="Mine.")])


def test_a_copy_is_whole(project: Project, folder: Path) -> None:
    project.edit([Edit(FERRY, text="Mine.")])
    first, second = project.keep_copy(), project.keep_copy()
    assert (first.name, second.name) == ("project.kept-1.sqlite", "project.kept-2.sqlite")
    first.replace(folder / ".audiodesc" / NAME)
    with open_project(folder) as other:
        assert texts(other)[0] == "Mine."
    assert issubclass(ProjectError, AudiodescError)


def test_outside_of_tests_an_edit_is_on_the_disk_before_it_is_confirmed() -> None:
    """Here nothing waits for the disk."""
    said = "import audiodesc.project.store as store; print(store.SYNCHRONOUS)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout == "FULL\n"
