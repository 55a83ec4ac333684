"""The rules, the criteria that a user can choose, and what is found by them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from typing import Annotated, Literal, Protocol

from annotated_types import Interval

from audiodesc.errors import UsageError
from audiodesc.model import CueKind, Span
from audiodesc.planning.gaps import MARGIN_MS
from audiodesc.scripts import Fault, ScriptLine
from audiodesc.settings import CheckSettings, Settings, StyleProfile

Severity = Literal["error", "warning", "info"]
Group = Literal["hard", "pace", "style"]
Need = Literal[
    "dialogue",
    "words of dialogue",
    "cuts",
    "voice activity",
    "subtitle times",
    "film",
    "playback without stops",
    "English",
]
"""What must be known, or be so, for a rule to be judged."""

FOUND = 8
"""Exit code of a check that finds what it was asked to fail on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a script, where that comes from, and what breaks it.

    `bad` and `good` are an example each; `on` are the profiles in which it is judged unless a user chooses otherwise.
    `needs`: without one of these it is not judged.
    """

    name: str
    group: Group
    severity: Severity
    advice: str
    source: str
    bad: str
    good: str
    on: frozenset[StyleProfile]
    needs: frozenset[Need] = frozenset()


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
        return severities(self.findings)[severity]

    def exit_code(self, *, strict: bool = False) -> int:
        return exit_code(self.findings, strict=strict)


class Graded(Protocol):
    """What a check finds, whatever it is about."""

    @property
    def severity(self) -> Severity: ...


def severities(findings: Iterable[Graded]) -> Counter[Severity]:
    """How many findings there are of each severity."""
    return Counter(finding.severity for finding in findings)


def exit_code(findings: Iterable[Graded], *, strict: bool = False) -> int:
    """`FOUND` where there are errors or, if strict, warnings; else 0."""
    counts = severities(findings)
    return FOUND if counts["error"] or (strict and counts["warning"]) else 0


def _rules() -> dict[str, Rule]:
    text = files("audiodesc.judge").joinpath("rules.toml").read_text("utf-8")
    sets = ("on", "needs")
    return {
        name: Rule(name, **row | {key: frozenset(row.get(key, ())) for key in sets})
        for name, row in tomllib.loads(text).items()
    }


RULES: Mapping[str, Rule] = _rules()
"""All rules by name, in the order in which they are listed."""


def finding(
    rule: str,
    message: str,
    line: ScriptLine | None = None,
    *,
    span: Span | None = None,
    number: int = 0,
    words: str = "",
) -> Finding:
    """A finding on a line of the script, on a span without one, or in a line of the file that has no time."""
    broken = RULES[rule]
    if line:
        span, number, words = line.span, line.number, line.text
    return Finding(rule, broken.severity, message, broken.advice, broken.source, span, number, words)


BROKEN_BY: Mapping[str, str] = {
    "unread": "unreadable",
    "malformed": "unreadable",
    "empty": "empty-line",
    "nonconforming": "dapt",
    "voice": "unknown-voice",
}
"""The rule that each kind of a file's faults breaks; a remark breaks none."""


def in_file(faults: Iterable[Fault]) -> Iterator[Finding]:
    """The findings of a file's faults."""
    for fault in faults:
        if rule := BROKEN_BY.get(fault.kind):
            yield finding(rule, fault.message, fault.line, number=fault.number, words=fault.words)


@dataclass(frozen=True, slots=True)
class Criteria(CheckSettings):
    """How strictly a script is judged: what a user can choose, and what is known of the script.

    `extended`: the film stops while a line is spoken. `language`: BCP 47 tag of the script; "" to detect it by its
    words. Words are judged in English only.
    `margin_ms`: silence kept around dialogue where pauses are counted.
    `protected`: the kinds of cues that nobody should speak over; songs and sounds may be spoken over. Where a dialogue
    is judged by (see `audiodesc.check`), it says which.
    """

    extended: bool = False
    language: str = ""
    margin_ms: Annotated[int, Interval(ge=0, le=10_000)] = MARGIN_MS
    protected: tuple[CueKind, ...] = ("speech", "on_screen")

    def __post_init__(self) -> None:
        CheckSettings.__post_init__(self)
        for name in (*self.disable, *self.enable):
            if name not in RULES:
                raise UsageError(f"there is no rule {name!r}", f"choose one of: {', '.join(RULES)}")

    def wants(self, rule: Rule) -> bool:
        """Whether a rule is judged. Disabling wins over enabling."""
        if rule.name in self.disable:
            return False
        return rule.name in self.enable or self.profile in rule.on


def criteria_of(settings: Settings) -> Criteria:
    """What the settings say of it."""
    chosen = {field.name: getattr(settings.check, field.name) for field in fields(settings.check)}
    return Criteria(
        **chosen,
        extended=settings.stops.extended,
        language=settings.voice.language or "",
        margin_ms=settings.plan.margin_ms,
    )
