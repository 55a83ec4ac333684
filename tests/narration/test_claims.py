"""Lines held against facts whose truth is known: what of them a text carries, word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.narration.claims import carries, claims, content_words, hard_words, missing, nothing_carried

FACTS = """1. WHO: a young woman with a grey plait, left; two men in long coats at a vehicle
2. DOES: the woman lifts a letter from the table (3.5 s) and tears it (4.0 s); the men have gone by NOW
3. BETWEEN: none
4. PLACE: a kitchen with three lamps; it is snowing outside the window
5. TEXT: "HALL OF RECORDS"
"""
NAMED = "Anna, wait!"


@pytest.mark.parametrize(
    "line",
    [
        "The woman with the grey plait rips the letter in half.",
        "Two men walk to their car.",  # a word of the same group
        "2 men stand beside the car.",
        "Snow falls.",  # another form
        "Anna tears the page.",  # named by the dialogue
        "A sign reads: Hall of Records.",
        'The words "Hall of Records" glow.',
        "The young woman stands in the kitchen doorway, holding the paper.",
        "Three bright lamps hang above the kitchen table.",
        "The parked vehicle waits.",
    ],
)
def test_what_was_seen_is_not_in_doubt(line: str) -> None:
    seen = FACTS + ("\na doorway" if "doorway" in line else "")
    assert missing(line, seen, NAMED, "en") == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("The woman with the grey plait lifts a pistol.", ("pistol",)),
        ("The woman with the red plait tears the letter.", ("red",)),
        ("Four men stand at the vehicle.", ("Four",)),
        ("Boris tears the letter.", ("Boris",)),
        ("The woman hands the letter to Boris.", ("Boris",)),
        ("A dog barks.", ("dog",)),
        ('A sign reads "Hall of Fame".', ("Fame",)),
        ("The woman counts 17 lamps.", ("17",)),
    ],
)
def test_what_was_not_seen_is_named(line: str, words: tuple[str, ...]) -> None:
    assert missing(line, FACTS, NAMED, "en") == words


def test_verbs_alone_are_in_doubt_where_hardly_a_word_is_carried() -> None:
    assert missing("The woman laughs.", FACTS, NAMED, "en") == ()  # a verb: not found
    assert missing("She wanders homeward, whistling merrily.", FACTS, NAMED, "en") != ()


def test_a_line_without_anything_that_was_seen_has_only_doubtful_content() -> None:
    assert nothing_carried("A dog barks.", FACTS, NAMED, "en")
    assert nothing_carried("Anna aims a gun.", FACTS, NAMED, "en")  # of what is seen of her, nothing
    assert not nothing_carried("The woman aims a gun.", FACTS, NAMED, "en")
    assert not nothing_carried("Ein Hund bellt.", FACTS, NAMED, "de")  # cannot be told
    assert not nothing_carried("", FACTS, NAMED, "en")


@pytest.mark.parametrize(
    ("language", "line", "words"),
    [
        ("de", "Die Frau zerreißt den Brief.", ()),
        ("de", "Die Frau sieht Boris.", ()),  # every German noun has a capital
        ("de", "Die Frau zählt 17 Lampen.", ("17",)),
        ("fr", "La femme regarde Boris.", ("Boris",)),
        ("fr", "Anna déchire la lettre.", ()),
        ("es", "La mujer mira a Boris.", ("Boris",)),
        ("ja", "女性が手紙を破る。", ()),
    ],
)
def test_across_languages_only_names_figures_and_quotations_are_compared(
    language: str, line: str, words: tuple[str, ...]
) -> None:
    assert missing(line, FACTS, NAMED, language) == words


def test_facts_in_the_language_of_the_line_are_compared_as_a_whole() -> None:
    facts = "Eine junge Frau mit grauem Zopf hebt einen Brief vom Tisch und zerreißt ihn. In der Küche brennen Lampen."
    assert missing("Die Frau zerreißt den Brief am Tisch.", facts, "", "de") == ()
    assert "Hund" in missing("Ein großer Hund bellt hinter dem Zaun.", facts, "", "de")


@given(st.text(alphabet="ab ADTadeilnorst.,'\"-3“”\n", max_size=80))
def test_a_text_carries_itself(text: str) -> None:
    assert missing(text, text, "", "en") == ()
    assert carries(text, text)
    assert set(hard_words(text)) <= set(content_words(text)) | {word for word in hard_words(text) if len(word) == 1}


def test_claims_are_lines_and_sentences_without_their_times() -> None:
    assert list(claims("1. WHO: a man\n2. DOES: he waits (3.5 s); he nods (4.0-5.0 s)\nAll is dark. It rains.")) == [
        "a man",
        "he waits",
        "he nods",
        "All is dark",
        "It rains",
    ]


def test_a_claim_is_carried_by_a_text_that_has_its_share_of_the_words() -> None:
    assert carries("a young woman tears a letter", FACTS)
    assert not carries("a black dog chases two chickens", FACTS)
    assert carries("a dog barks", FACTS)  # too short to say


def test_a_hostile_text_takes_no_time() -> None:
    for text in ("“" * 100_000, "a-" * 50_000, "the the " * 30_000, "Ab " * 30_000):
        missing(text[:20_000], text, text, "en")
        list(claims(text))
