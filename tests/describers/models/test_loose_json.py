"""Objects are found wherever a model puts them, whatever else it says."""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import pytest

from audiodesc.describers.models.loose_json import LONGEST, MOST_BRACKETS, Found, named, objects

KNOWN = frozenset({"line", "why"})


def lines(answer: str) -> list[Any]:
    return [found.fields.get("line") for found in objects(answer, KNOWN)[0]]


@pytest.mark.parametrize(
    "answer",
    [
        '{"line": "Snow falls."}',
        'Of course: {"line": "Snow falls."} Is that all right?',
        '```json\n{"line": "Snow falls."}\n```',
        '<think>{"line": "Rain?"}</think> {"line": "Snow falls."}',
        '[{"line": "Snow falls."}]',
        '{"answer": {"line": "Snow falls."}}',
        '{"Line": "Snow falls.", "_line_": "Snow falls."}',
        "{'line': 'Snow falls.'}",
        "{line: Snow falls.}",
        '{"line": "Snow falls.',
    ],
)
def test_an_object_is_found(answer: str) -> None:
    assert lines(answer) == ["Snow falls."]


def test_what_had_to_be_repaired_is_marked() -> None:
    found, too_long = objects('{"line": "A"} {"x": 1} {"why": "B", ', KNOWN)
    assert found == (Found({"line": "A"}, False), Found({"why": "B"}, True))
    assert not too_long


def test_a_field_that_is_not_known_makes_no_answer() -> None:
    assert objects('{"x": 1} {"y": {"z": {"line": "too deep"}}}', KNOWN) == ((), False)


def test_the_end_of_a_long_answer_is_not_read() -> None:
    at_the_end = '{"line": "A"}' + " " * LONGEST + '{"line": "B"}'
    assert (lines(at_the_end), objects(at_the_end, KNOWN)[1]) == (["A"], True)
    brackets = '{"line": 1}' * (MOST_BRACKETS + 1)
    assert (lines(brackets), objects(brackets, KNOWN)[1]) == ([1] * MOST_BRACKETS, True)
    assert not objects('{"line": 1}' * MOST_BRACKETS, KNOWN)[1]


def test_deep_nesting_is_no_fault_even_where_the_stack_is_short() -> None:
    deep = '{"line": ' + "[" * (MOST_BRACKETS - 2) + "{,"
    room = 150

    def further_down(levels: int) -> list[Any]:
        return further_down(levels - 1) if levels else lines(deep)

    assert further_down(sys.getrecursionlimit() - len(inspect.stack()) - room) in ([], [None])


def test_names_are_compared_without_case_and_punctuation() -> None:
    assert named({"Shot Type": 1, "IS_main-subject": 2, 3: 4}) == {"shottype": 1, "ismainsubject": 2, "3": 4}
    assert named(json.loads("[1]")) == {}
