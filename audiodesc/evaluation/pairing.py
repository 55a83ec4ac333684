"""Two scripts of one film, paired by time: for each human cue what the other script says in its place.

These are the lines that overlap the cue, in order; where none does, the one that is nearest, if no more than the window
lies between them. A cue without any counts as one for which nothing is said. One line may stand for several cues, as
one cue may have several lines: where a narrator speaks twice as often, neither is the other's fault.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audiodesc.core.intervals import among, joined
from audiodesc.evaluation.model import Coverage
from audiodesc.model import Span
from audiodesc.scripts.lines import ScriptLine


def in_order(lines: Sequence[ScriptLine]) -> list[ScriptLine]:
    """The lines that have words, in order of time."""
    return sorted((line for line in lines if line.text.strip()), key=lambda line: line.span)


def lines_beside(cues: Sequence[Span], lines: Sequence[Span], window_ms: int) -> list[list[int]]:
    """For each cue the numbers of the lines that belong to it, in the order of the lines."""
    starts = np.array([line.start_ms for line in lines], np.int64)
    ends = np.array([max(line.end_ms, line.start_ms + 1) for line in lines], np.int64)
    found: list[list[int]] = []
    for cue in cues:
        apart = np.maximum(starts - max(cue.end_ms, cue.start_ms + 1), cue.start_ms - ends)
        inside = np.flatnonzero(apart < 0).tolist()
        if not inside and len(lines) and apart.min() <= window_ms:
            inside = [int(apart.argmin())]
        found.append(inside)
    return found


def coverage(cues: Sequence[Span], lines: Sequence[Span], beside: Sequence[Sequence[int]]) -> Coverage:
    """How much of the cues has lines, given which lines belong to each; see `lines_beside`."""
    overlapped = [
        any(_touches(cue, lines[number]) for number in numbers) for cue, numbers in zip(cues, beside, strict=True)
    ]
    taken = {number for numbers in beside for number in numbers}
    spoken, human = joined(lines), joined(cues)
    return Coverage(
        cues=len(cues),
        overlapped=sum(overlapped),
        near=sum(bool(numbers) for numbers in beside) - sum(overlapped),
        empty=sum(not numbers for numbers in beside),
        lines=len(lines),
        extra=len(lines) - len(taken),
        human_ms=sum(cue.duration_ms for cue in human),
        both_ms=sum(cue.overlap_ms(line) for cue in human for line in among(spoken, cue)),
    )


def _touches(cue: Span, line: Span) -> bool:
    """Whether both last at once; what has no length lasts a millisecond."""
    return line.start_ms < max(cue.end_ms, cue.start_ms + 1) and cue.start_ms < max(line.end_ms, line.start_ms + 1)
