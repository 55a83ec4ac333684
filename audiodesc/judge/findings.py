"""What is judged, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from audiodesc.model import Span

Severity = Literal["error", "warning", "info"]
Group = Literal["hard", "pace", "style"]
Profile = Literal["itc", "dcmp", "netflix", "plain"]

FOUND = 8
"""Exit code of a check that finds what it was asked to fail on."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line of a script as it stands in the file.

    Times in ms; `end_ms` may lie before `start_ms` in a broken file. `number` is the line of the file in which its
    times stand, 1 being the first; 0 where that is not known.
    """

    start_ms: int
    end_ms: int
    text: str
    number: int = 0

    @property
    def span(self) -> Span:
        """Its time, of no length where it ends before it begins."""
        return Span(max(0, self.start_ms), max(0, self.start_ms, self.end_ms))


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a script, where that comes from, and what breaks it.

    `bad` and `good` are an example each; `on` are the profiles in which it is judged unless somebody says otherwise.
    """

    name: str
    group: Group
    severity: Severity
    advice: str
    source: str
    bad: str
    good: str
    on: frozenset[Profile]


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule in its place: `line` is the line of the script file, 0 where that is not known."""

    rule: str
    severity: Severity
    message: str
    advice: str
    source: str
    span: Span | None = None
    line: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is said, and how fast. `wpm` counts words in the time of the cues, 0 where that is none or most cues are
    far too short for their words.

    `lines_per_minute` is of the film, or of the script where the film's length is not known.
    """

    lines: int
    words: int
    spoken_ms: int
    wpm: int
    fastest_wpm: int
    lines_per_minute: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """All findings in order of time, those without a time first.

    `unjudged` names the rules that were wanted and could not be judged, and why. `language` is that in which the
    words were judged. `statement` is a paragraph for a conformance report.
    """

    script: str
    profile: str
    language: str
    findings: tuple[Finding, ...]
    pace: Pace
    statement: str
    judged: tuple[str, ...] = ()
    unjudged: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)

    def exit_code(self, *, strict: bool = False) -> int:
        """`FOUND` where there are errors or, if strict, warnings; else 0."""
        return FOUND if self.count("error") or (strict and self.count("warning")) else 0
