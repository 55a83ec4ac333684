"""What stands in a WebVTT script besides its cues: lines that could not be spoken, as notes, and a person's own blocks.

A line that is not spoken is a comment, which no player shows:

    NOTE
    Not spoken: it takes 3.2 s and the pause has 1.1 s
    000007400
    00:00:07.400 to 00:00:09.000
    Night falls.

A comment may not hold the arrow of a cue's times. Without its first two rows, and with an arrow in place of "to" or
not, it is a cue again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape, unescape
from itertools import groupby
from typing import TYPE_CHECKING

from audiodesc.scripts.lines import Comment, ScriptLine

if TYPE_CHECKING:
    from audiodesc.scripts.document import DocumentLine, ScriptDocument
    from audiodesc.subtitles.source import Source

Row = tuple[int, str]
"""A line of the file: its number, and what stands there."""

NOT_SPOKEN = re.compile(r"\s*(?:NOTE\s+)?not spoken\b[:.,;–—-]*\s*(.*)", re.I)
STAMP = r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
TIMES = re.compile(rf"\s*{STAMP}\s*(to|-*>|–|—|-+|→)\s*{STAMP}\s*", re.I)
ID = re.compile(r"\s*(\d{9,}[a-z]*)\s*")
NO_CUE = re.compile(r"WEBVTT|NOTE(?:\s|$)|STYLE\s*$|REGION\s*$")
HUMAN = "human"
ABOUT = "About this file:"
HEADS = re.compile(r"STYLE\s*$|REGION\s*$", re.M)
"""Blocks that stand before the first cue, or count for nothing."""


def note_of(line: DocumentLine, start: str, end: str, text: str) -> str:
    """The note of a line that is not spoken, in rows; `text` and the reason are escaped."""
    reason = escape(" ".join(line.reason.split()), quote=False)
    heads = [line.id] if ID.fullmatch(line.id) else []
    return "\n".join(["NOTE", f"Not spoken: {reason}", *heads, f"{start} to {end}", text])


def blocks_of(document: ScriptDocument, block: Iterable[str]) -> Iterator[str]:
    """All blocks of the file: its head, what must stand before cues, then each line's `block` with the comments that
    stand before it, and those at the end."""
    of = list(zip(document.lines, block, strict=True))
    heads = [one for one in document.comments if one.text.startswith("WEBVTT")]
    first = [one for one in document.comments if HEADS.match(one.text)]
    yield heads[0].text if heads else "WEBVTT"
    yield from (one.text for one in first)
    left = [one for one in document.comments if not one.text.startswith("WEBVTT") and not HEADS.match(one.text)]
    stands = _stands_before(left, document.lines)
    for number, (_, text) in enumerate(of):
        yield from (one.text for one in stands.get(number, ()))
        yield text
    yield from filter(None, [about(document)])
    yield from (one.text for one in stands.get(len(of), ()))


def about(document: ScriptDocument) -> str:
    """A note of who wrote the lines, with the ids of those that a person approved or edited; "" where nobody knows.

    It is written anew each time, and is no comment of a person's."""
    if not document.statement:
        return ""
    lines = document.lines
    touched = {
        "approved by a person": [one.id for one in lines if one.state == "approved" and one.author != HUMAN],
        "written or edited by a person": [one.id for one in lines if one.author == HUMAN],
    }
    facts = {**document.facts, **{name: " ".join(filter(None, ids)) for name, ids in touched.items()}}
    rows = [f"{name}: {text}" for name, text in facts.items() if text]
    return "\n".join(["NOTE", f"{ABOUT} {document.statement}", *rows]).replace("-->", "to")


def _stands_before(comments: Iterable[Comment], lines: Sequence[DocumentLine]) -> Mapping[int, list[Comment]]:
    """The comments by the number of the line that each stands before: its own or, where that is gone, the first one
    after it in time. Those at the end have the number after the last."""
    numbers = {line.id: number for number, line in enumerate(lines)}
    starts = [line.span.start_ms for line in lines]
    made: dict[int, list[Comment]] = defaultdict(list)
    for one in comments:
        later = bisect_left(starts, one.at_ms) if one.before else len(starts)
        made[numbers.get(one.before, later)].append(one)
    return made


