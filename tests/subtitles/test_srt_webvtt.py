"""WebVTT and SBV, and times that are odd."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from subtitles.reading import cues_in, not_lost, timed
from subtitles.written import HOUR, vtt

from audiodesc.subtitles import read_file

Write = Callable[..., Path]


FULL_VTT = """WEBVTT - a film
Kind: captions
Language: en
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000

STYLE
::cue(v) { color: red }

REGION
id:fred
width:40%

NOTE one line

NOTE
of several
lines

intro
00:01.000 --> 00:02.000 align:start position:10%,line-left line:-1 size:50% region:fred
Hello

2
00:00:03.000 --> 00:00:04.000
<v Anna Maria>Hi <c.red>there</c>, <00:00:03.500><i>you</i></v>

NOTE between cues

00:00:05.000\t-->\t00:00:06.000
one
two
"""


def test_identifiers_settings_notes_styles_and_regions_are_no_dialogue(write: Write) -> None:
    cues = cues_in(write(FULL_VTT))
    assert timed(cues) == [(1_000, 2_000, "Hello"), (3_000, 4_000, "Hi there, you"), (5_000, 6_000, "one\ntwo")]
    assert [cue.speaker for cue in cues] == ["", "Anna Maria", ""]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("&lt;i&gt;not a tag&lt;/i&gt;", "<i>not a tag</i>"),
        ("it&#39;s", "it's"),
        ("&amp;amp;", "&amp;"),
        ("R&B", "R&B"),
    ],
)
def test_entities_in_webvtt_are_characters(write: Write, raw: str, text: str) -> None:
    assert timed(cues_in(write(vtt((1_000, 2_000, raw))))) == [(1_000, 2_000, text)]


@pytest.mark.parametrize("head", ["WEBVTT\n", "\ufeffWEBVTT\n\n", "\n\nWEBVTT\n\n", "WEBVTT\t\n\n", "WEBVTT\n\n\n\n"])
def test_heads_of_webvtt(write: Write, head: str) -> None:
    assert timed(cues_in(write(f"{head}00:01.000 --> 00:02.000\nHi"))) == [(1_000, 2_000, "Hi")]


def test_a_hundred_hours_are_a_hundred_hours(write: Write) -> None:
    assert timed(cues_in(write(vtt((100 * HOUR, 123 * HOUR, "Hi"))))) == [(100 * HOUR, 123 * HOUR, "Hi")]


@pytest.mark.parametrize(
    "time", ["00:03,000 --> 00:04,000", "00:00:03 --> 00:00:04", "00:03.000 -> 00:04.000", "00:03.000 --> 00:0x.000"]
)
def test_a_cue_whose_time_is_broken_is_not_lost_in_silence(write: Write, time: str) -> None:
    path = write(f"{vtt((1_000, 2_000, 'Hello'))}\n{time}\nWorld\n\n00:05.000 --> 00:06.000\nBye\n")
    assert not_lost(path, 3_000, 4_000)


def test_a_cue_with_commas_for_points_is_read_with_a_note(write: Write) -> None:
    path = write("WEBVTT\n\n00:03,000 --> 00:04,000 align:start\nHello\n")
    cues, (note,) = read_file(path)
    assert timed(cues) == [(3_000, 4_000, "Hello")]
    assert "line 3" in note.message


@pytest.mark.parametrize("head", ["", "X-TIMESTAMP-MAP=LOCAL:0,MPEGTS:0\n\n", "NOTE a\n\n", "STYLE\n::cue {}\n\n"])
def test_a_block_without_times_is_told_and_a_head_is_none(write: Write, head: str) -> None:
    first = "00:01.000 --> 00:02.000\nOne.\n\n"
    assert read_file(write(f"WEBVTT\n\n{head}{first}"))[1] == ()
    _, (note,) = read_file(write(f"WEBVTT\n\n{head}{first}Two.\n\n00:05.000 --> 00:06.000\nThree.\n"))
    assert "'Two.'" in note.message


def test_two_voices_in_a_cue_are_told_apart(write: Write) -> None:
    (cue,) = cues_in(write(vtt((1_000, 2_000, "<v Mary>Hi.</v>\n<v.loud Tom Kent>Yes &amp; no.</v>"))))
    assert (cue.speaker, cue.speakers) == ("", ("Mary", "Tom Kent"))
    assert cue.text == "Mary: Hi.\nTom Kent: Yes & no."


def test_two_lines_of_one_voice_are_of_one_speaker(write: Write) -> None:
    (cue,) = cues_in(write(vtt((1_000, 2_000, "<v Mary>Hi.</v>\n<v Mary>Yes.</v>"))))
    assert (cue.speaker, cue.speakers, cue.text) == ("Mary", ("Mary",), "Hi.\nYes.")


# SBV

SBV = "0:00:01.000,0:00:02.500\nHello\nthere\n\n0:01:00.000,0:01:01.000\n[thunder]\n"


def test_sbv(write: Write) -> None:
    cues, notes = read_file(write(SBV))
    assert timed(cues) == [(1_000, 2_500, "Hello\nthere"), (60_000, 61_000, "[thunder]")]
    assert notes == ()


@pytest.mark.parametrize("times", ["", "0:00:03.f00,0:00:04.000\n", "0:00:03,0:00:04\n", "0:00:03.000\n"])
def test_a_cue_of_sbv_whose_times_are_broken_is_told(write: Write, times: str) -> None:
    cues, (note,) = read_file(write(f"{SBV}\n{times}World\n"))
    assert len(cues) == 2
    assert "line 8" in note.message


MAPPED = "WEBVTT\nX-TIMESTAMP-MAP={map}\n\n{cues}"


@pytest.mark.parametrize(
    ("header", "start"),
    [
        ("MPEGTS:900000,LOCAL:00:00:00.000", "00:00:02.000"),
        ("LOCAL:00:00:00.000,MPEGTS:8100000", "00:00:02.000"),
        ("LOCAL:00:01:30.000,MPEGTS:8100000", "00:01:32.000"),
        ("MPEGTS:900000,LOCAL:10:00:00.000", "10:00:02.000"),
        ("MPEGTS:900000,LOCAL:01:00.000", "01:02.000"),
    ],
)
def test_the_local_time_of_an_hls_header_is_where_the_film_begins(tmp_path: Path, header: str, start: str) -> None:
    path = tmp_path / "film.vtt"
    end = start.replace("2.000", "3.500")
    path.write_text(MAPPED.format(map=header, cues=f"{start} --> {end} line:90%\nHello.\n"), "utf-8")
    assert [(c.span.start_ms, c.span.end_ms) for c in read_file(path)[0]] == [(2_000, 3_500)]


def test_segments_in_one_file_are_put_one_after_the_other(tmp_path: Path) -> None:
    """Six seconds each, on the stream's clock from 10 s on; each counts its own times from 0."""
    cue = "00:00:01.000 --> 00:00:02.000\nHello {}.\n\n"
    parts = [
        MAPPED.format(map=f"MPEGTS:{900_000 + 540_000 * number},LOCAL:00:00:00.000", cues=cue.format(number))
        for number in range(3)
    ]
    path = tmp_path / "film.vtt"
    path.write_text("".join(parts), "utf-8")
    cues, _ = read_file(path)
    assert [cue.span.start_ms for cue in cues] == [1_000, 7_000, 13_000]
    assert [cue.text for cue in cues] == ["Hello 0.", "Hello 1.", "Hello 2."]


