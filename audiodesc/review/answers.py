"""What the page asks and is answered, as JSON: the project's, the report's and the rules' own types, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Le, MaxLen

from audiodesc.judge.rules import Finding
from audiodesc.model import Cue, Gap, LineState, Span
from audiodesc.project.editing import LATEST_MS, LONGEST
from audiodesc.project.lines import ProjectLine
from audiodesc.project.records import Entry
from audiodesc.report.doubts import ReportDoubt
from audiodesc.scripts.lines import Fault
from audiodesc.speak.lexicon import Entry as Pronunciation

TimeMs = Annotated[int, Ge(0), Le(LATEST_MS)]
Number = Annotated[int, Ge(0), Le(2**53)]
Text = Annotated[str, MaxLen(LONGEST)]
Name = Annotated[str, MaxLen(200)]
TOGETHER: Final = ", together "
"""What is edited at once bears this and a word of its own in its source, so that it is undone at once."""

Many = Annotated[tuple["Based", ...], MaxLen(50_000)]


@dataclass(frozen=True, slots=True)
class Based:
    """A line as a person saw it: `base` is its version then."""

    id: Name
    base: Number | None = None


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
    has_candidates: bool


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
    """What is wanted of a line; None leaves as it is. `recording` can only be taken away, with ""."""

    base: Number | None = None
    text: Text | None = None
    start_ms: TimeMs | None = None
    end_ms: TimeMs | None = None
    state: LineState | None = None
    locked: bool | None = None
    note: Text | None = None
    recording: Literal[""] | None = None
    deleted: bool | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Where a line is split: `at` counts UTF-16 units, as JavaScript does; None for `start_ms` follows the words."""

    at: Number
    base: Number | None = None
    start_ms: TimeMs | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The line whose text is put behind, and which is then deleted."""

    other: Name
    base: Number | None = None
    other_base: Number | None = None


@dataclass(frozen=True, slots=True)
class States:
    """A state for many lines."""

    state: LineState
    lines: Many


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo the last edit or, with `to`, all after that number."""

    to: Number | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that the describer offered."""

    text: str
    usual_ms: int
    length_ms: int | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the describer saw, and the texts it offered, the richest first."""

    facts: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """Find and replace: a preview or, with `apply`, done in the `lines` of that."""

    find: Annotated[str, MaxLen(1_000)]
    replace: Annotated[str, MaxLen(1_000)] = ""
    case: bool = False
    words: bool = False
    apply: bool = False
    lines: Many = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """A line before and after, with the (start, end) of what was found, in UTF-16 units; one that is locked stays."""

    id: str
    before: str
    after: str
    spans: tuple[tuple[int, int], ...]
    after_spans: tuple[tuple[int, int], ...]
    version: int
    locked: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replacement would do."""

    change: int
    count: int
    lines: tuple[Replaced, ...]


@dataclass(frozen=True, slots=True)
class ScriptText:
    """The script as WebVTT, as of the change of that number."""

    text: Annotated[str, MaxLen(20_000_000)]
    change: Number


@dataclass(frozen=True, slots=True)
class ScriptRead:
    """What a text changes, in one line each, and what is wrong in which line of it."""

    told: tuple[str, ...]
    faults: tuple[Fault, ...]
    changed: Changed | None = None


@dataclass(frozen=True, slots=True)
class Playback:
    """`film` is the address to play; where a browser cannot, `why` says so, and `proxy` how far a copy for it is."""

    film: str
    playable: bool
    why: str
    proxy: Literal["none", "making", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames are numbered at this rate (as a fraction) from `start`."""

    rate: str
    start: int
    drops: bool


@dataclass(frozen=True, slots=True)
class ProjectView:
    """The project as a whole. What hangs on the film is empty until `state` is "ready"."""

    title: str
    folder: str
    author: str
    duration_ms: int
    fps: float
    timecode: Rate | None
    language: str
    film_language: str
    voice: str
    wpm: int
    fastest: float
    state: Literal["opening", "ready", "failed"]
    fault: str
    change: int
    counts: Mapping[LineState, int]
    settings: Mapping[str, Any]
    playback: Playback
    mix: str
    narration: str
    recordings: bool
    voices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn over the film; `ducking` has [ms, dB] of each corner of the film's gain in the last render."""

    duration_ms: int
    dialogue: tuple[Cue, ...]
    voices: tuple[Span, ...]
    gaps: tuple[Gap, ...]
    cuts: tuple[int, ...]
    ducking: tuple[tuple[float, float], ...]
    captions: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A text while it is typed; a newer one of the same line and `client` makes an older one drop."""

    text: Annotated[str, MaxLen(3_000)]
    start_ms: TimeMs | None = None
    client: Name = ""
    number: Number = 0


@dataclass(frozen=True, slots=True)
class MeasuredText:
    """How long the voice takes, and whether that fits; `voice` is the address of its sound. `fault`: why it is not
    spoken."""

    dropped: bool = False
    length_ms: int | None = None
    rate: float | None = None
    fits: bool | None = None
    room_ms: int | None = None
    voice: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SaidRight:
    """How words are spoken: spelled as they sound, or in IPA."""

    words: Name
    say: Name = ""
    ipa: Name = ""
    case: bool = False


@dataclass(frozen=True, slots=True)
class LexiconView:
    """The project's pronunciations, and the address of how the last one sounds."""

    entries: tuple[Pronunciation, ...]
    clip: str = ""


JobKind = Literal["opening", "peaks", "proxy", "render"]
JobState = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """Work in the background: `share` of it (0 to 1) is done, `left_s` estimated."""

    id: str
    kind: JobKind
    state: JobState
    stage: str = ""
    done: int = 0
    total: int = 0
    share: float = 0.0
    left_s: float | None = None
    fault: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Jobs:
    """All work in the background, the newest last."""

    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class ToRender:
    """What a render would make anew: lines edited since, script files changed, lines to be voiced."""

    edited: tuple[str, ...]
    changed_files: tuple[str, ...]
    voiced: int
    stale: bool
    film: str


@dataclass(frozen=True, slots=True)
class Render:
    """What is to be made besides the usual, by its name."""

    also: Annotated[tuple[Name, ...], MaxLen(50)] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """A result of the last run."""

    id: str
    name: str
    bytes: int
    summary: str
    url: str


@dataclass(frozen=True, slots=True)
class FormatView:
    """A format that the script can be had in."""

    name: str
    summary: str
    url: str


@dataclass(frozen=True, slots=True)
class Files:
    """What a user can take away."""

    files: tuple[FileView, ...]
    formats: tuple[FormatView, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in one line (RFC 9457). Of a conflict `line` is how it stands, `wanted` the edit."""

    title: str
    status: int
    detail: str
    fault: str = ""
    remedy: str = ""
    type: str = "about:blank"
    line: ProjectLine | None = None
    wanted: LineEdit | None = None


def entry_view(entry: Entry, text: str) -> EntryView:
    """A change with its line for people."""
    source = entry.source.partition(TOGETHER)[0]
    values = (entry.number, entry.at, entry.author, source, entry.kind, entry.id)
    return EntryView(*values, entry.before, entry.after, entry.undoes, text)
