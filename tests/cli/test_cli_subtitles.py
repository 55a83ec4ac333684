"""From the command line: the sample film with subtitles that are right, moved, of another film, or missing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commandline import audiodesc
from films import write_srt

from audiodesc.planning.gaps import MARGIN_MS
from audiodesc.subtitles import read_file

CUES = read_file(Path(__file__).parents[2] / "samples" / "sample.srt")[0]
EXACT_MS = 100
LINGER_MS = 150
"""The sample's subtitles begin with their words, and stay so long after them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subtitles")
    shutil.copy(Path(__file__).parents[2] / "samples" / "sample.mp4", folder)
    _write(folder / "right.srt", lambda ms: ms)
    _write(folder / "late.srt", lambda ms: ms + 2_400)
    _write(folder / "far.srt", lambda ms: ms + 90_000)
    _write(folder / "pal.srt", lambda ms: ms * 24 / 1.001 / 25)
    _write(folder / "cut.srt", lambda ms: ms + (5_000 if ms > 36_000 else 0))
    other = [(start, start + 2_100, "Nobody says this here.") for start in (900, 6_000, 13_000, 25_000, 37_000, 54_500)]
    write_srt(folder / "other.srt", [*other, (65_000, 67_000, "Nor this.")])
    return folder


def _write(path: Path, times: Callable[[float], float]) -> None:
    write_srt(path, [(round(times(c.span.start_ms)), round(times(c.span.end_ms)), c.text) for c in CUES])


