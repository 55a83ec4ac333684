"""Times, counts and levels as people read them, written in one way wherever they stand; and texts for a page."""

from __future__ import annotations

import re


def clock(ms: float, decimals: int = 0) -> str:
    """A moment: minutes and seconds, with hours where there are any, and parts of a second where they are asked for:
    4:05, 1:04:05, 4:05.3."""
    whole, part = divmod(_parts(ms, decimals), 10**decimals)
    hours = f"{whole // 3600}:{whole // 60 % 60:02}" if whole >= 3600 else f"{whole // 60}"
    return f"{hours}:{whole % 60:02}{_fraction(part, decimals)}"


def seconds(ms: float, decimals: int = 1) -> str:
    """How long something lasts, in seconds: 3.7."""
    whole, part = divmod(_parts(ms, decimals), 10**decimals)
    return f"{whole}{_fraction(part, decimals)}"


def _parts(ms: float, decimals: int) -> int:
    """Seconds, tenths or less, rounded; a half goes up."""
    return int((round(ms) * 10**decimals + 500) // 1000)


def _fraction(part: int, decimals: int) -> str:
    return f".{part:0{decimals}}" if decimals else ""


def number_of(count: int, noun: str) -> str:
    """1 line, 2 lines; for nouns whose plural has an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of text, in Arabic and Hebrew subtitles for good reasons, elsewhere to deceive. The
page finds each text's direction from its letters instead."""


def plain(text: str) -> str:
    """The text without marks of direction; what no page may hold is shown as �."""
    return UNWRITABLE.sub("\ufffd", DIRECTIONS.sub("", text))


def exact(ms: float) -> str:
    """A moment to the millisecond."""
    return clock(ms, 3)


def address(ms: float) -> str:
    """Seconds, as an address has them: no more digits than are needed."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def signed(value: float | None, digits: int = 1) -> str:
    """A level with a true minus sign; what could not be measured is a dash."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")
