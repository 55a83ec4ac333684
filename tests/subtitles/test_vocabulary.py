"""Words that name sounds, voices and advertisements."""

from __future__ import annotations

import pytest

from audiodesc.dialogue.combine import as_given, combine
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.dialogue.vad.segments import SpeechSegments
from audiodesc.model import Cue, Span
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles.vocabulary import VOICES, adverts, is_sound


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


FILM_MS = 60_000
SAID = [Cue(Span(10_000 + 5_000 * n, 13_000 + 5_000 * n), f"This is line {n}.") for n in range(8)]
SPEECH = tuple(cue.span for cue in SAID)
ADVERT = Cue(Span(1_000, 7_000), "Support us and become VIP member\nto remove all ads from www.OpenSubtitles.org")


@pytest.mark.parametrize(
    "text",
    [
        ADVERT.text,
        "Subtitles by nobody\nwww.example.com",
        "Synced and corrected by me",
        "Untertitel von Stephanie Geiges",
        "Sous-titrage : Éclair, par Jean",
        "-== http://example.org ==-",
        "Downloaded from\nEXAMPLE.MX",
        "from example .com",
        "Advertise your product or brand here",
    ],
)
def test_advertisements(text: str) -> None:
    assert adverts([Cue(Span(0, 1_000), text), *SAID]) == [Cue(Span(0, 1_000), text)]


@pytest.mark.parametrize(
    "text",
    [
        "Come by tomorrow.",
        "He ran by the net.",
        "I was taken by you.",
        "3.5 to 1",
        "Follow me. To the boat.",
        "Hush. Me too.",
    ],
)
def test_speech(text: str) -> None:
    assert adverts([Cue(Span(0, 1_000), text), *SAID]) == []


def test_names_of_makers_are_looked_for_at_the_ends_only() -> None:
    middle = Cue(Span(28_500, 29_000), "It was corrected by hand.")
    assert adverts([*SAID[:4], middle, *SAID[4:]]) == []


@pytest.mark.parametrize("is_heard", [True, False])
def test_under_an_advertisement_nobody_may_be_heard(is_heard: bool) -> None:
    speech = (Span(2_000, 3_000), *SPEECH) if is_heard else SPEECH
    detected = SpeechSegments(speech, speech, (), speech)
    found = combine(Subtitles((ADVERT, *SAID), "film.srt"), detected, FILM_MS, DialogueSettings(), "normal")
    assert (ADVERT.text in [cue.text for cue in found.cues]) == is_heard
    assert any("an advertisement" in note.message for note in found.notes) == (not is_heard)


def test_where_nobody_listens_it_is_kept_with_a_note() -> None:
    found = as_given(Subtitles((ADVERT, *SAID), "film.srt"), DialogueSettings(hear=False))
    assert ADVERT in found.cues
    assert any("looks like an advertisement" in note.message for note in found.notes)
