"""What a script file holds: its lines in their places, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from audiodesc.core.formatting import UNWRITABLE
from audiodesc.model import Note, Span, SpokenLine

FaultKind = Literal["unread", "malformed", "empty", "nonconforming", "voice", "remark"]
"""What a fault costs.

"unread": words that are not a line, and are not spoken. "malformed": read all the same, but other programs may leave it
out. "empty": a cue without words. "nonconforming": against the format's specification. "voice": a name that is no voice
here. "remark": how the file was read.
"""

NOTED: Final = ("unread", "malformed", "voice", "remark")
MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of a script.

    Times in ms; `end_ms` may lie before `start_ms` in a broken file. `number` is the line of the file in which its
    times or, in formats without lines of their own for these, its words stand, 1 being the first; 0 where that is not
    known, and for a line of no file.

    `id`, `author`, `state` ("draft", "edited", "approved") and `note` are what the file itself says of the line, ""
    where it says nothing, as is `voice`, what is to speak it; `reason` is why it is not spoken, of a line that is only
    noted.
    """

    start_ms: int
    end_ms: int
    text: str
    number: int = 0
    id: str = ""
    note: str = ""
    author: str = ""
    state: Literal["", "draft", "edited", "approved"] = ""
    reason: str = ""
    voice: str = ""

    @property
    def span(self) -> Span:
        """Its time, of no length where it ends before it begins."""
        return Span(max(0, self.start_ms), max(0, self.start_ms, self.end_ms))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in line `number` of a file, 0 where it is the file as a whole.

    `words` are those that it is about; `line` is the script's line, where the fault is in one that has a time. `place`
    is what is numbered: "line", or "row" and "paragraph" of a document.
    """

    kind: FaultKind
    message: str
    number: int = 0
    words: str = ""
    line: ScriptLine | None = None
    place: str = "line"


@dataclass(frozen=True, slots=True)
class Comment:
    """A block of a file that is no line, such as a person's comment or style, and before which line it stands (""
    after all), which begins at `at_ms`. As it is read, `before` is the number of that line in the file; in a document
    it is the line's id."""

    text: str
    before: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """What was read of a file: lines in the order of the file, or of time in formats whose order has no meaning.

    `precision_ms`: so far a time may be from the one that was written, where the file counts frames. `noted` are lines
    that only stand as notes, because they could not be spoken; `comments` are blocks that are no lines.
    """

    lines: tuple[ScriptLine, ...]
    faults: tuple[Fault, ...] = ()
    precision_ms: int = 0
    noted: tuple[ScriptLine, ...] = ()
    comments: tuple[Comment, ...] = ()


def fault_in(line: ScriptLine, kind: FaultKind, message: str) -> Fault:
    """A fault of a line that has a time."""
    return Fault(kind, message, line.number, line.text, line)


def backwards(lines: Iterable[ScriptLine]) -> Iterable[Fault]:
    """A fault for each line that ends before it begins."""
    return (fault_in(line, "malformed", "ends before it begins") for line in lines if line.end_ms < line.start_ms)


def writable_text(text: str) -> str:
    """The text on one line, without what no document may hold."""
    return " ".join(UNWRITABLE.sub("", text).split())


def spoken_lines(spoken: Iterable[SpokenLine]) -> tuple[ScriptLine, ...]:
    """What is spoken, as lines of a script."""
    return tuple(ScriptLine(one.span.start_ms, one.span.end_ms, one.line.text) for one in spoken)


def as_sentence(fault: Fault, path: Path) -> str:
    """The fault as a sentence that names the file and, where it is known, the line."""
    return f"{path.name}{f', {fault.place} {fault.number}' if fault.number else ''}: {fault.message}"


def notes(faults: Sequence[Fault], path: Path) -> tuple[Note, ...]:
    """What somebody should know who has the script spoken: words that are not read, and what was read otherwise than it
    stands. The first twenty, and how many more there are."""
    kept = [as_sentence(fault, path) for fault in faults if fault.kind in NOTED]
    more = [f"and {len(kept) - MOST_NOTES} more faults like these"] if len(kept) > MOST_NOTES else []
    return tuple(Note("dialogue", message) for message in (*kept[:MOST_NOTES], *more))


def first(faults: Sequence[Fault], most: int = 3) -> str:
    """The first faults of a file that cannot be used, as the end of a sentence."""
    ordered = sorted(faults, key=lambda fault: fault.number)
    shown = [f"{fault.place} {fault.number}: {fault.message}" if fault.number else fault.message for fault in ordered]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return f" ({'; '.join(shown[:most])}{more})" if shown else ""
