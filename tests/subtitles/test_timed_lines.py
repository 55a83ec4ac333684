"""Text with time codes: read by what it is, frames by the film's rate, and no number spoken that was a time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.scripts import read_script, to_speak
from audiodesc.subtitles import format_of, read_file

PAL, NTSC, FILM, NTSC_FILM = Fraction(25), Fraction(30_000, 1001), Fraction(24), Fraction(24_000, 1001)
SAID = [(10_480, 12_880, "Who is there?"), (15_960, 18_240, "Only me.\nLet me in.")]
SPRUCE = """$FontName = Arial
//Subtitles
00:00:10:12,00:00:12:22,Who is there?
00:00:15:24 , 00:00:18:06 , Only me.|Let me in.
"""
AVID = """@ This file written with the Avid Caption plugin, version 1

<begin subtitles>

00:00:10:12 00:00:12:22
Who is there?

00:00:15:24 00:00:18:06
Only me.
Let me in.

<end subtitles>
"""
ENCORE = "1 00:00:10:12 00:00:12:22 Who is there?\n2 00:00:15:24 00:00:18:06 Only me.\nLet me in.\n"
NUMBERED = "1\n00:00:10:12 - 00:00:12:22\nWho is there?\n\n2\n00:00:15:24 - 00:00:18:06\nOnly me.\nLet me in.\n"
COMMAS = (
    'Nr,Start,End,Text\n1,00:00:10:12,00:00:12:22,Who is there?\n2,00:00:15:24,00:00:18:06,"Only me.\nLet me in."\n'
)
TABS = """In\tOut\tSpeaker\tDialogue
00:00:10:12\t00:00:12:22\t\tWho is there?
00:00:15:24\t00:00:18:06\t\tOnly me. Let me in.
"""
SRT = "1\n00:00:10:12 --> 00:00:12:22\nWho is there?\n\n2\n00:00:15:24 --> 00:00:18:06\nOnly me.\nLet me in.\n"
VTT = f"WEBVTT\n\n{SRT}"
NAMED = {"spruce": SPRUCE, "avid": AVID, "encore": ENCORE, "numbered": NUMBERED, "csv": COMMAS, "srt": SRT, "vtt": VTT}


def write(folder: Path, text: str) -> Path:
    path = folder / "film.txt"
    path.write_text(text)
    return path


def shown(path: Path, rate: Fraction | None = PAL) -> list[tuple[int, int, str]]:
    return [(cue.span.start_ms, cue.span.end_ms, cue.text) for cue in read_file(path, rate)[0]]


@pytest.mark.parametrize("name", NAMED)
def test_what_has_a_name_is_read(tmp_path: Path, name: str) -> None:
    assert shown(write(tmp_path, NAMED[name])) == SAID


@pytest.mark.parametrize("name", NAMED)
def test_frames_are_counted_at_the_films_rate_or_a_note_says_at_which(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, NAMED[name])
    assert shown(path, None) == SAID  # 24 occurs, so it is no film of 24
    assert any("25 frames a second" in note.message for note in read_file(path)[1])
    assert shown(path, Fraction(30))[0][:2] == (10_400, 12_733)
    assert any("25 frames a second" in note.message for note in read_file(path, FILM)[1])


def test_columns_are_known_by_their_heads(tmp_path: Path) -> None:
    assert shown(write(tmp_path, TABS)) == [SAID[0], (15_960, 18_240, "Only me. Let me in.")]
    rows = "Time;Duration;Who;What is said\n00:00:01:00;00:00:02:00;ANNA;Come in!\n"
    rows += "00:00:05:00;00:00:02:00;BEN;I am here.\n"
    cues, _ = read_file(write(tmp_path, rows), PAL)
    assert [(cue.span.start_ms, cue.speaker, cue.text) for cue in cues] == [
        (1000, "ANNA", "Come in!"),
        (5000, "BEN", "I am here."),
    ]


@pytest.mark.parametrize(
    "line", ["{} A ferry waits.", "[{}] A ferry waits.", "{}\tA ferry waits.", "{} - A ferry waits."]
)
def test_a_script_has_a_time_code_before_each_line(tmp_path: Path, line: str) -> None:
    text = "The Last Ferry\n\n" + "\n".join(line.format(code) for code in ("00:00:00:12", "00:00:13:05")) + "\n"
    path = write(tmp_path, text)
    script = read_script(path, lambda: PAL)
    assert [(one.start_ms, one.end_ms, one.text) for one in script.lines] == [
        (480, 480, "A ferry waits."),
        (13_200, 13_200, "A ferry waits."),
    ]
    assert "no time code before 'The Last Ferry'" in script.faults[0].message


@pytest.mark.parametrize(
    ("rate", "code", "ms"),
    [
        (PAL, "01:00:00:00", 3_600_000),
        (FILM, "01:00:00:12", 3_600_500),
        (NTSC_FILM, "01:00:00:12", 3_604_100),  # 86,412 frames
        (NTSC, "01:00:00:15", 3_604_100),  # 108,015 frames
        (NTSC, "01:00:00;15", 3_600_497),  # 107,907 frames: two are dropped in 54 minutes of the hour
        (Fraction(50), "00:00:01:25", 1500),
    ],
)
def test_time_codes_count_frames(tmp_path: Path, rate: Fraction, code: str, ms: int) -> None:
    ((cue,), _) = read_file(write(tmp_path, f"{code} Hello.\n"), rate)
    assert cue.span.start_ms == ms


def test_the_clock_is_not_counted_in_frames(tmp_path: Path) -> None:
    path = write(tmp_path, "00:00:10.480 Who?\n00:00:12,500 Me.\n00:00:20 Come in.\n00:00:30:250 Good.\n")
    assert [cue[0] for cue in shown(path, NTSC)] == [10_480, 12_500, 20_000, 30_250]


@pytest.mark.parametrize(
    "text",
    [
        "00:00:01:10 Hello.\n00:00:02:10 Then 00:00:03:00 there.\n",
        "00:00:01:10 00:00:02:00 00:00:00:15 Hello.\n",
        "Start,Text\n00:00:01:10,00:00:02:00 Hello.\n00:00:04:10,Who is it?\n",
    ],
)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_no_number_is_left_that_was_a_time(tmp_path: Path, text: str, kind: type[InputError]) -> None:
    with pytest.raises(kind, match="time code in its text") as caught:
        (read_file if kind is SubtitleError else read_script)(write(tmp_path, text))
    assert "(line " in caught.value.fault


def test_a_script_in_another_format_with_a_time_code_in_its_text(tmp_path: Path) -> None:
    path = write(tmp_path, "WEBVTT\n\n00:01.000 --> 00:02.000\n00:00:01:00 A ferry waits.\n")
    script = read_script(path)
    with pytest.raises(ScriptError, match="spoken with a time code"):
        to_speak(script, path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,b\n00:00:01:00,one two,three four\n00:00:02:00,one two,three four\n", "no column is surely the text"),
        ("Start,End,Description\n1.5,2.5,A ferry waits.\n", "not subtitles in a known format"),
        ("12,00:10,A ferry\n", "not subtitles in a known format"),
    ],
)
def test_what_has_no_name_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SubtitleError, match=fault):
        read_file(write(tmp_path, text))


def test_tmplayer_is_still_what_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, "00:00:01:Hello.\n00:00:03:12 monkeys.\n00:00:06:\n")
    assert format_of(path) == "tmplayer"
    assert [cue.text for cue in read_file(path)[0]] == ["Hello.", "12 monkeys."]
