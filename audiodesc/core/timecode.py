"""Timecode after SMPTE ST 12-1: hh:mm:ss:ff for the frames of a film, drop-frame too, from any start, over midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

CODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")
NTSC: Final = Fraction(1000, 1001)

RATES: Final[dict[str, tuple[Fraction, bool]]] = {
    "23.976": (24 * NTSC, False),
    "24": (Fraction(24), False),
    "25": (Fraction(25), False),
    "29.97": (30 * NTSC, False),
    "29.97df": (30 * NTSC, True),
    "30": (Fraction(30), False),
    "47.952": (48 * NTSC, False),
    "48": (Fraction(48), False),
    "50": (Fraction(50), False),
    "59.94": (60 * NTSC, False),
    "59.94df": (60 * NTSC, True),
    "60": (Fraction(60), False),
}
"""Frames a second, and whether numbers are dropped, by the name that a user gives."""

NEAR = Fraction(1, 2000)
"""A rate so near to one of these, as a share, is that one: containers round it."""

FASTEST = 120
HALF_DAY_MS = 12 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Timecode:
    """How the frames of a film are numbered: `fps` frames a second, in drop-frame or not, the first of them being
    `start`, in frames from 00:00:00:00.

    Drop-frame leaves out the first two numbers (at 59.94 fps four) of each minute but every tenth, so that the code
    keeps up with the clock. After 23:59:59 comes 00:00:00.
    """

    fps: Fraction = Fraction(25)
    drops: bool = False
    start: int = 0

    @property
    def nominal(self) -> int:
        """How many numbers a second has, 30 at 29.97 fps."""
        return round(self.fps)

    @property
    def dropped(self) -> int:
        """How many numbers are left out of a minute."""
        return self.nominal // 15 if self.drops else 0

    @property
    def day(self) -> int:
        """How many frames there are before 00:00:00:00 comes again."""
        return 24 * 60 * 60 * self.nominal - self.dropped * 24 * 54

    @property
    def rate_name(self) -> str:
        """The rate as a user gives it: "25", "29.97df"."""
        named = (name for name, rate in RATES.items() if rate == (self.fps, self.drops))
        return next(named, f"{float(self.fps):.6g}")

    @property
    def start_code(self) -> str:
        """The code of the film's first frame."""
        return self.code(self.start)

    @property
    def precision_ms(self) -> int:
        """How far a time may be from what is read back of its code: half a frame, in ms, rounded up."""
        return int(500 / self.fps) + 1

    def frame(self, ms: float) -> int:
        """The frame of the film, from 0, that begins nearest to a time in ms."""
        return round(Fraction(ms) * self.fps / 1000)

    def text(self, ms: float) -> str:
        """The code of a time of the film in ms: "01:00:02:12", in drop-frame "01:00:02;12"."""
        return self.code(self.start + self.frame(ms))

    def code(self, frame: int) -> str:
        """The code of a frame that is counted from 00:00:00:00."""
        frame %= self.day
        if self.drops:
            ten_minutes = 600 * self.nominal - 9 * self.dropped
            tens, rest = divmod(frame, ten_minutes)
            minutes = max(0, rest - self.dropped) // (60 * self.nominal - self.dropped)
            frame += self.dropped * (9 * tens + minutes)
        seconds, frames = divmod(frame, self.nominal)
        mark = ";" if self.drops else ":"
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frames:0{self._digits}}"

    def ms(self, code: str) -> int:
        """The time of the film in ms that has this code; the inverse of `text`, to the ms for a frame's own.

        Raises ValueError for what is no code at this rate, and for one before the film's start. One of more than twelve
        hours before it is after midnight.
        """
        from_start = self.frames(code) - self.start
        if from_start < 0:
            from_start += self.day
            if from_start * 1000 / self.fps > HALF_DAY_MS:
                raise ValueError(f"{code} lies before the film's start, {self.start_code}")
        return round(from_start * 1000 / self.fps)

    def frames(self, code: str) -> int:
        """How many frames from 00:00:00:00 a code is. Raises ValueError for what is none at this rate."""
        match = CODE.fullmatch(code.strip())
        if match is None or match[4] in ".,":
            raise ValueError(f"{code!r} is no timecode")
        hours, minutes, seconds, frames = (int(match[n]) for n in (1, 2, 3, 5))
        if hours > 23 or minutes > 59 or seconds > 59:
            raise ValueError(f"{code} is no time of a day")
        if frames >= self.nominal:
            raise ValueError(f"{code} has frame {frames}, and there are {self.nominal} in a second")
        if self.drops and not seconds and minutes % 10 and frames < self.dropped:
            raise ValueError(f"{code} is a number that drop-frame leaves out")
        return self.counted(hours * 60 + minutes, seconds, frames)

    def counted(self, minutes: int, seconds: int, frames: int) -> int:
        """How many frames from 00:00:00:00 a code is by its numbers, the hours in minutes."""
        return (minutes * 60 + seconds) * self.nominal + frames - self.dropped * (minutes - minutes // 10)

    @property
    def _digits(self) -> int:
        return 3 if self.nominal > 100 else 2


def is_code(code: str) -> bool:
    """Whether a text is written as a timecode with frames; whether there is such a frame depends on the rate."""
    match = CODE.fullmatch(code.strip())
    return match is not None and match[4] in ":;"


def timecode(rate: str, start: str = "") -> Timecode:
    """By a rate's name in `RATES` and the code of the first frame. Raises ValueError where one is none."""
    name = rate.strip().lower()
    if name not in RATES:
        raise ValueError(f"there is no timecode rate {rate!r}: choose one of {', '.join(RATES)}")
    fps, drops = RATES[name]
    return started(Timecode(fps, drops), start)


def started(count: Timecode, start: str) -> Timecode:
    """The same from another start. Raises ValueError where that is no code at this rate."""
    return Timecode(count.fps, count.drops, count.frames(start)) if start else Timecode(count.fps, count.drops)


def of_film(fps: Fraction | None, code: str = "") -> Timecode:
    """That of a film with this frame rate, 25 where it is not known, whose first frame has this code.

    A code with a semicolon counts in drop-frame. One that cannot be at this rate counts for nothing.
    """
    exact = standard(fps) if fps else Fraction(25)
    drops = ";" in code and (exact, True) in RATES.values()
    try:
        return started(Timecode(exact, drops), code)
    except ValueError:
        return Timecode(exact)


def standard(fps: Fraction) -> Fraction:
    """The rate at which the frames of such a film are numbered: a rate in use, else the nearest whole number."""
    near = min((rate for rate, _ in RATES.values()), key=lambda rate: abs(rate - fps))
    if abs(near / fps - 1) < NEAR:
        return near
    return Fraction(min(FASTEST, max(1, round(fps))))
