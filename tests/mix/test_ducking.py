"""The ducking curve: against its formula, with its edges to the sample."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.errors import UsageError
from audiodesc.mix.levels import Duck, corners, ducks, gain
from audiodesc.settings import Ducking

RATE_HZ = 48_000
DUCKING = Ducking(depth_db=-9, down_ms=300, up_ms=500, hold_ms=0)
DOWN, UP = 14_400, 24_000  # samples
FIRST, END = 100_000, 150_000
WHOLE = 300_000


def down(*lines: tuple[int, int], ducking: Ducking = DUCKING, said: list[tuple[int, int]] | None = None) -> list[Duck]:
    depth_db = ducking.depth_db
    assert isinstance(depth_db, float | int)
    return list(ducks(lines, [depth_db] * len(lines), ducking, RATE_HZ, said or []))


def curve(*lines: tuple[int, int], ducking: Ducking = DUCKING, count: int = WHOLE) -> NDArray[np.float32]:
    found = gain(0, count, down(*lines, ducking=ducking), ducking, RATE_HZ)
    return np.ones(count, np.float32) if found is None else found


def db(linear: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(20 * np.log10(linear), np.float64)


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
    assert gain(start, count, down((FIRST, END)), DUCKING, RATE_HZ) is None


def test_no_lines_are_none() -> None:
    assert gain(0, 48_000, [], DUCKING, RATE_HZ) is None


def test_the_first_and_the_last_sample_of_the_ramps_are_near() -> None:
    for at in (FIRST - DOWN + 1, END + UP - 1):
        found = gain(at, 1, down((FIRST, END)), DUCKING, RATE_HZ)
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


NEAR = ((FIRST, END), (END + 30_000, END + 60_000))  # 625 ms apart


def test_lines_closer_than_the_hold_keep_the_film_down() -> None:
    held = curve(*NEAR, ducking=Ducking(depth_db=-9, hold_ms=625))
    assert np.ptp(held[FIRST : END + 60_001]) == 0
    apart = curve(*NEAR, ducking=Ducking(depth_db=-9, hold_ms=624))
    assert db(apart[END : END + 30_000]).max() == pytest.approx(-9 * (1 - 625 / 800), abs=0.01)  # the ramps meet


@pytest.mark.parametrize("depths", [(-12.0, 0.0, -12.0), (0.0, -12.0, -3.0), (-1.0, -2.0, -12.0)])
def test_the_film_does_not_pump_between_lines_that_are_held_together(depths: tuple[float, ...]) -> None:
    lines = [
        (FIRST, FIRST + 20_000),
        (FIRST + 32_000, FIRST + 44_000),
        (FIRST + 56_000, FIRST + 80_000),
    ]  # 250 ms apart
    ducking = Ducking(depth_db="auto")
    held = gain(0, WHOLE, ducks(lines, depths, ducking, RATE_HZ), ducking, RATE_HZ)
    assert held is not None
    assert db(held[FIRST : FIRST + 80_001]) == pytest.approx(-12, abs=1e-3)
    apart = ducks(lines, depths, Ducking(depth_db="auto", hold_ms=200), RATE_HZ)
    assert [duck.depth_db for duck in apart] == list(depths)


HOUR = [(second * RATE_HZ, second * RATE_HZ + RATE_HZ * 6 // 5) for second in range(0, 3_600, 2)]
"""Lines of 1.2 s, each 0.8 s after the one before."""


def test_one_loud_place_does_not_take_the_film_away_from_an_hour_of_lines() -> None:
    depths = [-24.0 if i == 900 else -3.0 for i in range(len(HOUR))]
    found = ducks(HOUR, depths, Ducking(depth_db="auto"), RATE_HZ)
    deep = [duck for duck in found if duck.depth_db == -24]
    assert {duck.depth_db for duck in found} == {-24, -3}
    assert deep[0].first <= HOUR[900][0] - 14 * RATE_HZ
    assert deep[-1].end >= HOUR[900][1] + 14 * RATE_HZ
    assert deep[-1].end - deep[0].first <= 40 * RATE_HZ
    for one, other in pairwise(found):
        assert one.end >= other.first  # between them the film stays down, at least as far as the less deep asks


@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(100, 9_000), st.integers(-24, 0)), min_size=1, max_size=30)
)
def test_no_line_gets_less_than_it_asks_for_and_none_more_than_the_lowest(lines: list[tuple[int, int, int]]) -> None:
    places, at = [], 0
    for pause, lasts, _ in lines:
        places.append((at + pause, at + pause + lasts))
        at = places[-1][1]
    depths = [float(depth) for _, _, depth in lines]
    for duck, depth in zip(ducks(places, depths, Ducking(depth_db="auto"), RATE_HZ), depths, strict=True):
        assert min(depths) <= duck.depth_db <= depth


def test_the_curve_of_an_hour_is_no_more_work_than_the_hour_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line's curve is computed where it is, not over the whole film: that would be an hour times its lines."""
    down = ducks(HOUR, [-9.0] * len(HOUR), Ducking(), RATE_HZ)
    low = [Duck(duck.first // 480, duck.end // 480, -9.0) for duck in down]
    reckoned, interp = [], np.interp

    def counted(at: NDArray[np.int_], *curve: Any) -> Any:
        reckoned.append(len(at))
        return interp(at, *curve)

    monkeypatch.setattr(np, "interp", counted)
    curve = gain(0, 3_600 * 100, low, Ducking(), 100)
    assert curve is not None
    assert db(curve[:-200]) == pytest.approx(-9, abs=1e-3)
    assert sum(reckoned) <= 2 * 3_600 * 100


def test_lines_with_dialogue_between_them_keep_their_own_depths() -> None:
    lines = [(FIRST, FIRST + 20_000), (FIRST + 40_000, FIRST + 60_000)]
    found = ducks(lines, [-12.0, 0.0], Ducking(depth_db="auto"), RATE_HZ, [(FIRST + 25_000, FIRST + 30_000)])
    assert [duck.depth_db for duck in found] == [-12.0, 0.0]


def test_the_hold_adds_nothing_behind_the_last_line() -> None:
    for hold_ms in (0, 10_000):
        assert np.array_equal(curve((FIRST, END), ducking=Ducking(depth_db=-9, hold_ms=hold_ms)), curve((FIRST, END)))


def test_dialogue_between_two_lines_is_not_held_down() -> None:
    said = [(0, 2_000), (END + 10_000, END + 20_000)]
    ducking = Ducking(depth_db=-9, hold_ms=2_000)
    assert down(*NEAR, ducking=ducking, said=said)[0].end == END
    assert down(*NEAR, ducking=ducking, said=[(END + 30_000, END + 40_000)])[0].end == END + 30_000


def test_the_film_is_down_so_much_ahead_of_a_line() -> None:
    ducking = Ducking(depth_db=-9, down_ms=300, up_ms=500, ahead_ms=200)
    assert np.array_equal(curve((FIRST, END), ducking=ducking), curve((FIRST - 9_600, END)))


def test_each_line_has_its_own_depth() -> None:
    low = ducks([(50_000, 60_000), (150_000, 160_000)], [-3.0, -12.0], DUCKING, RATE_HZ)
    found = gain(0, WHOLE, low, DUCKING, RATE_HZ)
    assert found is not None
    assert db(found)[[55_000, 155_000]] == pytest.approx([-3, -12], abs=1e-3)


def test_a_line_that_takes_nothing_leaves_the_film_alone() -> None:
    assert gain(0, WHOLE, ducks([(50_000, 60_000)], [0.0], DUCKING, RATE_HZ), DUCKING, RATE_HZ) is None


@given(
    st.lists(st.tuples(st.integers(0, 90_000), st.integers(1_000, 30_000), st.integers(-30, 0)), max_size=4),
    st.integers(0, 600),
    st.integers(0, 800),
)
def test_the_corners_tell_the_whole_curve(placed: list[tuple[int, int, int]], ahead_ms: int, hold_ms: int) -> None:
    ducking = Ducking(ahead_ms=ahead_ms, hold_ms=hold_ms)
    lines, start = [], 0
    for skip, length, _ in placed:
        lines.append((start + skip, start + skip + length))
        start = lines[-1][1]
    low = ducks(lines, [float(depth) for *_, depth in placed], ducking, RATE_HZ)
    found = gain(0, start + UP + 1_000, low, ducking, RATE_HZ)
    points = corners(low, ducking, RATE_HZ) or [(0, 0.0)]
    drawn = np.interp(np.arange(start + UP + 1_000), [at for at, _ in points], [depth for _, depth in points])
    assert np.abs((0 if found is None else db(found)) - drawn).max() < 0.05


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
    low = down(*lines, ducking=ducking)

    def piece(start: int, count: int) -> NDArray[np.float32]:
        found = gain(start, count, low, ducking, RATE_HZ)
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
        {"ahead_ms": -1},
        {"ahead_ms": 10_001},
        {"hold_ms": -1},
        {"hold_ms": 10_001},
        {"ratio_lu": math.nan},
        {"ratio_lu": 41},
        {"cap_db": 1},
        {"cap_db": -61},
    ],
)
def test_a_wrong_choice_is_a_users_error(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="Ducking: "):
        Ducking(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("depth_db", "meant"), [(9, "mean -9?"), (7.5, "mean -7.5?"), (90, None), (-61, None)])
def test_a_depth_without_its_sign_is_told_with_it(depth_db: float, meant: str | None) -> None:
    with pytest.raises(UsageError, match="Ducking: depth_db is") as caught:
        Ducking(depth_db)
    assert caught.value.remedy.endswith(meant or "to 0 dB")
