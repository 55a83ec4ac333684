"""Time codes of post-production, hh:mm:ss:ff, and the rate at which their frames are counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from audiodesc.model import Note
from audiodesc.subtitles.source import Source

CODE = r"\d{1,2}:\d{2}:\d{2}(?:[:;]\d{1,3}|[.,]\d{1,3})?"
FRAMES = r"\d{1,2}:\d{2}:\d{2}[:;]\d{2}"
PARTS = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:([:;.,])(\d{1,3}))?")
LEFT = re.compile(rf"^\W{{0,9}}\d{{1,2}}:\d{{2}}:\d{{2}}(?![\d:])|{FRAMES}")
"""What is left of a time in a text: it would be spoken as a number."""

RATES = (24, 25, 30, 50, 60)
NTSC = (24, 30, 60)
ENOUGH = 6
"""So many time codes tell whether a film of 50 pictures a second is counted in 25."""


@dataclass(frozen=True, slots=True)
class Count:
    """How frames are counted: so many to a second of time code, which lasts `stretch` seconds; `drops` where two of
    them are left out of most minutes to keep it on the clock."""

    frames: int
    stretch: Fraction = Fraction(1)
    drops: bool = False

    def ms(self, code: str) -> int:
        """When a time code is, in ms. One with a point or a comma, three digits or no fraction is on the clock."""
        match = PARTS.fullmatch(code.strip())
        if match is None:
            raise ValueError(f"no time code: {code!r}")
        hours, minutes, seconds = (int(match[n]) for n in (1, 2, 3))
        whole = (hours * 60 + minutes) * 60 + seconds
        point, digits = match[4] or "", match[5] or ""
        if point in (".", ",") or len(digits) != 2:
            return whole * 1000 + int(f"{digits}000"[:3])
        frames = whole * self.frames + int(digits)
        if self.drops:
            in_minutes = hours * 60 + minutes
            frames -= 2 * (self.frames // 30) * (in_minutes - in_minutes // 10)
        return round(frames * self.stretch * 1000 / self.frames)


def counted(source: Source, codes: Sequence[str]) -> tuple[Count, list[Note]]:
    """How the frames of a file's time codes are counted, and a note where that is not sure.

    By the film's rate; without a film, or where its rate does not have so many frames, by the highest number that
    occurs, and 25 a second.
    """
    parts = [match for code in codes if (match := PARTS.fullmatch(code.strip()))]
    numbers = [int(match[5]) for match in parts if match[4] in (":", ";") and len(match[5]) == 2]
    if not numbers:
        return Count(25), []
    highest, rate = max(numbers), source.rate()
    whole = next((base for base in RATES if rate and abs(rate / base - 1) < Fraction(1, 2000)), 0)
    slow = next((base for base in NTSC if rate and abs(rate * 1001 / 1000 / base - 1) < Fraction(1, 4000)), 0)
    base = slow or whole
    if base >= 50 and highest < base // 2 and len(numbers) >= ENOUGH:
        base //= 2
    if base > highest:
        is_slow = bool(slow)
        drops = is_slow and base >= 30 and any(match[4] == ";" for match in parts)
        return Count(base, Fraction(1001, 1000) if is_slow else Fraction(1), drops), []
    found = next((base for base in RATES if base >= 25 and base > highest), 100)
    why = f"the film has {float(rate):.3f}" if rate else "no film is given"
    unit = "they are read as hundredths" if found == 100 else f"{found} frames a second are assumed"
    return Count(found), [source.note(f"its times end in frames, up to {highest}, and {why}: {unit}")]


def refuse_left(source: Source, line: int, text: str) -> None:
    """Raise the source's error for a text in which a time code stands: it would be spoken."""
    if LEFT.search(text):
        fault = f"has a time code in its text (line {line}: {text.strip()[:60]!r})"
        raise source.refusal(fault, "give each line one start, or start and end, before its text")
