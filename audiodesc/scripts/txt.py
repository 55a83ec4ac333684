"""A script as plain text, a line a row behind its time: "00:01:02.3 Rain falls." It can be written by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import ScriptFile, writable_text
from audiodesc.scripts.sheet import Row, lines_of, sheet_times

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3}|[:;]\d{2,3})?"
LINE = re.compile(rf"[ \t]*({TIME})[.:]?(?:[ \t]+\|[ \t]*|[ \t]+(?:-{{1,3}}>?|[–—])[ \t]+|[ \t]+)(\S.*)")
STRIPPED = re.compile(r"[|–—-]")
"""What a reader takes for a mark between time and text; behind a "|" of its own it is text."""

UNIT = re.compile(r"#[ \t]*times: (.*)")


@dataclass(frozen=True, slots=True)
class Options:
    """`--option txt.times=timecode`: how times are written."""

    times: Literal["auto", "clock", "timecode"] = "auto"


class Txt:
    """Text with a time a line; lines of other forms, such as with an end too, are read as subtitles of that kind."""

    name = "txt"
    summary = "plain text, a time and a line a row"
    needs = "nothing"
    options = Options
    suffixes = (".txt",)

    def availability(self) -> Availability:
        return AVAILABLE

    def sniff(self, source: Source) -> bool:
        return _rows(source.text) is not None

    def read(self, source: Source, options: Options | None = None) -> ScriptFile:
        """A row that begins with a time is a line; one that does not goes on with the line above."""
        from audiodesc.scripts.formats import SubtitleFormat

        if (rows := _rows(source.text)) is None:
            return SubtitleFormat("txt", self.summary, self.suffixes, "timed").read(source)
        unit = next((match[1] for _, line in source.lines() if (match := UNIT.match(line))), "")
        return lines_of(source, rows, unit)

    def write(self, document: ScriptDocument, options: Options | None = None) -> str:
        """The lines that are spoken; first rows, behind a "#", state the timecode, where times are
        one, and who wrote the lines."""
        times = sheet_times(document, (options or Options()).times)
        heads = [f"# times: {times.unit}"] if times.unit else []
        rows = [_row(times.text(line.span.start_ms), writable_text(line.text)) for line in document.spoken]
        heads += [f"# {document.statement}"] if document.statement else []
        return "\n".join([*heads, *rows]) + "\n"


def _row(time: str, text: str) -> str:
    return f"{time} | {text}" if STRIPPED.match(text) else f"{time} {text}"


def _rows(text: str) -> list[Row] | None:
    """The rows of a file in this form; None for any other."""
    from audiodesc.subtitles.timed_text import LINE as WITH_END

    rows: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if match := LINE.fullmatch(line.rstrip()):
            other = WITH_END.fullmatch(line.rstrip())
            if other and other["end"]:
                return None
            rows.append((number, match[1], [match[2]]))
        elif line.startswith("#") or not line.strip():
            continue
        elif not rows:
            return None
        else:
            rows[-1][2].append(line.strip())
    return [Row(number, {"in": time, "text": " ".join(words)}, "line") for number, time, words in rows] or None
