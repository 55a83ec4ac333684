"""Texts in the signs that Kokoro reads."""

from __future__ import annotations

import pytest

from audiodesc.speak.kokoro.phonemes import (
    MOST_TOKENS,
    VOCABULARY,
    in_vocabulary,
    phonemes,
    sentences,
    tokens,
)
from audiodesc.speak.lexicon import IPA_END, IPA_START


@pytest.mark.parametrize(
    ("text", "language", "signs"),
    [
        ("A red coat", "a", "ə ɹˈɛd kˈOt."),
        ("little nurse, fire and joy", "a", "lˈɪTᵊl nˈɜɹs, fˈIəɹ ænd ʤˈY."),
        ("a cottage, hare, beer, go", "b", "ə kˈɒtɪʤ, hˈɛː, bˈɪə, ɡˈQ."),
        ("animals alone; a bottle", "b", "ˈanɪmᵊlz əlˈQn; ə bˈɒtᵊl."),
        ("Un bon vin blanc, ça va ?", "f", "œ̃ bˈɔ̃ vˈɛ̃ blˈɑ̃, sa vˈa?"),
        ("¿Guerra? ¡Sí!", "e", "ɡˈera? sˈi!"),
        ("pizza, gioco", "i", "pˈiʦːa, ʤˈɔko."),
        ("ela dança", "p", "ˌɛlæ dˈɐ̃ŋsæ."),
    ],
)
def test_the_signs_are_those_of_the_models_own_tool(text: str, language: str, signs: str) -> None:
    assert phonemes(text, language) == signs
    assert set(signs) <= VOCABULARY.keys()


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("She stops... He runs!", "…!"),
        ("She stops - slowly, and goes", "—,."),
        ("It costs 3.5 dollars at 10:30, or 1,000.", ",."),
        ("Mr. J. Smith meets Dr. Who.", "."),
        ("The U.S. Army comes at 5 p.m. sharp.", "."),
        ("He writes: “No entry” (twice).", ":()."),
        ("?! He waits,", "."),
        ("Stop!!! Now", "!."),
    ],
)
def test_marks_stay_and_points_in_numbers_and_titles_are_none(text: str, marks: str) -> None:
    assert "".join(sign for sign in phonemes(text, "a") if sign in ";:,.!?…—()") == marks


@pytest.mark.parametrize("text", ["", " ", "...", "— !", "()", "“”", "\u200d"])
def test_what_has_no_words_has_no_signs(text: str) -> None:
    assert phonemes(text, "a") == ""


def test_ipa_of_a_lexicon_is_spoken() -> None:
    name = f"{IPA_START}ˈŋwiən{IPA_END}"
    assert phonemes(f"He meets {name}, slowly.", "a") == "hi mˈits ŋwˈiən, slˈOli."
    assert phonemes(name, "b") == "ŋwˈɪən."
    assert in_vocabulary("ʃɪˈvɔːn", "b")
    assert in_vocabulary("tʃaɪ", "a")
    assert not in_vocabulary("ɓa", "a")
    assert not in_vocabulary("", "a")


def test_each_sign_has_its_number() -> None:
    assert len(VOCABULARY) == len(set(VOCABULARY.values())) == 114
    assert tokens("ə kˈOt.") == [83, 16, 53, 156, 31, 62, 4]
    assert tokens("ɓə\n") == [83]
    assert max(VOCABULARY.values()) == VOCABULARY["ᵻ"] == 177


def test_long_texts_are_cut_where_it_is_heard_least() -> None:
    short = "ə kˈOt."
    assert sentences(short) == [short]
    assert sentences(" ") == []
    many = " ".join(["ə kˈOt."] * 200)
    parts = sentences(many)
    assert " ".join(parts) == many
    assert all(len(part) <= MOST_TOKENS and part.endswith(".") for part in parts)
    assert len(parts) == 4
    clauses = sentences(" ".join(["ə kˈOt,"] * 100))
    assert all(len(part) <= MOST_TOKENS and part.endswith(",") for part in clauses)
    words = sentences(" ".join(["ə"] * 600))
    assert all(len(part) <= MOST_TOKENS for part in words)
    assert " ".join(words) == " ".join(["ə"] * 600)
    assert [len(part) for part in sentences("ə" * 1100)] == [510, 510, 80]
