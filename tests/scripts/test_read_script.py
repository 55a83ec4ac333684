"""Scripts of every kind, good and broken: read, with the line of each fault, or refused in one sentence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.errors import ScriptError
from audiodesc.scripts import ScriptFile, ScriptLine, notes, read_script

GOOD = "00:00:01.000 --> 00:00:03.000\nRain falls."


def script(folder: Path, text: str | bytes, name: str = "script.vtt") -> ScriptFile:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_script(path)


def faults(folder: Path, text: str, name: str = "script.vtt") -> list[tuple[str, int]]:
    return [(fault.kind, fault.number) for fault in script(folder, text, name).faults]


def test_webvtt_with_all_that_it_may_hold(tmp_path: Path) -> None:
    text = (
        "WEBVTT - a title\nLanguage: en\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot spoken\n\n"
        "one\n00:01.000 --> 00:02.500 line:0 align:start\n<v Narrator>Rain &amp; <i>wind</i>.\nA dog.\n\n"
        "NOTE spoken neither\n\n01:00:00.000 --> 01:00:01.000\nNight.\n"
    )
    read_ = script(tmp_path, text)
    assert read_.lines == (
        ScriptLine(1_000, 2_500, "Rain & wind. A dog.", 11, "one", voice="Narrator"),
        ScriptLine(3_600_000, 3_601_000, "Night.", 17),
    )
    assert read_.faults == ()


def test_srt(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\n<i>Rain</i>\nfalls.\n\n2\n00:00:03,000 --> 00:00:04,000\nNight.\n"
    assert script(tmp_path, text, "script.srt").lines == (
        ScriptLine(1_000, 2_500, "Rain falls.", 2),
        ScriptLine(3_000, 4_000, "Night.", 7),
    )


def test_ass_has_the_line_in_which_its_words_stand(tmp_path: Path) -> None:
    text = (
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Rain falls.\n"
    )
    assert script(tmp_path, text, "script.ass").lines == (ScriptLine(1_000, 2_000, "Rain falls.", 8),)


def test_the_order_of_the_file_is_kept(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:09.000 --> 00:10.000\nLast.\n\n00:01.000 --> 00:02.000\nFirst.\n"
    assert [line.text for line in script(tmp_path, text).lines] == ["Last.", "First."]


@pytest.mark.parametrize(
    ("cue", "line", "kind"),
    [
        ("00:05 -> 00:08\nNight.", 6, "malformed"),
        ("00:00:05.000 --> 00:00:08\nNight.", 6, "malformed"),
        ("00:00:05,000 --> 00:00:08,000\nNight.", 6, "malformed"),
        ("00:00:05.000 -->\nNight.", 6, "unread"),
        ("--> 00:00:05.000\nNight.", 6, "unread"),
        ("0:5.1 --> 0:8.1\nNight.", 6, "malformed"),
        ("00:00:75.000 --> 00:00:80.000\nNight.", 6, "unread"),
        ("id\nx --> y\nNight.", 7, "unread"),
        ("00:00:08.000 --> 00:00:05.000\nNight.", 6, "malformed"),
        ("Night falls over the town.", 6, "unread"),
    ],
)
def test_a_broken_cue_of_webvtt_has_its_line(tmp_path: Path, cue: str, line: int, kind: str) -> None:
    """Where it can be read all the same, it is a line."""
    read_ = script(tmp_path, f"WEBVTT\n\n{GOOD}\n\n{cue}\n")
    assert [(fault.kind, fault.number) for fault in read_.faults] == [(kind, line)]
    assert [one.number for one in read_.lines] == ([3, line] if kind == "malformed" else [3])


@pytest.mark.parametrize("cue", ["00:05 --> 00:08", "-00:00:05,000 --> 00:00:08,000", "00:00:08,000 --> 00:00:05,000"])
def test_a_broken_cue_of_srt_has_its_line(tmp_path: Path, cue: str) -> None:
    text = f"1\n00:00:01,000 --> 00:00:03,000\nRain falls.\n\n2\n{cue}\nNight.\n"
    read_ = script(tmp_path, text, "script.srt")
    assert [(fault.kind, fault.number) for fault in read_.faults] == [("malformed", 6)]
    assert [one.number for one in read_.lines] == [2, 6]


def test_a_cue_without_words_has_its_line(tmp_path: Path) -> None:
    empty = "00:00:05.000 --> 00:00:08.000"
    assert faults(tmp_path, f"WEBVTT\n\n{GOOD}\n\n{empty}\n") == [("empty", 6)]
    assert faults(tmp_path, f"WEBVTT\n\n{GOOD}\n\n{empty}\n<b> </b>\n") == [("empty", 6)]
    srt = f"1\n{GOOD}\n\n2\n{empty}\n\n3\n00:00:09.000 --> 00:00:10.000\nNight.\n"
    assert faults(tmp_path, srt, "script.srt") == [("empty", 6)]


def test_a_cue_of_no_length_is_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, f"WEBVTT\n\n{GOOD}\n\n00:00:05.000 --> 00:00:05.000\nNight.\n") == []


def test_a_missing_empty_line_between_cues_loses_none(tmp_path: Path) -> None:
    text = f"WEBVTT\n\n{GOOD}\n00:00:05.000 --> 00:00:08.000\nNight.\n"
    assert [line.number for line in script(tmp_path, text).lines] == [3, 5]


def test_a_missing_head_is_a_fault_of_line_1(tmp_path: Path) -> None:
    assert faults(tmp_path, f"{GOOD}\n") == [("malformed", 1)]
    assert faults(tmp_path, f"\nWEBVTT\n\n{GOOD}\n") == [("malformed", 1)]


def test_a_byte_order_mark_and_foreign_line_ends_change_nothing(tmp_path: Path) -> None:
    text = f"WEBVTT\n\n{GOOD}\n"
    for raw in (b"\xef\xbb\xbf" + text.encode(), text.replace("\n", "\r\n").encode(), text.encode("utf-16")):
        assert script(tmp_path, raw).lines == script(tmp_path, text).lines


def test_a_guessed_encoding_is_told_of(tmp_path: Path) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nUn café près de la gare, à côté du musée.\n"
    assert "encoding" in script(tmp_path, text.encode("latin-1")).faults[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        (b"WEBVTT\n\n", "holds no line"),
        (b"WEBVTT\n\n00:75 -> 00:80\nNight.\n", "line 3: no times"),
        (b"WEBVTT\n\n00:05.000 --> 00:08.000\n", "line 3: a cue without words"),
        (b"\x00\x01\x02\x03" * 100, "not a text file"),
        (b"<!DOCTYPE html><html></html>", "XML"),
        (b"Once upon a time.\n", "known format"),
        (b'{"lines": []}', "known format"),
    ],
)
def test_what_is_no_script_is_refused_in_one_sentence(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(ScriptError, match=message) as refused:
        script(tmp_path, text, "script.vtt" if text.startswith(b"WEBVTT") else "script.txt")
    assert "script." in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.vtt"):
        with pytest.raises(ScriptError, match=path.name):
            read_script(path)


PIECES = st.sampled_from(
    [
        "WEBVTT\n",
        "\n",
        "NOTE ",
        "STYLE\n",
        "1\n",
        "00:00:01.000",
        "99:59",
        " --> ",
        "->",
        "<v A>",
        "&amp;",
        "Rain.",
        "\0",
    ]
)


@settings(max_examples=200)
@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join), st.sampled_from(["vtt", "srt", "x"]))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, kind: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{kind}"
    path.write_bytes(text.encode("utf-8", "replace"))
    with suppress(ScriptError):  # and nothing else
        found = read_script(path)
        rows = path.read_text("utf-8", errors="replace").count("\n") + 1
        assert all(line.text and 0 <= line.number <= rows for line in found.lines)
        assert all(fault.number for fault in found.faults if fault.kind != "remark")


DATA = ('{"scene": 3, "mood": "dark"}', '[{"x": 1}]', '{\n"scene": 3,\n"words": ["a", "b"]\n}', '{"scene": "cut o')


@pytest.mark.parametrize("data", DATA)
def test_a_cue_of_data_is_no_line(tmp_path: Path, data: str) -> None:
    text = f"WEBVTT\n\n{GOOD}\n\n00:00:05.000 --> 00:00:07.000\n{data}\n"
    read_ = script(tmp_path, text)
    assert [line.text for line in read_.lines] == ["Rain falls."]
    assert [(fault.message, fault.number) for fault in read_.faults] == [("the cue holds data, not words", 6)]
    assert any("holds data" in note.message for note in notes(read_.faults, tmp_path / "script.vtt"))
    with pytest.raises(ScriptError, match="data, not words"):
        script(tmp_path, f"WEBVTT\n\n00:00:05.000 --> 00:00:07.000\n{data}\n")


@pytest.mark.parametrize("line", ["[Rain falls.]", "{Anna} waits.", "[Title] A man waits."])
def test_brackets_are_no_data(tmp_path: Path, line: str) -> None:
    assert len(script(tmp_path, f"WEBVTT\n\n00:00:05.000 --> 00:00:07.000\n{line}\n").lines) == 1


def test_many_lines_have_each_its_own_place(tmp_path: Path) -> None:
    head = "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    rows = [
        f"Dialogue: 0,{i // 3600}:{i // 60 % 60:02}:{i % 60:02}.00,{i // 3600}:{i // 60 % 60:02}:{i % 60:02}.90"
        f",,,0,0,0,,{{\\b1}}He{{\\b0}} waits\\Nfor {'her' if i % 2 else 'him'}\n"
        for i in range(20_000)
    ]
    path = tmp_path / "many.ass"
    path.write_text(head + "".join(rows))
    assert [line.number for line in read_script(path).lines] == list(range(4, 20_004))


def test_a_line_of_very_many_rows_is_one(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text("00:00:01 It\n" + "rains\n" * 150_000)
    (line,) = read_script(path).lines
    assert line.text == "It" + " rains" * 150_000


@pytest.mark.parametrize("letters", ["{" * 300_000, "<" * 300_000, "{\n" * 100_000, "&" * 300_000])
def test_brackets_that_nothing_closes_do_not_take_for_ever(tmp_path: Path, letters: str) -> None:
    path = tmp_path / "script.srt"
    path.write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{letters}\n")
    assert len(read_script(path).lines) == 1


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0" + bytes(600), b"PK\x03\x04" + bytes(range(256)) * 9])
def test_a_damaged_document_is_called_what_it_should_be(tmp_path: Path, ending: str, content: bytes) -> None:
    """Such as one from Word 97, or one that was not sent whole."""
    (path := tmp_path / f"film{ending}").write_bytes(content)
    with pytest.raises(ScriptError, match=f"film{ending} is no {ending} file, or its end is missing") as caught:
        read_script(path)
    assert f"save it as {ending}" in caught.value.remedy
