"""Pauses that are not used: nothing is said in them, or in what a line leaves of them, though the picture changes.

Failure F113 of WCAG 2 is that what matters is not told *and* a pause was there to tell it in. So a change that a line
tells soon after is none, nor is a rest that a describer would take; both by `audiodesc.planning.pacing`, as lines are
planned.
"""

from __future__ import annotations

from collections.abc import Iterator

from audiodesc.judge.findings import Finding, ScriptLine
from audiodesc.judge.length import takes_ms
from audiodesc.judge.material import Material, merged, parted
from audiodesc.judge.rules import found
from audiodesc.model import Span
from audiodesc.planning.fit import SEPARATION_MS
from audiodesc.planning.pacing import REST_MS, WAIT_MS, places, tellable, untold


def empty(material: Material) -> Iterator[Finding]:
    """Usable pauses, and long rests beside the lines in them, with changes that no line tells in time."""
    lines = merged([reach(line, material) for line in material.lines])
    starts = [line.span.start_ms for line in material.lines]
    changes = list(places(sorted(material.cuts or ())))
    for pause, rest in _rests(material, lines):
        if missed := untold(tellable(rest, changes, material.yardstick.usable_ms), starts, material.end_ms):
            picture = f"the picture changes {_times(len(missed))} in it with no line within {WAIT_MS // 1000} s"
            yield found("empty-pause", f"{_empty_part(rest, pause)}, and {picture}", span=rest)


def _rests(material: Material, lines: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Pauses, each with the parts of it that are long enough to be used; a line in a pause excuses short rests."""
    for pause in (gap.span for gap in material.pauses):
        rests = list(parted(pause, lines))
        if rests == [pause]:
            yield pause, pause
        elif not material.yardstick.extended:  # else a line for which the film waits may tell of the whole pause
            shortest = max(REST_MS + 1, material.yardstick.usable_ms)
            yield from ((pause, rest) for rest in rests if rest.duration_ms >= shortest)


def reach(line: ScriptLine, material: Material) -> Span:
    """A line with a breath on both sides. It takes at least the time of its words."""
    end = max(line.span.end_ms, line.span.start_ms + takes_ms(line.text, material.yardstick.fastest_wpm))
    return Span(max(0, line.span.start_ms - SEPARATION_MS), end + SEPARATION_MS)


def _empty_part(rest: Span, pause: Span) -> str:
    if rest == pause:
        return f"a pause of {rest.duration_ms / 1000:.1f} s has no line"
    return f"{rest.duration_ms / 1000:.1f} s of a pause of {pause.duration_ms / 1000:.1f} s have no line"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
