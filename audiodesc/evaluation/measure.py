"""What a measure is: the type of the rows of `measures`, what they are given and what they give.

A new measure is one function and one row: it gets the texts of one system and the human ones, and gives numbers for
each cue (or window, or question) and how these make the score of all (`Measured`), from which intervals, table, JSON
and page follow; or why it cannot be had (`Missing`). What a model or a server judges is no different.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audiodesc.evaluation.bootstrap import Measured
from audiodesc.evaluation.model import Options


@dataclass(frozen=True, slots=True)
class Texts:
    """What is scored: for each human cue what is said in its place, and the film or clip that it is of."""

    said: Sequence[str]
    human: Sequence[str]
    films: Sequence[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a measure cannot be had here, and what would bring it."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its `name` in the JSON and its `title` for people; the `source` that defines it; what computes it,
    from 0 to 100 where the title says nothing else; `how`, in which version and with which model, asked for where it
    was computed."""

    name: str
    title: str
    source: str
    measure: Callable[[Texts, Options], Measured | Missing]
    how: Callable[[Options], str]
