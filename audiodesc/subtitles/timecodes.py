"""Time codes, hh:mm:ss:ff: the rate of their frames, and a programme's start."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from audiodesc.core.timecode import NTSC, Timecode
from audiodesc.model import Cue, Note, Span
from audiodesc.subtitles.source import Source

CODE = r"\d{1,2}:\d{2}:\d{2}(?:[:;]\d{1,3}|[.,]\d{1,3})?"
FRAMES = r"\d{1,2}:\d{2}:\d{2}[:;]\d{2}"
PARTS = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:([:;.,])(\d{1,3}))?")
TIME_IN_TEXT = re.compile(rf"^\W{{0,9}}\d{{1,2}}:\d{{2}}:\d{{2}}(?![\d:])|{FRAMES}")
"""What is left of a time in a text: it would be spoken as a number."""

RATES, NTSC_RATES = (24, 25, 30, 50, 60), (24, 30, 60)
ENOUGH_CODES = 6
"""Time codes from which it is known whether a film of 50 fps is counted in 25."""


def code_ms(code: str, count: Timecode) -> int:
    """When a time code is, in ms from 00:00:00:00. One with a point or a comma, three digits or no fraction is on the
    clock. Numbers that cannot be, as sloppy files have them, count on. Raises ValueError for what is no time code."""
    match = PARTS.fullmatch(code.strip())
    if match is None:
        raise ValueError(f"no time code: {code!r}")
    hours, minutes, seconds = (int(match[n]) for n in (1, 2, 3))
    point, digits = match[4] or "", match[5] or ""
    if point in (".", ",") or len(digits) != 2:
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(f"{digits}000"[:3])
    return round(count.counted(hours * 60 + minutes, seconds, int(digits)) * 1000 / count.fps)


def frame_count(source: Source, codes: Sequence[str]) -> tuple[Timecode, list[Note]]:
    """How the frames of a file's time codes are counted, and a note where that is not sure.

    By the film's rate; without a film, or where its rate does not have so many frames, by the highest number that
    occurs, and 25 a second.
    """
    parts = [match for code in codes if (match := PARTS.fullmatch(code.strip()))]
    numbers = [int(match[5]) for match in parts if match[4] in (":", ";") and len(match[5]) == 2]
    if not numbers:
        return Timecode(), []
    highest, rate = max(numbers), source.rate()
    whole = next((base for base in RATES if rate and abs(rate / base - 1) < Fraction(1, 2000)), 0)
    slow = next((base for base in NTSC_RATES if rate and abs(rate * 1001 / 1000 / base - 1) < Fraction(1, 4000)), 0)
    base = slow or whole
    if base >= 50 and highest < base // 2 and len(numbers) >= ENOUGH_CODES:
        base //= 2
    if base > highest:
        drops = bool(slow) and base >= 30 and any(match[4] == ";" for match in parts)
        return Timecode(base * NTSC if slow else Fraction(base), drops), []
    found = next((base for base in RATES if base >= 25 and base > highest), 100)
    why = f"the film has {float(rate):.3f}" if rate else "no film is given"
    unit = "they are read as hundredths" if found == 100 else f"{found} frames a second are assumed"
    return Timecode(Fraction(found)), [source.note(f"its times end in frames, up to {highest}, and {why}: {unit}")]


FAR_MS, HOUR_MS = 30_000, 3_600_000
ZERO_MS, AFTER_ZERO_MS, MOST_ZEROS = 10_000, HOUR_MS // 2, 3
"""A subtitle zero, which names the programme, begins before the first time and the next cue later by the second; there
are at most so many of them."""

MOST_IN_FILM = 0.8
"""Of the cues, where the film's own time code is right; all of them where only whole hours are tried."""


def without_subtitle_zero(cues: Sequence[Cue]) -> list[Cue]:
    """The cues without subtitle zero: titles at 0:00 before a programme whose time code starts hours later."""
    ordered = sorted(cues, key=lambda cue: cue.span)
    for n in range(min(MOST_ZEROS, len(ordered) - 1), 0, -1):
        title, first = ordered[n - 1].span, ordered[n].span
        if title.start_ms < ZERO_MS and first.start_ms >= title.end_ms + AFTER_ZERO_MS:
            return ordered[n:]
    return ordered


def from_programme_start(
    cues: Sequence[Cue], duration_ms: int | None, start_ms: Callable[[], int | None] = lambda: None
) -> tuple[tuple[Cue, ...], list[Note]]:
    """The cues moved to the film's start, with a note, where they lie behind its end and an offset explains that.

    `start_ms` gives the time code of the film's first picture, where it says so; it is only asked where that matters.
    Else whole hours are tried that most cues share. Without a film (`duration_ms` None) those count that begin in the
    first hour or later.
    """
    programme = without_subtitle_zero(cues)
    last_ms = max(cue.span.end_ms for cue in programme)
    is_late = last_ms > duration_ms + FAR_MS if duration_ms is not None else programme[0].span.start_ms >= HOUR_MS
    if not is_late:
        return tuple(cues), []
    hours = Counter(cue.span.start_ms // HOUR_MS for cue in programme)
    offsets = {start_ms() or 0: MOST_IN_FILM, hours.most_common(1)[0][0] * HOUR_MS: 1, min(hours) * HOUR_MS: 1}
    for early_ms, least in offsets.items():
        if early_ms and _fits(programme, early_ms, duration_ms, least):
            moved = shifted(programme, early_ms)
            left = len(cues) - len(moved)
            zero = f"; {left} before it {'is' if left == 1 else 'are'} left out" if left else ""
            starts = f"the subtitles' time code starts at {_time_code(early_ms)}"
            return moved, [Note("dialogue", f"{starts}: they are moved to the film's start{zero}")]
    return tuple(cues), []


def shifted(cues: Sequence[Cue], early_ms: int) -> tuple[Cue, ...]:
    """The cues moved earlier by `early_ms`, without those that then end before the film begins."""
    return tuple(
        replace(cue, span=Span(max(0, cue.span.start_ms - early_ms), cue.span.end_ms - early_ms))
        for cue in cues
        if cue.span.end_ms > early_ms
    )


def overlaps_film(cues: Sequence[Cue], duration_ms: float) -> bool:
    """Whether any cue of the programme lies in the film."""
    return any(cue.span.start_ms < duration_ms for cue in without_subtitle_zero(cues))


def _fits(cues: Sequence[Cue], early_ms: int, duration_ms: int | None, least: float) -> bool:
    """Whether at least the share `least` of the cues lies in the film when moved, and none far behind its end."""
    end_ms = early_ms + (24 * HOUR_MS if duration_ms is None else duration_ms + FAR_MS)
    inside = sum(early_ms <= cue.span.start_ms for cue in cues)
    return inside >= least * len(cues) and all(cue.span.end_ms <= end_ms for cue in cues)


def _time_code(ms: int) -> str:
    whole = f"{ms // HOUR_MS:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}"
    return f"{whole}.{ms % 1000:03}" if ms % 1000 else f"{whole}:00"
