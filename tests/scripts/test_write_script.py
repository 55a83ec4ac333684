"""The script as a file that other readers, and we, read as it was meant."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import UsageError
from audiodesc.scripts import FORMATS, ScriptLine, document_of, notes, read_script, writable, write_script
from audiodesc.subtitles.timecodes import TIME_IN_TEXT

WRITTEN = ("webvtt", "srt", "dapt", "docx", "xlsx", "csv", "txt")
"""Those that are read too."""

ONLY_WRITTEN = ("rtf", "transcript", "transcript-md", "transcript-docx")


def written(*lines: tuple[int, int, str], name: str = "webvtt") -> str:
    return write_script(name, document_of([ScriptLine(*line) for line in lines])).decode()


def test_each_line_is_a_cue_from_its_first_to_its_last_sound() -> None:
    text = written((0, 1_234, "Snow falls."), (3_723_004, 36_061_000, "Omar waits."))
    assert text.rstrip().splitlines() == [
        *("WEBVTT", ""),
        *("00:00:00.000 --> 00:00:01.234", "Snow falls.", ""),
        *("01:02:03.004 --> 10:01:01.000", "Omar waits."),
    ]
    assert text.endswith("\n")


def test_nothing_spoken_is_an_empty_file_of_the_kind() -> None:
    assert written().strip() == "WEBVTT"


TEXTS = [
    "Tom & Jerry",
    "A sign: <EXIT>",
    "x --> y",
    "Où est-il ? 「駅」",
    "&amp; as it stands",
    "NOTE this",
    "WEBVTT",
    "5",
    "{\\an8} and { braces }",
    "A \\N break",
    "<b",
    "=1, \"two\"; 'three'",
    "♪ Rain ♪",
]


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("said", TEXTS)
def test_any_text_is_read_back_as_it_was(tmp_path: Path, said: str, name: str) -> None:
    path = tmp_path / f"film.ad{FORMATS[name].suffixes[0]}"
    lines = (ScriptLine(1_000, 2_000, said), ScriptLine(3_000, 4_000, "Next comes this."))
    path.write_bytes(write_script(name, document_of(lines)))
    script = read_script(path)
    assert [(one.start_ms, one.end_ms, one.text) for one in script.lines] == [
        (one.start_ms, one.start_ms if name == "txt" else one.end_ms, one.text) for one in lines
    ]
    assert notes(script.faults, path) == ()


WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not TIME_IN_TEXT.search(text) and "â™" not in text  # read as a note of music
)


@pytest.mark.parametrize("name", WRITTEN)
@given(texts=st.lists(WORDS, min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, texts: list[str], name: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"film.{name}"
    texts = ["A man waits.", *texts]
    path.write_bytes(
        write_script(name, document_of([ScriptLine(n * 1_000, n * 1_000 + 900, text) for n, text in enumerate(texts)]))
    )
    length_ms = 0 if name == "txt" else 900
    assert [(one.start_ms, one.end_ms, one.text) for one in read_script(path).lines] == [
        (n * 1_000, n * 1_000 + length_ms, " ".join(text.split())) for n, text in enumerate(texts)
    ]


def test_marks_of_the_format_are_written_as_text() -> None:
    text = written((1_000, 2_000, "A & B <i> -->"))
    assert [caption.raw_text for caption in webvtt.from_string(text).captions] == ["A &amp; B &lt;i&gt; --&gt;"]


def test_line_breaks_do_not_end_a_cue() -> None:
    text = written((1_000, 2_000, " A door.\n\n00:05.000 --> 00:06.000\r\nIt\u2028opens. "))
    assert len(text.strip().splitlines()) == 4
    assert text.strip().endswith("A door. 00:05.000 --&gt; 00:06.000 It opens.")


def test_srt_and_csv_as_other_programs_read_them() -> None:
    lines = ((1_000, 2_500, "Tom & Jerry."), (3_723_004, 3_724_000, 'A sign: "<3"'))
    events = pysubs2.SSAFile.from_string(written(*lines, name="srt"), format_="srt")
    assert [(one.start, one.end, one.plaintext) for one in events] == list(lines)
    rows = list(csv.reader(written(*lines, name="csv").removeprefix("\ufeff").splitlines()))
    table = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [(row["in"], row["out"], row["text"]) for row in table] == [
        ("00:00:01.000", "00:00:02.500", "Tom & Jerry."),
        ("01:02:03.004", "01:02:04.000", 'A sign: "<3"'),
    ]


def test_what_can_be_written_is_named_where_a_format_cannot() -> None:
    assert set(writable()) == {*WRITTEN, *ONLY_WRITTEN}
    with pytest.raises(UsageError, match="choose one of: webvtt, srt, dapt"):
        write_script("ass", document_of([]))
    with pytest.raises(UsageError, match=r"there is no script format 'word': choose one of: csv, dapt, docx"):
        write_script("word", document_of([]))
    with pytest.raises(UsageError, match="srt has no options of its own"):
        write_script("srt", document_of([]), {"font": "serif"})


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_says_what_it_is_and_does(name: str) -> None:
    row: Any = FORMATS[name]
    assert row.name == name
    assert row.read or row.write
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in row.suffixes)
    assert row.availability().runs