@pytest.mark.parametrize("header", ["MPEGTS:900000", "LOCAL:00:00:05.000", "MPEGTS:x,LOCAL:y", "MPEGTS:1,LOCAL:5"])
def test_a_header_that_maps_nothing_changes_nothing(tmp_path: Path, header: str) -> None:
    path = tmp_path / "film.vtt"
    path.write_text(MAPPED.format(map=header, cues="00:00:10.000 --> 00:00:11.000\nHello.\n"), "utf-8")
    assert read_file(path)[0][0].span.start_ms == 10_000


def test_sbv_with_a_head_blank_lines_and_breaks(write: Write) -> None:
    text = (
        "[INFORMATION]\n[TITLE] Harbour\n[END INFORMATION]\n[SUBTITLE]\n"
        "0:00:01.000,0:00:03.000\nThe boats\n \nare in.\n\n0:00:06.000,0:00:08.000\n"
        "ANNA: All<br/>BEN: Some[br]of them?\n"
    )
    cues, notes = read_file(write(text))
    assert [cue.text for cue in cues] == ["The boats\nare in.", "ANNA: All\nBEN: Some\nof them?"]
    assert cues[1].speakers == ("Anna", "Ben")
    assert notes == ()


def test_subviewer_has_hundredths(write: Write) -> None:
    cues, notes = read_file(write("[SUBTITLE]\n00:00:01.05,00:00:03.50\nHello there.\n"))
    assert timed(cues) == [(1_050, 3_500, "Hello there.")]
    assert notes == ()


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_cue_of_webvtt_that_begins_with_a_blank_line_keeps_its_words(write: Write, blank: str) -> None:
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{blank}\nHello.\n\nsecond\n00:03.000 --> 00:04.000\nYou?\n"
    cues, notes = read_file(write(text))
    assert timed(cues) == [(1_000, 2_000, "Hello."), (3_000, 4_000, "You?")]
    assert notes == ()


