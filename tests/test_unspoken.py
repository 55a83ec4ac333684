"""Where no line is spoken it is said why, and what helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.model import Gap, Line, Outcome, Segment, Span, SpokenLine
from audiodesc.report.unspoken import NOTHING, unspoken
from audiodesc.settings import Settings

PAUSE = Gap(Span(0, 5_000))
BASIC = "basic/2 ocr"


def outcome(text: str, reason: str = "", spoken: bool = False) -> Outcome:
    segment = Segment(PAUSE, PAUSE.span, 0, 9)
    speech = SpokenLine(Line(segment, text, "m"), Path("clip.wav"), Span(0, 900), 1.0) if spoken else None
    return Outcome(segment, "", text, "m", speech, reason)


def told(
    outcomes: list[Outcome],
    pauses: int = 2,
    settings: Settings | None = None,
    describer: str = "server x",
) -> str:
    """The message, without how it begins."""
    (message,) = unspoken([PAUSE] * pauses, outcomes, settings or Settings(), describer)
    assert message.startswith(f"{NOTHING}: ")
    return message


def test_where_one_line_is_spoken_nothing_is_said() -> None:
    outcomes = [outcome(""), outcome("Snow.", spoken=True), outcome("Ice.", "it does not fit")]
    assert list(unspoken([PAUSE], outcomes, Settings(), BASIC)) == []


def test_a_film_without_a_pause() -> None:
    message = told([], pauses=0, settings=Settings(shortest_ms=1_500, margin_ms=250))
    assert "no pause of 1.5 s with 0.25 s" in message
    assert "--shortest" in message
    assert "--protect" not in message


def test_songs_and_sounds_that_are_protected_may_be_why_there_is_no_pause() -> None:
    assert "leave out --protect-lyrics;" in told([], 0, Settings(protect_lyrics=True))
    both = Settings(protect_lyrics=True, protect_sounds=True)
    assert "leave out --protect-lyrics or --protect-sounds;" in told([], 0, both)


def test_a_describer_that_saw_nothing() -> None:
    message = told([outcome(""), outcome("")], describer=BASIC)
    assert "nothing that it was sure of in 2 looks (basic" in message
    assert "--describer" in message
    assert "in 1 look;" in told([outcome("")])


@pytest.mark.parametrize(("describer", "is_said"), [(BASIC, True), ("server x", False)])
def test_that_basic_only_reads_is_said(describer: str, is_said: bool) -> None:
    assert ("only reads the text on the screen" in told([outcome("")], describer=describer)) == is_said


def test_a_plan_that_asks_for_no_line() -> None:
    assert "--density full" in told([], pauses=1)
    assert "in 1 pause nothing" in told([], pauses=1)


def test_lines_that_are_all_left_out_with_the_commonest_reason() -> None:
    one = outcome("Snow.", "dialogue there")
    assert "the only line is left out (dialogue there)" in told([one])
    assert "all 3 lines are left out (2 of them: dialogue there)" in told([one, outcome("Ice.", "too long"), one])
    assert "all 2 lines are left out (dialogue there)" in told([one, outcome(""), one])
