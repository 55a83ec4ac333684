"""`audiodesc export`: the script of a folder in other formats, whole, and never over a person's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import audiodesc
from stories import CUES, make_story

from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.pipeline import describe
from audiodesc.project.export import export
from audiodesc.scripts import read_script
from audiodesc.settings import DeliverSettings, Settings


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    film = make_story(folder)
    describe(film, folder / "story.srt")
    return folder / "story.ad"


def test_the_script_in_each_format_says_what_is_spoken(described: Path, tmp_path: Path) -> None:
    spoken = [(line.id, line.text) for line in read_script(described / "story.ad.vtt").lines]
    assert spoken
    files = export(described, ["docx", "xlsx", "csv", "dapt", "vtt", "rtf", "transcript"], tmp_path / "out")
    assert {path.name for path in files.values()} == {path.name for path in (tmp_path / "out").iterdir()}
    for name in ("docx", "xlsx", "csv", "dapt", "webvtt"):
        lines = read_script(files[name]).lines
        assert [(line.id, line.text) for line in lines if line.id in dict(spoken)] == spoken
    page = files["transcript"].read_text("utf-8")
    assert all(text in page for text in (spoken[0][1], *(cue[2] for cue in CUES)))


def test_times_can_be_timecode(described: Path, tmp_path: Path) -> None:
    chosen = Settings(deliver=DeliverSettings(timecode_start="10:00:00:00", timecode_rate="25"))
    files = export(described, ["csv", "dapt"], tmp_path, chosen)
    assert "in (25 fps from 10:00:00:00)" in files["csv"].read_text("utf-8")
    assert "<daptm:daptOriginTimecode>10:00:00:00</" in files["dapt"].read_text("utf-8")


def test_a_file_that_somebody_changed_is_not_replaced(described: Path, tmp_path: Path) -> None:
    path = export(described, ["csv"])["csv"]
    assert export(described, ["csv"]) == {"csv": path}
    path.write_text("in,text\n1,Mine.\n")
    with pytest.raises(OutputError, match="was changed since it was made"):
        export(described, ["csv"])
    assert export(described, ["csv"], force=True)["csv"] == path
    assert (described / "story.ad.kept-1.csv").read_text() == "in,text\n1,Mine.\n"
    (tmp_path / "story.ad.txt").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        export(described, ["rtf", "txt"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["story.ad.txt"]


def test_what_cannot_be_exported_is_said(described: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no script format 'word': choose one of: csv"):
        export(described, ["word"])
    with pytest.raises(UsageError, match=r"narration is made of a run's sound"):
        export(described, ["narration"])
    with pytest.raises(InputError, match="holds 0 reports"):
        export(tmp_path, ["csv"])


def test_the_command(described: Path, tmp_path: Path) -> None:
    done = audiodesc("export", described, "--as", "docx", "--as", "transcript-md", "-o", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"docx: {tmp_path / 'story.ad.docx'}",
        f"transcript-md: {tmp_path / 'story.ad.transcript.md'}",
    ]
    done = audiodesc("export", described)
    assert done.returncode == 2
    assert "--as" in done.stderr
