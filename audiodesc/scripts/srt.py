"""Scripts as SRT: read with all faults in their places, and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from typing import TYPE_CHECKING

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine, backwards, fault_in
from audiodesc.scripts.places import TAGS, Row, blocks, is_timing, parted, timing_places
from audiodesc.scripts.webvtt import clock, no_times

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

TIME = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
MARKS = re.compile(r"<[^<>]*>|\{\\[^{}]*\}|\\[Nnh]")
"""What players, and readers, take for tags and breaks."""


class Srt:
    """SubRip."""

    name = "srt"
    summary = "SRT, for players and editors that do not read WebVTT"
    needs = "nothing"
    options = None
    suffixes = (".srt",)
    sniff = None

    def availability(self) -> Availability:
        return AVAILABLE

    def read(self, source: Source, options: None = None) -> ScriptFile:
        """As WebVTT is read."""
        from audiodesc.subtitles import read_raw

        raw, _ = read_raw(source, "srt")
        rows = list(source.lines())
        places = timing_places([(one.start_ms, one.end_ms) for one in raw], rows)
        cues = [
            ScriptLine(one.start_ms, one.end_ms, " ".join(one.text.split()), n)
            for one, n in zip(raw, places, strict=True)
        ]
        lines = tuple(cue for cue in cues if cue.text)
        empty = (fault_in(cue, "empty", "a cue without words") for cue in cues if not cue.text)
        return ScriptFile(lines, (*_faults(rows, cues), *empty, *backwards(lines)))

    def write(self, lines: Iterable[ScriptLine], options: None = None) -> str:
        """A cue for each line. SRT has no marks that stand for "<" and "&": these are escaped only where a reader would
        take them for a tag or an escape."""
        return "".join(
            f"{n}\n{clock(line.start_ms, ',')} --> {clock(line.end_ms, ',')}\n{_plain(line.text)}\n\n"
            for n, line in enumerate(lines, 1)
        )


def _plain(text: str) -> str:
    text = " ".join(text.split())
    if not MARKS.search(text) and "-->" not in text and unescape(text) == text:
        return text
    return escape(text, quote=False).replace("\\", "&#92;").replace("{", "&#123;")


def _faults(rows: list[Row], cues: Iterable[ScriptLine]) -> Iterator[Fault]:
    """What players leave out of a file, or read otherwise than it is read here."""
    read = {cue.number: cue for cue in cues}
    starts = [n for n, (_, row) in enumerate(rows) if is_timing(row)]
    for timing, said in parted(rows, starts):
        number, row = timing
        words = _words(said)
        if "-->" not in row or row.lstrip().startswith("-") or len(TIME.findall(row)) != 2:
            yield no_times(timing, words, read.get(number))
        elif number not in read:
            yield Fault("unread", "a cue that cannot be read", number, words)
    for block in blocks(rows):
        if len(block) > 1 and block[0][1].strip().isdigit() and not any(is_timing(row) for _, row in block):
            yield Fault("malformed", f"no times above {block[1][1].strip()[:60]!r}", *block[1])


def _words(said: list[str]) -> str:
    """Without the number of the next cue."""
    kept = list(said)
    while kept and (not kept[-1].strip() or kept[-1].strip().isdigit()):
        kept.pop()
    return " ".join(unescape(TAGS.sub("", " ".join(kept))).split())
