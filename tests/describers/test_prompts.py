from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audiodesc.describers.base import LineRequest, StoryRequest
from audiodesc.describers.context import FilmContext, Person
from audiodesc.describers.line_language import in_language, language_name
from audiodesc.describers.prompts import (
    EXAMPLES,
    OBSERVE_NARRATOR,
    line_prompt,
    observe_prompt,
    read_question,
    retry_prompt,
    story_prompt,
)
from audiodesc.describers.rules import RECENT, BrokenRule, broken_rules, names_in
from audiodesc.errors import InputError
from audiodesc.model import Cue, Frame, Span, VideoClip

SPAN = Span(60_000, 64_500)
CAST = FilmContext("A ferry in 1944.", (Person("Anna Berg", "grey plait"), Person("Omar")))
WALK = LineRequest("1. WHO: {a woman}", 8, "de")


def clip(*times_ms: int) -> VideoClip:
    return VideoClip(SPAN, tuple(Frame(time_ms, np.zeros((1, 1, 3), np.uint8)) for time_ms in times_ms))


def test_a_look_gives_times_from_the_spans_start() -> None:
    prompt = observe_prompt(clip(60_000, 61_500, 64_000), FilmContext())
    assert "Shot 1, EARLIER: at 0.0 seconds\nShot 1, NOW: at 1.5, 4.0 seconds\n" in prompt
    assert "4.5 seconds long" in prompt


def test_a_look_gives_the_dialogue_not_to_be_repeated() -> None:
    said = (Cue(Span(59_000, 61_000), "Where\nto?", speaker="OMAR"), Cue(Span(62_000, 63_000), "thunder", "sound"))
    prompt = observe_prompt(replace(clip(60_000), cues=said), FilmContext())
    assert prompt.endswith("Do not repeat it:\nat 0.0 s: OMAR: Where to?\nat 2.0 s: [thunder]")
    assert "Do not repeat" not in observe_prompt(clip(60_000), FilmContext())


def test_names_come_from_the_cast_alone() -> None:
    prompt = observe_prompt(clip(60_000), CAST)
    assert "by name only if the cast" in prompt
    assert "- Anna Berg: grey plait\n- Omar\n" in prompt
    assert "About the film: A ferry in 1944." in prompt
    assert "Name nobody" in observe_prompt(clip(60_000), FilmContext())


@pytest.mark.parametrize("question", ["1. WHO", "2. DOES", "3. BETWEEN", "4. PLACE", "5. TEXT"])
def test_a_look_asks_numbered_questions(question: str) -> None:
    assert question in observe_prompt(clip(60_000), FilmContext())


def test_a_line_is_asked_for_with_all_of_the_brief() -> None:
    told = tuple(f"Line number {n}." for n in range(10))
    said = (Cue(Span(0, 1), "Who is it?"),), (Cue(Span(9, 10), "Me.", speaker="Omar"),)
    prompt = line_prompt(LineRequest("{a woman} walks", 8, "de", told, *said, ("Omar", "Anna")), CAST)
    assert "in German: the first of at most 8 words" in prompt
    assert "{a woman} walks" in prompt
    assert "\n".join(told[-RECENT:]) in prompt
    assert told[-RECENT - 1] not in prompt
    assert "Dialogue before the pause:\nWho is it?" in prompt
    assert "Dialogue after the pause, which gives no names yet:\nOmar: Me." in prompt
    assert "Speakers so far, whom the film has named by now:\nOmar, Anna\n" in prompt
    assert "A name only if the cast, the dialogue before" in prompt
    assert 'If nothing new is worth hearing, answer {"lines": []}.' in prompt


def test_what_is_not_known_has_no_heading() -> None:
    prompt = line_prompt(WALK, FilmContext())
    assert not any(
        title in prompt
        for title in ("Dialogue before", "Cast:", "Speakers so far", "About the film", "The listener was told")
    )
    assert "\n\n\n" not in prompt


@pytest.mark.parametrize("language", EXAMPLES)
@pytest.mark.parametrize("max_words", range(1, 40, 3))
def test_examples_fit_the_pause_and_are_in_the_language_of_the_lines(max_words: int, language: str) -> None:
    prompt = line_prompt(LineRequest("x", max_words, language), FilmContext())
    shown = [line for line in EXAMPLES[language] if f"\n{line}\n" in prompt]
    assert len(shown) == min(4, sum(len(line.split()) <= max_words for line in EXAMPLES[language]))
    assert all(len(line.split()) <= max_words for line in shown)
    assert ("Lines of that length" in prompt) == bool(shown)


