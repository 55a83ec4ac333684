"""What a person sees on the command line: nothing that is in the data is lost or changed on the way."""

from __future__ import annotations

import io
import socket
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from films import Sound, make_film, silence, write_srt
from reports import check, finding, known, note
from reports import report as report_of
from rich.console import Console
from rich.table import Table

from audiodesc.cli import progress, tables
from audiodesc.cli.progress import STAGES, amount, progress_shown
from audiodesc.cli.tables import (
    describers_table,
    gaps_json,
    gaps_table,
    prompt_shown,
    run_summary,
    voices_table,
)
from audiodesc.describers import DESCRIBERS, models
from audiodesc.describers.prompts import VERSION
from audiodesc.errors import MissingToolError, SubtitleError, UsageError
from audiodesc.model import Film, Gap, Line, Outcome, Segment, Span, SpokenLine, VideoTrack
from audiodesc.project import Result
from audiodesc.report.dialogue import OverLyrics, UnderSubtitles
from audiodesc.report.model import Totals
from audiodesc.report.reasons import NOTHING
from audiodesc.settings import DialogueSettings, PlanSettings, Settings
from audiodesc.speak import all_profiles, profile
from audiodesc.speak.coqui.files import download_folder

SETTINGS = Settings(plan=PlanSettings(shortest_ms=1_000))


def shown(table: Table) -> str:
    written = io.StringIO()
    console = Console(file=written, width=1000)
    console.print(table)
    return written.getvalue()


@pytest.fixture
def subs(tmp_path: Path) -> Path:
    return write_srt(tmp_path / "film.srt", [(2_000, 3_000, "ANNA: Where?"), (6_000, 7_000, "Here.")])


def test_pauses_without_a_film_end_with_the_last_subtitle(subs: Path) -> None:
    assert gaps_json(subs, None, SETTINGS) == {
        "cues": [
            {"start_ms": 2_000, "end_ms": 3_000, "kind": "speech", "speaker": "Anna", "text": "Where?"},
            {"start_ms": 6_000, "end_ms": 7_000, "kind": "speech", "speaker": "", "text": "Here."},
        ],
        "gaps": [
            {"start_ms": 0, "end_ms": 1_850, "kind": "silence"},
            {"start_ms": 3_150, "end_ms": 5_850, "kind": "silence"},
        ],
        "notes": [],
    }


def test_with_a_film_the_pause_at_its_end_counts(subs: Path) -> None:
    found = gaps_json(subs, make_film(subs.with_suffix(".mp4"), 10), SETTINGS)["gaps"]
    assert found[2:] == [{"start_ms": 7_150, "end_ms": 10_000, "kind": "silence"}]


def test_without_subtitles_the_film_alone_counts(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 10, sounds=[Sound(silence(10), "mono")])
    found = gaps_json(None, film, SETTINGS)
    assert found["cues"] == []
    assert found["gaps"] == [{"start_ms": 0, "end_ms": 10_000, "kind": "silence"}]
    assert [note["message"] for note in found["notes"]] == [
        "no subtitles: the dialogue is the speech detected in the film's sound"
    ]


def test_subtitles_that_are_missing_are_refused(subs: Path) -> None:
    with pytest.raises(SubtitleError):
        gaps_json(subs.with_name("none.srt"), None, SETTINGS)
    with pytest.raises(UsageError, match="--film"):
        gaps_json(None, None, SETTINGS)


def test_shifted_subtitles_have_shifted_pauses(subs: Path) -> None:
    found = gaps_json(
        subs, None, Settings(dialogue=DialogueSettings(shift_s=0.5), plan=PlanSettings(shortest_ms=1_000))
    )
    assert [(gap["start_ms"], gap["end_ms"]) for gap in found["gaps"]] == [(0, 2_350), (3_650, 6_350)]


def test_a_shift_that_leaves_no_subtitle_is_refused(subs: Path) -> None:
    with pytest.raises(SubtitleError, match="seconds, not in milliseconds"):
        gaps_json(subs, None, Settings(dialogue=DialogueSettings(shift_s=-500)))


