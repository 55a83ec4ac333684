"""In which line of its file a cue stands: readers of subtitles do not say."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

NEARLY_TIMES = re.compile(r"\s*-?(?:\d{1,9}:){1,2}\d{1,9}(?:[.,]\d{1,9})?\s*[-–—=]{1,9}>")
ARROW = re.compile(r"\s*[-–—=]{1,9}>\s*")
TIME = re.compile(r"(-?)(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})(?:[.,:;](\d{1,3}))?")
TAGS = re.compile(r"\{[^{}]*\}|<[^<>]*>")
TAILS = (12, 6, 3, 1)
"""So many letters at the end of a line are its key; then whole lines are compared."""

MOST_ALIKE = 50

Row = tuple[int, str]
"""A line of the file: its number, and what stands there."""


def is_timing(row: str) -> bool:
    """Whether a line of WebVTT or SRT says when, or is meant to."""
    return "-->" in row or bool(NEARLY_TIMES.match(row))


def timing_places(spans_ms: Sequence[tuple[int, int]], rows: Sequence[Row]) -> Iterator[int]:
    """For each cue, by its start and end, the number of the line that has its times; 0 where none is found.

    Both are in the order of the file. Where each line of times has its cue, no times are compared: those in the file
    may count frames, or from another zero.
    """
    timed = [(number, _span_ms(row)) for number, row in rows if is_timing(row)]
    if len(timed) == len(spans_ms):
        yield from (number for number, _ in timed)
        return
    at = 0
    for span_ms in spans_ms:
        near = range(at, min(at + MOST_ALIKE, len(timed)))
        found = next((n for n in near if timed[n][1] == span_ms), None)
        yield timed[found][0] if found is not None else 0
        at = found + 1 if found is not None else at


def _span_ms(row: str) -> tuple[int, int] | None:
    """Start and end by a line of times, None where it has none."""
    start, *rest = ARROW.split(row.strip(), maxsplit=1)
    times = [TIME.fullmatch(time) for time in (start, *(rest[0].split()[:1] if rest else ()))]
    if len(times) != 2 or None in times:
        return None
    return _ms(times[0]), _ms(times[1])


def _ms(time: re.Match[str] | None) -> int:
    """A time before the film's start counts as 0."""
    before, hours, minutes, seconds, fraction = (part or "" for part in time.groups()) if time else [""] * 5
    ms = ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)) * 1000 + int(f"{fraction}000"[:3])
    return 0 if before else ms


def text_places(texts: Sequence[str], rows: Sequence[Row]) -> Iterator[int]:
    """For each text the number of the line that ends with it, each line once; 0 where none does. In one pass: a file
    may hold 50,000 lines."""
    ends: dict[str, deque[tuple[int, str]]] = defaultdict(deque)
    for number, row in rows:
        letters = _letters(row)
        for tail in TAILS:
            if len(letters) >= tail:
                ends[letters[-tail:]].append((number, letters))
    used = set()
    for text in texts:
        letters = _letters(text)
        same = ends[letters[-next((tail for tail in TAILS if tail <= len(letters)), 1) :]]
        while same and same[0][0] in used:
            same.popleft()
        near = islice(same, MOST_ALIKE)
        number = next((number for number, row in near if number not in used and row.endswith(letters)), 0)
        used.add(number)
        yield number


def _letters(row: str) -> str:
    """The letters and digits of what is read of a line: no tags, no breaks."""
    return "".join(filter(str.isalnum, TAGS.sub("", row.replace("\\N", " ").replace("\\n", " ").replace("\\h", " "))))


def parted(rows: Sequence[Row], starts: Sequence[int]) -> Iterator[tuple[Row, list[str]]]:
    """Lines of times, given their positions in `rows`, each with what stands below it up to the next one."""
    for start, following in pairwise([*starts, len(rows)]):
        yield rows[start], [row for _, row in rows[start + 1 : following]]


def blocks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """What stands between two empty lines."""
    block: list[Row] = []
    for number, row in [*rows, (len(rows) + 1, "")]:
        if row:
            block.append((number, row))
        elif block:
            yield block
            block = []
