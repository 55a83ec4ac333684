"""Every format that is written and read: nothing changes on the way, in ten scripts and with all that is awkward."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from documents import DROP, TEXTS, document, through
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.core.timecode import timecode
from audiodesc.model import Span
from audiodesc.scripts import ScriptDocument, ScriptLine, read_script, write_script
from audiodesc.subtitles.source import without_invisible
from audiodesc.subtitles.timecodes import TIME_IN_TEXT

BOTH_WAYS = ("webvtt", "srt", "dapt", "docx", "xlsx", "csv", "txt")
WITH_IDS = ("webvtt", "dapt", "docx", "xlsx", "csv")
SHEETS = ("xlsx", "csv")


def known(lines: tuple[ScriptLine, ...], name: str) -> list[tuple[int, int, str, str]]:
    return [(one.start_ms, one.end_ms, one.text, one.id if name in WITH_IDS else "") for one in lines]


def meant(made: ScriptDocument, name: str) -> list[tuple[int, int, str, str]]:
    return [
        (
            one.span.start_ms,
            one.span.start_ms if name == "txt" else one.span.end_ms,
            one.text,
            one.id if name in WITH_IDS else "",
        )
        for one in made.lines
    ]


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_texts_times_and_ids_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    made = document()
    assert known(through(tmp_path, name, made), name) == meant(made, name)


@pytest.mark.parametrize("name", ["xlsx", "csv", "dapt"])
def test_so_do_note_author_and_state_where_there_are_such_columns(tmp_path: Path, name: str) -> None:
    made = document()
    assert [(one.note, one.author, one.state) for one in through(tmp_path, name, made)] == [
        (one.note, one.author, one.state) for one in made.lines
    ]


@pytest.mark.parametrize("name", ["webvtt", "dapt", "docx", "xlsx", "csv"])
def test_so_does_the_voice_of_a_line_and_others_have_none(tmp_path: Path, name: str) -> None:
    made = document()
    first, *others = made.lines
    made = replace(made, lines=(replace(first, voice="espeak-de", own_voice="espeak-de"), *others))
    assert [one.voice for one in through(tmp_path, name, made)] == ["espeak-de", *("" for _ in others)]
    assert known(through(tmp_path, name, made), name) == meant(made, name)


@pytest.mark.parametrize("name", ["docx", "xlsx", "csv", "txt"])
@pytest.mark.parametrize("rate", ["25", "29.97df", "23.976", "59.94df"])
def test_times_in_timecode_come_back_to_half_a_frame_from_the_films_start(tmp_path: Path, name: str, rate: str) -> None:
    """The sheet says itself how it counts: nothing else is known when it is read."""
    made = document(count=timecode(rate, "10:00:00:00"))
    path = tmp_path / f"film.{name}"
    path.write_bytes(write_script(name, made))
    script = read_script(path)
    assert script.precision_ms == made.timecode.precision_ms
    for one, line in zip(script.lines, made.lines, strict=True):
        assert abs(one.start_ms - line.span.start_ms) <= script.precision_ms
    again = replace(made, lines=tuple(replace(a, span=b.span) for a, b in zip(made.lines, script.lines, strict=True)))
    assert known(through(tmp_path, name, again), name) == known(script.lines, name)


@pytest.mark.parametrize("name", SHEETS)
def test_times_in_seconds_come_back(tmp_path: Path, name: str) -> None:
    made = document()
    assert known(through(tmp_path, name, made, times="seconds"), name) == meant(made, name)


def test_seconds_of_the_first_second_are_no_days(tmp_path: Path) -> None:
    lines = [
        replace(line, span=Span(n * 100, n * 100 + 50)) for n, line in enumerate(document("a b", "c d", "e").lines)
    ]
    made = replace(document(), lines=tuple(lines))
    assert known(through(tmp_path, "xlsx", made, times="seconds"), "xlsx") == meant(made, "xlsx")


WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40).filter(
    lambda text: any(map(str.isalnum, text)) and without_invisible(text) == text and not TIME_IN_TEXT.search(text)
)
"""Nobody sees all letters: fillers of Hangul are read from no file."""


@pytest.mark.parametrize("name", ["docx", "xlsx", "csv", "dapt"])
@settings(max_examples=40)
@given(text=WORDS, id=st.text("abcxyz019-_.:/", min_size=1, max_size=12).filter(lambda id: not id.isdigit()))
def test_any_text_comes_back_under_any_id(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str, id: str
) -> None:
    made = document(text)
    made = replace(made, lines=tuple(replace(line, id=id) for line in made.lines))
    (line,) = through(tmp_path_factory.getbasetemp(), name, made)
    assert (line.text, line.id) == (" ".join(text.split()), id)


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_what_no_file_may_hold_costs_only_itself(tmp_path: Path, name: str) -> None:
    made = document("A bell\x07 rings\x00,\tthen\nit \x1b[31mstops.")
    (line,) = through(tmp_path, name, made)
    assert line.text == "A bell rings, then it [31mstops."


def test_a_line_that_is_not_spoken_is_in_the_sheets_and_a_note_in_webvtt(tmp_path: Path) -> None:
    first, second = document("Rain falls.", "Night --> day.").lines
    made = replace(document(), lines=(first, replace(second, reason="no pause is long enough")))
    for name in ("docx", "xlsx", "csv"):
        assert [line.text for line in through(tmp_path, name, made)] == ["Rain falls.", "Night --> day."]
    assert [line.text for line in through(tmp_path, "webvtt", made)] == ["Rain falls."]
    text = write_script("webvtt", made).decode()
    assert (
        "NOTE\nNot spoken: no pause is long enough\n000006234\n00:00:06.234 to 00:00:08.456\nNight --&gt; day.\n"
        in text
    )
    assert read_script(tmp_path / "film.ad.webvtt").faults == ()
    assert [line.text for line in through(tmp_path, "srt", made)] == ["Rain falls."]


def test_the_number_of_another_program_is_no_id(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text("WEBVTT\n\n1\n00:01.000 --> 00:02.000\nRain.\n\nscene 2\n00:03.000 --> 00:04.000\nNight.\n")
    assert [line.id for line in read_script(path).lines] == ["", "scene 2"]


def test_drop_frame_stands_with_its_semicolon() -> None:
    assert "01:00:01;07" in write_script("csv", document("Rain.", count=DROP)).decode()


def test_the_texts_are_what_they_are_meant_to_be() -> None:
    assert len(TEXTS[-1].split()) == 400
    assert len({text[0] for text in TEXTS[:10]}) == 10
