from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.basic.facts import Facts, Place, Words, moments, read, written
from audiodesc.model import Span

TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).map(str.strip).filter(bool)
SPANS = st.tuples(st.integers(0, 10**8), st.integers(1, 10**5)).map(lambda pair: Span(pair[0], sum(pair)))
WORDS = st.builds(Words, SPANS, TEXTS, st.sampled_from(get_args(Place)), st.integers(0, 100))
FACTS = st.builds(Facts, st.lists(WORDS, max_size=4).map(tuple))


@given(FACTS)
def test_what_is_written_is_read_again(facts: Facts) -> None:
    assert read(written(facts)) == facts


def test_lines_are_readable() -> None:
    plan, news = Words(Span(30_250, 31_000), "PLAN 9", "open", 12), Words(Span(31_000, 32_005), "NEWS", "corner", 4)
    assert written(Facts((plan, news))).split("\n") == [
        "text from 30.250 to 31.000 s, 12 % high: PLAN 9",
        "corner text from 31.000 to 32.005 s, 4 % high: NEWS",
    ]


def test_no_facts_are_no_lines() -> None:
    assert written(Facts()) == ""
    assert read("") == Facts()


@pytest.mark.parametrize("line", ["weather: fine", "text at noon: HIGH", "text at 30.250 s, 12 % high: OLD FORM"])
def test_what_is_not_known_is_passed_over(line: str) -> None:
    assert read(line) == Facts()


def test_texts_that_stand_together_are_one_moment_and_others_are_apart() -> None:
    name, role = Words(Span(1_000, 5_000), "CARLO"), Words(Span(2_000, 6_000), "Engineer")
    later, after = Words(Span(6_000, 8_000), "ROME"), Words(Span(8_000, 9_000), "PARIS")
    assert moments(Facts((after, name, later, role))) == [
        (Span(2_000, 5_000), Facts((name, role))),
        (Span(6_000, 8_000), Facts((later,))),
        (Span(8_000, 9_000), Facts((after,))),
    ]
    assert moments(Facts()) == []
