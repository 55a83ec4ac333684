"""Which text can be told (Latin letters in words), how it is spelled, and when two texts are alike."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

ALIKE = 0.9
MOST_LETTERS = 160
FEWEST_LETTERS = 3
LONGEST_WORD = 28
SPOKEN_AS_LETTERS = frozenset({"FBI", "CIA", "USA", "UFO", "VIP", "NASA", "BBC", "AIDS"})

_MARKS = frozenset(" .,:;!?¡¿'’‘\"“”«»&-–—/()+%$€£#*·…°@")
_ADDRESS = re.compile(r"https?:|www\.|@\w", re.IGNORECASE)
_VOWELS = frozenset("aeiouyæøœ")


def readable(text: str) -> bool:
    """Whether it can be read aloud: enough Latin letters, in words, no strange signs, no web address."""
    letters = [char for char in text if char.isalpha()]
    return (
        len(letters) >= FEWEST_LETTERS
        and len(text) <= MOST_LETTERS
        and all(_latin(char) for char in letters)
        and all(char.isalnum() or char in _MARKS for char in text)
        and 3 * len(letters) >= 2 * sum(not char.isspace() and not char.isdecimal() for char in text)
        and not _ADDRESS.search(text)
        and any(_is_word(word) for word in words(text))
        and all(len(word) < 4 or _is_word(word) or word.isdecimal() for word in words(text))
    )


def _latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN ")


def _is_word(word: str) -> bool:
    """At least two letters, a vowel among them, no letter three times in a row, and no run of words."""
    plain = _plain(word)
    return 1 < len(plain) <= LONGEST_WORD and any(c in _VOWELS for c in plain) and not re.search(r"(.)\1\1", plain)


def _plain(text: str) -> str:
    """Lower case without accents."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parted if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The words in lower case without accents and punctuation."""
    return re.findall(r"[^\W_]+", _plain(text))


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same, give or take a letter in ten, spaces and punctuation; never a digit."""
    first, second = "".join(words(one)), "".join(words(other))
    if first == second:
        return True
    if re.sub(r"\D", "", first) != re.sub(r"\D", "", second):
        return False
    match = SequenceMatcher(None, first, second, autojunk=False)
    return match.real_quick_ratio() >= ALIKE and match.quick_ratio() >= ALIKE and match.ratio() >= ALIKE


def within(text: str, longer: str) -> bool:
    """Whether the longer text says the shorter one too, or all but a few letters of it."""
    some, all_ = words(text), words(longer)
    if f" {' '.join(some)} " in f" {' '.join(all_)} " or alike(text, longer):
        return True
    squashed = "".join(some)
    return len(squashed) >= 8 and squashed in "".join(all_)


def spoken(text: str) -> str:
    """For a narrator: words in capitals as names, abbreviations as they stand, no full stop at the end."""
    tidy = re.sub(r"\s+[-–—·*]\s*|\s*[-–—]\s+", ", ", " ".join(text.split())).strip(" .,:;-–—·…")
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda found: _as_name(found[0]), tidy)


def _as_name(word: str) -> str:
    abbreviation = word in SPOKEN_AS_LETTERS or not any(char in _VOWELS for char in _plain(word))
    return word if abbreviation or not word.isupper() or len(word) == 1 else word.capitalize()
