"""English words by what they are: which stand for each other, which carry nothing, which are no names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

_WORDS: Final[Mapping[str, Any]] = tomllib.loads(files("audiodesc.core").joinpath("english.toml").read_text("utf-8"))

GROUPS: Final[tuple[tuple[str, ...], ...]] = tuple(tuple(group.split()) for group in _WORDS["groups"])
"""Of a group one word stands for another; a word may be of several groups."""

LITTLE, ARTICLES, PREPOSITIONS, COLOURS, WRITTEN, NOBODY, WHERE = (
    frozenset(str(_WORDS[name]).split())
    for name in ("little", "articles", "prepositions", "colours", "written", "nobody", "where")
)
"""What carries nothing; what begins a noun phrase, twice; colours; what a line calls that which it reads out; what
names nobody though it may have a capital; and what says where or when at the beginning of a sentence."""

IRREGULAR: Final[Mapping[str, str]] = _WORDS["irregular"]
"""Plural -> singular."""

NUMBERS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
)


@cache
def common_words() -> frozenset[str]:
    """Words that are no names of people, and their plurals."""
    known = {word for group in GROUPS for word in group} | LITTLE | COLOURS | NOBODY | WHERE | IRREGULAR.keys()
    return frozenset({*known, *(f"{word}s" for word in known), *NUMBERS})
