"""How long a text takes to say, at the slowest."""

from __future__ import annotations

import re

LASTS_MS = 5_000
LETTER_MS = 100
"""Slow speech: ten letters a second."""

FASTEST_MS, USUAL_MS = 25, 60
"""A letter at the greatest speed at which anybody speaks, and at an ordinary one; a sign of Chinese, Japanese or Korean
is worth two and a half."""

SIGN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def said_ms(text: str) -> int:
    """In ms, 5 s at least."""
    return max(LASTS_MS, LETTER_MS * len(text))


def least_ms(text: str, shown_ms: int) -> int:
    """How long a text that is shown for so long is said at least, in ms: as long as it is shown, unless nobody could
    say it in that time."""
    letters = sum(map(str.isalnum, text)) + 1.5 * len(SIGN.findall(text))
    return shown_ms if shown_ms >= FASTEST_MS * letters else round(USUAL_MS * letters)
