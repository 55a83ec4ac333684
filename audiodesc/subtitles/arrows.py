"""The lines of SRT and WebVTT that say when: mended where they are odd, told where they are broken."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from audiodesc.model import Note
from audiodesc.subtitles.kinds import Raw
from audiodesc.subtitles.source import Source
from audiodesc.subtitles.timecodes import Count, counted

NO_TIMES = "no times in"
FILL = "\u2060"
MOST_EMPTY = 9
TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:([.,:;])(\d{1,3}))?"
LOOSE = re.compile(rf"\s*{TIME}\s*(?:-{{1,3}}|–|—)\s?>\s*{TIME}(?=\s|$)")
CODE = r"(\d{1,2}:\d{2}:\d{2}[:;]\d{2})"
FRAMES = re.compile(rf"{CODE}\s{{0,9}}(?:-{{1,3}}|–|—)\s?>\s{{0,9}}{CODE}(?=\s|$)")
ARROW = re.compile(r"\s*(?:\d{1,9}:)?\d{1,9}:\d{1,9}(?:[.,]\d{1,9})?\s*[-–—]{1,3}>")
ARROW_TIMES = re.compile(r"\s{0,9}(?P<start>[\d:.,]{4,20})\s{0,9}--+>\s{0,9}[\d:.,]{4,20}(?P<rest>.*)")
SETTING = re.compile(r"\w{1,20}:\S{1,60}|-->")
BARE = re.compile(r"NOTE\b|STYLE\b|REGION\b|WEBVTT|X-TIMESTAMP-MAP|(?:Kind|Language|Region):|.*[;{}]\s*$")


def mended(source: Source, good: re.Pattern[str], point: str) -> tuple[str, list[Note]]:
    """The text with odd times ("00:03,5 -> 00:04") as WebVTT or SRT write them, and a note for each line that was
    changed, or that should hold two times and does not.

    `good` finds a time that can be read as it is; `point` stands before the ms.
    """
    count, notes = _count(source)
    lines = []
    for number, line in source.lines():
        if _is_good(line, good) if "-->" in line else not ARROW.match(line):
            lines.append(line)
        elif (loose := LOOSE.match(line)) and (times := _times(loose.groups(), point, count)):
            lines.append(times + line[loose.end() :])
            if not count or not FRAMES.match(line.strip()):
                notes.append(source.note(f"odd times {line.strip()[:60]!r} are read as {times!r}", number))
        else:
            lines.append(line)
            notes.append(source.lost(number, NO_TIMES, line))
    return "\n".join(lines), notes


def _is_told(source: Source, number: int, line: str, told: Collection[Note]) -> bool:
    return source.lost(number, NO_TIMES, line) in told


def _is_good(line: str, good: re.Pattern[str]) -> bool:
    start, _, end = line.partition("-->")
    return bool(good.fullmatch(start.strip()) and good.match(end.lstrip()))


def _count(source: Source) -> tuple[Count | None, list[Note]]:
    """How frames are counted where times end in them, and a note that says so."""
    found = [match for _, line in source.lines() if (match := FRAMES.match(line.strip()))]
    if not found:
        return None, []
    count, told = counted(source, [code for match in found for code in match.groups()])
    return count, told or [source.note(f"its times end in frames, of which {count.frames} are a second")]


def _times(parts: tuple[str | None, ...], point: str, count: Count | None) -> str:
    """Both times as text, "" where they are none."""
    start, end = _time(parts[:5], point, count), _time(parts[5:], point, count)
    return f"{start} --> {end}" if start and end else ""


def _time(parts: tuple[str | None, ...], point: str, count: Count | None) -> str:
    hours, minutes, seconds, sign, fraction = (part or "0" for part in parts)
    if int(hours) > 99 or int(minutes) > 59 or int(seconds) > 59:
        return ""
    if count and sign in ":;" and len(fraction) == 2:
        whole, ms = divmod(count.ms(f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}{sign}{fraction}"), 1000)
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{ms:03}"
    return f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}{point}{fraction.ljust(3, '0')}"


def untimed(source: Source, timed: re.Pattern[str], told: Collection[Note] = ()) -> list[Note]:
    """A note for each block of text without a line that says when, the file's head aside; none where `told`, the notes
    of `mended`, has one."""
    return [
        source.lost(number, "no times above", block[0])
        for number, block in blocks(source, blanks_end=False)
        if not BARE.match(block[0])
        and not any(timed.search(line) for line in block)
        and not any(_is_told(source, at, line, told) for at, line in enumerate(block, number))
    ]


def unread(
    source: Source, text: str, times: re.Pattern[str], raw: Sequence[Raw], told: Collection[Note] = ()
) -> list[Note]:
    """A note for each line of `times` whose words are in none of the cues that were read: no cue starts there, or
    they stand on the line itself; none where `told`, the notes of `mended`, has one.

    `text` is what was read, line by line the source's.
    """
    starts, notes = {one.start_ms for one in raw}, []
    for number, (line, below) in enumerate(pairwise([*text.split("\n"), ""]), 1):
        found = times.match(line)
        if not found or _is_told(source, number, line, told):
            continue
        beside = not all(SETTING.fullmatch(word) for word in found["rest"].split())
        if below.strip() and _ms(found["start"]) not in starts:
            notes.append(source.lost(number, "a subtitle that is not read:", line))
        elif beside and not below.strip():
            notes.append(source.lost(number, "words beside the times in", line))
    return notes


def _ms(time: str) -> int:
    whole, _, fraction = time.replace(",", ".").partition(".")
    seconds = 0
    for part in whole.split(":"):
        seconds = seconds * 60 + int(part or 0)
    return seconds * 1000 + int(f"{fraction.replace('.', '').replace(':', '')}000"[:3])


def closed_up(text: str, timed: re.Pattern[str]) -> str:
    """The text, where a cue begins with empty lines, with invisible marks in these: else its words were lost."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not timed.search(line) or not lines[at + 1 : at + 2] or lines[at + 1].strip():
            continue
        first = next((n for n in range(at + 1, min(at + MOST_EMPTY, len(lines))) if lines[n].strip()), 0)
        is_cue = any(timed.search(later) for later in lines[first : first + 2])
        if first and not is_cue and not BARE.match(lines[first]):
            lines[at + 1 : first] = [FILL] * (first - at - 1)
    return "\n".join(lines)


def blocks(source: Source, *, blanks_end: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Lines up to the next empty one, with the number of the first; up to one of blanks too where these end a block."""
    block: list[str] = []
    for number, line in [*source.lines(), (0, "")]:
        if line.strip() or (line and block and not blanks_end):
            block.append(line)
        elif block:
            yield (number or source.text.count("\n") + 2) - len(block), block
            block = []
