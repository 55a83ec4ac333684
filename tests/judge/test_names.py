"""Names told too early, and terms that change: only where it is sure."""

from __future__ import annotations

import pytest
from planted import at, said

from audiodesc.judge import judge
from audiodesc.model import Cue
from audiodesc.scripts import ScriptLine


def found(rule: str, lines: list[ScriptLine], cues: list[Cue] | None = None) -> list[str]:
    return [one.message for one in judge(lines, cues).findings if one.rule == rule]


WAVES = at(60, 62, "On the pier, Anna waves.")


@pytest.mark.parametrize("call", ["Anna!", "Listen, Anna.", "Hey Anna, wait.", "I know. Anna, where were you?"])
def test_a_name_by_which_somebody_is_called_later_is_early(call: str) -> None:
    assert found("early-name", [WAVES], [said(540, 542, call)]) == ["the dialogue first says 'Anna' at 9:00"]


def test_a_speakers_name_counts_when_it_is_said() -> None:
    cues = [said(540, 542, "I met Anna there", speaker="Tom"), said(545, 547, "So?", speaker="Anna")]
    assert len(found("early-name", [WAVES], cues)) == 1
    assert found("early-name", [WAVES], cues[1:]) == []  # a label is read, not heard: the film may name her otherwise


@pytest.mark.parametrize(
    ("line", "cue"),
    [
        (at(60, 62, "Anna waves."), said(50, 52, "Anna!")),
        (at(60, 62, "Anna waves."), said(64, 66, "Anna!")),
        (at(60, 62, "The machine stops."), said(540, 542, "Stop. The machine! Machine!")),
        (at(60, 62, "Rain falls. Good."), said(540, 542, "Good.")),
        (at(60, 62, "In Paris, rain falls."), said(540, 542, "I was in Paris once")),
        (at(60, 62, "Mum waves."), said(540, 542, "Mum!")),
        (at(60, 62, "A woman waves."), said(540, 542, "Anna!")),
    ],
)
def test_what_may_be_right_is_no_finding(line: ScriptLine, cue: Cue) -> None:
    lower = at(700, 702, "A good machine stops.")
    assert found("early-name", [line, lower], [cue]) == []


def test_a_name_is_told_of_once() -> None:
    again = at(70, 72, "Anna's hat falls.")
    assert len(found("early-name", [at(60, 62, "Anna's hat flies."), again, WAVES], [said(540, 542, "Anna!")])) == 1


@pytest.mark.parametrize(("one", "other"), [("An elevator", "the lift"), ("A truck", "A lorry"), ("A gray", "A grey")])
def test_two_words_for_one_thing(one: str, other: str) -> None:
    lines = [at(5, 8, f"{one} waits."), at(20, 23, f"Behind it, {other} waits."), at(30, 33, f"Again {one} waits.")]
    assert len(found("constant-terms", lines)) == 1
    assert found("constant-terms", [lines[0], lines[2]]) == []


def test_to_lift_is_no_elevator() -> None:
    assert found("constant-terms", [at(5, 8, "An elevator opens."), at(20, 23, "Anna lifts a bag.")]) == []


def test_a_name_that_is_misspelled_once() -> None:
    often = [at(10 * n, 10 * n + 3, f"On the stairs, Proogan turns {n}.") for n in range(3)]
    once = at(50, 53, "By the wall, Progan waits.")
    assert found("constant-terms", [*often, once]) == ["'Progan' is 'Proogan' elsewhere"]
    assert found("constant-terms", [*often, once], [said(70, 72, "Progan!")]) == []
    assert found("constant-terms", [*often[:2], once]) == []
    assert found("constant-terms", [*often, at(50, 53, "By the wall, Proogans wait.")]) == []
    assert found("constant-terms", [*often, at(50, 53, "By the wall, Brogan waits.")]) == []
