"""How long a text takes to say."""

from __future__ import annotations

import re

ALPHABET_CPS = 15
"""Characters of a text in letters, with its spaces, that are said in a second: 150 words a minute in English."""

SYLLABLE_CPS = 6
"""The same for Chinese characters, kana and hangul, of which each is a syllable or more."""

SYLLABLES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def spoken_ms(text: str) -> int:
    """At an ordinary pace."""
    syllables = len(SYLLABLES.findall(text))
    return round(1000 * (syllables / SYLLABLE_CPS + (len(text) - syllables) / ALPHABET_CPS))
