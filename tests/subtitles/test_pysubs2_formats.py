"""ASS, SSA, SRT, MicroDVD, MPL2, TMPlayer and SAMI."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hanging import LONG_S, within
from hypothesis import given
from hypothesis import strategies as st
from subtitles.reading import cues_in, not_lost, read_or_refused, timed
from subtitles.written import WRITERS, ass, srt

from audiodesc.errors import SubtitleError
from audiodesc.model import Span
from audiodesc.subtitles import read_file
from audiodesc.subtitles.pysubs2_formats import parse_events, protect, unprotect
from audiodesc.subtitles.source import Source

Write = Callable[..., Path]


def test_tags_are_taken_out_of_srt(write: Write) -> None:
    text = '<i>Tom</i> and <font color="#ff0000">Jerry</font>\n{\\an8}<b>run</b> <u>off</u>, 1 < 2'
    assert timed(cues_in(write(srt((1_000, 2_000, text))))) == [(1_000, 2_000, "Tom and Jerry\nrun off, 1 < 2")]


def test_a_bracket_that_nothing_closes_hides_no_words(write: Write) -> None:
    assert timed(cues_in(write(srt((1_000, 2_000, "If a <b or c <i>then</i> {go"))))) == [
        (1_000, 2_000, "If a <b or c then {go")
    ]


def test_entities_in_srt_are_characters(write: Write) -> None:
    assert timed(cues_in(write(srt((1_000, 2_000, "Tom &amp; I&#39;m"))))) == [(1_000, 2_000, "Tom & I'm")]


def test_srt_is_read_without_numbers_with_points_and_with_positions(write: Write) -> None:
    text = (
        "00:00:01.5 --> 00:00:02.250\nHello\n\n"
        "00:00:03,000-->00:00:04,000  X1:100 X2:200 Y1:100 Y2:200\nWorld\n\n\n\n"
        "7\n00:00:05,000 --> 00:00:06,000\n1984\n\n"
        "8\n00:00:07,000 --> 00:00:08,000\n42"
    )
    assert timed(cues_in(write(text))) == [
        (1_500, 2_250, "Hello"),
        (3_000, 4_000, "World"),
        (5_000, 6_000, "1984"),
        (7_000, 8_000, "42"),
    ]


def test_an_empty_line_inside_a_subtitle_is_no_end(write: Write) -> None:
    (cue,) = cues_in(write(srt((1_000, 2_000, "One.\n\nTwo."))))
    assert cue.text.split() == ["One.", "Two."]


def test_a_subtitle_that_begins_before_the_film_is_protected_from_its_start(write: Write) -> None:
    (cue,) = cues_in(write("1\n-00:00:01,000 --> 00:00:02,000\nHello\n"))
    assert cue.span == Span(0, 2_000)


@pytest.mark.parametrize(
    "time",
    [
        "00:00:03 --> 00:00:04",
        "00:03,000 --> 00:04,000",
        "00:00:03:000 --> 00:00:04:000",
        "00:00:03,000 -->",
        "00:00:O3,000 --> 00:00:O4,000",
    ],
)
def test_a_subtitle_whose_time_is_broken_is_not_lost_in_silence(write: Write, time: str) -> None:
    path = write(f"{srt((1_000, 2_000, 'Hello'))}\n2\n{time}\nWorld\n\n3\n00:00:05,000 --> 00:00:06,000\nBye\n")
    assert not_lost(path, 3_000, 4_000)


@pytest.mark.parametrize("text", ["{Come here!}", "{whispers} {Come here!}"])
def test_words_in_braces_are_not_lost_in_silence(write: Write, text: str) -> None:
    assert not_lost(write(srt((1_000, 2_000, "Hello"), (3_000, 4_000, text))), 3_000, 4_000)


@pytest.mark.parametrize(
    "text", ["[Script Info]", "http://www.w3.org/ns/ttml", "12:30:45: target in sight", "[1][2] go"]
)
def test_what_is_said_does_not_make_it_another_format(write: Write, text: str) -> None:
    path = write(srt((1_000, 2_000, "Hello"), (3_000, 4_000, text), (5_000, 6_000, "WEBVTT")))
    assert [cue.span.start_ms for cue in cues_in(path)] == [1_000, 3_000, 5_000]


# Odd times of SRT


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("00:00:03 --> 00:00:04", 3_000, 4_000),
        ("00:03,000 --> 00:04,000", 3_000, 4_000),
        ("00:00:03:500 --> 00:00:04:000", 3_500, 4_000),
        ("00:00:03,000 -> 00:00:04,000", 3_000, 4_000),
        ("0:0:3,5 –> 0:0:4", 3_500, 4_000),
        ("00:00:03 --> 00:00:04,04", 3_000, 4_040),
    ],
)
def test_odd_times_are_read_with_a_note_that_names_the_line(write: Write, times: str, start: int, end: int) -> None:
    path = write(f"{srt((1_000, 2_000, 'Hello'))}\n2\n{times}\nWorld\n")
    cues, (note,) = read_file(path)
    assert timed(cues) == [(1_000, 2_000, "Hello"), (start, end, "World")]
    assert f"{path.name}, line 6" in note.message


def test_a_block_with_a_number_and_no_times_is_told(write: Write) -> None:
    _, (note,) = read_file(
        write(f"{srt((1_000, 2_000, 'Hello'))}\n2\nWorld\n\n3\n00:00:05,000 --> 00:00:06,000\nBye\n")
    )
    assert "line 6" in note.message


def test_ten_thousand_faults_are_told_in_a_few_notes(write: Write) -> None:
    path = write(srt((1_000, 2_000, "Hello")) + "\n\n00:00:0x,000 --> 0\nWorld\n" * 10_000)
    _, notes = read_file(path)
    assert len(notes) < 30
    assert "9980 more" in notes[-1].message


# Text at the top


@pytest.mark.parametrize("text", ["{\\an8}TOKYO, 1964", "{\\an8}Tokyo Station", "{\\an9\\i1}POLICE"])
def test_a_title_at_the_top_is_on_screen(write: Write, text: str) -> None:
    path = write(srt((1_000, 2_000, text), (3_000, 4_000, "Hello."), (5_000, 6_000, "Who is it?")))
    assert [cue.kind for cue in cues_in(path)] == ["on_screen", "speech", "speech"]


@pytest.mark.parametrize(
    "text",
    [
        "{\\an8}Come here!",
        "{\\an8}come here",
        "{\\an8}- HELLO.",
        "{\\an8}MARY: HELLO",
        "{\\an8}I saw him.",
        '{\\an8}"Keep out"',
        "TOKYO, 1964",
        "{\\an2}TOKYO",
    ],
)
def test_speech_may_stand_at_the_top_too(write: Write, text: str) -> None:
    assert [cue.kind for cue in cues_in(write(srt((1_000, 2_000, text), (3_000, 4_000, "Hello."))))] == ["speech"] * 2


def test_captions_in_capitals_tell_no_title(write: Write) -> None:
    path = write(srt((1_000, 2_000, "{\\an8}TOKYO"), (3_000, 4_000, "HELLO."), (5_000, 6_000, "WHO IS IT?")))
    assert [cue.kind for cue in cues_in(path)] == ["speech"] * 3


def test_where_all_is_at_the_top_the_place_says_nothing(write: Write) -> None:
    path = write(srt((1_000, 2_000, "{\\an8}HELLO"), (3_000, 4_000, "{\\an8}COME HERE")))
    assert [cue.kind for cue in cues_in(path)] == ["speech", "speech"]


# MicroDVD

FRAMES = "{{25}}{{75}}Hello|there\n{{100}}{{150}}{}Yes.\n"


@pytest.mark.parametrize(
    ("fps", "start", "end"),
    [(Fraction(25), 4_000, 6_000), (Fraction(24_000, 1001), 4_171, 6_256), (Fraction(50), 2_000, 3_000)],
)
def test_frames_are_of_the_films_rate(write: Write, fps: Fraction, start: int, end: int) -> None:
    cues, notes = read_file(write(FRAMES.format("")), fps)
    assert timed(cues)[1] == (start, end, "Yes.")
    assert timed(cues)[0][2] == "Hello\nthere"
    assert notes == ()


@pytest.mark.parametrize("first", ["{1}{1}25", "{0}{0}25.000", "{1}{1}25,0"])
def test_without_a_film_the_rate_that_the_file_declares_is_taken(write: Write, first: str) -> None:
    cues, notes = read_file(write(f"{first}\n{FRAMES.format('')}"))
    assert timed(cues)[1] == (4_000, 6_000, "Yes.")
    assert notes == ()


def test_23_976_means_24000_to_1001(write: Write) -> None:
    cues, _ = read_file(write("{1}{1}23.976\n{172656}{172704}Hello\n"))
    assert cues[0].span.start_ms == round(172_656 * 1001 / 24)


def test_a_rate_that_is_not_the_films_is_told(write: Write) -> None:
    cues, (note,) = read_file(write(f"{{1}}{{1}}23.976\n{FRAMES.format('')}"), Fraction(25))
    assert timed(cues)[1] == (4_000, 6_000, "Yes.")
    assert "23.976" in note.message
    assert "25.000" in note.message


@pytest.mark.parametrize("tags", ["{Y:i}", "{y:b}", "{C:$0000FF}", "{f:Arial}{s:12}"])
def test_tags_of_microdvd_are_not_said(write: Write, tags: str) -> None:
    assert timed(read_file(write(FRAMES.format(tags)), Fraction(25))[0])[1] == (4_000, 6_000, "Yes.")


def test_a_cue_without_an_end_frame_lasts(write: Write) -> None:
    cues, (note,) = read_file(write("{25}{}Hello\n{250}{300}Yes.\n"), Fraction(25))
    assert timed(cues) == [(1_000, 6_000, "Hello"), (10_000, 12_000, "Yes.")]
    assert "how long" in note.message


# MPL2, TMPlayer and SAMI


def test_slanted_lines_of_mpl2(write: Write) -> None:
    assert timed(cues_in(write("[10][20]/Hello|/there\n[35][40]Yes.\n"))) == [
        (1_000, 2_000, "Hello\nthere"),
        (3_500, 4_000, "Yes."),
    ]


def test_tmplayer_says_only_when_cues_begin(write: Write) -> None:
    cues, (note,) = read_file(write("00:00:01:Hello\n00:00:03:there\n00:00:20:Yes.\n"))
    assert timed(cues) == [(1_000, 3_000, "Hello"), (3_000, 8_000, "there"), (20_000, 25_000, "Yes.")]
    assert "how long" in note.message


@pytest.mark.parametrize("line", ["Hello", "{x}{5}Hello", "[1][x]Hello", "0:1:Hello"])
@pytest.mark.parametrize("form", ["microdvd", "mpl2", "tmplayer"])
def test_a_line_that_cannot_be_read_is_told(write: Write, form: str, line: str) -> None:
    content = WRITERS[form]((1_000, 2_000, "One."), (4_000, 5_000, "Two.")).decode().replace("\n", f"\n{line}\n", 1)
    cues, (note, *_) = read_file(write(content), Fraction(25))
    assert [cue.text for cue in cues] == ["One.", "Two."]
    assert "line 2" in note.message
    assert line in note.message


SAMI = """<sami>
<head><title>A film</title><style type="text/css"><!-- .ENCC { Name: English; } --></style></head>
<body>
<sync start="1000"><p class=ENCC>Tom &amp; <i>Jerry</i><br>run
<SYNC Start=3000><P Class=ENCC>&nbsp;
<SYNC Start=60000ms><P Class=ENCC>Until the next
<SYNC Start=61500><P Class=ENCC>The last
"""


def test_sami_in_small_letters_with_units_entities_and_no_end(write: Write) -> None:
    cues, _ = read_file(write(SAMI))
    assert timed(cues) == [
        (1_000, 3_000, "Tom & Jerry\nrun"),
        (60_000, 61_500, "Until the next"),
        (61_500, 66_500, "The last"),
    ]


def test_a_tag_of_sami_may_be_broken_in_two_lines(write: Write) -> None:
    path = write('<SAMI><BODY><SYNC\nStart="1000"><P\nClass=ENCC>Hello.<SYNC Start=2000><P>&nbsp;</BODY></SAMI>')
    assert timed(cues_in(path)) == [(1_000, 2_000, "Hello.")]


def test_a_text_that_stays_is_protected_until_it_goes(write: Write) -> None:
    path = write("<SAMI><BODY><SYNC Start=1000><P>Hello.<SYNC Start=31000><P>&nbsp;</BODY></SAMI>")
    assert timed(cues_in(path)) == [(1_000, 31_000, "Hello.")]


@pytest.mark.parametrize("tag", ["<SYNC Start=x>", "<SYNC>", "<SYNC Start=", "<SYNC End=5>"])
def test_a_sync_without_a_time_is_told(write: Write, tag: str) -> None:
    path = write(f"<SAMI><BODY>\n<SYNC Start=1000><P>One.\n{tag}<P>Two.\n<SYNC Start=9000><P>Three.\n</BODY></SAMI>")
    assert not_lost(path, 1_000, 2_000)
    assert any("line 3" in note.message for note in read_file(path)[1])


def test_a_comment_that_nothing_closes_hides_nothing(write: Write) -> None:
    path = write("<SAMI><BODY><SYNC Start=1000><P>One.<!-- <SYNC Start=2000><P>Two.\n<SYNC Start=3000><P>Three.")
    assert [cue.text for cue in cues_in(path)] == ["One.", "Two.", "Three."]


def test_what_a_comment_hides_is_told(write: Write) -> None:
    path = write("<SAMI><BODY><SYNC Start=1000><P>One.<!-- <SYNC Start=2000><P>Two.\n--><SYNC Start=3000><P>Three.")
    assert any("1 of its 3 cues" in note.message for note in read_file(path)[1])


@pytest.mark.parametrize("text", ["[50][40]Hello.\n", "{125}{100}Hello.\n"])
def test_a_cue_whose_times_have_changed_places_is_protected_from_the_earlier_one_on(write: Write, text: str) -> None:
    cues, (note,) = read_file(write(text), Fraction(25))
    assert timed(cues) == [(4_000, 10_000, "Hello.")]
    assert "ends before it begins" in note.message


def test_overrides_breaks_and_hard_spaces_of_ass(write: Write) -> None:
    text = r"{\i1\pos(10,20)}Hello{\i0}\Nthere,\hyou{a remark}"
    assert timed(cues_in(write(ass((1_000, 2_000, text))))) == [(1_000, 2_000, "Hello\nthere, you")]


def test_comments_and_drawings_of_ass_are_no_dialogue(write: Write) -> None:
    lines = (
        "Comment: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,a remark\n"
        r"Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0 100 100{\p0}" + "\n"
    )
    assert timed(cues_in(write(ass((1_000, 2_000, "Hello"), lines=lines)))) == [(1_000, 2_000, "Hello")]


def test_words_behind_a_drawing_are_not_lost_in_silence(write: Write) -> None:
    path = write(ass((1_000, 2_000, "Hello"), (3_000, 4_000, r"{\p1}m 0 0 l 9 9{\p0}Come here!")))
    assert not_lost(path, 3_000, 4_000)


def test_commas_in_the_text_and_the_name_of_who_speaks(write: Write) -> None:
    lines = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,Yes, no, well\n"
    (cue,) = cues_in(write(ass(lines=lines)))
    assert (cue.text, cue.speaker) == ("Yes, no, well", "Anna")


@pytest.mark.parametrize(
    "style", ["Style: Odd,Arial,20,\n", "Style: Odd,Arial,big,&H00FFFFFF\n", "Style: Odd\n", "Style:\n"]
)
def test_a_broken_style_is_no_reason_to_crash(write: Write, style: str) -> None:
    path = write(ass((1_000, 2_000, "Hello"), style=style))
    assert read_or_refused(path) in ([(1_000, 2_000, "Hello")], "refused")


@pytest.mark.parametrize("line", ["Dialogue: 0,x,0:00:04.00,Default,,0,0,0,,World\n", "Dialogue: 0,0:00:03.00\n"])
def test_an_event_that_is_broken_is_not_lost_in_silence(write: Write, line: str) -> None:
    assert not_lost(write(ass((1_000, 2_000, "Hello"), lines=line)), 3_000, 4_000)


def styled(style: str, text: str, name: str = "", effect: str = "") -> str:
    return f"Dialogue: 0,0:00:03.00,0:00:04.00,{style},{name},0,0,0,{effect},{text}\n"


def kinds(path: Path) -> list[str]:
    return [cue.kind for cue in cues_in(path)]


@pytest.mark.parametrize(
    "line",
    [
        styled("Signs", "CAFE"),
        styled("Sign - door", "Cafe"),
        styled("EpisodeTitle", "The Beginning"),
        styled("Default", "Cafe", name="Sign"),
        styled("Default", r"{\pos(1,2)\frz30}Cafe"),
        styled("Default", r"{\move(1,2,3,4)}{\clip(0,0,9,9)}Cafe"),
    ],
)
def test_signs_are_on_screen(write: Write, line: str) -> None:
    assert kinds(write(ass((1_000, 2_000, "Hello."), lines=line))) == ["speech", "on_screen"]


@pytest.mark.parametrize(
    "line",
    [styled("OP", "la"), styled("ED2", "la"), styled("Song lyrics", "la"), styled("Default", r"{\k20}la{\k30}la")],
)
def test_songs_are_lyrics(write: Write, line: str) -> None:
    assert kinds(write(ass((1_000, 2_000, "Hello."), lines=line))) == ["speech", "lyrics"]


@pytest.mark.parametrize(
    "line",
    [
        styled("Signs", "Come here!", name="Anna"),
        styled("Default", r"{\pos(1,2)}Come here!"),
        styled("Subtitle", "Come here!"),
        styled("Ed", "Come here!"),
        styled("Top", r"{\an8}Come here!"),
        styled("Designs", "Come here!"),
    ],
)
def test_what_may_be_said_is_speech(write: Write, line: str) -> None:
    assert kinds(write(ass((1_000, 2_000, "Hello."), lines=line))) == ["speech", "speech"]


def test_a_file_of_signs_only_has_a_style_of_that_name_for_all(write: Write) -> None:
    assert kinds(write(ass(lines=styled("Title", "Hello.") + styled("Title", "Who is it?")))) == ["speech", "speech"]


def test_a_format_line_may_order_the_fields_in_its_way(write: Write) -> None:
    text = (
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nStyle: Default,Arial\n\n"
        "[Events]\nFormat: Start, End, Name, Style, Text\nDialogue: 0:00:01.00,0:00:02.00,Anna,Default,Yes, well\n"
    )
    (cue,) = cues_in(write(text))
    assert (cue.span.start_ms, cue.span.end_ms, cue.speaker, cue.text) == (1_000, 2_000, "Anna", "Yes, well")


def test_an_event_that_is_broken_costs_no_other(write: Write) -> None:
    broken = "Dialogue: 0,x,0:00:04.00,Default,,0,0,0,,World\n"
    cues, (note,) = read_file(write(ass((1_000, 2_000, "Hello"), lines=broken + styled("Default", "Yes."))))
    assert [cue.text for cue in cues] == ["Hello", "Yes."]
    assert "line 12" in note.message


@pytest.mark.parametrize("text", ["{" * 50_000, r"{\an8" * 50_000, r"{\p1}" * 50_000, "{}" * 50_000])
def test_every_event_comes_to_an_end(write: Write, text: str) -> None:
    path = write(ass((1_000, 2_000, text), (3_000, 4_000, "Hello.")))
    within(LONG_S, lambda: read_or_refused(path))


SOURCE = Source(Path("film.srt"), b"")


@given(st.text(alphabet="<>{}!-ab \n", max_size=30))
def test_what_was_tamed_comes_back_but_for_long_blanks(text: str) -> None:
    def shrunk(words: str) -> str:
        return re.sub(r"\s+", " ", words)

    assert shrunk(unprotect(protect(text))) == shrunk(text)


@given(st.text(alphabet="<>{}ab", max_size=20))
def test_every_bracket_that_is_left_is_closed_before_the_next_opens(text: str) -> None:
    assert not re.search(r"<[^>]*(?:<|$)", protect(text))
    assert not re.search(r"{[^}]*(?:{|$)", protect(text))


@pytest.mark.parametrize("part", ["<", "{", "<a ", "<i><b", "{\\i1", " ", "\n", "<!--", "< /", "{y:", "<i>{"])
@pytest.mark.parametrize("form", ["srt", "microdvd", "mpl2", "tmp", "sami", "ass"])
def test_everything_comes_to_an_end(form: str, part: str) -> None:
    heads = {
        "srt": "1\n00:00:01,000 --> 00:00:02,000\n",
        "microdvd": "{1}{2}",
        "mpl2": "[1][2]",
        "tmp": "00:00:01:",
        "sami": "<SAMI><BODY><SYNC Start=1000><P>",
        "ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
    }
    text = heads[form] + protect(part * (60_000 // len(part))) + ">}"
    within(LONG_S, lambda: parse_events(SOURCE, text, form, fps=25))


def test_its_faults_are_refusals() -> None:
    with pytest.raises(SubtitleError, match="broken microdvd"):
        parse_events(SOURCE, "{1}{2}Hello.", "microdvd", fps=-1)
