"""Who is named in a line, and by which look, in the languages of the lines."""

from __future__ import annotations

from time import thread_time

import pytest

from audiodesc.describers.appearances import HEADS, appearances_in
from audiodesc.describers.base import LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.people import ledger, misnamed
from audiodesc.describers.rules import broken_rules

NOBODY = FilmContext()


@pytest.mark.parametrize(
    "line",
    [
        "Outside, a bearded man waits.", "Inside, the tall woman sits.", "Meanwhile, a bald man runs.",
        "In Paris, a bearded man waits.", "Paris, a bearded man waits.", "Later, a woman with a cane enters.",
        "At the Hilton, the bald man, smiling, waits.", "On Monday, the bald man waits.",
        "Suddenly, a bald man, coughing, runs.",
        "Behind Anna, a bearded man, coughing, waits.", "The bald man, Slowly, waits.", "Midnight, a bald man.",
        "Draußen, ein bärtiger Mann.", "Hinter Anna, ein bärtiger Mann, wartet.", "Dehors, un homme barbu, seul.",
        "Dans Paris, un homme barbu, seul.", "Fuera, un hombre barbudo.", "Fuori, un uomo barbuto.",
        "Fora, um homem barbudo.",
    ],
)  # fmt: skip
def test_where_and_when_are_no_names(line: str) -> None:
    assert [one.name for one in ledger([line], NOBODY) if one.name] == []


NAMED = {
    "en": ("Tom, a bearded man in a blue coat, waits.",
           "The bearded man stacks a crate.", "Tom stacks a crate."),
    "de": ("Tom, ein bärtiger Mann im blauen Mantel, wartet.",
           "Der bärtige Mann stapelt Kisten.", "Tom stapelt Kisten."),
    "fr": ("Tom, un homme barbu en manteau bleu, attend.",
           "L'homme barbu empile les caisses.", "Tom empile les caisses."),
    "es": ("Tom, un hombre barbudo con abrigo azul, espera.",
           "El hombre barbudo apila cajas.", "Tom apila las cajas."),
    "it": ("Tom, un uomo barbuto con un cappotto blu, aspetta.",
           "L'uomo barbuto impila casse.", "Tom impila le casse."),
    "pt": ("Tom, um homem barbudo de casaco azul, espera.",
           "O homem barbudo empilha caixas.", "Tom empilha as caixas."),
}  # fmt: skip
"""A line that names somebody, one that calls him by his look after all, and one that is right."""


@pytest.mark.parametrize("language", NAMED)
def test_somebody_who_was_named_is_called_by_the_name(language: str) -> None:
    first, wrong, right = NAMED[language]
    known = ledger([first], NOBODY)
    assert [one.name for one in known] == ["Tom"]
    assert [name for _, name in misnamed(wrong, known)] == ["Tom"]
    assert list(misnamed(right, known)) == []
    request = LineRequest("x", 20, language, (first,))
    assert "one name" in [one.rule for one in broken_rules(wrong, request)]
    assert "one name" not in [one.rule for one in broken_rules(right, request)]


@pytest.mark.parametrize(
    "line",
    ["Un homme marche vers le quai.", "Una mujer espera.", "Un uomo cammina.", "Um homem corre."],
)
def test_a_look_without_a_word_that_tells_apart_is_not_remembered(line: str) -> None:
    assert ledger([line], NOBODY) == []


def test_every_language_of_the_names_has_a_film() -> None:
    assert NAMED.keys() == HEADS.keys()


def test_a_line_that_never_ends_takes_no_time() -> None:
    began = thread_time()
    for line in (
        "a " * 20_000,
        "the bearded " * 5_000,
        "a man with a " * 5_000,
        "Tom, a man, " * 3_000,
        "un homme de " * 5_000,
    ):
        appearances_in(line)
    assert thread_time() - began < 5
