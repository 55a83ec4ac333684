from __future__ import annotations

from dataclasses import replace

import pytest

from audiodesc.describers.about import About
from audiodesc.describers.writer import go_on_line, write_line
from audiodesc.model import LineRequest

BRIEF = LineRequest("A woman opens a door.", 6, "en", previous_lines=("Rain falls.",))
LONG = "Anna slowly opens the old red door."


class Model:
    """Gives the answers in turn and keeps the questions."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (['"Anna opens the door."'], ("Anna opens the door.",)),
        (["SKIP"], ()),
        ([""], ()),
        ([LONG, "Anna opens the door."], ("Anna opens the door.",)),
        ([LONG, LONG], ()),
        ([LONG, "SKIP"], ()),
        ([LONG, "We see Anna."], ("We see Anna.",)),
        (["We see Anna.", LONG], ("We see Anna.",)),
        (["We see Anna.", "You see Anna."], ("You see Anna.",)),
        (["We see Anna.", "There is, as if you see her."], ("We see Anna.",)),
        (["Rain falls.", "Rain falls."], ()),
        (["Rain falls.", "The gutter overflows."], ("The gutter overflows.",)),
    ],
)
def test_what_comes_of_answers(answers: list[str], line: tuple[str, ...]) -> None:
    model = Model(*answers)
    assert write_line(model, BRIEF, About()) == line
    assert model.answers == []


def test_an_answer_in_another_language_is_asked_for_again_and_never_told() -> None:
    german, english = "Die alte Frau öffnet langsam die rote Tür.", "The old woman opens the red door."
    brief = replace(BRIEF, max_words=12, previous_lines=())
    model = Model(german, english)
    assert write_line(model, brief, About()) == (english,)
    assert "write it in English" in model.asked[1]
    assert write_line(Model(german, german), brief, About()) == ()
    assert write_line(Model(german), replace(brief, language="de"), About()) == (german,)


def test_a_base_model_is_asked_once_and_its_first_line_is_taken() -> None:
    model = Model(" Anna opens the door.\n\nSeen: 1. WHO: a man")
    assert go_on_line(model, BRIEF) == ("Anna opens the door.",)
    assert model.asked[0].endswith("Line of at most 6 words:")
    assert go_on_line(Model(LONG), BRIEF) == ()
    assert go_on_line(Model(), replace(BRIEF, facts=" ")) == ()


def test_the_second_question_names_the_fault() -> None:
    model = Model(LONG, "Anna opens the door.")
    write_line(model, BRIEF, About())
    assert LONG in model.asked[1]
    assert "it has 7 words, and there is time for 6" in model.asked[1]


@pytest.mark.parametrize("brief", [replace(BRIEF, facts=" \n"), replace(BRIEF, max_words=0)])
def test_nothing_is_asked_where_nothing_can_be_told(brief: LineRequest) -> None:
    assert write_line(Model(), brief, About()) == ()
