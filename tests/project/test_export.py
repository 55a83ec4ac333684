"""`audiodesc export`: the lines as they stand for others, whole, and never over a person's file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from commandline import audiodesc
from stories import CUES, make_story

from audiodesc import describe, render
from audiodesc.errors import BusyError, InputError, OutputError, UsageError
from audiodesc.pipeline import export
from audiodesc.project import Edit, open_project
from audiodesc.project.folder import hold_folder
from audiodesc.project.status import Status, status
from audiodesc.scripts import read_script
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
FERRY, NIGHT = "000000500", "000007400"
UNMIXED = ["lines", "wav-regions", "edl", "otio", "audition", "csv"]


@pytest.fixture
def project(two_lines: Path, tmp_path: Path) -> Path:
    shutil.copytree(two_lines, tmp_path / "film")
    return tmp_path / "film/story.ad"


def edit(project: Path, text: str) -> None:
    with open_project(project) as opened:
        opened.edit([Edit(NIGHT, text=text)])


def stands(project: Path) -> Status:
    with open_project(project) as opened:
        return status(opened)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_each_format_says_what_the_script_says(project: Path, tmp_path: Path) -> None:
    spoken = [(line.id, line.text) for line in read_script(project / "story.ad.vtt").lines]
    out = tmp_path / "out"
    files = export(project, ["docx", "xlsx", "csv", "dapt", "vtt", "rtf", "transcript"], out).files
    assert {path.name for path in files.values()} == {path.name for path in out.iterdir()}
    for name in ("docx", "xlsx", "csv", "dapt", "script"):
        assert [(line.id, line.text) for line in read_script(files[name]).lines] == spoken
    page = files["transcript"].read_text("utf-8")
    assert all(text in page for text in ("Night falls.", *(cue[2] for cue in CUES)))


def test_edits_that_are_not_rendered_count_and_nothing_that_was_mixed_changes(project: Path) -> None:
    edit(project, "Dusk.")
    before = contents(project)
    files = export(project, UNMIXED).files
    assert set(files) == set(UNMIXED)
    assert "Dusk." in files["csv"].read_text("utf-8-sig")
    assert "Dusk." in (files["lines"] / "lines.csv").read_text("utf-8-sig")
    assert sorted(path.suffix for path in files["lines"].iterdir()) == [".csv", ".wav", ".wav"]
    assert {name: content for name, content in contents(project).items() if name in before} == before
    assert stands(project).edited_since == (NIGHT,)
    made = render(project).files
    assert set(UNMIXED) < set(made)
    assert stands(project).edited_since == ()


def test_what_was_edited_and_undone_is_not_called_edited(project: Path) -> None:
    with open_project(project) as opened:
        opened.edit([Edit(NIGHT, text="Dusk.")])
        opened.edit([Edit(FERRY, state="approved")])
        opened.edit([Edit(text="A gull.", start_ms=16_000)])
        assert stands(project).edited_since == (FERRY, NIGHT, "000016000")
        opened.undo()
        assert stands(project).edited_since == (FERRY, NIGHT)
        opened.undo()
        opened.undo()
        assert (stands(project).edited_since, stands(project).is_outdated) == ((), False)
        opened.redo()
        assert stands(project).edited_since == (NIGHT,)
        opened.edit([Edit(NIGHT, deleted=True)])
        assert stands(project).edited_since == (NIGHT,)


def test_while_a_run_holds_the_project_its_lines_as_they_stand_go_into_another_folder_only(
    project: Path, tmp_path: Path
) -> None:
    edit(project, "Dusk.")
    with hold_folder(project) as held:
        held.partial("story.ad.m4a").write_bytes(b"half a mix")
        before = contents(project)
        made = export(project, ["docx"], tmp_path / "out")
        assert [line.text for line in read_script(made.files["docx"]).lines] == ["A ferry.", "Dusk."]
        assert contents(project) == before
        assert held.partial("story.ad.m4a").read_bytes() == b"half a mix"
        with pytest.raises(BusyError):
            export(project, ["docx"])


def test_changes_of_a_script_that_an_export_reads_are_still_to_be_rendered(project: Path) -> None:
    script = project / "story.ad.vtt"
    script.write_text(script.read_text("utf-8").replace("Night falls.", "Dusk."), "utf-8")
    made = export(project, ["txt"])
    assert made.changes == (f"story.ad.vtt: line {NIGHT} at 0:07.400: “Night falls.” is now “Dusk.”",)
    assert "Dusk." in made.files["txt"].read_text("utf-8")
    assert (stands(project).edited_since, stands(project).changed_files) == ((NIGHT,), ())
    assert render(project).changes == ()
    assert stands(project).edited_since == ()


@pytest.mark.parametrize(
    "voice", [QUICK.voice, VoiceSettings(name="espeak-de")], ids=["the same voice", "another voice"]
)
def test_sound_of_before_the_script_was_described_anew_is_called_older(project: Path, voice: VoiceSettings) -> None:
    """Though no line was edited, and perhaps none is another."""
    assert stands(project).mix == "current"
    mixed = contents(project)["story.ad.m4a"]
    describe(project, settings=replace(QUICK, voice=voice))
    assert contents(project)["story.ad.m4a"] == mixed
    assert (stands(project).mix, stands(project).is_outdated) == ("older", True)
    shown = audiodesc("status", project).stdout
    assert "The sound is of an earlier run than the script" in shown
    assert "since it was rendered." not in shown
    render(project)
    assert (stands(project).mix, stands(project).is_outdated) == ("current", False)
    assert "No line and no script was changed since it was rendered." in audiodesc("status", project).stdout


def test_a_script_alone_is_not_called_rendered(tmp_path: Path) -> None:
    describe(make_story(tmp_path), tmp_path / "story.srt", settings=QUICK)
    project = tmp_path / "story.ad"
    assert (stands(project).mix, stands(project).edited_since) == ("none", ())
    assert "Not rendered yet" in audiodesc("status", project).stdout


def test_what_is_changed_in_an_export_comes_back(project: Path) -> None:
    edit(project, "Dusk.")
    sheet = export(project, ["csv"]).files["csv"]
    sheet.write_text(sheet.read_text("utf-8-sig").replace("Dusk.", "Late."), "utf-8")
    assert stands(project).changed_files == (sheet.name,)
    assert render(project).changes == (f"{sheet.name}: line {NIGHT} at 0:07.400: “Dusk.” is now “Late.”",)


def test_what_is_made_of_the_mix_is_rendered_into_the_project(project: Path, tmp_path: Path) -> None:
    edit(project, "Dusk.")
    with pytest.raises(UsageError, match=r"ducked is made with the mix, in .*story.ad"):
        export(project, ["ducked"], tmp_path / "out")
    files = export(project, ["ducked"]).files
    assert [path.is_file() for path in files.values()] == [True]
    assert stands(project).edited_since == ()


def test_the_gain_of_the_mix_is_in_dapt_while_the_lines_are_those_of_the_mix(project: Path, tmp_path: Path) -> None:
    assert "<animate" in export(project, ["dapt"], tmp_path / "as mixed").files["dapt"].read_text("utf-8")
    edit(project, "Dusk.")
    assert "<animate" not in export(project, ["dapt"], tmp_path / "edited").files["dapt"].read_text("utf-8")


def test_times_can_be_timecode(project: Path, tmp_path: Path) -> None:
    chosen = Settings(deliver=DeliverSettings(timecode_start="10:00:00:00", timecode_rate="25"), voice=QUICK.voice)
    files = export(project, ["csv", "dapt"], tmp_path / "out", chosen).files
    assert "in (25 fps from 10:00:00:00)" in files["csv"].read_text("utf-8")
    assert "<daptm:daptOriginTimecode>10:00:00:00</" in files["dapt"].read_text("utf-8")


def test_a_file_that_somebody_made_is_not_replaced(project: Path, tmp_path: Path) -> None:
    (project / "story.ad.csv").write_text("in,text\n1,Mine.\n")
    with pytest.raises(OutputError, match="was changed since it was made"):
        export(project, ["csv"])
    out = tmp_path / "out"
    out.mkdir()
    (out / "story.ad.txt").write_text("mine")
    (out / "story.lines").mkdir()
    (out / "story.lines/0001.wav").write_text("mine")
    for names in (["rtf", "txt"], ["rtf", "edl"]):
        with pytest.raises(OutputError, match="is there already"):
            export(project, names, out)
        assert sorted(path.name for path in out.iterdir()) == ["story.ad.txt", "story.lines"]
    assert (out / "story.ad.txt").read_text() == "mine"
    done = audiodesc("export", project, "--as", "edl", "-o", out, "--force")
    assert (done.returncode, len([*(out / "story.lines").iterdir()])) == (0, 3)
    export(project, ["edl"], out)  # the same is no other


def test_what_cannot_be_exported_is_said(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no deliverable 'word'"):
        export(project, ["word"])
    with pytest.raises(UsageError, match="no deliverable is named"):
        export(project, [])
    with pytest.raises(InputError, match="is not a folder"):
        export(tmp_path / "film/story.mp4", ["csv"])


def test_the_command(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = audiodesc("export", project, "--as", "docx", "--as", "transcript-md", "-o", out)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"docx: {out / 'story.ad.docx'}",
        f"transcript-md: {out / 'story.ad.transcript.md'}",
    ]
    done = audiodesc("export", project)
    assert done.returncode == 2
    assert "--as" in done.stderr
