"""The rules, the criteria that a user can choose, and what is found by them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal, get_args

from audiodesc.errors import UsageError
from audiodesc.model import CueKind, Span
from audiodesc.planning.costs import USABLE_MS
from audiodesc.planning.gaps import MARGIN_MS
from audiodesc.scripts import Fault, ScriptLine

Severity = Literal["error", "warning", "info"]
Group = Literal["hard", "pace", "style"]
Profile = Literal["itc", "dcmp", "netflix", "plain"]
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
    on: frozenset[Profile]
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
        return sum(finding.severity == severity for finding in self.findings)

    def exit_code(self, *, strict: bool = False) -> int:
        """`FOUND` where there are errors or, if strict, warnings; else 0."""
        return FOUND if self.count("error") or (strict and self.count("warning")) else 0


def _rules() -> dict[str, Rule]:
    text = files("audiodesc.judge").joinpath("rules.toml").read_text("utf-8")
    sets = ("on", "needs")
    return {
        name: Rule(name, **row | {key: frozenset(row.get(key, ())) for key in sets})
        for name, row in tomllib.loads(text).items()
    }


RULES: Mapping[str, Rule] = _rules()
"""All rules by name, in the order in which they are listed."""


def found(
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
}
"""The rule that each kind of a file's faults breaks; a remark breaks none."""


def in_file(faults: Iterable[Fault]) -> Iterator[Finding]:
    """The findings of a file's faults."""
    for fault in faults:
        if rule := BROKEN_BY.get(fault.kind):
            yield found(rule, fault.message, fault.line, number=fault.number, words=fault.words)


@dataclass(frozen=True, slots=True)
class Criteria:
    """How strictly a script is judged.

    `profile`: whose style rules: itc, dcmp, netflix, or plain, those that most guides share.
    `disable`, `enable`: names of rules, laid over the profile.
    `language`: BCP 47 tag of the script; "" to detect it by its words. Words are judged in English only.
    `fastest_wpm`: the most words a minute that a listener is asked to follow (160–180 is usual, 200 the most).
    `usable_ms`: the shortest pause that counts as usable (under about 2 s may be unusable, WCAG).
    `silent_min`: how many minutes may pass without description while there are usable pauses.
    `margin_ms`: silence kept around dialogue where pauses are counted.
    `protected`: the kinds of cues that nobody should speak over; songs and sounds may be spoken over. Where a dialogue
    is judged by (see `audiodesc.check`), it says which.
    `extended`: the player stops the film while a line is spoken, so that rules of place and speed do not hold.
    """

    profile: str = "plain"
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    language: str = ""
    fastest_wpm: int = 200
    usable_ms: int = USABLE_MS
    silent_min: float = 2.0
    margin_ms: int = MARGIN_MS
    protected: tuple[CueKind, ...] = ("speech", "on_screen")
    extended: bool = False

    def __post_init__(self) -> None:
        _known("profile", (self.profile,), get_args(Profile))
        _known("rule", (*self.disable, *self.enable), tuple(RULES))
        _between("words a minute", self.fastest_wpm, 60, 400)
        _between("ms for a usable pause", self.usable_ms, 300, 60_000)
        _between("minutes without description", self.silent_min, 0.1, 600)
        _between("ms of margin", self.margin_ms, 0, 10_000)

    def wants(self, rule: Rule) -> bool:
        """Whether a rule is judged. Disabling wins over enabling."""
        if rule.name in self.disable:
            return False
        return rule.name in self.enable or self.profile in rule.on


def _known(kind: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"there is no {kind} {name!r}", f"choose one of: {', '.join(known)}")


def _between(what: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"{value:g} {what}", f"give {least:g} to {most:g}")
