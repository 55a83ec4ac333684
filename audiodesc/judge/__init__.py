"""Judging a description script, ours or a person's, by the rules of the craft.

`judge` judges what is given as data; `audiodesc.check` reads the files first. How a judgement is shown is in `output`
(table, summary) and `rendering` (JSON, SARIF, JUnit).
"""

from __future__ import annotations

from audiodesc.judge.findings import Finding, Judgement, ScriptLine
from audiodesc.judge.judging import explained, judge, spoken_lines
from audiodesc.judge.yardstick import Yardstick

__all__ = ["Finding", "Judgement", "ScriptLine", "Yardstick", "explained", "judge", "spoken_lines"]
