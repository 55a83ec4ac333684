"""Lines that could not be spoken, and a person's own blocks, in WebVTT: written, read, and read again as changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import webvtt

from audiodesc.model import Span
from audiodesc.scripts import DocumentLine, ScriptDocument, ScriptFile, read_script, write_script
from audiodesc.scripts.lines import Comment

RAIN = DocumentLine("000001000", Span(1_000, 2_000), "Rain falls.")
LONG = DocumentLine("000005000b", Span(5_000, 6_000), "A --> B & <i>so</i> on.", reason="it takes 9 s --> too long")
NIGHT = DocumentLine("000009000", Span(9_000, 9_900), "Night falls.")


def written(*lines: DocumentLine, comments: tuple[Comment, ...] = ()) -> str:
    return write_script("webvtt", ScriptDocument("film", "en", 20_000, lines, comments=comments)).decode()


def read(folder: Path, text: str) -> ScriptFile:
    path = folder / "film.ad.vtt"
    path.write_text(text, "utf-8")
    return read_script(path)


def test_a_line_that_is_not_spoken_is_a_comment_that_comes_back(tmp_path: Path) -> None:
    text = written(RAIN, LONG, NIGHT)
    assert text.count("-->") == 2
    script = read(tmp_path, text)
    assert [line.text for line in script.lines] == ["Rain falls.", "Night falls."]
    (noted,) = script.noted
    assert (noted.id, noted.text, noted.reason) == (LONG.id, LONG.text, LONG.reason)
    assert noted.span == LONG.span
    assert script.faults == ()
    assert [cue.text for cue in webvtt.read(str(tmp_path / "film.ad.vtt")).captions] == ["Rain falls.", "Night falls."]


def test_a_script_of_which_nothing_is_spoken_can_be_read(tmp_path: Path) -> None:
    script = read(tmp_path, written(LONG))
    assert (script.lines, len(script.noted)) == ((), 1)


BLOCKS = {
    "as it was written, without its head": "000005000b\n00:00:05.000 to 00:00:06.000\nShort.",
    "with the reason left": "Not spoken: too long\n000005000b\n00:00:05.000 to 00:00:06.000\nShort.",
    "with an arrow": "000005000b\n00:00:05.000 --> 00:00:06.000\nShort.",
    "with an arrow, inside the note": "NOTE\nNot spoken: too long\n000005000b\n00:00:05.000 --> 00:00:06.000\nShort.",
    "with a dash": "000005000b\n00:00:05.000 – 00:00:06.000\nShort.",
    "with commas and no hours": "000005000b\n00:05,000 to 00:06,000\nShort.",
    "without hours": "000005000b\n0:05.0 to 0:06.0\nShort.",
}


@pytest.mark.parametrize("way", BLOCKS)
def test_a_note_that_was_made_a_cue_again(tmp_path: Path, way: str) -> None:
    script = read(tmp_path, f"{written(RAIN)}\n{BLOCKS[way]}\n\n00:00:09.000 --> 00:00:10.000\nNight falls.\n")
    assert script.noted == ()
    (line,) = (line for line in script.lines if line.text == "Short.")
    assert (line.id, line.start_ms, line.end_ms) == ("000005000b", 5_000, 6_000)
    assert len(script.lines) == 3


def test_a_comment_that_says_times_is_a_comment(tmp_path: Path) -> None:
    note = "NOTE from the mixer\n00:00:05.000 to 00:00:06.000\nis too loud"
    script = read(tmp_path, f"{written(RAIN)}\n{note}\n")
    assert [line.text for line in script.lines] == ["Rain falls."]
    assert [one.text for one in script.comments] == [note]


def test_own_blocks_stand_where_they_stood_and_styles_before_all(tmp_path: Path) -> None:
    blocks = (
        Comment("WEBVTT - a head\nKind: descriptions"),
        Comment("STYLE\n::cue { color: red }", "000009000", 9_000),
        Comment("NOTE of the night", "000009000", 9_000),
        Comment("NOTE of a line that is gone", "000004000", 4_000),
        Comment("NOTE the end"),
    )
    text = written(RAIN, LONG, NIGHT, comments=blocks)
    order = [
        "WEBVTT - a head",
        "STYLE",
        "Rain falls",
        "is gone",
        "Not spoken",
        "of the night",
        "Night falls",
        "the end",
    ]
    assert sorted(order, key=text.index) == order
    found = read(tmp_path, text).comments
    assert [one.text for one in found] == [
        *("WEBVTT - a head\nKind: descriptions", "STYLE\n::cue { color: red }", "NOTE of a line that is gone"),
        *("NOTE of the night", "NOTE the end"),
    ]


@pytest.mark.parametrize("name", ["film.ad.vtt", "film.srt", "film.txt"])
def test_without_its_first_line_words_are_kept_apart_from_notes_and_names(tmp_path: Path, name: str) -> None:
    by_hand = "NOTE to the mixer\nsofter here\n\n000009000b\n00:00:09.000 --> 00:00:09.900\nNight falls."
    text = f"{written(RAIN, LONG)}\n{by_hand}\n".removeprefix("WEBVTT\n")
    (path := tmp_path / name).write_text(text, "utf-8")
    script = read_script(path)
    assert [(line.id, line.text) for line in script.lines] == [(RAIN.id, "Rain falls."), ("000009000b", "Night falls.")]
    assert [line.text for line in script.noted] == [LONG.text]
    assert [one.text for one in script.comments] == ["NOTE to the mixer\nsofter here"]
    assert [(fault.kind, fault.number) for fault in script.faults] == [("malformed", 1)]
