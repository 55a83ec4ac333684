"""Times are written in one way, and rounded; one of a thing has no s."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.formatting import UNSEEN, clock, number_of, seconds, shell, visible, visible_json


@pytest.mark.parametrize(("count", "text"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines"), (21, "21 lines")])
def test_one_has_no_s(count: int, text: str) -> None:
    assert number_of(count, "line") == text


@pytest.mark.parametrize(
    ("ms", "whole", "tenths", "exact"),
    [
        (0, "0:00", "0:00.0", "0:00.000"),
        (8_449, "0:08", "0:08.4", "0:08.449"),
        (8_450, "0:08", "0:08.5", "0:08.450"),
        (59_949, "1:00", "0:59.9", "0:59.949"),
        (59_950, "1:00", "1:00.0", "0:59.950"),
        (754_500, "12:35", "12:34.5", "12:34.500"),
        (3_599_499, "59:59", "59:59.5", "59:59.499"),
        (3_600_001, "1:00:00", "1:00:00.0", "1:00:00.001"),
        (36_061_000, "10:01:01", "10:01:01.0", "10:01:01.000"),
    ],
)
def test_a_moment_is_rounded_to_what_is_shown(ms: int, whole: str, tenths: str, exact: str) -> None:
    assert (clock(ms), clock(ms, 1), clock(ms, 3)) == (whole, tenths, exact)


@given(st.integers(0, 100_000_000), st.sampled_from([0, 1, 3]))
def test_a_moment_read_back_is_off_by_half_of_its_last_digit_at_most(ms: int, decimals: int) -> None:
    *hours, minutes, rest = clock(ms, decimals).split(":")
    assert len(rest.partition(".")[0]) == 2
    assert float(rest) < 60
    read = (sum(int(hour) for hour in hours) * 60 + int(minutes)) * 60_000 + float(rest) * 1000
    assert abs(read - ms) <= 500 / 10**decimals + 0.01


@pytest.mark.parametrize(("ms", "text"), [(0, "0.0"), (1_249, "1.2"), (1_250, "1.3"), (8_450, "8.5"), (60_000, "60.0")])
def test_a_length_is_rounded_like_a_moment(ms: int, text: str) -> None:
    assert seconds(ms) == text


def test_a_length_in_whole_seconds() -> None:
    assert [seconds(ms, 0) for ms in (499, 500, 61_000)] == ["0", "1", "61"]


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ünïcode 日本 \t\n", "plain – ünïcode 日本 \t\n"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J \x07 \x7f \r", "\\x9b2J \\x07 \\x7f \\x0d"),
        ("\u202egnp.exe\u202c", "\\u202egnp.exe\\u202c"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_a_terminal_obeys_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_unseen_is_left_and_json_stays_the_same(text: str) -> None:
    assert not UNSEEN.search(visible(text))
    written = visible_json(json.dumps([text], ensure_ascii=False))
    assert not UNSEEN.search(written)
    assert json.loads(written) == [text]


@given(NAMES)
def test_a_name_is_one_word_and_no_option(name: str) -> None:
    word = shell(name)
    assert not word.startswith("-")
    assert not UNSEEN.search(word)


@pytest.mark.parametrize(
    "name", ["a b;touch x", "$(id)`id`", "it's", "-rf", "a\nb\x1b[1m\tü'\\", "日本.mp4", "*?", "x\u202ey"]
)
def test_a_shell_takes_it_for_the_name(name: str) -> None:
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, "-c", f"printf %s {shell(name)}"], capture_output=True, check=True)
    assert done.stdout.decode() == (f"./{name}" if name.startswith("-") else name)