def test_what_was_wrong_with_the_subtitles_is_told(subs: Path) -> None:
    subs.write_text(subs.read_text("utf-8") + "\n3\n00:00:09,000 --> 00:00:08,000\nBackwards.\n", "utf-8")
    for film in (None, make_film(subs.with_suffix(".mp4"), 10)):
        notes = gaps_json(subs, film, SETTINGS)["notes"]
        assert any(note["stage"] == "dialogue" and "ends before it begins" in note["message"] for note in notes)
    notes = gaps_json(subs, None, Settings(dialogue=DialogueSettings(shift_s=-3.5)))["notes"]
    assert "1 of the subtitles is outside the film" in notes[-1]["message"]


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        (Settings(dialogue=DialogueSettings(sync=True)), "--sync"),
        (Settings(dialogue=DialogueSettings(trust_subs=True)), "--tr"),
    ],
)
def test_what_asks_for_a_films_sound_needs_a_film(settings: Settings, option: str, subs: Path) -> None:
    with pytest.raises(UsageError, match=f"{option}.*--film"):
        gaps_json(subs, None, settings)


def test_songs_and_sounds_are_protected_where_that_is_asked_for(subs: Path) -> None:
    write_srt(subs, [(2_000, 5_000, "♪ La la ♪"), (8_000, 9_000, "[bang]"), (12_000, 13_000, "Where?")])
    kinds = {
        (False, False): ["silence", "music", "sound"],
        (True, False): ["silence", "sound"],
        (True, True): ["silence", "silence", "silence"],
    }
    for (lyrics, sounds), wanted in kinds.items():
        settings = Settings(dialogue=DialogueSettings(protect_lyrics=lyrics, protect_sounds=sounds))
        assert [gap["kind"] for gap in gaps_json(subs, None, settings)["gaps"]] == wanted


def test_the_table_of_pauses(subs: Path) -> None:
    rows = [line.split() for line in shown(gaps_table(gaps_json(subs, None, SETTINGS))).splitlines()]
    assert rows == [
        ["from", "to", "seconds", "heard"],
        ["0:00.0", "0:01.9", "1.9", "silence"],
        ["0:03.2", "0:05.9", "2.7", "silence"],
    ]


def test_all_voices_are_listed_with_all_that_is_said_of_them() -> None:
    text = shown(voices_table())
    for voice in all_profiles():
        row = next(line for line in text.splitlines() if line.startswith(f"{voice.name} "))
        told = (voice.engine, voice.language, tables.voice_is(voice), voice.licence, voice.description)
        assert all(part in row for part in told)


def test_all_describers_are_listed_with_all_that_is_said_of_them() -> None:
    text = shown(describers_table())
    for name, entry in DESCRIBERS.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
        assert entry.needs in line
        assert tables.weights_are(entry) in line
        assert entry.summary in line


def outcome(start_ms: int, text: str, spoken: bool, reason: str = "") -> Outcome:
    span = Span(start_ms, start_ms + 3_000)
    segment = Segment(Gap(span), span, start_ms, 9)
    speech = SpokenLine(Line(segment, text, "m"), Path("clip.wav"), span, 1.0) if spoken else None
    return Outcome(segment, "", text, "m", speech, reason)


COUNTS = Totals(
    lines=1,
    left_out=1,
    words=6,
    words_per_minute=120,
    seconds_spoken=3.0,
    lines_per_minute_of_film=1.0,
    usable_pauses=3,
    usable_pauses_left_empty=2,
)
UNMEASURED = {"overlap_ms": None, "under_subtitles_ms": None, "loudness": None}