GOOD_VTT = "00:03.000 --> 00:04.000\nThere.\n"
GOOD_SRT = "1\n00:00:03,000 --> 00:00:04,000\nThere.\n"


@pytest.mark.parametrize(
    "times",
    ["00:01.000 -> 00:", "00:01.000 -->", "00:01.000 --> 00:99.000", "00:99.000 --> 02:00.000", "00:01.000 -> 00:99"],
)
@pytest.mark.parametrize("above", ["", "second\n"])
def test_in_webvtt(write: Write, times: str, above: str) -> None:
    _, (note,) = read_file(write(f"WEBVTT\n\n{above}{times}\nHello.\n\n{GOOD_VTT}"))
    assert f"line {4 if above else 3}: no times in {times!r}" in note.message


@pytest.mark.parametrize("times", ["00:00:01,000 ->", "00:00:01,000 -> 00:00:72,000", "--> 00:00:02,000"])
def test_in_srt(write: Write, times: str) -> None:
    _, (note,) = read_file(write(f"{GOOD_SRT}\n2\n{times}\nHello.\n"))
    assert f"line 6: no times in {times!r}" in note.message


def test_two_broken_lines_are_two_notes(write: Write) -> None:
    _, notes = read_file(write(f"WEBVTT\n\n00:01.000 -> 00:\nHello.\n\n{GOOD_VTT}\n00:05.000 -> 00:\nHello.\n"))
    assert ["line 3:" in notes[0].message, "line 9:" in notes[1].message] == [True, True]
    assert len(notes) == 2


def test_words_lost_beside_a_broken_line_are_told_too(write: Write) -> None:
    _, (broken, alone) = read_file(write(f"WEBVTT\n\n00:01.000 -> 00:\nHello.\n\nAlone.\n\n{GOOD_VTT}"))
    assert "'00:01.000 -> 00:'" in broken.message
    assert "line 6: no times above 'Alone.'" in alone.message


def test_in_sbv_an_arrow_is_told(write: Write) -> None:
    _, (note,) = read_file(write("0:00:01.000,0:00:02.000\nHello.\n\n0:00:03 -> 0:00:04\nThere.\n"))
    assert "line 4: no times above '0:00:03 -> 0:00:04'" in note.message
