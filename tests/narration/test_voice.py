"""A voice that was asked for speaks, and what speaks against it is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audiodesc.core.cache import Store
from audiodesc.errors import UsageError
from audiodesc.model import AudioTrack, Take
from audiodesc.narration.ahead import spoken_ahead
from audiodesc.narration.outcomes import estimate_of
from audiodesc.narration.voice import LONGEST_TEXT, cached_voice, choose_narrator, choose_voice
from audiodesc.settings import VoiceSettings
from audiodesc.speak.lexicon import Entry, Lexicon


def test_a_voice_of_another_language_is_told() -> None:
    profile, language, (note,) = choose_voice(VoiceSettings(name="espeak-de", language="en-GB"), None)
    assert (profile.name, language) == ("espeak-de", "en-gb")
    assert "speaks de-DE, and the description is in en-gb" in note.message
    assert "--voice" in note.message


@pytest.mark.parametrize("language", [None, "de", "deu", "de-AT"])
def test_of_a_voice_of_the_right_language_nothing_is_told(language: str | None) -> None:
    assert choose_voice(VoiceSettings(name="espeak-de", language=language), None)[2] == ()


def track(language: str) -> AudioTrack:
    return AudioTrack(1, "aac", 48_000, "stereo", language, "", True)


DEFAULT = VoiceSettings()


def spoken(settings: VoiceSettings = DEFAULT, film: str = "", **told: str) -> tuple[str, str, str]:
    """The voice's language, the description's, and all that is said of them."""
    profile, language, notes = choose_voice(settings, track(film) if film else None, **told)
    return profile.language.casefold()[:2], language, " ".join(note.message for note in notes)


@pytest.mark.parametrize("film", ["German", "german", "Deutsch", "ger", "deu", "de"])
def test_a_film_names_its_language_by_name_or_code(film: str) -> None:
    assert spoken(film=film)[:2] == ("de", "de")
    assert "no voice speaks" not in spoken(film=film)[2]


@pytest.mark.parametrize("film", ["English", "und", "mul", ""])
def test_english_where_it_is_that_or_not_known(film: str) -> None:
    assert spoken(film=film)[:2] == ("en", "en")
    assert "no voice speaks" not in spoken(film=film)[2]


def test_a_language_that_no_voice_speaks_is_told() -> None:
    assert spoken(film="Klingon")[1].startswith("en")
    assert "no voice speaks the film's language (tlh)" in spoken(film="Klingon")[2]


def test_subtitles_tell_the_language_of_a_film_that_does_not() -> None:
    assert spoken(subtitles="de")[:2] == ("de", "de")
    assert "its subtitles are in German: German is spoken" in spoken(subtitles="de")[2]
    assert spoken(subtitles="tr")[1].startswith("en")
    assert "no voice speaks the subtitles' language (tr)" in spoken(subtitles="tr")[2]


def test_subtitles_in_another_language_than_the_description_are_told() -> None:
    assert spoken(film="eng", subtitles="de")[:2] == ("en", "en")
    assert "the subtitles are in German, and the description is in English" in spoken(film="eng", subtitles="de")[2]
    assert "--lang de" in spoken(film="eng", subtitles="de")[2]
    assert "the subtitles are" in spoken(VoiceSettings(name="espeak-en-gb"), subtitles="de")[2]
    for quiet in (VoiceSettings(language="en"), VoiceSettings(language="de")):
        assert "the subtitles are" not in spoken(quiet, film="eng", subtitles="de")[2]
    assert "the subtitles are" not in spoken(film="eng", subtitles="en")[2]


def test_a_script_is_read_in_its_language() -> None:
    assert spoken(film="eng", script="de")[:2] == ("de", "de")
    assert "the script is in German" in spoken(film="eng", script="de")[2]
    assert spoken(film="deu", script="de")[:2] == ("de", "de")
    assert "the script" not in spoken(film="deu", script="de")[2]
    assert spoken(film="", script="en")[:2] == ("en", "en")


@pytest.mark.parametrize("settings", [VoiceSettings(name="espeak-en-gb"), VoiceSettings(language="en")])
def test_a_script_read_by_a_voice_of_another_language_is_told(settings: VoiceSettings) -> None:
    voice, language, said = spoken(settings, script="de")
    assert voice == "en"
    assert language == ("de" if settings.name else "en")  # the words are German; what the user says stands
    assert "the script is in German, and the voice espeak-en-gb speaks en-GB" in said
    assert "--lang de" in said


def test_languages_that_are_taken_for_one_another_are_no_reason_for_a_note() -> None:
    assert "the script" not in spoken(film="nob", script="da")[2]
    assert "the subtitles" not in spoken(film="nob", subtitles="no")[2]


def test_options_of_the_run_reach_the_voice() -> None:
    chosen = VoiceSettings(name="espeak-de")
    plain, higher = choose_narrator(chosen, None), choose_narrator(chosen, None, own={"espeak": {"pitch": "70"}})
    assert plain.voice.fingerprint != higher.voice.fingerprint
    other = choose_narrator(chosen, None, own={"coqui": {"seed": "2"}})
    assert other.voice.fingerprint == plain.voice.fingerprint
    with pytest.raises(UsageError, match="espeak has no option 'ptich': did you mean pitch"):
        choose_narrator(chosen, None, own={"espeak": {"ptich": "70"}})


class Whistle:
    """A voice whose clips last 10 ms a letter."""

    fingerprint = "whistle"

    def takes_ipa(self, _ipa: str) -> bool:
        return False

    def say(self, text: str, rate: float) -> Take:
        count = round(480 * len(text) / rate)
        return Take(np.sin(np.arange(count) / 10, dtype=np.float32), rate)


class Foreseeing(Whistle):
    """It knows that, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def estimate_ms(self, text: str, rate: float) -> int | None:
        self.asked.append(text)
        return None if text == "?" else round(10 * len(text) / rate)


def test_an_estimate_is_made_once_of_the_words_as_they_are_spoken(tmp_path: Path) -> None:
    voice, lexicon = Foreseeing(), Lexicon((Entry("Al", "Albert"),))
    for _ in range(2):  # also when the program is started anew
        speak = cached_voice(voice, lexicon, Store(tmp_path))
        assert estimate_of(speak)("Al waits.", 1.0) == 130
    assert voice.asked == ["Albert waits."]
    assert estimate_of(speak)("?", 1.0) is None
    assert estimate_of(speak)("a" * (LONGEST_TEXT + 1), 1.0) is None
    with spoken_ahead((), speak) as quick:
        assert estimate_of(quick)("Al waits.", 1.0) == 130


def test_a_voice_without_estimates_gives_none(tmp_path: Path) -> None:
    speak = cached_voice(Whistle(), Lexicon(), Store(tmp_path))
    assert estimate_of(speak)("He waits.", 1.0) is None
    with spoken_ahead((), speak) as quick:
        assert estimate_of(quick)("He waits.", 1.0) is None
    assert estimate_of(lambda _text, _rate: tmp_path)("He waits.", 1.0) is None
