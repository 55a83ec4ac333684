"""A judgement as SARIF 2.1.0, which code hosts and pipelines show beside the script's lines."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from audiodesc.judge.findings import Finding, Judgement, Rule, Severity
from audiodesc.judge.output import clock
from audiodesc.judge.rules import RULES

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
    at = f"{clock(one.span)} " if one.span else ""
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
