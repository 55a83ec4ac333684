"""A film described, with the files that editors and studios ask for: what is made, replaced and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rpp
from stories import SCRIPT, make_story, write_script
from wavinfo import WavInfoReader

from audiodesc.core.timecode import timecode
from audiodesc.deliver import wanted_rows
from audiodesc.errors import OutputError, UsageError
from audiodesc.media.clips import cut
from audiodesc.pipeline import describe, render
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, DescriberSettings, RunSettings, Settings

EVERY = ("wav-regions", "edl", "otio", "aaf", "reaper", "audition", "protools")


def chosen(*names: str, force: bool = False) -> Settings:
    return Settings(
        deliver=DeliverSettings(also=names, timecode_start="10:00:00:00", timecode_rate="25"),
        describer=DescriberSettings(name="basic"),
        run=RunSettings(force=force),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story")
    make_story(folder)
    return folder


@pytest.fixture(scope="module")
def made(folder: Path) -> Result:
    script = write_script(folder / "mine.vtt", SCRIPT)
    return render(folder / "story.mp4", script, folder / "story.srt", folder / "out", chosen(*EVERY))


def test_all_are_there_with_what_they_refer_to(made: Result) -> None:
    assert {*EVERY, "lines", "ducked"} <= set(made.files)
    assert made.files["lines"].is_dir()
    assert sorted(path.name[:5] for path in made.files["lines"].glob("*.wav")) == ["0001_", "0002_", "0003_"]
    assert set(made.report.files) == set(made.files) - {"report"}
    assert not [note for note in made.notes if note.stage == "deliver"]


def test_a_line_is_where_the_mix_has_it(made: Result) -> None:
    """The file of each line, laid at its own start, is what the narration has there, but for its level."""
    count = timecode("25", "10:00:00:00")
    narration = cut(made.files["wav-regions"], 0, 16_000).samples[0]
    for path, line in zip(sorted(made.files["lines"].glob("*.wav")), made.spoken, strict=True):
        first = WavInfoReader(str(path)).bext.time_reference - 36_000 * 48_000
        assert 0 <= line.span.start_ms * 48 - first < 1_920
        assert path.name[5:-4].replace("-", ":") == count.code(count.start + first // 1_920)
        sound = cut(path, 0, 16_000).samples[0]
        there = narration[first : first + len(sound)]
        share = float(sound @ there / np.sqrt((sound @ sound) * (there @ there)))
        assert share > 0.999
    read = WavInfoReader(str(made.files["wav-regions"]), info_encoding="utf-8")
    assert [cue.position for cue in read.cues.cues] == [line.span.start_ms * 48 for line in made.spoken]
    assert [label.text for label in read.cues.labels] == [line.line.text for line in made.spoken]


def test_the_narration_is_as_loud_as_in_the_mix(made: Result) -> None:
    one = cut(made.files["wav-regions"], 0, 16_000).samples[0]
    other = cut(made.files["narration"], 0, 16_000)
    assert other.rate_hz == 48_000
    assert one.shape == other.samples[0].shape
    assert np.abs(one - other.samples[0]).max() < 1e-6


def test_the_reaper_project_lowers_the_film_as_the_mix_does(made: Result) -> None:
    read = rpp.loads(made.files["reaper"].read_text("utf-8"))
    tracks = read.findall("TRACK")
    points = [[float(value) for value in one[1:3]] for one in tracks[0].find("VOLENV2") if one[0] == "PT"]
    assert made.report.gain_curve
    for ms, db in made.report.gain_curve:
        near = min(points, key=lambda point: abs(point[0] - ms / 1000))
        assert near == pytest.approx([ms / 1000, 10 ** (db / 20)], abs=1e-6)
    assert float(tracks[2].find("VOLPAN")[1]) == pytest.approx(0.5**0.5)  # the film is in stereo
    files = [track.find(".//SOURCE").find("FILE")[1] for track in tracks]
    assert files == [made.files[name].name for name in ("film", "ducked", "narration")]


def test_the_film_of_the_reaper_project_sounds_as_in_the_mix(made: Result) -> None:
    """The film by its volume and envelope is the ducked film, to 0.05 dB."""
    tracks = rpp.loads(made.files["reaper"].read_text("utf-8")).findall("TRACK")
    film, ducked = (cut(made.files[name], 0, 16_000).samples for name in ("film", "ducked"))
    size = min(film.shape[1], ducked.shape[1])
    points = [[float(value) for value in one[1:3]] for one in tracks[0].find("VOLENV2") if one[0] == "PT"]
    curve = np.interp(np.arange(size) / 48_000, *np.transpose(points))
    lowered = film[:, :size] * curve * float(tracks[0].find("VOLPAN")[1])
    assert np.abs(lowered - ducked[:, :size]).max() < 0.006 * np.abs(ducked).max()


def test_what_is_there_is_not_made_again(folder: Path, made: Result) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.files["lines"].iterdir()}
    again = render(folder / "story.mp4", folder / "mine.vtt", folder / "story.srt", folder / "out", chosen(*EVERY))
    assert again.files == made.files
    assert {path: path.stat().st_mtime_ns for path in made.files["lines"].iterdir()} == before


def test_files_that_somebody_changed_are_not_replaced(tmp_path: Path) -> None:
    film, script, out = make_story(tmp_path), write_script(tmp_path / "mine.vtt", SCRIPT), tmp_path / "out"
    first = describe(film, tmp_path / "story.srt", out, chosen("lines"))
    lines = first.files["lines"]
    mine = next(iter(sorted(lines.glob("*.wav"))))
    mine.write_bytes(b"my own recording")
    with pytest.raises(OutputError, match=r"story\.lines was changed") as caught:
        render(film, script, tmp_path / "story.srt", out, chosen("lines"))
    assert "--force" in caught.value.remedy
    assert mine.read_bytes() == b"my own recording"
    render(film, script, tmp_path / "story.srt", out, chosen("lines", force=True))
    assert (out / "story.kept-1.lines" / mine.name).read_bytes() == b"my own recording"
    assert len(list(lines.glob("*.wav"))) == 3


def test_what_needs_no_mix_forces_none(tmp_path: Path) -> None:
    film, names = make_story(tmp_path), [name for name in EVERY if name != "reaper"]
    made = describe(film, tmp_path / "story.srt", tmp_path / "out", chosen(*names))
    assert {*names, "lines"} <= set(made.files)
    assert not {"track", "film", "narration", "ducked"} & set(made.files)
    assert made.spoken
    assert len(list(made.files["lines"].glob("*.wav"))) == len(made.spoken)


def test_what_needs_a_mix_is_refused_without_one() -> None:
    with pytest.raises(UsageError, match="reaper is made of the mixed sound"):
        wanted_rows(chosen("reaper"), sound=False)


def test_what_is_asked_for_brings_what_it_refers_to() -> None:
    assert {"protools", "aaf", "lines"} <= set(wanted_rows(chosen("protools"), sound=False))
    assert "lines" not in wanted_rows(chosen("audition"), sound=False)
    assert "ducked" not in wanted_rows(chosen("lines"), sound=True)
