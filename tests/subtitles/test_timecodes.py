"""Text and tables with time codes; a programme's start."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from films import FFMPEG
from subtitles.written import HOUR, srt

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.media.probe import probe, start_code
from audiodesc.model import Cue, Span
from audiodesc.scripts import check_new_lines, read_script
from audiodesc.subtitles import film_cues, format_of, read_file
from audiodesc.subtitles.timecodes import from_programme_start, overlaps_film, without_subtitle_zero

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


WORDS = ["Come in, then.", "Only me, Ann, and Ben.", "Who is there?", 'He said "no", twice.', "Yes.|No."]


@pytest.mark.parametrize("head", ["", "$FontName = Arial\n//Subtitles\n", "Start,End,Text\n", "Start,End,Text,,\n"])
@pytest.mark.parametrize("end", ["", ",,"])
def test_no_word_is_lost_where_a_text_has_the_commas_that_part_the_cells(tmp_path: Path, head: str, end: str) -> None:
    rows = [f"00:00:{n:02}:00,00:00:{n:02}:12,{words}{end}\n" for n, words in enumerate(WORDS * 4, 10)]
    cues, notes = read_file(write(tmp_path, head + "".join(rows)), PAL)
    assert [cue.text for cue in cues] == [words.replace("|", "\n") for words in WORDS * 4]
    assert notes == ()


def test_a_text_with_commas_keeps_to_its_column(tmp_path: Path) -> None:
    rows = "Who,Start,Text\nANNA,00:00:10:00,Come in, then.\nBEN,00:00:12:00,Yes, no, well.\n,00:00:14:00,Only me.\n"
    cues, _ = read_file(write(tmp_path, rows), PAL)
    assert [(cue.speaker, cue.text) for cue in cues] == [
        ("ANNA", "Come in, then."),
        ("BEN", "Yes, no, well."),
        ("", "Only me."),
    ]


MARKS = [" ", "\t", " - ", " – ", " -- ", " --> ", " -> ", ": ", ". "]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("title", ["", "The Last Ferry\n\n"])
def test_the_mark_between_a_time_and_its_line_is_not_spoken(tmp_path: Path, mark: str, title: str) -> None:
    rows = "".join(f"{time}{mark}A ferry waits.\n" for time in ("00:00:04:00", "00:00:13:00"))
    script = read_script(write(tmp_path, title + rows), lambda: PAL)
    assert [(one.start_ms, one.text) for one in script.lines] == [(4000, "A ferry waits."), (13_000, "A ferry waits.")]


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
        check_new_lines(script.lines, path)


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


FILM_MS = 60_000
SPANS = ((8_700, 11_450), (15_500, 18_909), (31_092, 35_146))
ZERO = Cue(Span(0, 80), "The Last Ferry, version 2")


def cues(early_ms: int = 0) -> list[Cue]:
    return [Cue(Span(start + early_ms, end + early_ms), f"Line at {start}.") for start, end in SPANS]


def spans(found: tuple[Cue, ...]) -> list[tuple[int, int]]:
    return [(cue.span.start_ms, cue.span.end_ms) for cue in found]


@pytest.mark.parametrize("hours", [1, 10, 20])
@pytest.mark.parametrize("zeros", [0, 1])
def test_whole_hours_that_all_share_are_taken_off(hours: int, zeros: int) -> None:
    found, (note,) = from_programme_start([ZERO] * zeros + cues(hours * HOUR), FILM_MS)
    assert spans(found) == list(SPANS)
    assert f"{hours:02}:00:00" in note.message
    assert ("left out" in note.message) == bool(zeros)


def test_the_films_own_time_code_is_taken_off() -> None:
    start_ms = HOUR - 10_000
    found, (note,) = from_programme_start(cues(start_ms), FILM_MS, lambda: start_ms)
    assert spans(found) == list(SPANS)
    assert "00:59:50" in note.message


def test_what_no_offset_explains_stays_where_it_is() -> None:
    for early_ms in (HOUR - 10_000, HOUR // 2, 0):
        assert from_programme_start(cues(early_ms), FILM_MS)[0] == tuple(cues(early_ms))


def test_subtitle_zero_is_nothing_that_lies_in_the_film() -> None:
    assert without_subtitle_zero([ZERO, *cues(HOUR)]) == cues(HOUR)
    assert not overlaps_film([ZERO, *cues(HOUR)], FILM_MS)
    assert overlaps_film([ZERO, *cues()], FILM_MS)


def test_without_a_film_what_begins_after_an_hour_is_a_time_code() -> None:
    assert spans(from_programme_start([ZERO, *cues(10 * HOUR)], None)[0]) == list(SPANS)
    assert from_programme_start(cues(), None) == (tuple(cues()), [])


def test_a_mov_says_when_it_starts(tmp_path: Path) -> None:
    path, subs = tmp_path / "film.mov", tmp_path / "film.srt"
    made = ["-f", "lavfi", "-i", "color=s=64x64:r=25:d=40", "-timecode", "00:59:50:00", "-c:v", "mpeg4", str(path)]
    subprocess.run([FFMPEG, "-v", "error", *made], check=True)
    subs.write_text(srt(*((cue.span.start_ms, cue.span.end_ms, cue.text) for cue in cues(HOUR - 10_000))))
    film = probe(path)
    assert start_code(film) == "00:59:50:00"
    assert spans(film_cues(film, subs)[0]) == list(SPANS)
