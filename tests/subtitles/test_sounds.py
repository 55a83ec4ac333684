"""Words in brackets that name a sound; all others are said."""

from __future__ import annotations

import pytest

from audiodesc.subtitles.vocabulary import is_sound


@pytest.mark.parametrize(
    "text",
    [
        "door slams",
        "door opens",
        "SIGHS",
        "applause",
        "laughs",
        "Laughter",
        "gunshot",
        "sobbing",
        "crying",
        "clears throat",
        "phone\nrings",
        "bell ringing",
        "church bell",
        "car stops",
        "engine starting",
        "glass breaks",
        "music",
        "upbeat music playing",
        "music slowly fades",
        "laughter continues",
        "thunder in the distance",
        "siren wailing in the distance",
        "knocking on the door",
        "cheers and applause",
        "both laugh",
        "car crash",
        "radio static",
        "the wind howls",
        "breathing heavily",
        "door creaks open",
        "vehicle approaching",
        "heart beating",
    ],
)
def test_sounds(text: str) -> None:
    assert is_sound(text)
    assert is_sound(text.upper())


@pytest.mark.parametrize(
    "text",
    [
        "Musik",
        "Türen knallen",
        "Gelächter",
        "Schritte",
        "Musique",
        "rires",
        "bruit de pas",
        "coups de feu",
        "risas",
        "música de piano",
        "ruido de bloques",
        "risate",
        "musica",
        "barulho de blocos caindo",
        "skratt",
        "muziek",
        "музыка",
        "Вздыхает",
        "Лай собаки",
        "足音",
        "смех",
        "音楽",
        "拍手",
        "음악",
        "موسيقى",
        "צחוק",
        "संगीत",
    ],
)
def test_sounds_in_other_languages(text: str) -> None:
    assert is_sound(text)


@pytest.mark.parametrize(
    "text",
    [
        "Come here",
        "Mary",
        "Tomorrow",
        "1984",
        "Open the door",
        "Shut the door",
        "Ring the bell",
        "Stop the music",
        "The music is over",
        "Music teacher",
        "Music lessons",
        "Mr Bell",
        "Knock on the door",
        "Listen to the rain",
        "Stop laughing",
        "He's laughing at Mary",
        "Don’t laugh",
        "No music",
        "Cheers",
        "Nice pants",
        "La musique est finie",
        "Ne pleure pas",
        "Non piangere",
        "Wir lachen",
        "Hörst du die Musik",
        "Écoute la musique",
        "Bell",
        "Hör nicht auf die Musik",
        "Thunder and rain all over Texas since last Monday",
    ],
)
def test_words_that_somebody_may_say_are_none_whatever_they_name(text: str) -> None:
    assert not is_sound(text)
