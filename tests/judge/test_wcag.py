"""The statement: what is met, what is not and where, and what nobody checked. Never more than the findings bear out."""

from __future__ import annotations

from typing import Any

import pytest
from judge.planted import at, said

from audiodesc.judge import Criteria, judge
from audiodesc.model import Cue
from audiodesc.scripts import Fault, ScriptLine

GOOD = [at(5, 8), at(20, 23, "Rain falls on the roof.")]
TALK = [said(9, 12), said(30, 32)]
BOTH = "1.2.5 Audio Description (Prerecorded, AA) and, by it, 1.2.3 (A)"


def stated(lines: list[ScriptLine], cues: list[Cue] | None = None, **known: Any) -> str:
    text = judge(lines, cues, **known).statement
    assert "\n" not in text
    assert text.count("1.2.5") == text.count("1.2.3") == text.count("1.2.7") == 1
    return text


def test_a_script_in_the_pauses_has_no_fault_as_far_as_times_show() -> None:
    text = stated(GOOD, TALK, cuts=[])
    assert f"No fault found against {BOTH}, as far as times can show" in text
    assert "upports 1.2.5" not in text
    assert "was not judged" not in text
    assert "true and tell what matters was not checked" in text


def test_pauses_that_nobody_looked_at_are_owned_to() -> None:
    assert "whether usable pauses are empty was not judged" in stated(GOOD, TALK)


def test_lines_over_dialogue_are_named_with_their_time() -> None:
    text = stated([*GOOD, at(3_725, 3_728)], [*TALK, said(3_726, 3_727)])
    assert f"Partially supports {BOTH} at best: 1 line lost, without room, over dialogue" in text
    assert "at 1:02:05" in text
    assert "Does not support 1.2.7" in text


def test_a_script_whose_lines_are_all_lost_supports_nothing() -> None:
    text = stated([at(95, 98), at(120, 123)], TALK, duration_ms=90_000)
    assert f"Does not support {BOTH}: all 2 lines lost" in text
    assert "artially" not in text


def test_what_the_file_lacks_is_no_lost_line() -> None:
    faults = [Fault("unread", "no times", 9), Fault("empty", "a cue without words", line=at(40, 42, ""))]
    text = stated(GOOD[:1], TALK, faults=faults)
    assert f"Partially supports {BOTH} at best: 2 faults in the file itself (at line 9, 0:00:40)" in text
    assert "lost, without room" not in text


def test_the_speed_of_cues_that_are_far_too_short_is_not_told() -> None:
    assert "words a minute" in stated(GOOD, TALK)
    assert "words a minute" not in stated([at(5, 5.1)], TALK)


def test_empty_pauses_are_f113() -> None:
    text = stated([GOOD[0], at(13, 16, "Rain falls.")], TALK, cuts=[14_000], duration_ms=32_000)
    assert "F113" not in text  # a line stands there
    text = stated(GOOD[:1], TALK, cuts=[14_000])
    assert "F113 where the change matters (at 0:00:12)" in text
    assert "Partially supports" in text


def test_a_pause_in_which_a_line_is_short_is_not_well_used() -> None:
    """One line of a second in a pause of 17 s, in which the picture changes every second."""
    text = stated([at(9, 10, "Rain falls.")], [said(0, 8), said(25, 35)], cuts=range(9_000, 28_000, 1_000))
    assert "F113 where the change matters (at 0:00:10)" in text


def test_many_places_are_counted_not_listed() -> None:
    lines = [at(60 * n, 60 * n + 2) for n in range(1, 10)]
    cues = [said(60 * n, 60 * n + 2) for n in range(1, 10)]
    assert "0:06:00 and 3 more" in stated(lines, cues)


def test_without_subtitles_nothing_is_claimed() -> None:
    text = stated(GOOD)
    assert f"Not evaluated: {BOTH}; no subtitles were given" in text
    assert "Supports" not in text


def test_a_rule_switched_off_earns_nothing() -> None:
    off = Criteria(disable=("over-dialogue",))
    assert "Not evaluated: 1.2.5" in stated([at(10, 11)], TALK, criteria=off)


def test_an_extended_description_says_on_what_it_rests() -> None:
    text = stated([at(10, 10.1), at(20, 20.1)], TALK, criteria=Criteria(extended=True))
    assert "No fault found against 1.2.7" in text
    assert "as was assumed here" in text
    late = stated([at(10, 10.1), at(95, 96)], TALK, criteria=Criteria(extended=True), duration_ms=90_000)
    assert "Partially supports 1.2.7" in late


def test_no_lines_support_nothing() -> None:
    assert "Does not support" in stated([], TALK)
    assert "Supports" not in stated([], TALK)


def test_no_line_where_there_is_no_pause_is_not_held_against_the_film() -> None:
    full = [said(0, 40), said(40.5, 90)]
    for lines in ([], [at(10, 13)], [at(10, 13), at(20, 23)]):
        text = stated(lines, full, duration_ms=90_000, cuts=[10_000])
        assert "support" not in text.casefold()
        assert f"Not evaluated: {BOTH}" in text
        assert "no usable pause" in text
        assert "a person must judge" in text


@pytest.mark.parametrize("minutes", [1, 90])
@pytest.mark.parametrize("extended", [False, True])
def test_of_one_line_in_a_film_nothing_is_claimed(minutes: int, extended: bool) -> None:
    text = stated(GOOD[:1], TALK, cuts=[], duration_ms=minutes * 60_000, criteria=Criteria(extended=extended))
    assert "No fault found" not in text
    assert "1 line in all is too few to judge by times" in text


def test_of_two_lines_in_a_long_film_nothing_is_claimed() -> None:
    assert "No fault found" not in stated(GOOD, TALK, cuts=[], duration_ms=90 * 60_000)
    assert "No fault found" in stated(GOOD, TALK, cuts=[], duration_ms=60_000)


@pytest.mark.parametrize("heard", [None, []])
def test_speech_that_was_not_looked_for_is_owned_to(heard: list[Any] | None) -> None:
    assert ("was not looked for" in stated(GOOD, TALK, heard=heard)) is (heard is None)


def test_long_silences_are_left_to_a_person() -> None:
    text = stated([*GOOD, at(300, 303)], TALK)
    assert "Long stretches have no line (at 0:00:23)" in text
    assert "No fault found against 1.2.5" in text
