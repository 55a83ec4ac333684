"""Lines and words of SCC, as ttconv can take them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

NEW_SCREEN = {0x142C, 0x142D, 0x142E, 0x142F}
"""Erase displayed memory, carriage return, erase non-displayed memory, end of caption."""

TABS = {0x1721, 0x1722, 0x1723}

FULL_SCREEN = 300
"""Words: 15 rows of 16, and four codes for each."""

FRAMES_A_SECOND = Fraction(30_000, 1001)


def line(frame: int, words: Iterable[str]) -> str:
    """A line of SCC: words of CEA-608 ("9420"), the first sent with that frame, each other with the next."""
    seconds, rest = divmod(frame, 30)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{rest:02}"
    return f"{clock}\t{' '.join(words)}"


def ready(words: list[str], shown: int) -> tuple[list[str], int]:
    """The words of a line as ttconv can take them; `shown` is how many stand on the screen before, and after."""
    return _erased(_untabbed(words), shown)


def _untabbed(words: list[str]) -> list[str]:
    """The words with a blank for a tab behind letters, and nothing for another: where on the screen letters stand does
    not matter here, and ttconv fails beyond its edge."""
    values = [int(word, 16) & 0x7F7F for word in words]
    blanks = ("2080" if before >= 0x2000 else "8080" for before in [0, *values])
    return [blank if value in TABS else word for word, value, blank in zip(words, values, blanks, strict=False)]


def _erased(words: list[str], shown: int) -> tuple[list[str], int]:
    """The words, with the screen erased where more follow each other than it holds: ttconv's time grows with the
    square of what stands there."""
    kept: list[str] = []
    for word in words:
        shown = 0 if int(word, 16) & 0x7F7F in NEW_SCREEN else shown + 1
        if shown > FULL_SCREEN:
            kept += ["942c", "94ae"]
            shown = 0
        kept.append(word)
    return kept, shown
