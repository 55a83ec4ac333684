from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from commandline import audiodesc
from stories import SCRIPT, make_story, write_script

MORE = {"gaps": ["--json"], "check": ["--json"], "listen": []}
COMMANDS = [
    "make",
    "describe",
    "render",
    "check",
    "gaps",
    "tracks",
    "export",
    "listen",
    "voices",
    "describers",
    "doctor",
    "caption",
    "summary",
    "config",
]


def process(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """As a user starts it."""
    command = [sys.executable, "-m", "audiodesc", *map(str, arguments)]
    environment = os.environ | {"COLUMNS": "200"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    make_story(folder)
    write_script(folder / "mine.vtt", SCRIPT)
    return folder


def test_help_names_every_command_and_each_has_its_own() -> None:
    top = process("--help")
    assert top.returncode == 0
    for command in COMMANDS:
        assert f"  {command} " in top.stdout
        own = audiodesc(command, "--help")
        assert own.returncode == 0
        assert len(own.stdout) > 200 or command in ("voices", "describers", "doctor")


def test_version() -> None:
    assert process("--version").stdout.startswith("audiodesc 0.")


def test_make_says_what_it_does_and_what_came_out(story: Path) -> None:
    done = process("make", "story.mp4", "--subs", "story.srt", "-o", "out", "--no-local-server", cwd=story)
    assert done.returncode == 0, done.stderr
    assert "Mixing" in done.stderr
    assert re.search(r"Narration over dialogue, measured in the sound: 0 ms over \d+ subtitles", done.stdout)
    assert "out/story.ad.vtt" in done.stdout


def test_quiet_is_quiet(story: Path) -> None:
    done = audiodesc("make", "story.mp4", "--subs", "story.srt", "-o", "out", "--quiet", cwd=story)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_json_is_the_report(story: Path) -> None:
    done = audiodesc("render", "story.mp4", "--script", "mine.vtt", "-o", "json", "--json", "-q", cwd=story)
    assert json.loads(done.stdout) == json.loads((story / "json/story.ad.json").read_text("utf-8"))


def test_gaps_as_json_and_as_a_table(story: Path) -> None:
    content = json.loads(audiodesc("gaps", "story.srt", "--film", "story.mp4", "--json", cwd=story).stdout)
    assert [(gap["start_ms"], gap["end_ms"], gap["kind"]) for gap in content["gaps"]] == [
        (0, 4850, "silence"),
        (7150, 11_350, "silence"),
        (13_150, 16_000, "silence"),
    ]
    assert [cue["text"] for cue in content["cues"]] == ["What brings you here?", "I am searching for someone."]
    without = json.loads(audiodesc("gaps", "story.srt", "--json", cwd=story).stdout)
    assert without["gaps"] == content["gaps"][:2]
    assert "0:07.2" in audiodesc("gaps", "story.srt", cwd=story).stdout


def test_check_of_a_good_script_is_done(story: Path) -> None:
    done = audiodesc("check", "mine.vtt", "--subs", "story.srt", "--film", "story.mp4", cwd=story)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("mine.vtt: 0 errors, ")
    assert "No fault found against 1.2.5" in done.stdout
    assert "empty-pause" not in done.stdout.partition("Not judged")[2]  # the film's cuts were found
    without = audiodesc("check", "mine.vtt", "--subs", "story.srt", "--film", "story.mp4", "--no-picture", cwd=story)
    assert "Not judged: empty-pause" in without.stdout


def test_check_says_where_what_and_what_to_do_and_ends_with_8(story: Path) -> None:
    write_script(story / "bad.vtt", [("00:05.500", "00:06.500", "Night falls."), ("00:08.000", "00:09.000", "")])
    done = audiodesc("check", "bad.vtt", "--subs", "story.srt", cwd=story)
    assert done.returncode == 8
    rows = [line.split(maxsplit=4) for line in done.stdout.splitlines()]
    assert rows[1][:4] == ["3", "0:05.5", "error", "over-dialogue"]
    assert "move the line into a pause" in rows[1][4]
    assert "Night falls." in rows[1][4]
    assert rows[2][:4] == ["6", "0:08.0", "error", "empty-line"]


def test_check_ends_by_severity_and_rules_have_switches(story: Path) -> None:
    write_script(story / "style.vtt", [("00:00.500", "00:03.000", "There is a dog on the stairs.")])
    found = ["check", "style.vtt"]
    assert audiodesc(*found, cwd=story).returncode == 0
    assert audiodesc(*found, "--strict", cwd=story).returncode == 8
    assert audiodesc(*found, "--strict", "--disable", "there-is", cwd=story).returncode == 0
    assert audiodesc(*found, "--strict", "--profile", "itc", cwd=story).returncode == 0
    assert audiodesc(*found, "--strict", "--profile", "itc", "--enable", "there-is", cwd=story).returncode == 8


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_check_for_other_programs(story: Path, form: str) -> None:
    write_script(story / "form.vtt", [("00:05.500", "00:06.500", "Night falls.")])
    options = ["--subs", "story.srt", "--film", "story.mp4", "--no-picture"]
    done = audiodesc("check", "form.vtt", *options, f"--{form}", cwd=story)
    assert (done.returncode, done.stderr) == (8, "")
    if form == "json":
        assert json.loads(done.stdout)["counts"]["error"] == 1
    elif form == "sarif":
        assert json.loads(done.stdout)["runs"][0]["results"][0]["ruleId"] == "over-dialogue"
    else:
        assert fromstring(done.stdout).get("failures") == "1"  # noqa: S314


def test_a_film_without_sound_is_told_to_have_none(story: Path) -> None:
    make_story(story, "mute.mp4", layout=None)
    done = audiodesc("tracks", "mute.mp4", cwd=story)
    assert (done.returncode, done.stdout.startswith("mute.mp4 has no sound track")) == (0, True)
    assert audiodesc("tracks", "mute.mp4", "--json", cwd=story).stdout == "[]\n"


def test_density_changes_how_often_the_narrator_speaks(story: Path) -> None:
    def planned(density: str) -> list[int]:
        options = ["--subs", "story.srt", "-o", density, "--density", density, "--json", "-q"]
        report = json.loads(audiodesc("describe", "story.mp4", *options, cwd=story).stdout)
        assert report["settings"]["density"] == density
        return [start for gap in report["gaps"] for start in gap["planned_ms"]]

    assert len(planned("sparse")) < len(planned("full"))


def test_lists() -> None:
    for command, name in (("voices", "espeak-en-gb"), ("describers", "basic")):
        told = audiodesc(command).stdout
        assert name in told
        assert "comes with audiodesc" in told
        assert "--yes` fetches" in told.splitlines()[-1]


def test_a_sample_of_a_voice_is_written(tmp_path: Path) -> None:
    done = audiodesc("voices", "--sample", "espeak-en-gb", "She waits.", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "espeak-en-gb.wav" in done.stdout
    first = (tmp_path / "espeak-en-gb.wav").read_bytes()
    assert 0.4 < (len(first) - 44) / 96_000 < 1.5
    again = audiodesc("voices", "--sample", "espeak-en-gb", "She waits.", cwd=tmp_path)
    assert again.returncode == 5
    assert "is there already: give another name, or --force to replace it" in again.stderr
    more = ["--option", "espeak.pitch=90", "-o", "high.wav"]
    assert audiodesc("voices", "--sample", "espeak-en-gb", "She waits.", *more, cwd=tmp_path).returncode == 0
    assert (tmp_path / "high.wav").read_bytes() != first


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--sample", "espeak-en-gb"], 2, "there is no text to speak: give it after the name"),
        (["--sample", "espeak-en-gb", "…"], 2, "espeak-en-gb cannot speak “…”"),
        (["--sample", "nobody", "She waits."], 2, "there is no voice 'nobody'"),
        (["She waits."], 2, "give --sample NAME too"),
        (["--get", "nobody"], 2, "there is no voice 'nobody'"),
        (["--get", "kokoro-fr"], 4, "121 MB, Apache-2.0, for all Kokoro voices): give --yes to fetch 121 MB"),
        (["--get", "kokoro-fr", "--offline"], 4, "leave --offline out to fetch it"),
        (["--get", "espeak-fr"], 0, "espeak-fr can speak: `audiodesc make FILM --voice espeak-fr`"),
    ],
)
def test_getting_and_hearing_voices(arguments: list[str], code: int, says: str, tmp_path: Path) -> None:
    done = audiodesc("voices", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_all_that_is_needed() -> None:
    done = audiodesc("doctor", "--json")
    assert done.returncode == 0, done.stdout
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert all(check["ok"] or check["optional"] for check in checks.values())
    if find_spec("transformers"):
        assert re.match("sdpa|flash_attention_2", checks["attention"]["found"])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["make", "none.mp4", "--subs", "story.srt"], 3, "none.mp4 does not exist"),
        (["make", "story.mp4", "--no-hear"], 3, "--subs"),
        (["make", "story.mp4", "--subs", "none.srt"], 3, "none.srt does not exist"),
        (["make", "story.mp4", "--subs", "story.srt", "--describer", "x"], 2, "basic"),
        (["make", "story.mp4", "--subs", "story.srt", "--voice", "x"], 2, "`audiodesc voices` lists all"),
        (["make", "story.mp4", "--subs", "story.srt", "--voice", "x.toml"], 3, "x.toml"),
        (["make", "story.mp4", "--subs", "story.srt", "--track", "mp3"], 2, "m4a, flac, wav"),
        (["make", "story.mp4", "--subs", "story.srt", "--loudness", "x"], 2, "source, r128"),
        (["make", "story.mp4", "--subs", "story.srt", "--audio-track", "2"], 2, "1 sound track, not 2"),
        (["describe", "story.mp4", "--subs", "story.srt", "--audio-track", "2"], 2, "1 sound track, not 2"),
        (["gaps", "--film", "story.mp4", "--audio-track", "2"], 2, "1 sound track, not 2"),
        (["check", "mine.vtt", "--film", "story.mp4", "--audio-track", "2"], 2, "1 sound track, not 2"),
        (["check", "mine.vtt", "--subs", "story.srt", "--sync"], 2, "--film"),
        (["check", "mine.vtt", "--film", "story.mp4", "--sync", "--no-hear"], 2, "--no-hear"),
        (["make", "story.mp4", "--subs", "story.srt", "--duck", "3"], 2, "-60 to 0"),
        (["make", "story.mp4", "--subs", "story.srt", "-o", "story.srt"], 5, "story.srt"),
        (["render", "story.mp4", "--script", "none.vtt"], 3, "none.vtt"),
        (["gaps", "none.srt"], 3, "none.srt"),
        (["make", "story.mp4", "--subs", "story.srt", "--density", "x"], 2, "sparse, normal, full"),
        (["check", "none.vtt"], 3, "none.vtt does not exist"),
        (["check", "story.mp4"], 3, "story.mp4"),
        (["check", "mine.vtt", "--film", "none.mp4"], 3, "none.mp4 does not exist"),
        (["check", "mine.vtt", "--film", "story.srt"], 3, "story.srt"),
        (["check", "mine.vtt", "--subs", "none.srt"], 3, "none.srt does not exist"),
        (["check", "mine.vtt", "--profile", "x"], 2, "plain, itc, dcmp, netflix"),
        (["check", "mine.vtt", "--disable", "x"], 2, "over-dialogue"),
        (["check", "mine.vtt", "--usable", "1"], 2, "300 to 60,000"),
        (["check", "mine.vtt", "--sarif"], 2, "--json and --sarif at once"),
        (["listen", "none.ad", "--line", "1"], 3, "none.ad is not a folder"),
    ],
)
def test_a_mistake_is_one_line_and_a_code(story: Path, arguments: list[str], code: int, message: str) -> None:
    before = sorted(story.rglob("*"))
    done = audiodesc(*arguments, *MORE.get(arguments[0], ["-q"]), cwd=story)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("audiodesc: ")
    assert "Traceback" not in done.stderr
    assert sorted(story.rglob("*")) == before


