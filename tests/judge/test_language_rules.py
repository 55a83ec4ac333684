"""Words judged with what stands around them; names used too early, terms that change: only where it is sure."""

from __future__ import annotations

from typing import Any

import pytest
from judge.planted import at, said

from audiodesc.judge import Criteria, judge
from audiodesc.judge.language_rules import ALONE_MS, BESIDE_MS, RECENT, is_english
from audiodesc.model import Cue
from audiodesc.scripts import ScriptLine

GERMAN = [
    "Eine Frau geht langsam durch den dunklen Wald und bleibt vor einer alten Hütte stehen.",
    "Der Mann öffnet die Tür, sieht sich um und setzt sich dann an den Tisch am Fenster.",
]
FRENCH = [
    "Une femme marche lentement dans la forêt et s'arrête devant une vieille cabane, puis elle ouvre la porte."
] * 2
ENGLISH = ["A woman walks through the dark wood and stops in front of an old hut, then she opens the door."] * 2


def rules(lines: list[ScriptLine], cues: list[Cue] | None = None, **choices: Any) -> list[str]:
    return [one.rule for one in judge(lines, cues, Criteria(**choices)).findings if one.rule != "long-silence"]


@pytest.mark.parametrize(
    ("texts", "english"),
    [
        (ENGLISH, True),
        (GERMAN, False),
        (FRENCH, False),
        (["雨が降る。女が歩く。"], False),
        (["Дождь идёт."], False),
        (["Rain falls."], True),
        ([], True),
    ],
)
def test_english_is_told_by_its_words(texts: list[str], english: bool) -> None:
    assert is_english(texts) is english


def test_other_languages_are_not_judged_by_english_words() -> None:
    lines = [at(5, 8, "Hier seems alles still."), *(at(20 + 9 * n, 27 + 9 * n, text) for n, text in enumerate(GERMAN))]
    judgement = judge(lines)
    assert judgement.language == ""
    assert "guesses" in judgement.unjudged
    assert "unjudged" not in [one.rule for one in judgement.findings]
    assert judgement.findings == ()


def test_a_language_that_is_given_is_not_guessed() -> None:
    assert rules([at(5, 8, "Anna seems tired.")], language="de") == []
    assert rules([at(5, 8, "Anna seems tired.")], language="en-GB") == ["guesses"]
    assert "repeats-line" in judge([], criteria=Criteria(language="de")).judged


def test_a_finding_shows_the_words() -> None:
    (finding,) = judge([at(5, 8, "Anna waits, and there is a dog.", number=3)]).findings
    assert finding.message == "'and there is'"
    assert (finding.line, finding.words) == (3, "Anna waits, and there is a dog.")


def test_a_pronoun_needs_somebody_described_before() -> None:
    later = 8 + ALONE_MS / 1000
    assert rules([at(5, 8, "Anna waits."), at(later, later + 2, "She turns.")]) == []
    assert rules([at(5, 8, "Anna waits."), at(later + 1, later + 3, "She turns.")]) == ["pronoun-alone"]
    assert rules([at(5, 8, "It rains on the roof.")]) == []


def test_an_earlier_line_may_be_told_again_after_a_while() -> None:
    others = [at(10 * n, 10 * n + 3, f"A dog barks at car number {n}.") for n in range(1, RECENT + 1)]
    again = at(90, 93, "Rain falls on the roof.")
    assert "repeats-line" not in rules([at(0, 3, "Rain falls on the roof."), *others, again])
    assert "repeats-line" in rules([at(0, 3, "Rain falls on the roof."), *others[:-1], again])


def test_dialogue_far_away_is_no_repeat() -> None:
    line = at(100, 103, "The last ferry leaves.")
    apart = BESIDE_MS / 1000
    assert rules([line], [said(60, 100 - apart - 0.1, "The last ferry leaves.")]) == []
    assert rules([line], [said(100 - apart, 100 - apart + 2, "The last ferry leaves.")]) == ["repeats-dialogue"]


def test_a_sign_may_read_what_somebody_says_and_a_person_may_not() -> None:
    cues = [said(10, 12, "Do not feed the birds.")]
    assert rules([at(5, 8, 'On a board: "Do not feed the birds."')], cues) == []
    assert rules([at(5, 8, 'Tom says, "Do not feed the birds."')], cues) == ["repeats-dialogue"]


def test_what_is_told_of_a_sound_cue_is_no_repeat() -> None:
    assert rules([at(5, 8, "A door slams shut.")], [said(10, 12, "[a door slams shut]", kind="sound")]) == []


@pytest.mark.parametrize(
    "line",
    [
        'A poster reads: "We want you!"',
        "A poster: „We want you!“",
        "A sign: »You decide«.",
        "Une affiche : « You decide ».",
        "A sign: ‹You decide›.",
        "On a banner ''We can, you can'' is painted.",
        "`You win` blinks on the machine.",
        "A neon sign: “You Are Here",
        "Slogan: You can do it.",
        "A slogan in red letters: You can do it.",
        "Words appear: We can.",
        'Anna holds a card: ""We see you"".',
    ],
)
def test_a_slogan_is_nobody_who_is_addressed(line: str) -> None:
    assert rules([at(5, 9, line)], language="en") == []


def test_what_stands_beside_a_slogan_is_still_judged() -> None:
    assert rules([at(5, 9, 'We see a poster: "You decide."')], language="en") == ["third-person"]
    assert rules([at(5, 9, 'A poster: "You decide." You turn away.')], language="en") == []  # read to the line's end
    assert rules([at(5, 9, '"You decide" is on a poster. You turn away.')], language="en") == ["third-person"]


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