def described(folder: Path, *arguments: str) -> dict[str, Any]:
    """The report; one folder for all, so that the film is looked at and listened to once."""
    done = audiodesc("describe", "sample.mp4", "-o", "out", "--json", "-q", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def assert_in_the_pauses(report: dict[str, Any]) -> None:
    """Every line, and there are some, keeps away from the words that are spoken in the sample."""
    lines = [one["placed"] for one in report["segments"] if one["placed"]]
    assert lines
    for line in lines:
        for cue in CUES:
            before = line["end_ms"] <= cue.span.start_ms - MARGIN_MS
            assert before or line["start_ms"] >= cue.span.end_ms - LINGER_MS, (line, cue)


def test_right_subtitles(folder: Path) -> None:
    report = described(folder, "--subs", "right.srt")
    assert_in_the_pauses(report)
    assert report["dialogue"]["subtitles"]["verdict"] == "in sync"


def test_no_subtitles(folder: Path) -> None:
    report = described(folder)
    assert_in_the_pauses(report)
    assert report["dialogue"]["known_from"] == ["sound"]
    assert any("no subtitles" in note["message"] for note in report["notes"])


def test_a_film_without_subtitles_is_made_whole(folder: Path) -> None:
    done = audiodesc("make", "sample.mp4", "-o", "whole", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Listening for speech" in done.stderr
    assert "no subtitles: the dialogue is the speech detected" in done.stdout
    assert "Narration over dialogue, measured in the sound: 0 ms over detected speech" in done.stdout
    assert_in_the_pauses(json.loads((folder / "whole/sample.ad.json").read_text("utf-8")))


WRONG = {
    "late.srt": "2.4 s late: use --shift -2.4 or --sync",
    "far.srt": "90.0 s late: use --shift -90.0 or --sync",
    "pal.srt": "timed for 25 fps instead of 23.976: use --sync",
    "cut.srt": "right at first, 5.1 s late from 0:45 on: use --sync",
}


@pytest.mark.parametrize("name", WRONG)
def test_moved_subtitles_are_refused_in_one_line(name: str, folder: Path) -> None:
    done = audiodesc("describe", "sample.mp4", "--subs", name, "-o", "out", "-q", cwd=folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"audiodesc: {name}: these subtitles are {WRONG[name]}\n"


@pytest.mark.parametrize("name", WRONG)
def test_sync_puts_them_back_and_says_by_how_much(name: str, folder: Path) -> None:
    report = described(folder, "--subs", name, "--sync")
    assert_in_the_pauses(report)
    notes = " ".join(note["message"] for note in report["notes"])
    assert WRONG[name].split(":")[0] in notes
    cues = read_file(folder / name)[0]
    pieces = report["dialogue"]["subtitles"]["moved"]
    for cue, right in zip(cues, CUES, strict=True):
        piece = [one for one in pieces if one["from_ms"] <= cue.span.start_ms][-1]
        assert abs(cue.span.start_ms * piece["rate"] + piece["shift_ms"] - right.span.start_ms) <= EXACT_MS


def test_the_shift_that_is_told_mends_them(folder: Path) -> None:
    done = audiodesc("describe", "sample.mp4", "--subs", "late.srt", "-o", "out", "-q", cwd=folder)
    told = re.search(r"--shift (\S+)", done.stderr)
    assert told
    report = described(folder, "--subs", "late.srt", "--shift", told[1])
    assert_in_the_pauses(report)
    assert report["dialogue"]["subtitles"]["verdict"] == "in sync"


def test_subtitles_of_another_film_are_refused_unless_they_are_trusted(folder: Path) -> None:
    for more in ((), ("--sync",), ("--force",)):
        done = audiodesc("describe", "sample.mp4", "--subs", "other.srt", "-o", "out", "-q", *more, cwd=folder)
        assert done.returncode == 3
        assert "not of this film" in done.stderr
        assert "--trust-subs" in done.stderr
    report = described(folder, "--subs", "other.srt", "--trust-subs")
    assert any("used all the same" in note["message"] for note in report["notes"])
    spoken = [cue for cue in report["cues"] if not cue["text"]]
    assert spoken, "what is heard is dialogue, though these subtitles do not say it"


def test_without_listening_they_are_believed(folder: Path) -> None:
    report = described(folder, "--subs", "late.srt", "--no-hear")
    assert [cue["start_ms"] for cue in report["cues"]] == [cue.span.start_ms + 2_400 for cue in CUES]
    assert report["dialogue"]["known_from"] == ["subtitles"]


def test_a_persons_line_is_not_spoken_over_speech_that_is_only_heard(folder: Path) -> None:
    script = "WEBVTT\n\n00:09.000 --> 00:11.000\nOver Nora.\n\n00:25.000 --> 00:27.000\nIn a pause.\n"
    (folder / "mine.vtt").write_text(script, "utf-8")
    arguments = ["render", "sample.mp4", "--script", "mine.vtt", "-o", "mine", "--json", "-q"]
    report = json.loads(audiodesc(*arguments, cwd=folder).stdout)
    assert [one["placed"] is not None for one in report["segments"]] == [False, True]
    assert report["overlap_ms"] == 0


def test_what_is_said_under_a_subtitle_in_which_nobody_is_heard_is_told(folder: Path) -> None:
    """The fourth subtitle stays until 39 s, its words end at 35; the line is spoken in between."""
    times = [(cue.span.start_ms, 39_000 if cue == CUES[3] else cue.span.end_ms, cue.text) for cue in CUES]
    write_srt(folder / "lingers.srt", times)
    script = "WEBVTT\n\n00:25.000 --> 00:27.000\nIn a pause.\n\n00:36.500 --> 00:38.500\nUnder it.\n"
    (folder / "under.vtt").write_text(script, "utf-8")
    arguments = ["render", "sample.mp4", "--script", "under.vtt", "--subs", "lingers.srt", "-o", "under", "-q"]
    report = json.loads(audiodesc(*arguments, "--json", cwd=folder).stdout)
    assert report["overlap_ms"] == 0
    [line] = report["dialogue"]["lines_under_subtitles"]
    assert (line["line"], line["subtitles"]) == ("Under it.", [CUES[3].text])
    placed = report["segments"][1]["placed"]
    assert line["under_ms"] == placed["end_ms"] - placed["start_ms"]
    assert report["under_subtitles_ms"] == pytest.approx(line["under_ms"], rel=0.2)
    done = audiodesc(
        "render", "sample.mp4", "--script", "under.vtt", "--subs", "lingers.srt", "-o", "under", cwd=folder
    )
    assert f"{report['under_subtitles_ms']} ms lie under a subtitle in which nobody is heard" in done.stdout
    assert described(folder, "--subs", "right.srt")["dialogue"]["lines_under_subtitles"] == []


def test_gaps_of_a_film_alone_are_those_of_its_subtitles(folder: Path) -> None:
    heard = json.loads(audiodesc("gaps", "--film", "sample.mp4", "--json", cwd=folder).stdout)["gaps"]
    given = json.loads(audiodesc("gaps", "right.srt", "--film", "sample.mp4", "--json", cwd=folder).stdout)["gaps"]
    assert len(heard) == len(given)
    for one, other in zip(heard, given, strict=True):
        assert abs(one["start_ms"] - other["start_ms"]) <= 300
        assert abs(one["end_ms"] - other["end_ms"]) <= 300


def test_gaps_tells_its_notes_aside(folder: Path) -> None:
    done = audiodesc("gaps", "late.srt", "--film", "sample.mp4", "--sync", "--json", cwd=folder)
    [note] = json.loads(done.stdout)["notes"]
    assert "2.4 s late: they are moved to their speech" in note["message"]
    assert f"Note: {note['message']}\n" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--no-hear"], "--subs"),
        (["--subs", "right.srt", "--no-hear", "--sync"], "--no-hear"),
        (["--subs", "right.srt", "--shift", "nan"], "86,400"),
        (["--subs", "right.srt", "--shift", "1e9"], "86,400"),
    ],
)
def test_mistakes(arguments: list[str], message: str, folder: Path) -> None:
    done = audiodesc("make", "sample.mp4", "-o", "none", "-q", *arguments, cwd=folder)
    assert done.returncode in (2, 3)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (folder / "none").exists()
