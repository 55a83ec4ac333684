"""How long a text takes to speak, estimated from the text alone."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from audiodesc.core.style import REMEMBERED

LETTERS_A_WORD = 6
"""Of the standard word, with the blank behind it: short words are spoken faster, long ones slower."""

WORDS_A_SIGN = 0.6
"""Chinese, Japanese and Korean have no blanks: about 330 signs are spoken in the time of 200 words."""

_SIGNS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


@lru_cache(maxsize=REMEMBERED)
def words_in(text: str) -> float:
    """The words that a text is worth: the fewer of its words and its letters in standard words.

    A voice that cannot say it in that time cannot say it by any count.
    """
    signs = [char for char in text if unicodedata.name(char, "").startswith(_SIGNS)]
    spelled = text.translate({ord(sign): " " for sign in signs}).split()
    return len(signs) * WORDS_A_SIGN + min(len(spelled), len(" ".join(spelled)) / LETTERS_A_WORD)


def takes_ms(text: str, wpm: int) -> int:
    """How long it takes at so many words a minute."""
    return round(words_in(text) * 60_000 / wpm)


def wpm_in(text: str, ms: int) -> int:
    """How many words a minute fit it into so much time; more than a thousand is a thousand."""
    return min(1000, round(words_in(text) * 60_000 / ms)) if ms > 0 else 1000
