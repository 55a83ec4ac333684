"""A judgement for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from audiodesc.core import formatting as times
from audiodesc.core.plurals import number_of
from audiodesc.judge.findings import Finding, Judgement, Severity
from audiodesc.model import Span

if TYPE_CHECKING:
    from rich.table import Table


SHOWN_AS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "hint"}

MOST_ROWS = 500
"""A longer table nobody reads, and one of 50,000 rows takes minutes to set."""


def table(judgement: Judgement) -> Table:
    """A row for each of the gravest MOST_ROWS findings: where, how grave, which rule, what is wrong, what to do."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    for column in ("line", "time", "severity", "rule", "what", "words"):
        shown.add_column(column, overflow="fold")
    for one in _gravest(judgement.findings):
        what = f"{one.message}: {one.advice}"
        cells = (str(one.line or ""), clock(one.span), one.severity, one.rule, what, one.words)
        shown.add_row(*(Text(cell) for cell in cells))  # words may hold what looks like markup
    return shown


def _gravest(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The first MOST_ROWS by severity, in the order in which they were given."""
    if len(findings) <= MOST_ROWS:
        return findings
    grave = list(SHOWN_AS)
    kept = sorted(range(len(findings)), key=lambda i: grave.index(findings[i].severity))[:MOST_ROWS]
    return [findings[i] for i in sorted(kept)]


def summary(judgement: Judgement) -> str:
    """The end of a check, for a person: the counts, what was not judged, the statement."""
    pace = judgement.pace
    speed = f"{pace.wpm} words a minute in the time of the cues, " if pace.wpm else ""
    counts = counted({kind: judgement.count(kind) for kind in SHOWN_AS})
    lines = [
        f"{judgement.script}: {counts}. {number_of(pace.lines, 'line')}, {number_of(pace.words, 'word')}, "
        f"{speed}{pace.lines_per_minute:g} lines a minute.",
        *_cut(len(judgement.findings)),
        *(f"Note: {note}" for note in judgement.notes),
        *(f"Not judged: {', '.join(rules)} ({why})" for why, rules in _by_reason(judgement).items()),
        judgement.statement,
    ]
    return "\n".join(lines)


def _cut(count: int) -> Iterator[str]:
    if count > MOST_ROWS:
        yield f"Shown: the gravest {MOST_ROWS} of {count} findings; --json, --sarif and --junit have all."


def counted(counts: Mapping[Severity, int]) -> str:
    """How many findings there are of each severity."""
    return ", ".join(number_of(counts[kind], name) for kind, name in SHOWN_AS.items())


def _by_reason(judgement: Judgement) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for rule, why in judgement.unjudged.items():
        reasons.setdefault(why, []).append(rule)
    return reasons


def as_json(judgement: Judgement) -> dict[str, Any]:
    """Everything, in what JSON can hold; also for the report of `make`."""
    return {
        "script": judgement.script,
        "profile": judgement.profile,
        "language": judgement.language,
        "counts": {kind: judgement.count(kind) for kind in SHOWN_AS},
        "pace": asdict(judgement.pace),
        "findings": [_finding(one) for one in judgement.findings],
        "judged": list(judgement.judged),
        "not_judged": dict(judgement.unjudged),
        "notes": list(judgement.notes),
        "statement": judgement.statement,
    }


def _finding(one: Finding) -> dict[str, Any]:
    times = {"start_ms": one.span.start_ms, "end_ms": one.span.end_ms} if one.span else {}
    return {
        "rule": one.rule,
        "severity": one.severity,
        "line": one.line or None,
        **times,
        "words": one.words,
        "message": one.message,
        "advice": one.advice,
        "source": one.source,
    }


def clock(span: Span | None) -> str:
    """When it begins."""
    return times.clock(span.start_ms, 1) if span else ""
