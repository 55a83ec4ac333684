"""From the command line: a film whose only subtitles are captions inside its picture."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from captioned import captioned, line_21
from commandline import audiodesc
from line21 import popped, sent

from audiodesc.planning.gaps import MARGIN_MS
from audiodesc.subtitles import read_file

SAMPLE = Path(__file__).parents[2] / "samples" / "sample.mp4"
CUES = read_file(SAMPLE.with_suffix(".srt"))[0]
FPS = Fraction(24)
NEAR_MS = 1000 / 24 / 2 + 22
"""Half a frame; and a transport stream's clock starts with the sound, which AAC begins 21 ms before the picture."""
TOLD = "closed captions inside the picture (CEA-608, CC1)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as a transport stream that carries its subtitles as captions, each on the frame next to its times."""
    folder = tmp_path_factory.mktemp("captions")
    bursts = [
        burst
        for cue in CUES
        for burst in popped(frame(cue.span.start_ms), frame(cue.span.end_ms), " ".join(cue.text.split())[:60])
    ]
    captioned(SAMPLE, folder / "film.ts", line_21(sent(*bursts)))
    return folder


def frame(ms: int) -> int:
    return round(ms / 1000 * FPS)


def test_gaps_are_the_pauses_of_the_captions(folder: Path) -> None:
    content = json.loads(audiodesc("gaps", "--film", "film.ts", "--no-hear", "--json", cwd=folder).stdout)
    starts = [cue["start_ms"] for cue in content["cues"]]
    assert starts == pytest.approx([cue.span.start_ms for cue in CUES], abs=NEAR_MS)
    given = audiodesc("gaps", SAMPLE.with_suffix(".srt"), "--film", SAMPLE, "--no-hear", "--json").stdout
    ends = [(gap["start_ms"], gap["end_ms"]) for gap in json.loads(given)["gaps"]]
    found = [(gap["start_ms"], gap["end_ms"]) for gap in content["gaps"]]
    assert [ms for gap in found for ms in gap] == pytest.approx([ms for gap in ends for ms in gap], abs=NEAR_MS)
    assert any(TOLD in note["message"] for note in content["notes"])


def test_make_speaks_in_the_pauses_of_the_captions_and_says_where_they_are_from(folder: Path) -> None:
    done = audiodesc("make", "film.ts", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert TOLD in done.stdout
    report = json.loads((folder / "out/film.ad.json").read_text("utf-8"))
    assert report["dialogue"]["known_from"] == ["subtitles", "sound"]
    assert report["dialogue"]["subtitles"]["verdict"] == "in sync"
    lines = [one["placed"] for one in report["segments"] if one["placed"]]
    assert lines
    for line in lines:
        for cue in CUES:
            before = line["end_ms"] <= cue.span.start_ms - MARGIN_MS + NEAR_MS
            assert before or line["start_ms"] >= cue.span.end_ms - 150, (line, cue)


def test_check_holds_a_script_against_the_captions(folder: Path) -> None:
    start = CUES[0].span.start_ms // 1000 + 1
    (folder / "over.vtt").write_text(
        f"WEBVTT\n\n00:00:{start:02}.000 --> 00:00:{start + 1:02}.000\nA man looks up.\n", "utf-8"
    )
    done = audiodesc("check", "over.vtt", "--film", "film.ts", "--json", cwd=folder)
    assert done.returncode == 8, done.stderr
    told = json.loads(done.stdout)
    assert any(TOLD in str(note) for note in told["notes"])
    assert any("dialogue" in str(finding) for finding in told["findings"])
