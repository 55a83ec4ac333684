"""What a person wants of other lines: which are repeats of those that are offered, and what of a hint is asked."""

from __future__ import annotations

import json
from dataclasses import fields
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core import cache
from audiodesc.describers.base import LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.prompts import line_prompt, prompt_texts, retry_prompt
from audiodesc.describers.rules import broken_rules
from audiodesc.describers.wishes import LONGEST_HINT, Wish, WishRequest, plain_hint, wished

PLAIN = LineRequest("1. WHO: a woman", 9, "en", ("Rain falls.",), now_s=2.0)
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
WALK = "A woman walks along the street."


@pytest.mark.parametrize(
    ("line", "another", "shorter"),
    [
        (WALK, True, True),
        ("The woman walks along the street!", True, True),
        ("The woman walks down the street.", True, False),
        ("A woman walks.", True, False),
        ("A woman walks along the street, a letter in her hand.", False, False),
        ("She crosses the road.", False, False),
    ],
)
def test_what_says_the_same_is_a_repeat_and_a_part_only_where_nothing_shorter_is_wanted(
    line: str, another: bool, shorter: bool
) -> None:
    assert bool(Wish((WALK,)).repeated(line)) is another
    assert bool(Wish((WALK,), shorter=True).repeated(line)) is shorter
    broken = [one.rule for one in broken_rules(line, wished(PLAIN, Wish((WALK,))))]
    assert ("repeat" in broken) is another


def test_what_the_next_line_says_is_left_to_it() -> None:
    for shorter in (False, True):
        assert Wish((), (WALK,), shorter=shorter).repeated("A woman walks.") == WALK


def test_a_question_without_a_wish_is_what_it_was() -> None:
    """Else what was answered, and perhaps paid for, would be asked for again."""
    more = {one.name for one in fields(WishRequest)} - {one.name for one in fields(LineRequest)}
    assert more == {"wish"}
    assert cache.key("tell", 3, request=PLAIN) != cache.key("tell", 3, request=wished(PLAIN, Wish()))
    assert line_prompt(wished(PLAIN, Wish()), FilmContext()) == line_prompt(PLAIN, FilmContext())


def test_a_second_try_has_the_wish_too() -> None:
    request = wished(PLAIN, Wish((WALK,), ("Snow falls.",), "mention the letter"))
    assert isinstance(request, WishRequest)
    prompt = retry_prompt(request, FilmContext(), WALK, broken_rules(WALK, request))
    assert prompt.startswith(line_prompt(request, FilmContext()))
    for part in (WALK, "Snow falls.", '"mention the letter"', "it is to be another line than"):
        assert part in prompt


def test_what_is_asked_can_be_read() -> None:
    assert {"write.offered", "write.following", "write.hint"} <= set(prompt_texts())


@given(st.text(max_size=LONGEST_HINT))
def test_a_hint_is_one_json_string_whatever_is_in_it(text: str) -> None:
    hint = plain_hint(text)
    assert plain_hint(hint) == hint
    assert hint == hint.strip()
    assert not {category(char) for char in hint} & {"Cc", "Cs"}
    assert not set(hint) & TURNING
    prompt = line_prompt(wished(PLAIN, Wish(hint=hint)), FilmContext())
    if hint:
        rest = prompt.removeprefix(line_prompt(PLAIN, FilmContext()))
        written = next(row for row in rest.split("\n") if row.startswith('"'))
        assert json.loads(written) == hint
