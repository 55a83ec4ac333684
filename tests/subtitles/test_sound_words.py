"""Words that tell that a voice is heard."""

from __future__ import annotations

import pytest

from audiodesc.subtitles.vocabulary import VOICES


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
        "news broadcast playing",
        "radio playing news report",
        "Obama addressing crowd",
        "swears",
        "greets them",
        "rapping",
        "heckling",
        "crowd clamoring",
        "exclaims",
        "man crying out",
        "protesters",
        "choir",
        "говорят",
        "話し声",
        "말하는 소리",
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
        "wrapping paper",
        "radio static",
        "songbirds",
        "i",
        "Türen knallen",
        "Musik",
    ],
)
def test_words_of_sounds_are_of_no_voice(text: str) -> None:
    assert not VOICES.search(text)
