"""The rules, from `rules.toml`: what each asks, where it comes from, and what breaks it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from audiodesc.judge.findings import Finding, Rule, ScriptLine
from audiodesc.model import Span


def _rules() -> dict[str, Rule]:
    text = files("audiodesc.judge").joinpath("rules.toml").read_text("utf-8")
    return {name: Rule(name, **row | {"on": frozenset(row["on"])}) for name, row in tomllib.loads(text).items()}


RULES: Mapping[str, Rule] = _rules()
"""All rules by name, in the order in which they are told of."""


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