def test_listen_writes_what_is_around_a_line(story: Path) -> None:
    audiodesc("render", "story.mp4", "--script", "mine.vtt", "-o", "heard.ad", "-q", cwd=story)
    done = audiodesc("listen", "heard.ad", "--line", 2, "-o", "two.wav", cwd=story)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Line 2, 0:07.4 to 0:0")
    assert "Night falls." in done.stdout
    assert done.stdout.endswith("Written to two.wav\n")
    assert (story / "two.wav").stat().st_size > 6 * 48_000 * 2 * 3


def test_listen_without_a_sound_device_says_so_and_offers_a_file(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audiodesc("render", "story.mp4", "--script", "mine.vtt", "-o", "mute.ad", "-q", cwd=story)
    monkeypatch.setenv("PATH", "")
    done = audiodesc("listen", "mute.ad", "--line", 1, cwd=story)
    assert done.returncode == 0, done.stderr
    _, why, offer, written = done.stdout.splitlines()
    assert why.startswith("No sound can be played here: there is no sound device, or no program for it")
    assert offer == "To write the line to a file of your choice, give -o FILE.wav."
    assert written == "Written to mute.ad/story.line-1.wav"


def test_debug_shows_where(story: Path) -> None:
    done = process("make", "none.mp4", "--subs", "story.srt", "--debug", "--no-local-server", cwd=story)
    assert "Traceback" in done.stderr
    assert done.returncode != 0


def test_strict_ends_with_its_own_code(story: Path) -> None:
    long = "This goes on and on about the ferry, the pier, the gulls and the woman in the red coat. " * 3
    write_script(story / "long.vtt", [("00:07.400", "00:08.000", long)])
    arguments = ["render", "story.mp4", "--script", "long.vtt", "--subs", "story.srt", "-o", "strict", "-q"]
    assert audiodesc(*arguments, cwd=story).returncode == 0
    done = audiodesc(*arguments, "--strict", cwd=story)
    assert done.returncode == 7
    assert "story.mp4 was not described: the only line is left out" in done.stderr


def test_a_closed_pipe_is_no_fault(story: Path) -> None:
    command = f"{sys.executable} -m audiodesc voices | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
