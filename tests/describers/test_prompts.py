from __future__ import annotations

from dataclasses import replace

import pytest

from audiodesc.describers.base import LineRequest
from audiodesc.describers.context import FilmContext, Person
from audiodesc.describers.prompts import EXAMPLES, line_prompt, observe_prompt, retry_prompt
from audiodesc.describers.rules import RECENT, BrokenRule, broken_rules, language_name
from audiodesc.model import Cue, Span

SPAN = Span(60_000, 64_500)
CAST = FilmContext("A ferry in 1944.", (Person("Anna Berg", "grey plait"), Person("Omar")))
WALK = LineRequest("1. WHO: {a woman}", 8, "de")


def test_a_look_gives_times_from_the_spans_start() -> None:
    prompt = observe_prompt(SPAN, [60_000, 61_500, 64_000], (), FilmContext())
    assert "0.0, 1.5, 4.0 seconds" in prompt
    assert "4.5 seconds long" in prompt


def test_a_look_gives_the_dialogue_not_to_be_repeated() -> None:
    said = (Cue(Span(59_000, 61_000), "Where\nto?", speaker="OMAR"), Cue(Span(62_000, 63_000), "thunder", "sound"))
    prompt = observe_prompt(SPAN, [60_000], said, FilmContext())
    assert prompt.endswith("Do not repeat it:\nat 0.0 s: OMAR: Where to?\nat 2.0 s: [thunder]")
    assert "Do not repeat" not in observe_prompt(SPAN, [60_000], (), FilmContext())


def test_names_come_from_the_cast_alone() -> None:
    prompt = observe_prompt(SPAN, [60_000], (), CAST)
    assert "by name only if the cast" in prompt
    assert "- Anna Berg: grey plait\n- Omar\n" in prompt
    assert "About the film: A ferry in 1944." in prompt
    assert "Name nobody" in observe_prompt(SPAN, [60_000], (), FilmContext())


@pytest.mark.parametrize("question", ["1. WHO", "2. DOES", "3. BETWEEN", "4. PLACE", "5. TEXT"])
def test_a_look_asks_numbered_questions(question: str) -> None:
    assert question in observe_prompt(SPAN, [60_000], (), FilmContext())


def test_a_line_is_asked_for_with_all_of_the_brief() -> None:
    told = tuple(f"Line number {n}." for n in range(10))
    said = (Cue(Span(0, 1), "Who is it?"),), (Cue(Span(9, 10), "Me.", speaker="Omar"),)
    prompt = line_prompt(LineRequest("{a woman} walks", 8, "de", told, *said, ("Omar", "Anna")), CAST)
    assert "in German, of at most 8 words" in prompt
    assert "{a woman} walks" in prompt
    assert "\n".join(told[-RECENT:]) in prompt
    assert told[-RECENT - 1] not in prompt
    assert "Dialogue before the pause:\nWho is it?" in prompt
    assert "Dialogue after the pause:\nOmar: Me." in prompt
    assert "Speakers so far, whom the film has named by now:\nOmar, Anna\n" in prompt
    assert "A name only if the cast, the dialogue before" in prompt
    assert "SKIP" in prompt


def test_what_is_not_known_has_no_heading() -> None:
    prompt = line_prompt(WALK, FilmContext())
    assert not any(
        title in prompt
        for title in ("Dialogue before", "Cast:", "Speakers so far", "About the film", "The listener was told")
    )
    assert "\n\n\n" not in prompt


@pytest.mark.parametrize("max_words", range(1, 40))
def test_examples_fit_the_pause(max_words: int) -> None:
    prompt = line_prompt(LineRequest("x", max_words, "en"), FilmContext())
    shown = [line for line in EXAMPLES if f"\n{line}\n" in prompt]
    assert len(shown) == min(4, sum(len(line.split()) <= max_words for line in EXAMPLES))
    assert all(len(line.split()) <= max_words for line in shown)
    assert ("Lines of that length" in prompt) == bool(shown)


def test_examples_keep_to_the_rules_and_grow() -> None:
    assert [broken_rules(line, LineRequest("x", 99, "en")) for line in EXAMPLES] == [()] * len(EXAMPLES)
    lengths = [len(line.split()) for line in EXAMPLES]
    assert lengths == sorted(lengths)


def test_asking_again_shows_the_answer_and_the_fault() -> None:
    prompt = retry_prompt(
        WALK, CAST, "We see {her}.", (BrokenRule("length", "too long"), BrokenRule("repeat", "again"))
    )
    assert prompt.startswith(line_prompt(WALK, CAST))
    assert "We see {her}." in prompt
    assert "- length: too long\n- repeat: again" in prompt


def test_a_shorter_line_is_asked_for_with_the_measured_number() -> None:
    over = replace(WALK, too_long="Eine alte Frau öffnet die rote Tür.", over_ms=3_100, max_words=9)
    prompt = line_prompt(over, CAST)
    assert "Your line was:\nEine alte Frau öffnet die rote Tür.\n" in prompt
    assert "In the narrator's voice it is 3.1 s too long: at most 9 words." in prompt


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "German"),
        ("pt-BR", "Portuguese (pt-BR)"),
        ("EN_gb", "English"),
        ("tlh", "Klingon"),
        ("xx", "the language with the tag xx"),
    ],
)
def test_languages_have_their_english_names(tag: str, name: str) -> None:
    assert language_name(tag).startswith(name)
