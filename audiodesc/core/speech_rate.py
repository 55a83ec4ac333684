"""How long a text takes to speak, by its letters or words: at the fastest, at an ordinary pace, at the slowest."""

from __future__ import annotations

import re
from functools import lru_cache

from audiodesc.core.style import REMEMBERED

SYLLABLES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
"""Chinese characters, kana and hangul, of which each is a syllable or more."""

FASTEST_LETTERS_PER_S = 40
"""No voice comes near: 14 to 18 is natural, and 25 what short words with silent letters come to (measured)."""

LETTERS_PER_SYLLABLE = 2.5
"""What one of `SYLLABLES` is worth in letters, at the fastest."""

SUBTITLE_LETTER_MS = 60
"""A letter at an ordinary pace, where a subtitle is not shown for as long as anybody needs to say it."""

ALPHABET_CPS = 15
"""Characters of a text in letters, with its spaces, that are said in a second: 150 words a minute in English."""

SYLLABLE_CPS = 6
"""The same for `SYLLABLES`."""

SLOWEST_LETTER_MS, SHORTEST_MS = 100, 5_000
"""Ten letters a second; and 5 s at least."""

LETTERS_PER_WORD = 6
"""Of the standard word, with the blank behind it: short words are spoken faster, long ones slower."""

WORDS_PER_SYLLABLE = 0.6
"""Chinese, Japanese and Korean have no blanks: about 330 characters are spoken in the time of 200 words."""


def fastest_ms(text: str, rate: float = 1) -> int:
    """What any voice needs for the text's letters and figures at that rate, and less than any does."""
    return int(_letters(text) * 1000 / (FASTEST_LETTERS_PER_S * rate))


def subtitle_ms(text: str, shown_ms: int) -> int:
    """How long a subtitle that is shown for so long is spoken at least: as long as it is shown, unless nobody could say
    it in that time."""
    return shown_ms if shown_ms >= fastest_ms(text) else round(SUBTITLE_LETTER_MS * _letters(text))


def usual_ms(text: str) -> int:
    """At an ordinary pace."""
    syllables = len(SYLLABLES.findall(text))
    return round(1000 * (syllables / SYLLABLE_CPS + (len(text) - syllables) / ALPHABET_CPS))


def slowest_ms(text: str) -> int:
    """In slow speech, with pauses; 5 s at least."""
    return max(SHORTEST_MS, SLOWEST_LETTER_MS * len(text))


def estimated_ms(text: str, wpm: int) -> int:
    """At so many words a minute."""
    return round(word_count(text) * 60_000 / wpm)


def required_wpm(text: str, ms: int) -> int:
    """How many words a minute fit it into so much time; more than a thousand is a thousand."""
    return min(1000, round(word_count(text) * 60_000 / ms)) if ms > 0 else 1000


@lru_cache(maxsize=REMEMBERED)
def word_count(text: str) -> float:
    """The words that a text is worth: the fewer of its words and its letters in standard words.

    A voice that cannot say it in that time cannot say it by any count.
    """
    syllables = len(SYLLABLES.findall(text))
    spelled = SYLLABLES.sub(" ", text).split()
    return syllables * WORDS_PER_SYLLABLE + min(len(spelled), len(" ".join(spelled)) / LETTERS_PER_WORD)


def _letters(text: str) -> float:
    return sum(map(str.isalnum, text)) + (LETTERS_PER_SYLLABLE - 1) * len(SYLLABLES.findall(text))
