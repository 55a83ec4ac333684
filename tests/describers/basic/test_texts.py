"""Texts read from the picture: which can be as_spoken, how they are kept, and which become a line."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.base import LineRequest
from audiodesc.describers.basic.texts import (
    Facts,
    ScreenText,
    TextPosition,
    alike,
    as_spoken,
    format_facts,
    is_caption,
    is_repeated,
    moments,
    parse_facts,
    readable,
    text_candidates,
    text_line,
    within,
)
from audiodesc.model import Cue, Span


@pytest.mark.parametrize(
    "text",
    [
        "THE LAST FERRY",
        "Plan 9 from Outer Space",
        "Paris, 1944",
        "Rue de l’Église",
        "FÜNF JAHRE SPÄTER",
        "¡Adiós!",
        "Exit",
    ],
)
def test_can_be_read_aloud(text: str) -> None:
    assert readable(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "1944",
        "12:30",
        "IIIIII",
        "mIIIl",
        "xkcd qwrt",
        "Привет мир",
        "東京",
        "ab∂ƒ™¬",
        "a - - - - - - b c",
        "www.example.org",
        "http://durian.blender.org",
        "x" * 161,
        "CRETEDWITHTHEFRECNSOUTEUTORAMBLENDER",
    ],
)
def test_cannot_be_read_aloud(text: str) -> None:
    assert not readable(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("THE LAST FERRY", "The Last Ferry"),
        ("PLAN 9 FROM OUTER SPACE", "Plan 9 From Outer Space"),
        ("Rue de Londres", "Rue de Londres"),
        ("McDONALD’S", "McDONALD’S"),
        ("FBI HQ", "FBI HQ"),
        ("ÉGLISE D’OR", "Église D’or"),
        ("HALINA REIJN - THOM HOFFMAN", "Halina Reijn, Thom Hoffman"),
        ("Vice President- Southern Europe", "Vice President, Southern Europe"),
        ("Spider-Man", "Spider-Man"),
        ("  COMING   SOON. ", "Coming Soon"),
        ("WHO GOES THERE?", "Who Goes There?"),
    ],
)
def test_spelled_for_a_narrator(text: str, said: str) -> None:
    assert as_spoken(text) == said


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("THE LAST FERRY", "The last ferry.", True),
        ("SINTEL", "S I N T E L", True),
        ("PLAN 9 FROM OUTER SPACE", "PLAN 9 FROM OUTER SPAGE", True),
        ("Chapter 1: The beginning", "Chapter 2: The beginning", False),
        ("North Harbour", "South Harbour", False),
        ("Paris", "London", False),
    ],
)
def test_alike(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


@pytest.mark.parametrize(
    ("text", "longer", "is_in"),
    [
        ("PARIS", "Text on screen: Google Paris.", True),
        ("The Last Ferry", "Text on screen: The Last Ferry. A face is close.", True),
        ("OPEN MOVIE", "OPENMOVIE PROJECT", True),
        ("ART", "Bartender", False),
        ("Google Paris", "PARIS", False),
    ],
)
def test_within(text: str, longer: str, is_in: bool) -> None:
    assert within(text, longer) is is_in


READ_TEXTS = (
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).map(str.strip).filter(bool)
)
SPANS = st.tuples(st.integers(0, 10**8), st.integers(1, 10**5)).map(lambda pair: Span(pair[0], sum(pair)))
SHOWN_WORDS = st.builds(ScreenText, SPANS, READ_TEXTS, st.sampled_from(get_args(TextPosition)), st.integers(0, 100))
SAVED = st.builds(Facts, st.lists(SHOWN_WORDS, max_size=4).map(tuple))


@given(SAVED)
def test_what_is_written_is_read_again(facts: Facts) -> None:
    assert parse_facts(format_facts(facts)) == facts


def test_lines_are_readable() -> None:
    plan, news = (
        ScreenText(Span(30_250, 31_000), "PLAN 9", "open", 12),
        ScreenText(Span(31_000, 32_005), "NEWS", "corner", 4),
    )
    assert format_facts(Facts((plan, news))).split("\n") == [
        "text from 30.250 to 31.000 s, 12 % high: PLAN 9",
        "corner text from 31.000 to 32.005 s, 4 % high: NEWS",
    ]


def test_no_facts_are_no_lines() -> None:
    assert format_facts(Facts()) == ""
    assert parse_facts("") == Facts()


@pytest.mark.parametrize("line", ["weather: fine", "text at noon: HIGH", "text at 30.250 s, 12 % high: OLD FORM"])
def test_what_is_not_known_is_passed_over(line: str) -> None:
    assert parse_facts(line) == Facts()


def test_texts_that_stand_together_are_one_moment_and_others_are_apart() -> None:
    name, role = ScreenText(Span(1_000, 5_000), "CARLO"), ScreenText(Span(2_000, 6_000), "Engineer")
    later, after = ScreenText(Span(6_000, 8_000), "ROME"), ScreenText(Span(8_000, 9_000), "PARIS")
    assert moments(Facts((after, name, later, role))) == [
        (Span(2_000, 5_000), Facts((name, role))),
        (Span(6_000, 8_000), Facts((later,))),
        (Span(8_000, 9_000), Facts((after,))),
    ]
    assert moments(Facts()) == []


WHEN = Span(30_000, 31_000)
FERRY = Facts((ScreenText(WHEN, "THE LAST FERRY", height=12),))


def brief(
    max_words: int = 20, language: str = "en", told: tuple[str, ...] = (), cues: tuple[Cue, ...] = ()
) -> LineRequest:
    return LineRequest("", max_words, language, told, cues[:1], cues[1:])


def cue(text: str, start_ms: int = 29_000) -> Cue:
    return Cue(Span(start_ms, start_ms + 2000), text)


def shown(text: str, place: str = "open") -> Facts:
    return Facts((ScreenText(WHEN, text, place, 6),))  # type: ignore[arg-type]


def test_words_are_told() -> None:
    assert text_candidates(FERRY, brief()) == ("Text on screen: The Last Ferry.", "The Last Ferry.")


def test_the_richest_comes_first() -> None:
    facts = Facts((ScreenText(WHEN, "NORTH", height=5), ScreenText(WHEN, "THE LAST FERRY", height=12)))
    assert text_candidates(facts, brief()) == (
        "Text on screen: North. The Last Ferry.",
        "Text on screen: The Last Ferry.",
        "North. The Last Ferry.",
    )


def test_nothing_seen_is_silence() -> None:
    assert text_candidates(Facts(), brief()) == ()


@pytest.mark.parametrize(("max_words", "told"), [(6, 2), (5, 1), (3, 1), (2, 0), (0, 0)])
def test_what_does_not_fit_is_not_offered(max_words: int, told: int) -> None:
    assert len(text_candidates(FERRY, brief(max_words))) == told


@pytest.mark.parametrize("line", ["Text on screen: The Last Ferry.", "The last ferry leaves.", "Text: THE LAST FERRV."])
def test_words_that_were_told_are_not_told_again(line: str) -> None:
    assert text_candidates(FERRY, brief(told=(line, *["Something else."] * 50))) == ()


def test_only_the_new_sentence_is_told() -> None:
    facts = shown("Open a new browser. Chrome fast.")
    told = text_candidates(facts, brief(told=("Text on screen: Open a new browser.",)))
    assert told == ("Text on screen: Chrome fast.", "Chrome fast.")


def test_other_numbers_are_other_words() -> None:
    assert not is_repeated("Day 2", ("Text on screen: Day 1.",))
    assert is_repeated("Day 2", ("Text on screen: Day 2. Rome.",))


def test_a_burnt_in_subtitle_is_not_told() -> None:
    facts = shown("Where have you been?", "low")
    assert text_candidates(facts, brief(cues=(cue("Hello."), cue("Where have\nyou been?", 50_000)))) == ()
    assert text_candidates(facts, brief()) == ()


def test_a_caption_at_a_subtitles_place_is_told_unless_it_is_said() -> None:
    facts = shown("London, 1944", "low")
    assert text_candidates(facts, brief()) == ("Text on screen: London, 1944.", "London, 1944.")
    assert text_candidates(facts, brief(cues=(cue("We met in London. It was 1944.", 10_000),))) != ()
    assert text_candidates(facts, brief(cues=(cue("This is London, 1944.", 10_000),))) == ()


def test_words_are_not_told_while_somebody_says_them() -> None:
    assert text_candidates(FERRY, brief(cues=(cue("ANNOUNCER: The Last Ferry!"),))) == ()
    assert text_candidates(FERRY, brief(cues=(cue("ANNOUNCER: The Last Ferry!", 10_000),))) != ()


def test_a_logo_is_not_told() -> None:
    assert text_candidates(shown("NEWS", "corner"), brief()) == ()


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("London, 1944", True),
        ("NEW YORK CITY", True),
        ("Two Years Later", True),
        ("Where have you been?", False),
        ("Come here now", False),
        ("London", False),
        ("I never said that in 1944,", False),
        ("Six Words Are More Than Enough Here", False),
    ],
)
def test_captions_are_told_from_subtitles(text: str, caption: bool) -> None:
    assert is_caption(text) is caption


TEXTS = st.sampled_from(["THE LAST FERRY", "Paris, 1944", "Exit", "Open a new browser. Chrome fast.", "OMAR"])
WORDS = st.builds(ScreenText, st.just(WHEN), TEXTS, st.sampled_from(["open", "low", "corner"]), st.integers(2, 30))
FACTS = st.builds(Facts, st.lists(WORDS, max_size=4, unique_by=lambda words: words.text).map(tuple))


@given(st.lists(FACTS, min_size=1, max_size=8), st.integers(0, 25), st.sampled_from(["en", "de", "fr", "es", "sv"]))
def test_a_film_of_lines_that_fit_and_never_repeat(film: list[Facts], max_words: int, language: str) -> None:
    told: tuple[str, ...] = ()
    for facts in film:
        lines = text_candidates(facts, brief(max_words, language, told))
        assert all(len(line.split()) <= max_words for line in lines)
        assert len(set(lines)) == len(lines)
        assert not set(lines) & set(told)
        told += lines[:1]
    texts = [text for facts in film for text in {words.text for words in facts.texts}]
    for text in set(texts):
        first_sentence = text.split(".")[0].casefold()
        assert sum(first_sentence in line.casefold() for line in told) <= 1


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
