"""A plan and what came of it -> for each pause, what the report says of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audiodesc.core.formatting import clock
from audiodesc.model import Outcome, Span
from audiodesc.planning.pacing import WAIT_MS
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
            "planned_ms": [outcome.segment.wanted_ms for outcome in wanted],
            "spoken_ms": [outcome.speech.span.start_ms for outcome in heard if outcome.speech],
            "why": _why(verdict, wanted, heard) or f"{verdict.reason}{_told(verdict, at)}",
        }


def silence(span: Span, outcomes: Sequence[Outcome]) -> str:
    """Why no line tells in time what is seen in a span, where one was planned to; else ""."""
    near = (one for one in outcomes if span.start_ms <= one.segment.wanted_ms < span.end_ms + WAIT_MS)
    return next(filter(None, map(_failed, near)), "")


def _failed(outcome: Outcome) -> str:
    """What became of a line that is not said when it was planned."""
    planned = f"a line was planned at {clock(outcome.segment.wanted_ms, 1)}"
    if outcome.speech:
        start_ms = outcome.speech.span.start_ms
        return f"{planned}, and is said at {clock(start_ms, 1)}" if start_ms > outcome.segment.wanted_ms else ""
    if outcome.text:
        return f"{planned}, and is left out: {outcome.reason}"
    return f"{planned}, but the describer saw nothing worth saying"


def _why(verdict: Verdict, planned: Sequence[Outcome], spoken: Sequence[Outcome]) -> str:
    """What the lines themselves changed; "" where it went as planned."""
    if spoken and not planned:
        return f"the line planned at {clock(spoken[0].segment.wanted_ms, 1)} is said here: it needs the room"
    if verdict.starts_ms and not planned:
        return "what was seen up to here is told while it is seen, or there was nothing to tell"
    if spoken or not planned:
        return ""
    if moved := [outcome.speech for outcome in planned if outcome.speech]:
        return f"the line planned here is said at {clock(moved[-1].span.start_ms, 1)}"
    if left_out := [outcome for outcome in planned if outcome.text]:
        return f"the line planned here is left out: {left_out[-1].reason}"
    first, last = planned[0].segment.watch, planned[-1].segment.watch
    watched = f"{clock(first.start_ms, 1)} to {clock(last.end_ms, 1)}"
    return f"the describer saw nothing worth saying (watched {watched})"


def _told(verdict: Verdict, at: Mapping[int, Outcome]) -> str:
    """Which line tells of what is seen in a pause that is not used, if it is spoken."""
    if verdict.told_ms is None:
        return ""
    line = at.get(verdict.told_ms)
    if line and line.speech:
        return f"; the line at {clock(line.speech.span.start_ms, 1)} tells of it"
    return f"; a line was planned at {clock(verdict.told_ms, 1)} to tell of it, but is not said"
