"""A judgement for people (table, summary) and for other programs (JSON, SARIF 2.1.0, JUnit XML).

JUnit has a test case for each rule, which fails where the rule is broken; SARIF is what code hosts show beside a
script's lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from audiodesc.core import formatting as times
from audiodesc.core.formatting import number_of
from audiodesc.judge.rules import RULES, Finding, Judgement, Rule, Severity
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
        cells = (str(one.line or ""), clock_range(one.span), one.severity, one.rule, what, one.words)
        shown.add_row(*(Text(cell) for cell in cells))  # words may hold what looks like markup
    return shown


def _gravest(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The first MOST_ROWS by severity, in the order in which they were given."""
    if len(findings) <= MOST_ROWS:
        return findings
    grave = list(SHOWN_AS)
    kept = sorted(range(len(findings)), key=lambda i: grave.index(findings[i].severity))[:MOST_ROWS]
    return [findings[i] for i in sorted(kept)]


def judgement_summary(judgement: Judgement) -> str:
    """The end of a check, for a person: the counts, what was not judged, the statement."""
    pace = judgement.pace
    speed = f"{pace.wpm} words a minute in the time of the cues, " if pace.wpm else ""
    counts = severity_counts({kind: judgement.count(kind) for kind in SHOWN_AS})
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


def severity_counts(counts: Mapping[Severity, int]) -> str:
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


def clock_range(span: Span | None) -> str:
    """When it begins."""
    return times.clock(span.start_ms, 1) if span else ""


NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, not even escaped."""


def junit(judgement: Judgement) -> str:
    """The document. Errors and warnings are failures, hints are a case's output, unjudged rules are skipped."""
    cases = [_case(judgement, name) for name in RULES if name in (*judgement.judged, *judgement.unjudged)]
    failures = sum(case.find("failure") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", "time": "0"}
    suites = Element("testsuites", {"name": "audiodesc check", **counts})
    about = {"name": _clean(judgement.script) or "script", **counts, "skipped": str(len(judgement.unjudged))}
    suite = SubElement(suites, "testsuite", about)
    suite.extend(cases)
    SubElement(suite, "system-out").text = _clean(judgement.statement)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, "unicode")}\n'


def _case(judgement: Judgement, name: str) -> Element:
    rule = RULES[name]
    case = Element("testcase", {"classname": f"audiodesc.{rule.group}", "name": name, "time": "0"})
    broken = [one for one in judgement.findings if one.rule == name]
    if name in judgement.unjudged:
        SubElement(case, "skipped", {"message": judgement.unjudged[name]})
    elif broken:
        text = _clean("\n".join(_sentence(one, judgement.script) for one in broken))
        if rule.severity == "info":
            SubElement(case, "system-out").text = text
        else:
            message = f"{len(broken)} found: {rule.advice}"
            SubElement(case, "failure", {"message": message, "type": rule.severity}).text = text
    return case


def _sentence(one: Finding, script: str) -> str:
    place = f"{script}:{one.line}" if one.line else script
    return " ".join(part for part in (place, clock_range(one.span), f"{one.message}.", one.words) if part)


def _clean(text: str) -> str:
    return NO_XML.sub("\ufffd", text)


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(judgement: Judgement) -> dict[str, Any]:
    """One run with all rules that were wanted; what could not be judged is a notification of the run."""
    wanted = [rule for name, rule in RULES.items() if name in (*judgement.judged, *judgement.unjudged)]
    places = {rule.name: i for i, rule in enumerate(wanted)}
    driver = {"name": "audiodesc check", "version": version("audiodesc"), "rules": [_rule(rule) for rule in wanted]}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [{"executionSuccessful": True, "toolConfigurationNotifications": _unjudged(judgement)}],
                "results": [_result(one, judgement.script, places[one.rule]) for one in judgement.findings],
                "columnKind": "unicodeCodePoints",
                "properties": {"profile": judgement.profile, "statement": judgement.statement},
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": f"{rule.advice[0].upper()}{rule.advice[1:]}."},
        "help": {"text": f"Not: {rule.bad}\nBut: {rule.good}\nSource: {rule.source}"},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": [rule.group]},
    }


def _unjudged(judgement: Judgement) -> list[dict[str, Any]]:
    return [
        {"level": "note", "message": {"text": f"not judged: {why}"}, "associatedRule": {"id": rule}}
        for rule, why in judgement.unjudged.items()
    ]


def _result(one: Finding, script: str, place: int) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": _uri(script)}}
    if one.line:
        where["region"] = {"startLine": one.line}
    times = {"startMs": one.span.start_ms, "endMs": one.span.end_ms} if one.span else {}
    at = f"{clock_range(one.span)} " if one.span else ""
    said = f" “{one.words}”" if one.words else ""
    return {
        "ruleId": one.rule,
        "ruleIndex": place,
        "level": LEVELS[one.severity],
        "message": {"text": f"{at}{one.message}: {one.advice}.{said}"},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"audiodesc/v1": _fingerprint(one)},
        "properties": times,
    }


def _uri(script: str) -> str:
    path = Path(script)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _fingerprint(one: Finding) -> str:
    """The same for the same words, wherever lines are put in before them."""
    place = one.words or str(one.span)
    return sha256(f"{one.rule}\n{place}".encode("utf-8", "replace")).hexdigest()[:32]


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


FORMS: Mapping[str, Callable[[Judgement], str]] = {
    "json": lambda judgement: _json(as_json(judgement)),
    "sarif": lambda judgement: _json(sarif(judgement)),
    "junit": junit,
}


def rendered(judgement: Judgement, form: str) -> str:
    """The judgement as text in a form of `FORMS`, with a newline at its end."""
    return FORMS[form](judgement)
