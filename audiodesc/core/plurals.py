"""How many there are of something, in words."""

from __future__ import annotations


def number_of(count: int, noun: str) -> str:
    """1 line, 2 lines; for nouns whose plural has an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
