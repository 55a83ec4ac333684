"""Words that tell a voice from a sound."""

from __future__ import annotations

import pytest

from audiodesc.subtitles.words import FOREIGN_SOUNDS, LATIN, SOUNDS, VOICES


@pytest.mark.parametrize(
    "text",
    [
        "speaking French",
        "whispers",
        "in Japanese",
        "man on TV",
        "indistinct chatter",
        "I love it",
        "come with me",
        "Stimmengewirr",
        "il parle tout bas",
        "susurra",
        "viskar",
        "over the radio",
        "replies",
    ],
)
def test_words_of_voices(text: str) -> None:
    assert VOICES.search(text)
    assert VOICES.search(text.upper())


@pytest.mark.parametrize(
    "text",
    [
        "door slams",
        "thunder",
        "glass breaks",
        "footsteps",
        "phone rings",
        "wind howling",
        "i",
        "Türen knallen",
        "Musik",
    ],
)
def test_words_of_sounds_are_of_no_voice(text: str) -> None:
    assert not VOICES.search(text)


@pytest.mark.parametrize("text", ["Door slams", "Laughs", "sighs", "Gelächter", "Rires", "risas"])
def test_words_of_sounds(text: str) -> None:
    assert SOUNDS.search(text)


@pytest.mark.parametrize("text", ["Come here", "Mary", "Tomorrow", "It was him"])
def test_words_of_none(text: str) -> None:
    assert not SOUNDS.search(text)


@pytest.mark.parametrize("text", ["музыка", "смех", "音楽", "拍手", "음악", "موسيقى", "צחוק"])
def test_words_of_sounds_in_other_scripts(text: str) -> None:
    assert FOREIGN_SOUNDS.search(text)
    assert not LATIN.search(text)