def made(**report: Any) -> Result:
    film = Film(Path("films/story.mp4"), "f", "mov", 9_000, Fraction(0), VideoTrack(0, "h264", 160, 120), (), ())
    outcomes = (
        outcome(0, "Snow falls.", True),
        outcome(65_400, "A [door] opens.", False, "it does not fit"),
        outcome(70_000, "", False, "nothing to tell"),
    )
    found = check(finding("warning", "slow"), finding("warning", "fast"), finding("info", "long"))
    fields: dict[str, Any] = {"totals": COUNTS, "notes": (note("a doubt"),), "check": found} | report
    return Result(film, outcomes, (), {"script": Path("out/story.ad.vtt")}, report_of(9_000, **fields))


def test_the_summary_tells_what_was_done_and_what_was_not() -> None:
    assert run_summary(made(overlap_ms=0)).splitlines() == [
        "story.mp4: 1 line in 3 pauses, 3 s spoken at 120 words a minute.",
        "2 pauses were left empty; the report says why.",
        "Narration over dialogue, measured in the sound: 0 ms.",
        "Check: 0 errors, 2 warnings, 1 hint in what is said and where; the report has them.",
        "Left out at 1:05.4: it does not fit. “A [door] opens.”",
        "Note: a doubt",
        f"  script     {Path('out/story.ad.vtt')}",
    ]


@pytest.mark.parametrize("seconds", [2.5, 3.4])
def test_seconds_are_rounded(seconds: float) -> None:
    assert "3 s spoken" in run_summary(made(totals=replace(COUNTS, seconds_spoken=seconds)))


def test_that_no_line_is_spoken_is_said_first_and_once() -> None:
    notes = (note("a doubt"), note(f"{NOTHING}: the dialogue leaves no pause"))
    text = run_summary(made(totals=replace(COUNTS, lines=0, usable_pauses=0, usable_pauses_left_empty=0), notes=notes))
    assert text.splitlines()[0] == "story.mp4 was not described: the dialogue leaves no pause."
    assert text.count("leaves no pause") == 1
    assert "Note: a doubt" in text


def test_what_was_not_measured_is_not_claimed() -> None:
    assert "Narration over dialogue: not known" in run_summary(made(overlap_ms=None))
    assert "Narration over dialogue" not in run_summary(made(**UNMEASURED))


def test_what_lies_under_a_subtitle_is_told_as_it_was_measured_or_else_by_the_lines() -> None:
    lines = tuple(
        UnderSubtitles(start_ms=0, end_ms=400, line="Snow.", under_ms=ms, subtitles=("Hello.",)) for ms in (300, 40)
    )
    dialogue = replace(known(), lines_under_subtitles=lines)
    words = "ms lie under a subtitle in which nobody is heard"
    assert f"\n312 {words}" in run_summary(made(dialogue=dialogue, under_subtitles_ms=312))
    assert f"\n340 {words}" in run_summary(made(**UNMEASURED, dialogue=dialogue))
    assert words not in run_summary(made(dialogue=dialogue, under_subtitles_ms=0))


def test_what_is_spoken_over_songs_is_told() -> None:
    line = OverLyrics(start_ms=0, end_ms=400, line="Snow.", over_ms=250, lyrics=("La la.",))
    assert "\n250 ms are spoken over songs whose lyrics" in run_summary(
        made(dialogue=replace(known(), lines_over_lyrics=(line,)))
    )


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_shown(quiet=True) as screen:
        screen.show("mix", 1, 2)
    assert screen.ask is None
    assert capsys.readouterr() == ("", "")


def test_off_a_terminal_each_stage_is_a_line_and_progress_one_in_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: seconds[0])
    with progress_shown(quiet=False) as screen:
        for seconds[0], stage, done in [
            (0, "probe", 0),
            (1, "mix", 0),
            (5, "mix", 5),
            (12, "mix", 12),
            (15, "mix", 15),
        ]:
            screen.show(stage, done, 20)
        screen.show("unheard of", 0, 0)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [STAGES["probe"], STAGES["mix"], f"{STAGES['mix']}: 0:12 of 0:20", "unheard of"]
    assert screen.ask is None


