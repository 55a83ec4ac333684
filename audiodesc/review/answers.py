"""What the page asks and is answered about lines, as JSON: the project's, the report's and the rules' own types, put
together. What is about something else stands beside its addresses, or what makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen

from audiodesc.judge.rules import Finding
from audiodesc.model import LineState, Span
from audiodesc.project.editing import LATEST_MS, LONGEST
from audiodesc.project.history import Entry
from audiodesc.project.lines import ProjectLine
from audiodesc.report.doubts import ReportDoubt

TimeMs = Annotated[int, Ge(0), Le(LATEST_MS)]
Number = Annotated[int, Ge(0), Le(2**53)]
Text = Annotated[str, MaxLen(LONGEST)]
Name = Annotated[str, MaxLen(200)]


@dataclass(frozen=True, slots=True)
class Based:
    """A line as a person saw it: `base` is its version then."""

    id: Name
    base: Number | None = None


Many = Annotated[tuple[Based, ...], MaxLen(50_000)]


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with what is known of it.

    `room` is what its gap and the lines around leave for it, `room_ms` that from its start on; None where it stands in
    no gap, or gaps are not known. `length_ms` is measured at the voice's natural rate, None while it is not known;
    `usual_ms` estimated. `rate` is the one at which it fits, None where it is not known or does not fit.
    """

    line: ProjectLine
    room: Span | None
    room_ms: int | None
    length_ms: int | None
    usual_ms: int
    fits: bool | None
    rate: float | None
    findings: tuple[Finding, ...]
    doubts: tuple[ReportDoubt, ...]


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap that a line can be put into, and the lines in it."""

    start_ms: int
    end_ms: int
    kind: str
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineList:
    """All lines that stand, in order of time, as of the change of that number; findings about no line alone."""

    change: int
    lines: tuple[LineView, ...]
    gaps: tuple[GapView, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """A change, as it is kept, and in one line for people."""

    number: int
    at: str
    author: str
    source: str
    kind: str
    id: str
    before: ProjectLine | None
    after: ProjectLine | None
    undoes: int
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """Changes, the oldest first."""

    entries: tuple[EntryView, ...]
    can_undo: bool
    can_redo: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What an edit did: the number of the last change, the lines as they are now, and the ids of deleted ones."""

    change: int
    lines: tuple[LineView, ...]
    deleted: tuple[str, ...]
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be added."""

    text: Text
    start_ms: TimeMs
    end_ms: TimeMs | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What is wanted of a line; None leaves as it is. `recording` can only be taken away, with ""; `voice` is a voice's
    name, "" for the film's."""

    base: Number | None = None
    text: Text | None = None
    start_ms: TimeMs | None = None
    end_ms: TimeMs | None = None
    state: LineState | None = None
    locked: bool | None = None
    note: Text | None = None
    recording: Literal[""] | None = None
    voice: Name | None = None
    deleted: bool | None = None


@dataclass(frozen=True, slots=True)
class States:
    """A state for many lines."""

    state: LineState
    lines: Many


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo the last edit or, with `to`, all after that number."""

    to: Number | None = None


def entry_view(entry: Entry, text: str) -> EntryView:
    """A change with its line for people."""
    values = (entry.number, entry.at, entry.author, entry.place, entry.kind, entry.id)
    return EntryView(*values, entry.before, entry.after, entry.undoes, text)
