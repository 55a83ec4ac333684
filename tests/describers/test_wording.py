from __future__ import annotations

import re
from typing import get_args

import pytest

from audiodesc.describers.facts import Change, Facts, Light, Movement
from audiodesc.describers.scenery import HUES
from audiodesc.describers.wording import PHRASES, scenery_lines, text_line

EVERYTHING = [
    *(Facts(light=light) for light in get_args(Light) if light),
    *(Facts(change=change) for change in get_args(Change) if change),
    *(Facts(movement=movement) for movement in get_args(Movement) if movement),
    *(Facts(colour=hue) for hue in HUES),
    Facts(faces=1, near=1),
    Facts(faces=2, near=2),
    Facts(faces=5, near=3),
    Facts(faces=2),
    Facts(faces=5),
]
FORBIDDEN = re.compile(r"\b(camera|shot|scene|frame|screen|picture|we|you|there is|appears?|seems?)\b", re.IGNORECASE)


@pytest.mark.parametrize("language", sorted(PHRASES))
@pytest.mark.parametrize("facts", EVERYTHING)
def test_every_fact_is_one_short_statement(facts: Facts, language: str) -> None:
    (line,) = scenery_lines(facts, language)
    assert line[0].isupper()
    assert line.endswith(".")
    assert "{" not in line
    assert len(line.split()) <= 6


@pytest.mark.parametrize("facts", EVERYTHING)
def test_no_words_of_film_making(facts: Facts) -> None:
    assert not FORBIDDEN.search(" ".join(scenery_lines(facts, "en")))


def test_a_change_of_light_is_no_claim_about_the_place() -> None:
    lines = " ".join(scenery_lines(Facts(change=change), "en")[0] for change in get_args(Change) if change)
    assert lines == "Now it is darker. Now it is brighter."


def test_one_face_that_is_not_near_is_not_worth_a_line() -> None:
    assert scenery_lines(Facts(faces=1), "en") == []


def test_statements_differ() -> None:
    lines = [line for facts in EVERYTHING for line in scenery_lines(facts, "en")]
    assert len(set(lines)) == len(EVERYTHING)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Text on screen: The Last Ferry. Paris, 1944."),
        ("en-GB", "Text on screen: The Last Ferry. Paris, 1944."),
        ("DE_at", "Text im Bild: The Last Ferry. Paris, 1944."),
        ("fr", "Texte à l’écran : The Last Ferry. Paris, 1944."),
        ("es-MX", "Texto en pantalla: The Last Ferry. Paris, 1944."),
        ("ja", "The Last Ferry. Paris, 1944."),
    ],
)
def test_label_of_the_language(language: str, line: str) -> None:
    assert text_line(["THE LAST FERRY", "Paris, 1944"], language) == line


def test_a_question_keeps_its_sign() -> None:
    assert text_line(["WHO GOES THERE?"], "en") == "Text on screen: Who Goes There?"


def test_a_language_without_statements_has_no_scenery() -> None:
    assert scenery_lines(Facts(light="black", faces=2, movement="fast"), "ja") == []
