"""Times are written in one way, and rounded; one of a thing has no s."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.formatting import clock, number_of, seconds


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
