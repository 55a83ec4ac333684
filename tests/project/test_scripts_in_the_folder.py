"""Script files of a project that a person damages, swaps or empties: told in one line, and the project goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from stories import make_story, write_script

from audiodesc import render
from audiodesc.errors import ConflictError, ScriptError, UsageError
from audiodesc.pipeline import export
from audiodesc.project import Edit, open_project
from audiodesc.scripts import read_script
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings, VoiceSettings

SCRIPT = [("00:00.500", "00:03.000", "A ferry."), ("00:07.400", "00:10.000", "Night falls.")]
QUICK = Settings(
    dialogue=DialogueSettings(hear=False),
    voice=VoiceSettings(name="espeak-en-gb"),
    deliver=DeliverSettings(also=("csv", "srt")),
)
FERRY, NIGHT = "000000500", "000007400"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    render(make_story(folder), write_script(folder / "mine.vtt", SCRIPT), folder / "story.srt", settings=QUICK)
    return folder


@pytest.fixture
def project(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "film")
    return tmp_path / "film/story.ad"


def edit(project: Path, *edits: Edit) -> None:
    with open_project(project) as opened:
        opened.edit(edits)


def texts(project: Path) -> list[str]:
    with open_project(project) as opened:
        return [line.text for line in opened.lines()]


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8-sig")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_a_conflict_and_a_lock_name_the_file(project: Path) -> None:
    rewrite(project / "story.ad.csv", "Night falls.", "Nightfall.")
    edit(project, Edit(NIGHT, text="Dusk."))
    with pytest.raises(ConflictError, match=rf"^story\.ad\.csv: line {NIGHT} was changed meanwhile"):
        export(project, ["txt"])
    edit(project, Edit(NIGHT, text="Night falls."), Edit(NIGHT, locked=True))
    with pytest.raises(UsageError, match=rf"^story\.ad\.csv: line {NIGHT} is locked"):
        export(project, ["txt"])
    assert texts(project) == ["A ferry.", "Night falls."]


@pytest.mark.parametrize("name", ["story.ad.csv", "story.ad.vtt"])
def test_another_films_script_in_its_place_deletes_nothing(project: Path, name: str) -> None:
    script = project / name
    if name.endswith("csv"):
        script.write_text("in,out,text\n00:00:05,00:00:06,A dog barks at us.\n", "utf-8")
    else:
        write_script(script, [("00:05.000", "00:06.000", "A dog barks at us.")])
    with pytest.raises(ScriptError, match=r"has none of the 2 lines that it had.*another film's"):
        export(project, ["txt"])
    assert texts(project) == ["A ferry.", "Night falls."]
    script.unlink()
    assert render(project).changes == ()
    assert [line.text for line in read_script(script).lines] == texts(project)


@pytest.mark.parametrize("content", ["", "WEBVTT\n", "no script at all\n"])
def test_a_script_that_a_person_emptied_says_how_it_comes_back(project: Path, content: str) -> None:
    (script := project / "story.ad.vtt").write_text(content, "utf-8")
    with pytest.raises(ScriptError) as caught:
        render(project)
    assert str(script) in caught.value.fault
    assert "move it away, and it is written anew" in caught.value.remedy
    script.unlink()
    render(project)
    assert [line.text for line in read_script(script).lines] == ["A ferry.", "Night falls."]


def test_a_script_that_is_written_anew_on_purpose_is_read_line_by_line(project: Path) -> None:
    """Each line can be found again by its id, its start or its text, though no two of them are as they were."""
    script = project / "story.ad.vtt"
    write_script(script, [("00:00.600", "00:02.000", "A boat."), ("00:08.000", "00:10.000", "Night falls.")])
    assert len(export(project, ["txt"]).changes) == 2
    assert texts(project) == ["A boat.", "Night falls."]


def test_a_project_without_a_line_gets_lines_again(project: Path) -> None:
    edit(project, Edit(FERRY, deleted=True), Edit(NIGHT, deleted=True))
    assert render(project).spoken == ()
    edit(project, Edit(NIGHT, deleted=False))
    assert [speech.line.text for speech in render(project).spoken] == ["Night falls."]
    edit(project, Edit(NIGHT, deleted=True))
    render(project)
    script = project / "story.ad.vtt"
    script.write_text(script.read_text("utf-8") + "\n00:00:08.000 --> 00:00:09.000\nA dog.\n", "utf-8")
    assert [speech.line.text for speech in render(project).spoken] == ["A dog."]


def test_a_line_with_a_time_code_in_its_words_stops_no_script(project: Path) -> None:
    """As a description of a clock on the wall has it, or of a copy with its time code in the picture."""
    clock = "12:30:05:10 is on the clock."
    edit(project, Edit(FERRY, text=clock))
    render(project)
    assert render(project).changes == ()
    for name in ("csv", "vtt", "srt"):
        rewrite(project / f"story.ad.{name}", "Night falls.", "Dusk.")
    assert len(export(project, ["txt"]).changes) == 3
    assert texts(project) == [clock, "Dusk."]


def test_the_words_around_a_time_code_are_changed_in_a_file_without_ids(project: Path) -> None:
    edit(project, Edit(FERRY, text="12:30:05:10 is on the clock."))
    render(project)
    rewrite(project / "story.ad.srt", "is on the clock", "stands on the wall")
    export(project, ["txt"])
    assert texts(project) == ["12:30:05:10 stands on the wall.", "Night falls."]


def test_a_script_whose_times_are_timecode_from_one_hour_says_how_it_is_read(tmp_path: Path) -> None:
    film, sheet = make_story(tmp_path), tmp_path / "mine.csv"
    sheet.write_text("In,Out,Text\n01:00:00:06,01:00:03:00,A ferry.\n01:00:07:06,01:00:10:00,Night falls.\n", "utf-8")
    made = render(film, sheet, tmp_path / "story.srt", settings=QUICK)
    assert not made.spoken
    (note,) = (one.message for one in made.report.notes if "look like timecode" in one.message)
    assert "--timecode-start 01:00:00:00 and --replace" in note
    deliver = replace(QUICK.deliver, timecode_start="01:00:00:00")
    again = replace(QUICK, deliver=deliver, run=replace(QUICK.run, replace=True))
    made = render(film, sheet, tmp_path / "story.srt", settings=again)
    assert [one.line.text for one in made.spoken] == ["A ferry.", "Night falls."]
    assert not [one for one in made.report.notes if "look like timecode" in one.message]


def test_a_new_line_with_what_may_be_a_time_is_refused(project: Path) -> None:
    script = project / "story.ad.srt"
    script.write_text(script.read_text("utf-8") + "3\n00:00:11,500 --> 00:00:12,500\n00:00:11:12 A dog.\n", "utf-8")
    with pytest.raises(ScriptError, match=r"story\.ad\.srt: the line at 11\.5 s would be spoken with a time code"):
        export(project, ["txt"])
    assert texts(project) == ["A ferry.", "Night falls."]