def test_on_a_terminal_bars_are_drawn_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, out = Terminal(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", out)
    with progress_shown(quiet=False) as screen:
        screen.show("mix", 0, 0)
        screen.show("mix", 10, 20)
    assert STAGES["mix"] in terminal.getvalue()
    assert "0:10 of 0:20" in terminal.getvalue()
    assert "/?" not in terminal.getvalue()
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("stage", "done", "total", "shown"),
    [
        ("fetch", 1_250, 16_000, "1,250 of 16,000 MB"),
        ("look", 3, 12, "3 of 12 places"),
        ("describe", 3, 12, "3 of 12 lines"),
        ("hear", 75, 3_700, "1:15 of 1:01:40"),
        ("mix", 21, 20, "0:20 of 0:20"),
        ("mux", 0, 0, ""),
        ("look", 0, 0, ""),
    ],
)
def test_how_much_is_done_has_a_unit(stage: str, done: int, total: int, shown: str) -> None:
    assert amount(stage, done, total) == shown


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model on this disk, and no network."""

    def refuse(*_: object) -> None:
        pytest.fail("it used the network")

    monkeypatch.setenv("TTS_HOME", str(tmp_path / "coqui"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("nothing_here")
def test_what_comes_with_the_program_is_told() -> None:
    assert tables.voice_is(profile("espeak-en-gb")) == tables.WITH_IT
    assert tables.weights_are(DESCRIBERS["basic"]) == tables.WITH_IT


@pytest.mark.usefixtures("nothing_here")
def test_a_voices_model_is_on_this_disk_or_not() -> None:
    pytest.importorskip("TTS")
    voice = profile("coqui-ljspeech")
    assert tables.voice_is(voice) == tables.ELSEWHERE
    folder = download_folder(voice.voice)
    folder.mkdir(parents=True)
    for name in ("config.json", "model_file.pth"):
        (folder / name).write_text("{}", "utf-8")
    assert tables.voice_is(voice) == tables.HERE
    assert tables.voice_is(profile("coqui-de")) == tables.ELSEWHERE


@pytest.mark.usefixtures("nothing_here")
def test_without_coqui_its_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise MissingToolError("Coqui TTS is not installed", "pip")

    monkeypatch.setattr("audiodesc.speak.coqui.installed_version", missing)
    assert tables.voice_is(profile("coqui-ljspeech")) == tables.MISSING
    assert tables.voice_is(profile("espeak-de")) == tables.WITH_IT


@pytest.mark.usefixtures("nothing_here")
def test_a_models_weights_are_on_this_disk_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    here = {"smolvlm2"}
    monkeypatch.setattr(models, "found", lambda one: object() if one.name in here else None)
    told = {name: tables.weights_are(entry) for name, entry in DESCRIBERS.items()}
    assert {name for name, text in told.items() if text == tables.HERE} == here
    assert told["server"] == told["model"] == ""
    assert told["qwen3-vl-8b"] == tables.ELSEWHERE


@pytest.mark.usefixtures("nothing_here")
def test_with_an_empty_cache_no_weights_are_here() -> None:
    pytest.importorskip("huggingface_hub")
    told = {tables.weights_are(entry) for entry in DESCRIBERS.values()}
    assert told == {tables.WITH_IT, tables.ELSEWHERE, ""}


@pytest.mark.usefixtures("nothing_here")
def test_without_the_hubs_package_the_models_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise MissingToolError("models are fetched by the package huggingface_hub", "pip")

    monkeypatch.setattr(models, "found", missing)
    assert tables.weights_are(DESCRIBERS["smolvlm2"]) == tables.MISSING


def test_the_prompts_of_a_describer_are_shown_with_their_version() -> None:
    shown = prompt_shown("qwen-narrator")
    assert shown.startswith(f"# observe.narrator, version {VERSION}\nThe video is one stretch of a film")
    assert f"# write.line, version {VERSION}\nYou write audio description" in shown
    assert prompt_shown("write.story").startswith(f"# write.story, version {VERSION}\n")
    with pytest.raises(UsageError, match="there is no prompt 'basic'"):
        prompt_shown("basic")
