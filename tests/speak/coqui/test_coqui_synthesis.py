"""Phonemes for Coqui's models, and names in IPA."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("TTS")

from speak.tiny_vits import FRAMES, HOP, RATE_HZ, mine

from audiodesc.errors import InputError, MissingToolError
from audiodesc.model import Take
from audiodesc.speak import espeak
from audiodesc.speak.coqui import Coqui, synthesis
from audiodesc.speak.lexicon import IPA_END, IPA_START, Entry, Lexicon

pytestmark = pytest.mark.usefixtures("no_network", "one_thread")

SECONDS_PER_SIGN = FRAMES * HOP / RATE_HZ


@pytest.fixture(scope="module")
def letters(models: Path) -> Coqui:
    return Coqui(mine(models / "letters"))


@pytest.fixture(scope="module")
def phonemes(models: Path) -> Coqui:
    return Coqui(mine(models / "phonemes"))


def same(one: Take, other: Take) -> bool:
    return np.array_equal(one.samples, other.samples)


def test_phonemes_come_from_the_library_of_the_built_in_voice(phonemes: Coqui) -> None:
    assert shutil.which("espeak-ng") is None or synthesis.PHONEMES
    # ʃ iː _ w ˈ e ɪ t s .
    assert phonemes.say("She waits.", 1.0).duration_ms == pytest.approx(10_000 * SECONDS_PER_SIGN, rel=0.15)
    assert synthesis.phonemes(["she waits", "", "rain"], "en-us") == ["ʃiː wˈeɪts", "", "ɹˈeɪn"]
    assert synthesis.phonemes(["le football"], "fr") == ["lə- fˈʊtbɔːl"]  # without the marks of the language


def test_a_name_in_ipa_is_spoken_as_it_is_written(phonemes: Coqui) -> None:
    lexicon = Lexicon((Entry("Siobhan", ipa="ʃɪˈvɔːn"), Entry("Xq", ipa="ˈʃiː wˈeɪts")))
    lexicon.check(phonemes.takes_ipa)
    assert synthesis.phonemes(["siobhan"], "en-us") == ["ʃɪvˈɔːn"]  # as eSpeak NG has it by itself
    assert same(phonemes.say(lexicon.spoken("He sees Siobhan, Ann."), 1.0), phonemes.say("He sees Siobhan, Ann.", 1.0))
    assert same(phonemes.say(lexicon.spoken("Xq."), 1.0), phonemes.say(f"{IPA_START}ˈʃiː wˈeɪts{IPA_END}.", 1.0))


def test_ipa_goes_through_the_cleaning_of_texts_unharmed() -> None:
    from TTS.tts.utils.text import cleaners

    ipa = "ˈɑ̃ʃt͡ʃ ɡ˞ᵻ"
    hidden = synthesis.as_words(f"Mr. {IPA_START}{ipa}{IPA_END}'s 3")
    for clean in (cleaners.english_cleaners, cleaners.phoneme_cleaners, cleaners.multilingual_phoneme_cleaners):
        assert ipa in synthesis.phonemes([clean(hidden, "en")], "en-us")[0]


def test_a_model_that_reads_letters_takes_no_ipa(letters: Coqui, phonemes: Coqui) -> None:
    assert not letters.takes_ipa("a")
    assert phonemes.takes_ipa("ʃɪˈvɔːn")
    assert not phonemes.takes_ipa("ʃ7")
    with pytest.raises(InputError, match="takes no IPA"):
        Lexicon((Entry("Ann", ipa="ˈæn"),), "names.toml").check(letters.takes_ipa)
    with pytest.raises(ValueError, match="takes no IPA"):
        letters.say(f"{IPA_START}ˈæn{IPA_END}", 1.0)


def test_a_missing_library_is_found_at_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    espeak._places.cache_clear()
    espeak.plain_ipa.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(MissingToolError, match="espeakng-loader"):
        Coqui(mine(models / "phonemes"))
    espeak._places.cache_clear()
