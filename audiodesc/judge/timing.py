"""TTML's times: what a clock says, and lengths in seconds, frames or ticks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

PARAMETER = "http://www.w3.org/ns/ttml#parameter "
CLOCK = re.compile(r"(\d{2,6}):([0-5]\d):([0-5]\d)(?:\.(\d{1,9})|:(\d{2,9}))?")
OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")


@dataclass(frozen=True, slots=True)
class Rates:
    """Of times that count frames or ticks, in a second."""

    frames: Fraction = Fraction(30)
    ticks: Fraction = Fraction(1)


def rates(root: Mapping[str, str]) -> Rates:
    """As the root element's attributes say; a rate that is no number is TTML's own default."""
    frames = _number(root.get(f"{PARAMETER}frameRate"), 30)
    above, below = [*root.get(f"{PARAMETER}frameRateMultiplier", "1 1").split(), "1", "1"][:2]
    rate = frames * _number(above, 1) / _number(below, 1)
    default = rate if f"{PARAMETER}frameRate" in root else Fraction(1)
    return Rates(rate, _number(root.get(f"{PARAMETER}tickRate"), default))


def _number(text: str | None, default: int | Fraction) -> Fraction:
    return Fraction(int(text)) if text and re.fullmatch(r"[1-9]\d{0,8}", text.strip()) else Fraction(default)


def seconds_of(value: str, of: Rates) -> Fraction | None:
    """A time expression in seconds; None for what is none."""
    if clock := CLOCK.fullmatch(value):
        hours, minutes, seconds, part, frames = clock.groups()
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        return whole + Fraction(f"0.{part or 0}") + int(frames or 0) / of.frames
    if offset := OFFSET.fullmatch(value):
        lengths = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
        units = lengths | {"f": 1 / of.frames, "t": 1 / of.ticks}
        return Fraction(offset[1]) * units[offset[2]]
    return None
