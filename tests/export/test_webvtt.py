"""The script as a file that other readers, and we, read as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import webvtt

from audiodesc.model import Gap, Line, Segment, Span, SpokenLine
from audiodesc.scripts.webvtt import webvtt_text
from audiodesc.subtitles import read_script
from audiodesc.subtitles.source import RawCue


def speech(start_ms: int, end_ms: int, text: str) -> SpokenLine:
    span = Span(start_ms, end_ms)
    return SpokenLine(Line(Segment(Gap(span), span, start_ms, 20), text, "human"), Path("clip.wav"), span, 1.0)


def test_each_line_is_a_cue_from_its_first_to_its_last_sound() -> None:
    text = webvtt_text([speech(0, 1_234, "Snow falls."), speech(3_723_004, 36_061_000, "Omar waits.")])
    assert text.rstrip().splitlines() == [
        *("WEBVTT", ""),
        *("00:00:00.000 --> 00:00:01.234", "Snow falls.", ""),
        *("01:02:03.004 --> 10:01:01.000", "Omar waits."),
    ]
    assert text.endswith("\n")


def test_nothing_spoken_is_an_empty_file_of_the_kind() -> None:
    assert webvtt_text([]).strip() == "WEBVTT"


TEXTS = [
    "Tom & Jerry",
    "A sign: <EXIT>",
    "x --> y",
    "Où est-il ? 「駅」",
    "&amp; as it stands",
    "NOTE this",
    "WEBVTT",
    "5",
]


@pytest.mark.parametrize("said", TEXTS)
def test_any_text_is_read_back_as_it_was(tmp_path: Path, said: str) -> None:
    path = tmp_path / "film.ad.vtt"
    path.write_text(webvtt_text([speech(1_000, 2_000, said), speech(3_000, 4_000, "Next.")]), "utf-8")
    assert read_script(path) == ((RawCue(1_000, 2_000, said), RawCue(3_000, 4_000, "Next.")), ())


def test_marks_of_the_format_are_written_as_text() -> None:
    written = webvtt_text([speech(1_000, 2_000, "A & B <i> -->")])
    assert [caption.raw_text for caption in webvtt.from_string(written)] == ["A &amp; B &lt;i&gt; --&gt;"]


def test_line_breaks_do_not_end_a_cue() -> None:
    written = webvtt_text([speech(1_000, 2_000, " A door.\n\n00:05.000 --> 00:06.000\r\nIt\u2028opens. ")])
    assert len(written.strip().splitlines()) == 4
    assert written.strip().endswith("A door. 00:05.000 --&gt; 00:06.000 It opens.")
