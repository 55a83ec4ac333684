"""Letters to phonemes for Coqui's models, by the eSpeak NG library that comes with the built-in voice.

Coqui itself calls the program `espeak-ng`, which few machines have and which differs from one to the next. The
same library answers alike everywhere. Names given in IPA travel through Coqui's cleaning of texts as made-up
words, and come out as they were written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from audiodesc.speak.espeak import pronounced
from audiodesc.speak.lexicon import stretches

PHONEMES = 1
"""The version of this module's result, for fingerprints."""

_ALIASES = {"en": "en-us", "zh-cn": "cmn"}  # as Coqui has them
_LANGUAGE_MARKS = re.compile(r"\([a-z-]+\)")  # (en) … (de), around foreign words
_VOWELS = "iyɨʉɯuɪʏʊeøɘəɵɤoɛœɜɞʌɔæɐaɶɑɒᵻɚ"
# The library sets a stress before the vowel, dictionaries before the syllable: the models know the first.
_STRESSED = re.compile(rf"([ˈˌ])([^\sˈˌ{_VOWELS}]+)(?=[{_VOWELS}])")
_LETTERS = "abcdefghijklmnop"  # of a made-up word: one for each half byte
_WORD = re.compile(rf"zqx([{_LETTERS}]+)xqz")


def as_words(text: str) -> str:
    """The text with each stretch of IPA as a made-up word of lower-case letters."""
    return "".join(_word(part) if is_ipa else part for part, is_ipa in stretches(text))


def _word(ipa: str) -> str:
    raw = _STRESSED.sub(r"\2\1", ipa).encode()
    return f"zqx{''.join(_LETTERS[byte >> 4] + _LETTERS[byte & 15] for byte in raw)}xqz"


def _sounds(letters: str) -> str:
    halves = [_LETTERS.index(letter) for letter in letters]
    return bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True)).decode()


def in_vocabulary(ipa: str, vocabulary: str) -> bool:
    """Whether a model has a sign for each sound, as it is or taken apart (ã is a and a tilde)."""
    signs = unicodedata.normalize("NFD", ipa)
    return bool(ipa) and all(sign in vocabulary for sign in signs if sign != " ")


def phonemes(texts: Sequence[str], language: str) -> list[str]:
    """Each text in IPA, as eSpeak NG pronounces that language; made-up words as the IPA that they stand for."""
    parts = [_WORD.split(text) for text in texts]
    heard = iter(_heard(tuple(part for split in parts for part in split[::2]), _ALIASES.get(language, language)))
    lines = []
    for split in parts:
        said = [_sounds(part) if number % 2 else next(heard) for number, part in enumerate(split)]
        lines.append(" ".join(filter(None, said)))
    return lines


@lru_cache(maxsize=64)
def _heard(texts: tuple[str, ...], language: str) -> tuple[str, ...]:
    return tuple(_LANGUAGE_MARKS.sub("", line).strip() for line in pronounced(language, texts))


@cache
def _phonemizer() -> Any:
    """A class for Coqui: its own `espeak`, with the library in place of the program."""
    from TTS.tts.utils.text.phonemizers.base import BasePhonemizer

    class Library(BasePhonemizer):  # type: ignore[misc, unused-ignore]
        def __init__(self, language: str) -> None:
            super().__init__(language, keep_puncs=True)

        def phonemize(self, text: str, separator: str = "|", language: str | None = None) -> str:
            pieces, marks = self._phonemize_preprocess(text)
            restored: str = self._phonemize_postprocess(phonemes(pieces, self.language), marks)
            return restored

        def _phonemize(self, text: str, separator: str) -> str:
            return phonemes([text], self.language)[0]

        def _init_language(self, language: str) -> str:
            return language

        @staticmethod
        def name() -> str:
            return "espeak"

        @classmethod
        def is_available(cls) -> bool:
            return True

        def version(self) -> str:
            return str(PHONEMES)

        @staticmethod
        def supported_languages() -> dict[str, str]:
            return {}

    return Library


def use_library() -> None:
    """From now on, Coqui models that ask for `espeak` get it from the library."""
    from TTS.tts.utils.text import phonemizers

    known: Callable[[str], str] = phonemizers.get_default_phonemizer
    known("be")  # fills the table, which would else be filled over what is put there
    phonemizers.PHONEMIZERS["espeak"] = _phonemizer()
