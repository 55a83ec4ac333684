"""IPA for eSpeak NG, which reads only its own mnemonics, and pronounces those differently from voice to voice.

So a voice is asked what each of its mnemonics is in IPA, and the answers are read backwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

Pronounce = Callable[[Sequence[str]], list[str]]
"""Texts that may hold mnemonics -> how a voice pronounces each, in IPA."""

_STRESS = {"ˈ": "'", "ˌ": ","}
# The library's names; of two for the same sound the first is taken.
_CONSONANTS = (
    'p b t d k g f v T D s z S Z tS dZ ts dz pF h x C X Q B m n N n^ l r * R Q" r" L l^ l. j w ? J c q s. z. S; Z;'
    " n. w# v# R^ R^/ tS; dZ;"
)
_VOWELS = (
    "i i: I I: e e: E E: a a: A A: 0 O O: o o: U U: u u: y y: Y Y: W W: V @ @: 3 3: & &: a# I# u- 8 aI aU OI eI oU @U"
    " i@ e@ U@ EI VU OY aU@ aI@ A~ E~ O~ W~ e~ i~ o~ u~ &~ &U~ A@ O@ o@"
)
_WEAK = ("@", "3", "a#", "I#")  # vowels that change under stress
# A sound that a voice has not is spoken as the nearest that it has of the first row that helps.
_ALIKE = ("ʌɐəɜɚ", "ɑaæɛ", "ɑɒɔo", "eɛæ", "iɪᵻɨ", "uʊɵʉ", "yʏiɪ", "øœɜə", "ɹrɾʁʀ", "lɫ", "vʋwʍ", "hxχ")
_LONG, _SOFT, _NASAL, _GLIDING = "ː", "ʲ", "\u0303", "\u032f"
_IPA_VOWELS = "iyɨʉɯuɪʏʊeøɘəɵɤoɛœɜɞʌɔæɐaɶɑɒᵻɚ"
_STRESSED = re.compile(rf"([ˈˌ])([^\sˈˌ{_IPA_VOWELS}]+)(?=[{_IPA_VOWELS}])")
# Frames that leave a sound as it is: before a stressed open vowel nothing is devoiced, flapped or linked.
_END = "|'a:"


def mnemonic_table(pronounce: Pronounce) -> dict[str, str]:
    """IPA -> the the voice's mnemonic, for each sound that the voice has, or has something near to."""
    consonants, vowels = _CONSONANTS.split(), _VOWELS.split()
    starts = ["s" if sound in _WEAK else "s|'" for sound in vowels]
    frames = ["p", "p|:", "p|;", *consonants, *(f"{s}|{v}|s" for s, v in zip(starts, vowels, strict=True))]
    plain, long, soft, *answers = pronounce([f"[[{frame}{_END}]]" for frame in frames])
    end = plain.removeprefix("p")
    table = dict(_STRESS)
    _learn(table, ":", long, "p", end)
    _learn(table, ";", soft, "p", end)
    for sound, ipa in zip(consonants, answers, strict=False):
        _learn(table, sound, ipa, "", end)
    for sound, start, ipa in zip(vowels, starts, answers[len(consonants) :], strict=True):
        _learn(table, sound, ipa, start.replace("|'", "ˈ"), f"s{end}")
    return _completed(table)


def _learn(table: dict[str, str], sound: str, ipa: str, before: str, after: str) -> None:
    """Mnemonics that the voice does not have are left out of what it says."""
    if ipa.startswith(before) and ipa.endswith(after) and len(ipa) > len(before + after):
        table.setdefault(_form(ipa[len(before) : len(ipa) - len(after)]), sound)


def stress_at_vowel(ipa: str) -> str:
    """IPA with each stress before its vowel, as the library writes it; dictionaries have it before the syllable."""
    return _STRESSED.sub(r"\2\1", ipa)


def _form(ipa: str) -> str:
    return unicodedata.normalize("NFD", ipa)


def _completed(table: dict[str, str]) -> dict[str, str]:
    """With the nearest sounds for those that are missing: another length, another of its row; an n for a nasal."""
    short = {sound[0]: name for sound, name in table.items() if sound[1:] == _LONG}
    had = short | table
    near = {sound: had[other] for row in reversed(_ALIKE) for sound in row if (other := _nearest(sound, row, had))}
    return {_LONG: "", _GLIDING: "", _SOFT: had["j"], _NASAL: had["n"]} | near | had


def _nearest(sound: str, row: str, had: Mapping[str, str]) -> str:
    place = row.index(sound)
    return min((other for other in row if other in had), key=lambda other: abs(row.index(other) - place), default="")


def mnemonics(ipa: str, table: Mapping[str, str]) -> str:
    """The same words for the library, in its brackets. Raises ValueError, which names the first sound it has not."""
    return " ".join(f"[[{'|'.join(filter(None, _sounds(word, table)))}]]" for word in _form(ipa).split())


def _sounds(word: str, table: Mapping[str, str]) -> Iterator[str]:
    """Of several ways to read it, the one with the longer sounds first: oʊ is one sound."""
    longest = max(map(len, table))
    place = 0
    while place < len(word):
        parts = (word[place : place + length] for length in range(longest, 0, -1))
        found = next((part for part in parts if part in table), None)
        if found is None:
            raise ValueError(f"it has no sound {word[place]!r}")
        yield table[found]
        place += len(found)
