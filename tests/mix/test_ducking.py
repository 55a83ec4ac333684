"""The ducking curve: against its formula, with its edges to the sample."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import UsageError
from audiodesc.mix.ducking import Ducking, gain

RATE_HZ = 48_000
DUCKING = Ducking(depth_db=-9, down_ms=300, up_ms=500)
DOWN, UP = 14_400, 24_000  # samples
FIRST, END = 100_000, 150_000
WHOLE = 300_000


def curve(*lines: tuple[int, int], ducking: Ducking = DUCKING, count: int = WHOLE) -> np.ndarray:
    found = gain(0, count, lines, ducking, RATE_HZ)
    assert found is not None
    return found


def db(linear: np.ndarray) -> np.ndarray:
    return 20 * np.log10(linear)


def wanted_db(at: int, first: int, end: int) -> float:
    """The film's level at a sample, by the definition: straight in dB, down before the line, up behind it."""
    if first <= at < end:
        return -9.0
    if first - DOWN <= at < first:
        return -9.0 * (at - (first - DOWN)) / DOWN
    if end <= at < end + UP:
        return -9.0 * (1 - (at - end) / UP)
    return 0.0


def test_the_curve_follows_the_formula() -> None:
    found = db(curve((FIRST, END)))
    for at in range(0, WHOLE, 97):
        assert found[at] == pytest.approx(wanted_db(at, FIRST, END), abs=0.1)


def test_the_edges_are_where_they_belong_to_the_sample() -> None:
    found = curve((FIRST, END))
    full = 10 ** (-9 / 20)
    assert found[FIRST - DOWN] == 1
    assert found[FIRST - DOWN + 1] < 1
    assert found[FIRST - 1] > full * 1.00001
    assert found[FIRST] == pytest.approx(full, rel=1e-6)
    assert np.ptp(found[FIRST : END + 1]) == 0
    assert found[END + 1] > full * 1.00001
    assert found[END + UP - 1] < 1
    assert found[END + UP] == 1
    assert np.all(found[: FIRST - DOWN] == 1)
    assert np.all(found[END + UP :] == 1)


def test_the_curve_never_jumps() -> None:
    steps = np.abs(np.diff(db(curve((FIRST, END), (END + 3_000, END + 40_000)))))
    assert steps.max() <= 9 / DOWN * 1.1


@pytest.mark.parametrize(("start", "count"), [(0, FIRST - DOWN), (END + UP, 1_000), (900_000, 48_000), (0, 0)])
def test_nothing_near_is_none(start: int, count: int) -> None:
    assert gain(start, count, [(FIRST, END)], DUCKING, RATE_HZ) is None


def test_no_lines_are_none() -> None:
    assert gain(0, 48_000, [], DUCKING, RATE_HZ) is None


def test_the_first_and_the_last_sample_of_the_ramps_are_near() -> None:
    for at in (FIRST - DOWN + 1, END + UP - 1):
        found = gain(at, 1, [(FIRST, END)], DUCKING, RATE_HZ)
        assert found is not None
        assert found[0] < 1


def test_where_two_lines_meet_the_lower_counts() -> None:
    first, second = (50_000, 60_000), (70_000, 90_000)
    both = curve(first, second)
    assert np.array_equal(both, np.minimum(curve(first), curve(second)))
    assert np.all(both[60_000:70_000] < 0.6)  # it does not come up all the way for a short while


def test_a_line_at_the_very_start_is_ducked_from_the_first_sample() -> None:
    assert curve((0, 1_000))[0] == pytest.approx(10 ** (-9 / 20), rel=1e-6)


def test_no_depth_is_no_ducking() -> None:
    assert np.all(curve((FIRST, END), ducking=Ducking(depth_db=0)) == 1)


@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 20_000)), max_size=4),
    st.lists(st.integers(1, 40_000), min_size=1, max_size=5),
    st.integers(-60, 0),
    st.integers(1, 500),
    st.integers(1, 500),
)
def test_the_curve_does_not_depend_on_blocks(
    placed: list[tuple[int, int]], blocks: list[int], depth_db: int, down_ms: int, up_ms: int
) -> None:
    lines = sorted((first, first + length) for first, length in placed)
    ducking = Ducking(depth_db, down_ms, up_ms)

    def piece(start: int, count: int) -> np.ndarray:
        found = gain(start, count, lines, ducking, RATE_HZ)
        return np.ones(count, np.float32) if found is None else found

    starts = np.cumsum([0, *blocks])
    cut = np.concatenate([piece(int(at), count) for at, count in zip(starts, blocks, strict=False)])
    assert np.array_equal(cut, piece(0, sum(blocks)))
    assert np.all(cut <= 1)
    assert np.all(cut >= 10 ** (depth_db / 20) * 0.9999)


@pytest.mark.parametrize(
    "wrong",
    [
        {"depth_db": 1},
        {"depth_db": -61},
        {"depth_db": math.nan},
        {"down_ms": 0},
        {"down_ms": -5},
        {"down_ms": 10_001},
        {"up_ms": 0},
        {"up_ms": 10_001},
    ],
)
def test_a_wrong_choice_is_a_users_error(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="ducking of"):
        Ducking(**wrong)  # type: ignore[arg-type]
