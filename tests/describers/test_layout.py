from __future__ import annotations

import pytest

from audiodesc.describers.basic.layout import Line, blocks


def line(text: str, centre: tuple[float, float], width: float = 0.3, height: float = 0.06) -> Line:
    x, y = centre
    return Line(text, x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def texts(*lines: Line) -> list[list[str]]:
    return [[line.text for line in block] for block, _ in blocks(lines)]


def place(*lines: Line) -> str:
    ((_, place),) = blocks(lines)
    return place


def test_lines_under_each_other_are_read_from_the_top() -> None:
    assert texts(line("C", (0.5, 0.64)), line("A", (0.5, 0.5)), line("B", (0.5, 0.57))) == [["A", "B", "C"]]


def test_parts_of_a_line_are_read_from_the_left() -> None:
    assert texts(line("B", (0.6, 0.51), 0.2), line("A", (0.35, 0.5), 0.2)) == [["A", "B"]]


def test_what_is_apart_is_apart() -> None:
    assert texts(line("A", (0.3, 0.2)), line("B", (0.3, 0.5)), line("C", (0.8, 0.2))) == [["A"], ["C"], ["B"]]


def test_a_small_line_between_large_ones_belongs_to_them() -> None:
    lines = line("PLAN 9", (0.5, 0.3), height=0.2), line("FROM", (0.5, 0.45)), line("SPACE", (0.5, 0.6), height=0.2)
    assert texts(*lines) == [["PLAN 9", "FROM", "SPACE"]]


def test_smaller_lines_at_the_end_say_something_else() -> None:
    assert texts(line("ANNA", (0.5, 0.5), height=0.1), line("DOCTOR", (0.5, 0.6))) == [["ANNA"], ["DOCTOR"]]


def test_a_name_in_capitals_is_apart_from_what_the_person_is() -> None:
    assert texts(line("OMAR", (0.3, 0.8)), line("Software Engineer", (0.3, 0.86))) == [["OMAR"], ["Software Engineer"]]


def test_a_small_initial_goes_on() -> None:
    assert texts(line("BLUE FILMS", (0.5, 0.5)), line("presents", (0.5, 0.55), height=0.03)) == [
        ["BLUE FILMS", "presents"]
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("Title", (0.5, 0.5))], "open"),
        ([line("Come in.", (0.5, 0.9))], "low"),
        ([line("Come in.", (0.5, 0.84)), line("Sit down.", (0.53, 0.91), 0.2)], "low"),
        ([line("Huge", (0.5, 0.85), height=0.15)], "open"),
        ([line("Paris", (0.25, 0.85))], "open"),
        ([line("Anna", (0.18, 0.8), 0.1), line("doctor of the town", (0.45, 0.86), 0.64)], "open"),
        ([line("NEWS", (0.08, 0.07), 0.1)], "corner"),
        ([line("LIVE", (0.93, 0.94), 0.08)], "corner"),
        ([line("NEWS", (0.08, 0.5), 0.1)], "open"),
        ([line("A long line at the top", (0.4, 0.07), 0.7)], "open"),
    ],
)
def test_place(lines: list[Line], expected: str) -> None:
    assert place(*lines) == expected


def test_no_lines_are_no_blocks() -> None:
    assert blocks([]) == []
