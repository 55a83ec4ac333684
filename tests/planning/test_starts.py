from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.model import Span
from audiodesc.planning.costs import LOST
from audiodesc.planning.starts import changes

CUTS = st.lists(st.integers(0, 100_000), max_size=20, unique=True).map(sorted)


def test_a_shot_weighs_one_for_its_cut_and_a_tenth_for_each_second() -> None:
    found = changes([5_500], 8_000)
    assert found.times == (0, 1_000, 2_000, 3_000, 4_000, 5_000, 5_500, 6_500, 7_500)
    assert [b - a for a, b in zip(found.weights, found.weights[1:], strict=False)] == [10, 1, 1, 1, 1, 1, 10, 1, 1]


def test_of_cuts_that_follow_each_other_fast_only_the_first_counts() -> None:
    assert changes([10_000, 11_000, 12_900, 13_000], 13_500).weights == changes([10_000, 13_000], 13_500).weights


def test_what_comes_after_the_end_does_not_count() -> None:
    assert changes([5_000, 9_000], 9_000) == changes([5_000], 9_000)


def test_of_what_stands_still_no_second_counts_but_the_cut_does() -> None:
    found = changes([5_000], 10_000, [Span(2_000, 3_500), Span(5_000, 8_000)])
    assert found.times == (0, 1_000, 2_000, 4_000, 5_000, 9_000)
    assert changes([5_000], 10_000, [Span(2_100, 3_900)]) == changes([5_000], 10_000)


@given(CUTS, st.integers(1, 100_000), st.data())
def test_waiting_costs_what_each_change_waits(cuts: list[int], end_ms: int, data: st.DataObject) -> None:
    found = changes(cuts, end_ms)
    time_ms = data.draw(st.integers(0, end_ms + 50_000))
    end = found.until(time_ms)
    first = data.draw(st.integers(0, end))
    weights = [b - a for a, b in zip(found.weights, found.weights[1:], strict=False)]
    waits = [(w, time_ms - t) for t, w in zip(found.times[first:end], weights[first:end], strict=True)]
    told = sum(weight * ms for weight, ms in waits if ms <= LOST)
    lost = sum(weight for weight, ms in waits if ms > LOST)
    assert found.waiting(first, end, found.given_up(time_ms), time_ms) == told // 10 + lost * LOST // 10
