"""Values as the page words them: times, levels, and texts of which nobody knows what they hold."""

from __future__ import annotations

import re

from audiodesc.core.formatting import clock

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