def mended(source: Source) -> Source:
    """The file with what a person took out of a note as a cue, in as many rows."""
    rows = [row for _, row in source.lines()]
    for block in _blocks(source):
        timed = next((n for n, (_, row) in enumerate(block) if TIMES.fullmatch(row)), None)
        if timed is None or timed + 1 >= len(block):
            continue
        (number, row), heads = block[timed], block[:timed]
        arrow = "-->" in row
        said = any(NOT_SPOKEN.match(head) for _, head in heads)
        noted = block[0][1].startswith("NOTE")
        if noted and not (said and arrow):
            continue
        if said or (not arrow and _is_bare(heads)):
            rows[number - 1] = _arrowed(row)
            for at, head in heads:
                rows[at - 1] = head if ID.fullmatch(head) else ""
    return replace(source, text="\n".join(rows))


def _is_bare(heads: Sequence[Row]) -> bool:
    """Whether nothing but an id stands above the times."""
    return all(ID.fullmatch(row) for _, row in heads) and len(heads) <= 1


def _arrowed(row: str) -> str:
    times = TIMES.fullmatch(row)
    if not times:
        return row
    found = times.groups(default="0")
    return f"{_stamp(*found[:4])} --> {_stamp(*found[5:])}"


def _stamp(hours: str, minutes: str, seconds: str, part: str) -> str:
    return f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}.{part:0<3}"


def noted_lines(source: Source) -> Iterator[ScriptLine]:
    """The lines that stand as notes because they could not be spoken."""
    for block in _blocks(source):
        if (line := _noted(block)) is not None:
            yield line


def _noted(block: Sequence[Row]) -> ScriptLine | None:
    if not block[0][1].startswith("NOTE"):
        return None
    said = next((found for _, row in block if (found := NOT_SPOKEN.match(row))), None)
    timed = ((n, found.groups(default="0")) for n, (_, row) in enumerate(block) if (found := TIMES.fullmatch(row)))
    at, times = next(timed, (0, ()))
    text = " ".join(unescape(" ".join(row for _, row in block[at + 1 :])).split())
    if not (said and times and text):
        return None
    ids = [row.strip() for _, row in block[:at] if ID.fullmatch(row)]
    reason = unescape(said[1].strip()) or "it is not spoken"
    start_ms, end_ms = _ms(*times[:4]), _ms(*times[5:])
    return ScriptLine(start_ms, end_ms, text, block[at][0], id=ids[-1] if ids else "", reason=reason)


def _ms(hours: str, minutes: str, seconds: str, part: str) -> int:
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(f"{part:0<3}")


def comments_of(source: Source, lines: Iterable[ScriptLine]) -> tuple[Comment, ...]:
    """A person's own blocks: the head, comments, styles, regions; and words that are no cue, which are made comments.

    `lines` are all that were read; a comment's `before` is the number of the row of the next one, as a text.
    """
    known = sorted(lines, key=lambda line: line.number)
    read = [line.number for line in known]
    made = []
    for block in _blocks(source):
        number, last = block[0][0], block[-1][0]
        at = bisect_left(read, number)
        text = "\n".join(row for _, row in block)
        if (at < len(read) and read[at] <= last) or text.strip() == "WEBVTT" or _noted(block) or _is_about(block):
            continue
        if not NO_CUE.match(block[0][1]):
            text = "NOTE\n" + text.replace("-->", "to")
        after = known[at] if at < len(known) else None
        made.append(Comment(text, str(after.number) if after else "", after.span.start_ms if after else 0))
    return tuple(made)


def _is_about(block: Sequence[Row]) -> bool:
    return block[0][1].strip() == "NOTE" and len(block) > 1 and block[1][1].startswith(ABOUT)


def _blocks(source: Source) -> Iterator[list[Row]]:
    for is_text, rows in groupby(source.lines(), key=lambda row: bool(row[1].strip())):
        if is_text:
            yield list(rows)
