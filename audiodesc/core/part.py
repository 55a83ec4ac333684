"""A part of a film, as a user gives it: from one time to another, on the clock or in timecode."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.core.formatting import clock
from audiodesc.core.timecode import Timecode, is_code
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.model import Span

TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,3}))?")
EXAMPLE = "give a time as 10:00, 1:02:03.5, or timecode 01:10:00:00"


def is_time(text: str) -> bool:
    """Whether a text is a time of day of a film, or timecode; whether the film has it is another matter."""
    return bool(TIME.fullmatch(text.strip())) or is_code(text)


def time_ms(text: str, count: Timecode) -> int:
    """A time in ms of the film: as `clock_ms` has it, or timecode as `count` has it. Raises ValueError for none."""
    return count.ms(text) if is_code(text) else clock_ms(text)


def clock_ms(text: str) -> int:
    """A time in ms: seconds, m:ss, h:mm:ss with a fraction or not. Raises ValueError for what is none."""
    match = TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r:.40} is no time")
    hours, minutes, seconds, fraction = (one or "0" for one in match.groups())
    if (match[2] and int(seconds) > 59) or (match[1] and int(minutes) > 59):
        raise ValueError(f"{text!r:.40} is no time")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int(f"{fraction:0<3}")


def part_of(start: str | None, end: str | None, duration_ms: int, count: Timecode) -> Span | None:
    """The part of a film that lasts so long; None where neither is given. Where one is not, the film's begin or end is
    meant. Raises UsageError for times that are no part of it.
    """
    from audiodesc.model import Span

    if start is None and end is None:
        return None
    from_ms = _time("--from", start, count) if start is not None else 0
    to_ms = _time("--to", end, count) if end is not None else duration_ms
    last = f"the film ends at {clock(duration_ms)}"
    if from_ms >= duration_ms:
        raise UsageError(f"--from {start} lies beyond the film's end", last)
    if to_ms > duration_ms:
        raise UsageError(f"--to {end} lies beyond the film's end", f"leave it out: {last}")
    if from_ms >= to_ms:
        raise UsageError(f"the part from {clock(from_ms, 1)} to {clock(to_ms, 1)} is empty", "give --from before --to")
    return Span(from_ms, to_ms)


def _time(option: str, text: str, count: Timecode) -> int:
    try:
        return time_ms(text, count)
    except ValueError as error:
        raise UsageError(f"{option} is wrong: {error}", EXAMPLE) from error


def part_label(part: Span) -> str:
    """What stands in the names of a part's files: 10-00_12-00, 1-02-03.5_1-03-00."""
    return "_".join(_label(ms) for ms in (part.start_ms, part.end_ms))


def _label(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    hours, minutes = divmod(seconds // 60, 60)
    whole = f"{hours}-{minutes:02}-{seconds % 60:02}" if hours else f"{minutes:02}-{seconds % 60:02}"
    return f"{whole}.{ms:03}".rstrip("0") if ms else whole


def part_name(name: str, part: Span | None) -> str:
    """A file's name for a part of the film: film.ad.m4a becomes film.ad.10-00_12-00.m4a."""
    path = Path(name)
    return f"{path.stem}.{part_label(part)}{path.suffix}" if part else name


PART_NAME = re.compile(r".*\.[\d.-]+_[\d.-]+\.\w+")


def is_part_name(name: str) -> bool:
    """Whether a file has such a name."""
    return bool(PART_NAME.fullmatch(name))
