"""The lines of a project as they stand: the room that each has, the rate at which it fits, what `check` finds in it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from audiodesc.core.speech_rate import usual_ms
from audiodesc.judge import judged
from audiodesc.judge.rules import Finding, criteria_of
from audiodesc.model import Gap, Span
from audiodesc.planning.fit import SEPARATION_MS
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Snapshot
from audiodesc.scripts import ScriptLine

Length = Callable[[ProjectLine], int | None]
"""A line -> how long its voice takes for it in ms, as far as that is known."""

RATE_STEP: Final = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in the lines of one moment, by their ids; `alone` is about no line."""

    by_line: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    alone: tuple[Finding, ...] = ()


NOTHING: Final = Found()


def findings(snapshot: Snapshot, known: KnownFilm, length: Length) -> Found:
    """What `check` finds in the lines as they stand, each where a render would speak it."""
    lines = snapshot.standing
    in_room = zip(lines, rooms(lines, known.on.gaps, length), strict=True)
    spoken = [_spoken(line, room, _lasts_ms(line, length), known.on.fastest) for line, room in in_room]
    script = [
        ScriptLine(span.start_ms, span.end_ms, line.text, number)
        for number, (line, span) in enumerate(zip(lines, spoken, strict=True), 1)
    ]
    criteria = replace(criteria_of(known.settings), language=known.narrator.language)
    made = judged(script, known.found.dialogue, criteria, duration_ms=known.film.duration_ms, cuts=known.found.cuts)
    by_line: dict[str, list[Finding]] = defaultdict(list)
    for one in made.findings:
        if 0 < one.line <= len(lines):
            by_line[lines[one.line - 1].id].append(one)
    alone = tuple(one for one in made.findings if not 0 < one.line <= len(lines))
    return Found({id: tuple(some) for id, some in by_line.items()}, alone)


def _spoken(line: ProjectLine, room: Span | None, lasts_ms: int, fastest: float) -> Span:
    """Where a line is spoken: begun earlier, and then faster, where what is left of its room is too short; one that
    does not fit, as it stands."""
    rate = rate_in(lasts_ms, room.duration_ms, fastest) if room else None
    if room is None or rate is None:
        return Span(line.start_ms, line.start_ms + lasts_ms)
    spoken_ms = min(round(lasts_ms / rate), room.duration_ms)
    start_ms = min(line.start_ms, room.end_ms - spoken_ms)
    return Span(start_ms, start_ms + spoken_ms)


def _lasts_ms(line: ProjectLine, length: Length) -> int:
    """How long a line lasts: as it was heard or, where its text is new, as far as is known."""
    measured = length(line)
    if measured is not None:
        return measured
    return line.span.duration_ms or usual_ms(line.text)


def rooms(lines: Sequence[ProjectLine], gaps: Sequence[Gap], length: Length) -> Iterator[Span | None]:
    """What its gap and the lines around leave for each line, in order of time; None for one that stands in no gap."""
    starts = [gap.span.start_ms for gap in gaps]
    before_ms = 0
    for line, after in pairwise([*lines, None]):
        assert line is not None  # noqa: S101 — only the last of the pairs has none, as the second
        at = bisect_right(starts, line.start_ms) - 1
        gap = gaps[at].span if at >= 0 and line.start_ms < gaps[at].span.end_ms else None
        if gap is None:
            yield None
        else:
            start_ms = min(max(gap.start_ms, before_ms), line.start_ms)
            end_ms = min(gap.end_ms, after.start_ms) if after and after.start_ms > line.start_ms else gap.end_ms
            yield Span(start_ms, max(start_ms, end_ms))
        before_ms = line.start_ms + _lasts_ms(line, length) + SEPARATION_MS


def rate_in(length_ms: int, room_ms: int, fastest: float) -> float | None:
    """The rate at which a text of that length fits, in steps as the fit has; None where it does not."""
    if length_ms <= room_ms:
        return 1.0
    needed = length_ms / max(1, room_ms)
    steps = round(needed / RATE_STEP + 0.499) * RATE_STEP
    rate = round(min(fastest, steps), 2)
    return rate if needed <= fastest else None
