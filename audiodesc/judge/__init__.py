"""Judging a description script, ours or a person's, by the rules of the craft.

`check` reads the files and judges; `judge` is the same on data that is there already. How a judgement is shown is in
`output` (table, summary) and `rendering` (JSON, SARIF, JUnit).
"""

from __future__ import annotations

from audiodesc.judge.checking import check
from audiodesc.judge.findings import Finding, Judgement, ScriptLine
from audiodesc.judge.judging import judge, recorded_lines
from audiodesc.judge.yardstick import Yardstick

__all__ = ["Finding", "Judgement", "ScriptLine", "Yardstick", "check", "judge", "recorded_lines"]
