"""Scripts that were exported anywhere: what comes back is held against the state in which it was written."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import audiodesc
from openpyxl import load_workbook
from stories import write_script

from audiodesc import render
from audiodesc.errors import ConflictError
from audiodesc.pipeline import export
from audiodesc.project import Edit, open_project
from audiodesc.project.status import status
from audiodesc.settings import DialogueSettings, RunSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
MERGE = replace(QUICK, run=RunSettings(merge=True))
FERRY, NIGHT = "000000500", "000007400"


@pytest.fixture
def project(two_lines: Path, tmp_path: Path) -> Path:
    shutil.copytree(two_lines, tmp_path / "film")
    return tmp_path / "film/story.ad"


def edit(project: Path, text: str) -> None:
    with open_project(project) as opened:
        opened.edit([Edit(NIGHT, text=text)])


def texts(project: Path) -> list[str]:
    with open_project(project) as opened:
        return [line.text for line in opened.lines()]


def rewrite(path: Path, before: str, after: str) -> Path:
    text = path.read_text("utf-8-sig")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    return path


@pytest.mark.parametrize("name", ["csv", "srt", "vtt"])
@pytest.mark.parametrize("is_sent", [False, True], ids=["in its place", "sent back under another name"])
def test_what_comes_back_takes_no_newer_edit_back(project: Path, tmp_path: Path, name: str, is_sent: bool) -> None:
    (sheet,) = export(project, [name], tmp_path / "studio").files.values()
    edit(project, "Dusk.")
    rewrite(sheet, "A ferry.", "A boat.")
    if is_sent:
        sheet = sheet.rename(tmp_path / f"back (1).{name}")
    made = render(project, sheet, settings=MERGE)
    assert made.changes == (f"{sheet.name}: line {FERRY} at 0:00.500: “A ferry.” is now “A boat.”",)
    assert texts(project) == ["A boat.", "Dusk."]


def test_a_document_comes_back_as_it_was_sent(project: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = export(project, ["docx", "xlsx", "dapt"], tmp_path / "studio").files.values()
    edit(project, "Dusk.")
    for path in files:
        copy = shutil.copy(path, tmp_path / f"copy{path.suffix}")
        assert render(project, copy, settings=MERGE).changes == ()
    assert caplog.text.count("nothing in it was changed since it was written") == 3
    assert texts(project) == ["A ferry.", "Dusk."]


def test_a_table_that_was_saved_in_another_format_is_held_against_what_was_written(
    project: Path, tmp_path: Path
) -> None:
    book = export(project, ["xlsx"], tmp_path / "studio").files["xlsx"]
    edit(project, "Dusk.")
    rows = [["" if cell is None else str(cell) for cell in row] for row in load_workbook(book).active.values]
    sheet = tmp_path / "saved.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([[cell.replace("ferry", "boat") for cell in row] for row in rows])
    assert len(render(project, sheet, settings=MERGE).changes) == 1
    assert texts(project) == ["A boat.", "Dusk."]


def test_what_was_changed_on_both_sides_is_refused_with_both(project: Path, tmp_path: Path) -> None:
    sheet = export(project, ["csv"], tmp_path / "studio").files["csv"]
    edit(project, "Dusk.")
    rewrite(sheet, "Night falls.", "Nightfall.")
    with pytest.raises(ConflictError, match=r"“Dusk.”.*“Nightfall.”"):
        render(project, sheet, settings=MERGE)
    assert texts(project) == ["A ferry.", "Dusk."]


def test_what_was_written_last_counts_where_it_was_written_again(project: Path, tmp_path: Path) -> None:
    """A person who writes in it what it said before takes an edit back."""
    sheet = export(project, ["csv"], tmp_path / "studio").files["csv"]
    edit(project, "Dusk.")
    forced = replace(QUICK, run=RunSettings(force=True))
    assert export(project, ["csv"], tmp_path / "studio", settings=forced).files["csv"] == sheet
    rewrite(sheet, "Dusk.", "Night falls.")
    assert len(render(project, sheet, settings=QUICK).changes) == 1
    assert texts(project) == ["A ferry.", "Night falls."]


def test_a_line_that_was_deleted_meanwhile_stays_deleted(project: Path, tmp_path: Path) -> None:
    sheet = export(project, ["csv"], tmp_path / "studio").files["csv"].rename(tmp_path / "back.csv")
    with open_project(project) as opened:
        opened.edit([Edit(NIGHT, deleted=True)])
    rewrite(sheet, "A ferry.", "A boat.")
    assert len(render(project, sheet, settings=MERGE).changes) == 1
    assert texts(project) == ["A boat."]


def test_a_strangers_script_is_merged_into_the_lines_as_they_stand(project: Path, tmp_path: Path) -> None:
    export(project, ["vtt"], tmp_path / "studio")
    edit(project, "Dusk.")
    other = write_script(tmp_path / "other.vtt", [("00:07.400", "00:10.000", "It is getting dark.")])
    assert len(render(project, other, settings=MERGE).changes) == 1
    assert texts(project) == ["A ferry.", "It is getting dark."]


def test_comments_of_a_person_outlive_a_copy_without_them(project: Path, tmp_path: Path) -> None:
    script = export(project, ["vtt"], tmp_path / "studio").files["script"]
    rewrite(project / "story.ad.vtt", f"\n{NIGHT}", f"\nNOTE slowly\n\n{NIGHT}")
    rewrite(script, f"\n{FERRY}", f"\nNOTE softly\n\n{FERRY}")
    render(project, script, settings=MERGE)
    text = (project / "story.ad.vtt").read_text("utf-8")
    assert 0 < text.index("NOTE softly") < text.index(FERRY) < text.index("NOTE slowly") < text.index(NIGHT)


def test_status_names_what_was_changed_elsewhere(project: Path, tmp_path: Path) -> None:
    sheet = export(project, ["csv"], tmp_path / "studio").files["csv"]
    with open_project(project) as opened:
        assert status(opened).changed_elsewhere == ()
    rewrite(sheet, "A ferry.", "A boat.")
    with open_project(project) as opened:
        found = status(opened)
    assert (found.changed_elsewhere, found.changed_files, found.is_outdated) == ((str(sheet),), (), False)
    assert f"--script`: {sheet}" in audiodesc("status", project).stdout
