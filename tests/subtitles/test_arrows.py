"""A line that should say when, and does not, is told once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from audiodesc.subtitles import read_file

Write = Callable[..., Path]

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
