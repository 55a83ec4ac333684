from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.facts import Change, Facts, Light, Movement, Place, Words, read, written

TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).map(str.strip).filter(bool)
WORDS = st.builds(Words, st.integers(0, 10**8), TEXTS, st.sampled_from(get_args(Place)), st.integers(0, 100))
FACTS = st.builds(
    Facts,
    st.lists(WORDS, max_size=4).map(tuple),
    st.sampled_from(get_args(Light)),
    st.sampled_from(get_args(Change)),
    st.sampled_from(["", "blue"]),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from(get_args(Movement)),
)


@given(FACTS)
def test_what_is_written_is_read_again(facts: Facts) -> None:
    assert read(written(facts)) == facts


def test_lines_are_readable() -> None:
    facts = Facts((Words(30_250, "PLAN 9", "open", 12), Words(31_000, "NEWS", "corner", 4)), "black", faces=2, near=1)
    assert written(facts).split("\n") == [
        "text at 30.250 s, 12 % high: PLAN 9",
        "corner text at 31.000 s, 4 % high: NEWS",
        "light: black",
        "faces: 2",
        "near faces: 1",
    ]


def test_no_facts_are_no_lines() -> None:
    assert written(Facts()) == ""
    assert read("") == Facts()


@pytest.mark.parametrize("line", ["weather: fine", "light: purple", "faces: many", "text at noon: HIGH", "light black"])
def test_what_is_not_known_is_passed_over(line: str) -> None:
    assert read(f"{line}\nmovement: fast") == Facts(movement="fast")
