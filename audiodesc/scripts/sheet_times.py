"""Times in the cells of a sheet: as they are written, and as people and spreadsheets leave them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fractions import Fraction
from typing import Literal

from audiodesc.core.timecode import CODE, RATES, Timecode, is_code, of_film, timecode

TimeForm = Literal["clock", "timecode", "seconds"]

Cell = str | int | float | time | datetime | timedelta | None
"""What a cell holds, as it is read: text, a number, or what a spreadsheet takes for a time."""

CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?(?: ?([AaPp])\.?[Mm]\.?)?")
NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,9})?")
STATED = re.compile(r"([\d.]+(?:df)?) fps(?: from ([\d:;]+))?", re.IGNORECASE)
DAY_S = 24 * 3600
CUT_MS = 100
"""So far off may a time be that a spreadsheet writes as minutes, seconds and tenths."""

HALF_HOUR_MS = 30 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Times:
    """How times stand in a sheet: their form and, for timecode, how frames are numbered."""

    form: TimeForm = "clock"
    count: Timecode = field(default_factory=Timecode)

    @property
    def unit(self) -> str:
        """What the head of a column says of its times: "25 fps from 01:00:00:00"."""
        if self.form == "timecode":
            return f"{self.count.rate_name} fps from {self.count.start_code}"
        return "seconds" if self.form == "seconds" else ""

    def text(self, ms: int) -> str:
        """A time of the film as it is written."""
        if self.form == "timecode":
            return self.count.text(ms)
        if self.form == "seconds":
            return f"{ms // 1000}.{ms % 1000:03}"
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def stated(unit: str) -> Timecode | None:
    """The timecode that a head states; None for none, or for one that cannot be."""
    match = STATED.search(unit)
    if match is None:
        return None
    try:
        if match[1].lower() in RATES:
            return timecode(match[1], match[2] or "")
        return of_film(Fraction(match[1]).limit_denominator(1001), match[2] or "")
    except (ValueError, ZeroDivisionError):
        return None


def guessed(codes: Iterable[str], fps: Fraction | None) -> tuple[Timecode, str]:
    """How frames are numbered where nothing states it, and a remark where that is not sure.

    By the film's rate; without a film, or where its rate has no such frame, by the highest frame, and 25 at least.
    """
    found = [match for code in codes if (match := CODE.fullmatch(code.strip()))]
    highest = max((int(match[5]) for match in found), default=0)
    start = "00:00:00;00" if any(match[4] == ";" for match in found) else ""
    if fps and (own := of_film(fps, start)).nominal > highest:
        return own, ""
    rate = next(Fraction(rate) for rate in (25, 30, 50, 60, 120, 1000) if rate > highest)
    exact = Fraction(30_000, 1001) if start and rate == 30 else Fraction(60_000, 1001) if start and rate == 60 else rate
    why = f"the film has {float(fps):.3f} fps" if fps else "no film is given"
    return of_film(exact, start), f"its times have frames up to {highest}, and {why}: {float(exact):.5g} fps is assumed"


def are_days(cells: Sequence[Cell]) -> bool:
    """Whether the numbers among the times of a sheet are fractions of a day whose format was lost: all are less than 1,
    and whatever else stands there has the format of a time."""
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    others = [cell for cell in cells if not isinstance(cell, int | float)]
    all_times = all(isinstance(cell, time | timedelta | datetime) for cell in others)
    return len(cells) > 1 and all_times and max(numbers, default=1) < 1


def ms_of(cell: Cell, count: Timecode, *, days: bool = False) -> int:
    """A cell's time in ms of the film; a number counts seconds or, with `days`, days.

    Raises ValueError for what is no time.
    """
    if isinstance(cell, time):
        return round((cell.hour * 3600 + cell.minute * 60 + cell.second) * 1000 + cell.microsecond / 1000)
    if isinstance(cell, datetime):
        raise ValueError(f"{cell:%Y-%m-%d} is a date")
    if isinstance(cell, timedelta):
        return _checked(cell.total_seconds(), str(cell))
    if isinstance(cell, int | float):
        return _checked(cell * DAY_S if days else cell, str(cell))
    text = (cell or "").strip().lstrip("'").strip()
    if is_code(text):
        return count.ms(text)
    if clock := CLOCK.fullmatch(text):
        return _of_clock(clock)
    if NUMBER.fullmatch(text):
        return _checked(float(Fraction(text.replace(",", "."))), text)
    raise ValueError(f"{text[:40]!r} is no time" if text else "there is no time")


def is_cut(cell: Cell) -> bool:
    """Whether a text has minutes and seconds alone, as a spreadsheet writes times of hours too."""
    match = CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return match is not None and match[1] is None


def _of_clock(clock: re.Match[str]) -> int:
    hours, minutes, seconds, part, half = clock.groups()
    if int(seconds) > 59 or (hours and int(minutes) > 59):
        raise ValueError(f"{clock[0]!r} is no time")
    if half:
        hours = str(int(hours or 0) % 12 + (12 if half in "Pp" else 0))
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + round(Fraction(f"0.{part or 0}") * 1000)


def _checked(seconds: float, shown: str) -> int:
    if not 0 <= seconds <= 2 * DAY_S:
        raise ValueError(f"{shown[:40]} is no time in a film")
    return round(seconds * 1000)
