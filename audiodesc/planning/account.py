"""A plan and what came of it -> for each pause, what the report says of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from audiodesc.model import Outcome
from audiodesc.planning.verdicts import Verdict


def account(verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    """Where lines were planned in each pause, where they are spoken in it, and why it is used or not."""
    begins = [verdict.gap.span.start_ms for verdict in verdicts]
    planned: list[list[Outcome]] = [[] for _ in verdicts]
    spoken: list[list[Outcome]] = [[] for _ in verdicts]
    for outcome in outcomes:
        planned[bisect_right(begins, outcome.segment.wanted_ms) - 1].append(outcome)
        if outcome.speech:
            spoken[bisect_right(begins, outcome.speech.span.start_ms) - 1].append(outcome)
    for verdict, wanted, heard in zip(verdicts, planned, spoken, strict=True):
        yield {
            "planned_ms": list(verdict.starts_ms),
            "spoken_ms": [outcome.speech.span.start_ms for outcome in heard if outcome.speech],
            "why": _why(verdict, wanted, heard),
        }


def _why(verdict: Verdict, planned: Sequence[Outcome], spoken: Sequence[Outcome]) -> str:
    """The plan's reason, and what the lines themselves changed."""
    if spoken and not planned:
        return f"the line planned at {_seconds(spoken[0].segment.wanted_ms)} is said here: it needs the room"
    if not planned or spoken:
        return verdict.reason
    last = planned[-1]
    fate = f"its line is said at {_seconds(last.speech.span.start_ms)}" if last.speech else last.reason
    return f"{verdict.reason}; but nothing is said: {fate}"


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f} s"
