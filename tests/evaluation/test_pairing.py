"""Scripts are paired by time, as their rule says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.evaluation.baselines import by_chance, copied_neighbour
from audiodesc.evaluation.material import paired
from audiodesc.evaluation.model import Options, Pair
from audiodesc.evaluation.pairing import coverage, lines_beside
from audiodesc.model import Span
from audiodesc.scripts import ScriptLine

SPANS = st.lists(
    st.tuples(st.integers(0, 60_000), st.integers(0, 8_000)).map(lambda one: Span(one[0], one[0] + one[1])), max_size=12
)


def line(start_s: float, end_s: float, text: str) -> ScriptLine:
    return ScriptLine(round(start_s * 1000), round(end_s * 1000), text)


def said(ours: list[ScriptLine], human: list[ScriptLine], window_s: float = 3.0) -> list[str]:
    return [pair.ours for pair in paired(ours, human, None, Options(window_s))[0]]


CUE = line(10, 12, "A human cue.")


def test_lines_that_overlap_a_cue_are_its_own_in_order() -> None:
    ours = [line(11, 13, "Second."), line(9, 10.5, "First."), line(12, 14, "It touches."), line(13.5, 14, "Beside it.")]
    assert said(ours, [CUE]) == ["First. Second."]


@pytest.mark.parametrize(
    ("ours", "window_s", "text"),
    [
        (line(14.9, 16, "After."), 3, "After."),
        (line(15.1, 16, "After."), 3, ""),
        (line(5, 7.5, "Before."), 3, "Before."),
        (line(5, 6.9, "Before."), 3, ""),
        (line(12.001, 13, "After."), 0, ""),
        (line(12, 13, "It touches."), 0, "It touches."),
    ],
)
def test_a_line_beside_a_cue_counts_within_the_window(ours: ScriptLine, window_s: float, text: str) -> None:
    assert said([ours], [CUE], window_s) == [text]


def test_of_lines_beside_a_cue_the_nearest_counts() -> None:
    assert said([line(8, 9, "One second."), line(12.5, 13, "Half of one.")], [CUE]) == ["Half of one."]


def test_a_long_line_stands_for_every_cue_under_it() -> None:
    human = [CUE, line(14, 15, "Another.")]
    assert said([line(9, 20, "All the while.")], human) == ["All the while."] * 2


def test_cues_without_length_are_paired_all_the_same() -> None:
    assert said([line(10, 10, "At once.")], [line(10, 10, "A cue.")], 0) == ["At once."]


def test_no_line_is_no_text() -> None:
    assert said([], [CUE]) == [""]


def test_coverage_counts_cues_lines_and_time() -> None:
    cues = [Span(0, 2_000), Span(10_000, 12_000), Span(20_000, 24_000), Span(50_000, 51_000)]
    lines = [Span(1_000, 3_000), Span(12_500, 13_000), Span(20_000, 24_000), Span(70_000, 71_000)]
    found = coverage(cues, lines, lines_beside(cues, lines, 3_000))
    assert (found.cues, found.overlapped, found.near, found.empty) == (4, 2, 1, 1)
    assert (found.lines, found.extra) == (4, 1)
    assert (found.human_ms, found.both_ms) == (9_000, 5_000)


@given(cues=SPANS, lines=SPANS, window_ms=st.integers(0, 5_000))
def test_coverage_adds_up_and_grows_with_the_window(cues: list[Span], lines: list[Span], window_ms: int) -> None:
    found, wider = (
        coverage(cues, lines, lines_beside(cues, lines, window)) for window in (window_ms, window_ms + 2_000)
    )
    assert found.overlapped + found.near + found.empty == found.cues == len(cues)
    assert found.human_ms is not None
    assert found.both_ms is not None
    assert 0 <= found.both_ms <= found.human_ms
    assert wider.empty <= found.empty
    assert wider.overlapped == found.overlapped


@given(spans=SPANS)
def test_a_script_covers_itself(spans: list[Span]) -> None:
    found = coverage(spans, spans, lines_beside(spans, spans, 0))
    assert (found.overlapped, found.empty, found.extra) == (len(spans), 0, 0)
    assert found.both_ms == found.human_ms


def test_a_neighbour_is_the_cue_before_in_the_same_film() -> None:
    pairs = [Pair(text, "", film=film) for film, text in (("a", "1"), ("b", "2"), ("a", "3"), ("b", "4"), ("a", "5"))]
    assert copied_neighbour(pairs) == ["", "", "1", "2", "3"]


@given(count=st.integers(2, 40), seed=st.integers(0, 99))
def test_chance_uses_each_cue_once_and_never_for_itself(count: int, seed: int) -> None:
    texts = [str(number) for number in range(count)]
    drawn = by_chance(texts, seed)
    assert sorted(drawn) == sorted(texts)
    assert all(one != text for one, text in zip(drawn, texts, strict=True))
    assert by_chance(texts, seed) == drawn
    assert by_chance(texts[:1], seed) == [""]
