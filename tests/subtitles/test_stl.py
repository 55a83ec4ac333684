"""EBU STL: rates, the programme's start, teletext, cumulative sets, and blocks that are broken."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hanging import LONG_S, within
from subtitles.reading import refusal, timed
from subtitles.written import stl, stl_block, stl_code, stl_head

from audiodesc.model import Cue, Note
from audiodesc.subtitles import read_file

Write = Callable[..., Path]
TEN = 36_000_000


def code(ms: int, fps: int = 25) -> bytes:
    return stl_code(ms, fps)


def block(number: int, start: int, end: int, text: str = "Hello.", **more: int) -> bytes:
    return stl_block(number, code(start), code(end), text.encode("latin-1"), **more)


def read(write: Write, *blocks: bytes, **head: str) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    return read_file(write(stl_head(**head) + b"".join(blocks)))


def test_times_count_from_the_programmes_start(write: Write) -> None:
    cues, notes = read(write, block(0, TEN + 1_000, TEN + 3_000), tcp="10000000")
    assert timed(cues) == [(1_000, 3_000, "Hello.")]
    assert notes == ()


def test_what_lies_before_the_start_is_left_out_with_a_note(write: Write) -> None:
    cues, (note,) = read(write, block(0, 0, 1_000, "A title"), block(1, TEN + 1_000, TEN + 3_000), tcp="10000000")
    assert timed(cues) == [(1_000, 3_000, "Hello.")]
    assert "before the programme's start" in note.message


def test_a_start_that_all_lies_before_is_ignored_with_a_note(write: Write) -> None:
    cues, (note,) = read(write, block(0, 1_000, 3_000), tcp="10000000")
    assert timed(cues) == [(1_000, 3_000, "Hello.")]
    assert "ignored" in note.message


@pytest.mark.parametrize("tcp", ["        ", "xxxxxxxx", "\0" * 8])
def test_a_start_that_is_no_time_is_none(write: Write, tcp: str) -> None:
    assert timed(read(write, block(0, 1_000, 3_000), tcp=tcp)[0]) == [(1_000, 3_000, "Hello.")]


@pytest.mark.parametrize(
    ("dfc", "fps", "second_ms"),
    [("STL25.01", 25, 1000.0), ("STL24.01", 24, 1000.0), ("STL50.01", 50, 1000.0), ("STL23.01", 24, 1001.0)],
)
def test_rates(write: Write, dfc: str, fps: int, second_ms: float) -> None:
    hour = 3_600_000
    (cue,), _ = read_file(write(stl((hour, hour + 2_000, "Hello."), fps=fps, dfc=dfc)))
    assert cue.span.start_ms == round(3600 * second_ms)
    assert cue.span.end_ms == round(3602 * second_ms)


def test_30_frames_are_drop_frame_unless_a_code_says_otherwise(write: Write) -> None:
    ten_minutes = 600_000
    (cue,), _ = read_file(write(stl((ten_minutes, ten_minutes + 1_000, "Hello."), fps=30, dfc="STL30.01")))
    assert cue.span.start_ms == round(17_982 * 1001 / 30)  # frames that are counted, each of 1001/30,000 s
    cues, _ = read_file(
        write(stl((60_000, 61_000, "No drop."), (ten_minutes, ten_minutes + 1_000, "Hello."), fps=30, dfc="STL30.01"))
    )
    assert cues[1].span.start_ms == round(18_000 * 1001 / 30)


def test_a_rate_that_is_not_known_is_told_and_the_films_is_taken(write: Write) -> None:
    path = write(stl((1_000, 2_000, "Hello."), fps=24, dfc="STL99.01"))
    cues, (note,) = read_file(path, Fraction(24))
    assert timed(cues) == [(1_000, 2_000, "Hello.")]
    assert "STL99.01" in note.message


def test_teletext_with_colours_boxes_and_double_height(write: Write) -> None:
    cues, notes = read(write, block(0, 1_000, 3_000, "\x0d\x06\x0b\x0bHello\x0a\x0a\x8a\x8aThere"), dsc="1")
    assert timed(cues) == [(1_000, 3_000, "Hello\nThere")]
    assert notes == ()


def test_italics_and_underline_of_open_subtitles_are_not_said(write: Write) -> None:
    assert timed(read(write, block(0, 1_000, 3_000, "I \x80said \x82no\x83 to him"))[0])[0][2] == "I said no to him"


@pytest.mark.parametrize(
    ("cct", "raw", "text"),
    [("00", b"\xc2Elan vit\xc2al", "Élan vitál"), ("01", "Привет".encode("iso8859_5"), "Привет")],
)
def test_characters(write: Write, cct: str, raw: bytes, text: str) -> None:
    (cue,), _ = read_file(write(stl_head(cct=cct) + stl_block(0, code(1_000), code(2_000), raw)))
    assert cue.text == text


def test_blocks_that_continue_are_one_subtitle(write: Write) -> None:
    cues, _ = read(write, block(0, 1_000, 3_000, "A long", extension=0), block(0, 1_000, 3_000, " one"))
    assert [cue.text.split() for cue in cues] == [["A", "long", "one"]]


@pytest.mark.parametrize("following", [[], [block(1, 5_000, 6_000)]])
def test_a_block_that_goes_on_in_none_of_its_own_keeps_its_time(write: Write, following: list[bytes]) -> None:
    cues, _ = read(write, block(0, 1_000, 3_000, "A long", extension=0), *following)
    assert timed(cues)[0] == (1_000, 3_000, "A long")
    assert len(cues) == 1 + len(following)


def test_ten_thousand_blocks_that_go_on_come_to_an_end(write: Write) -> None:
    blocks = [block(0, 1_000, 3_000, "la " * 30, extension=0)] * 10_000
    cues, _ = within(LONG_S, lambda: read(write, *blocks))
    assert {cue.span.start_ms for cue in cues} == {1_000}  # each lasts as long as so many words take


def test_a_cumulative_set_grows(write: Write) -> None:
    cues, _ = read(
        write,
        block(0, 1_000, 6_000, "One", cumulative=1),
        block(1, 3_000, 6_000, "Two", cumulative=2),
        block(2, 5_000, 6_000, "Three", cumulative=3),
    )
    assert timed(cues) == [(1_000, 6_000, "One\nTwo\nThree")]


def test_comments_and_user_data_are_no_dialogue(write: Write) -> None:
    cues, notes = read(
        write,
        block(0, 1_000, 2_000, "To the translator: check", comment=1),
        stl_block(1, b"\xff" * 4, b"\xff" * 4, b"data", extension=0xFE),
        block(2, 3_000, 4_000),
    )
    assert timed(cues) == [(3_000, 4_000, "Hello.")]
    assert notes == ()


def test_subtitles_that_overlap_or_share_a_number_all_stay(write: Write) -> None:
    cues, _ = read(write, block(0, 1_000, 9_000, "[music]"), block(0, 3_000, 4_000), block(0, 5_000, 6_000, "Yes."))
    assert timed(cues) == [(1_000, 9_000, "[music]"), (3_000, 4_000, "Hello."), (5_000, 6_000, "Yes.")]


@pytest.mark.parametrize(
    "broken",
    [
        stl_block(1, b"\x63\x63\x63\x00", b"\x63\x63\x63\x01", b"World"),
        block(1, 5_000, 6_000, "World", cumulative=3)[:40],
    ],
)
def test_a_broken_block_is_told_by_its_number_and_costs_no_other(write: Write, broken: bytes) -> None:
    cues, notes = read(write, block(0, 1_000, 2_000), broken)
    assert timed(cues) == [(1_000, 2_000, "Hello.")]
    assert any("2" in note.message and "not protected" in note.message for note in notes)


@pytest.mark.parametrize("size", [11, 500, 1023])
def test_a_head_that_is_cut_short_is_refused(write: Write, size: int) -> None:
    assert "head" in refusal(write(stl_head()[:size]))


def test_a_head_alone_holds_no_subtitle(write: Write) -> None:
    assert "holds no" in refusal(write(stl_head()))


@pytest.mark.parametrize(("end", "said"), [(10_000, "do not say how long"), (9_000, "ends before it begins")])
def test_a_subtitle_that_ends_before_it_begins_is_kept_free(write: Write, end: int, said: str) -> None:
    (cue, other), (note,) = read(write, block(0, 10_000, end, "Run!"), block(1, 30_000, 32_000, "Now."))
    assert cue.text == "Run!"
    assert cue.span.start_ms <= 10_000
    assert cue.span.end_ms >= 14_000
    assert timed((other,)) == [(30_000, 32_000, "Now.")]
    assert said in note.message
