"""How long a text takes to say, at the slowest."""

from __future__ import annotations

LASTS_MS = 5_000
LETTER_MS = 100
"""Slow speech: ten letters a second."""


def said_ms(text: str) -> int:
    """In ms, 5 s at least."""
    return max(LASTS_MS, LETTER_MS * len(text))
