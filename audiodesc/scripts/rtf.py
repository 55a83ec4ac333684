"""A script as RTF: the narrator's sheet, in large type, which any word processor opens and prints."""

from __future__ import annotations

import locale
from dataclasses import dataclass
from typing import Literal

from audiodesc.core.formatting import seconds
from audiodesc.core.languages import primary
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.direction import is_right_to_left
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.lines import writable_text
from audiodesc.scripts.sheet import sheet_times
from audiodesc.scripts.sheet_times import Times

HALF_POINTS, SMALL = 36, 24
"""18 pt for what is spoken and 12 pt for the rest; RTF counts half points."""

ENGLISH = 1033
HEAD = (
    r"{\rtf1\ansi\ansicpg1252\uc1\deff0\deflang%d{\fonttbl{\f0\fswiss Arial;}}"
    r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0\b\fs40 heading 1;}}{\info{\title %s}%s}"
    r"\paperw11906\paperh16838\margl1134\margr1134\margt1134\margb1134"
)


@dataclass(frozen=True, slots=True)
class Options:
    """`--option rtf.times=timecode`: how times are written."""

    times: Literal["auto", "clock", "timecode"] = "auto"


class Rtf:
    """Written only."""

    name = "rtf"
    summary = "RTF: the narrator's sheet, in large type"
    needs = "nothing"
    options = Options
    suffixes = (".rtf",)
    sniff = None
    read = None

    def availability(self) -> Availability:
        return AVAILABLE

    def write(self, document: ScriptDocument, options: Options | None = None) -> bytes:
        """The lines that are spoken: times, the dialogue that leads in, and the words."""
        times = sheet_times(document, (options or Options()).times)
        title = f"{document.title}: audio description" if document.title else "Audio description"
        parts = [
            HEAD % (_language(document.language), _escaped(title), _about(document)),
            rf"{{\pard\s1\sa240\b\fs40 {_escaped(title)}\par}}",
            *(_block(number, line, times) for number, line in enumerate(document.spoken, 1)),
            "}",
        ]
        return "\n".join(parts).encode("ascii")


def _about(document: ScriptDocument) -> str:
    """Who wrote the lines, as properties of the document."""
    said = {"doccomm": document.statement, "keywords": document.keywords}
    return "".join(rf"{{\{name} {_escaped(text)}}}" for name, text in said.items() if text)


def _block(number: int, line: DocumentLine, times: Times) -> str:
    """A line, which no page break parts."""
    room = f", pause of {seconds(line.gap.duration_ms)} s" if line.gap else ""
    when = f"{number}.  {times.text(line.span.start_ms)} – {times.text(line.span.end_ms)}{room}"
    blocks = [rf"{{\pard\keep\keepn\sb240\sa40\lang{ENGLISH}\b\fs{SMALL}\afs{SMALL} {_escaped(when)}\par}}"]
    if line.before:
        speaker = f"{line.before.speaker}: " if line.before.speaker else ""
        shown = f"… {speaker}{line.before.text}"
        blocks.append(rf"{{\pard{_direction(shown)}\keep\keepn\sa40\i\fs{SMALL}\afs{SMALL} {_escaped(shown)}\par}}")
    large = rf"\keep\sa120\sl360\slmult1\fs{HALF_POINTS}\afs{HALF_POINTS}"
    blocks.append(rf"{{\pard{_direction(line.text)}{large} {_escaped(line.text)}\par}}")
    return "\n".join(blocks)


def _direction(text: str) -> str:
    return r"\rtlpar\qr" if is_right_to_left(text) else ""


def _escaped(text: str) -> str:
    import rtfunicode  # noqa: F401 — registers the codec

    return writable_text(text).encode("rtfunicode").decode("ascii")


def _language(tag: str) -> int:
    """Windows' number of a language; that of English where it has none."""
    names = {name: number for number, name in locale.windows_locale.items()}
    exact = names.get(tag.replace("-", "_"))
    return exact or next((number for name, number in names.items() if name.split("_")[0] == primary(tag)), ENGLISH)
