"""A plan and what came of it -> for each pause, what the report says of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
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
    at = {outcome.segment.wanted_ms: outcome for outcome in outcomes}
    for verdict, wanted, heard in zip(verdicts, planned, spoken, strict=True):
        yield {
            "planned_ms": list(verdict.starts_ms),
            "spoken_ms": [outcome.speech.span.start_ms for outcome in heard if outcome.speech],
            "why": _why(verdict, wanted, heard) or f"{verdict.reason}{_told(verdict, at)}",
        }


def _why(verdict: Verdict, planned: Sequence[Outcome], spoken: Sequence[Outcome]) -> str:
    """What the lines themselves changed; "" where it went as planned."""
    if spoken and not planned:
        return f"the line planned at {_seconds(spoken[0].segment.wanted_ms)} is said here: it needs the room"
    if spoken or not planned:
        return ""
    if moved := [outcome.speech for outcome in planned if outcome.speech]:
        return f"the line planned here is said at {_seconds(moved[-1].span.start_ms)}"
    if left_out := [outcome for outcome in planned if outcome.text]:
        return f"the line planned here is left out: {left_out[-1].reason}"
    first, last = planned[0].segment.watch, planned[-1].segment.watch
    watched = f"{first.start_ms / 1000:.1f}–{_seconds(last.end_ms)}"
    return f"the describer saw nothing worth saying (watched {watched})"


def _told(verdict: Verdict, at: Mapping[int, Outcome]) -> str:
    """Which line tells of what is seen in a pause that is not used, if it is spoken."""
    if verdict.told_ms is None:
        return ""
    line = at.get(verdict.told_ms)
    if line and line.speech:
        return f"; the line at {_seconds(line.speech.span.start_ms)} tells of it"
    return f"; a line was planned at {_seconds(verdict.told_ms)} to tell of it, but is not said"


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f} s"