def test_a_language_without_examples_is_shown_none() -> None:
    assert "Lines of that length" not in line_prompt(LineRequest("x", 12, "fi"), FilmContext())


@pytest.mark.parametrize("language", EXAMPLES)
def test_examples_name_nobody_keep_to_the_rules_and_grow(language: str) -> None:
    lines = EXAMPLES[language]
    told = ("A dog barks.",)
    assert [broken_rules(line, LineRequest("x", 99, language, told)) for line in lines] == [()] * len(lines)
    lengths = [len(line.split()) for line in lines]
    assert lengths == sorted(lengths)
    assert all(in_language(line, language) is not False for line in lines)
    if language == "en":
        assert [name for line in lines for name in names_in(line)] == ["Records"]


def test_shots_are_numbered_at_the_cuts_and_what_is_seen_while_the_line_is_spoken_is_now() -> None:
    """The line is spoken at 4.0 s, in the third shot, which began at 3.0 s."""
    seen = replace(clip(60_000, 61_000, 62_000, 63_000, 64_000, 64_400), cuts=(61_000, 63_000), spoken_ms=64_000)
    assert (
        "Shot 1, EARLIER: at 0.0 seconds\nShot 2, EARLIER: at 1.0, 2.0 seconds\nShot 3, NOW: at 3.0, 4.0, 4.4 seconds\n"
    ) in observe_prompt(seen, FilmContext())


def test_now_is_no_longer_than_four_seconds_before_the_line() -> None:
    long = VideoClip(Span(0, 30_000), clip(0, 20_000, 24_000, 26_000, 29_000).frames, spoken_ms=28_000)
    assert "Shot 1, EARLIER: at 0.0, 20.0 seconds\nShot 1, NOW: at 24.0, 26.0, 29.0 seconds" in observe_prompt(
        long, FilmContext()
    )
    assert "from 24.0 seconds on is NOW" in observe_prompt(long, FilmContext(), OBSERVE_NARRATOR)


def test_the_writer_is_told_where_it_speaks_and_the_story_and_the_people_so_far() -> None:
    told = ("A bearded man in a blue coat waits.", "Tom, the bearded man, runs.", "A girl in a yellow cap laughs.")
    request = LineRequest("x", 8, "en", told, now_s=12.5, summary="Tom waits for the ferry.")
    prompt = line_prompt(request, FilmContext())
    assert "(nothing else is known of the picture; your line is spoken from 12.5 s on, which is NOW)" in prompt
    assert "The story so far:\nTom waits for the ferry.\n" in prompt
    assert "People so far:\n- Tom: the bearded man in a blue coat\n- the girl in a yellow cap\n" in prompt
    assert '{"lines": ["…", "…", "…"]}' in prompt


def test_the_story_is_asked_for_with_what_is_new() -> None:
    request = StoryRequest("de", "Anna waits.", (Cue(Span(0, 1), "Come!", speaker="Omar"),), ("Anna goes.",))
    prompt = story_prompt(request, FilmContext())
    assert "in German, in at most 80\nwords" in prompt
    assert "The story so far:\nAnna waits.\n\nWhat was said since:\nOmar: Come!\n" in prompt
    assert prompt.endswith("What the listener was told since:\nAnna goes.")


def test_a_persons_own_question_is_filled_in_and_checked(tmp_path: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text('What is seen in {seconds} s? {"form": "json"} {now}', "utf-8")
    prompt = observe_prompt(clip(60_000), FilmContext(), read_question(own))
    assert prompt == 'What is seen in 4.5 s? {"form": "json"} 0.5'
    own.write_text("{film.path}{colour}", "utf-8")
    with pytest.raises(InputError, match=r"nothing fills in \{colour\}: use only \{seconds\}, "):
        read_question(own)
    own.write_text(" ", "utf-8")
    with pytest.raises(InputError, match="is empty"):
        read_question(own)
    own.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_question(own)
    with pytest.raises(InputError, match="cannot be read"):
        read_question(tmp_path / "none.txt")


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
