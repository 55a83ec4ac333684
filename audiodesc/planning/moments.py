"""What is seen for a while only -> segments of its own, so that it is told while it is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audiodesc.describers import Describer, Momentary
from audiodesc.model import Cue, Gap, Observation, Segment, Span
from audiodesc.planning.costs import LONGEST_WORDS, WATCH_MS
from audiodesc.planning.segments import placed, words_in

LEAST_MS = 500
"""A line that begins so shortly before its pause ends is none."""

ENOUGH_MS = 2_500
"""Where a moment reaches into several pauses, the first in which there is so much room is used."""

CLOSE_MS = 2_000
"""What is seen so shortly after another moment need not be told beside it: it is often the same, seen on."""

UNTOLD = "seen while nobody may speak: "
"""Before facts that cannot be told: no describer reads them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Facts of a sight and when they are seen; a line may begin from `start_ms` on, in `gap`."""

    sight: Observation
    span: Span
    facts: str
    start_ms: int
    gap: Gap


def apart(
    seen: Sequence[Observation], gaps: Sequence[Gap], cues: Sequence[Cue], describer: Describer
) -> tuple[Observation, ...]:
    """The sights of a describer whose facts are momentary: one for each moment, with the part of a pause in which a
    line may begin while it lasts. Those of others are as they were."""
    if not isinstance(describer, Momentary):
        return tuple(seen)
    told: list[Observation] = []
    for sight in seen:
        moments = list(_moments(sight, describer.moments(sight.facts), gaps))
        ends = [*(moment.start_ms for moment in moments[1:]), None]
        told += [_sight(moment, end, cues) for moment, end in zip(moments, ends, strict=False)]
        if not moments and sight.segment.until_ms is None:
            told.append(replace(sight, facts="\n".join(f"{UNTOLD}{line}" for line in sight.facts.splitlines())))
    return tuple(told)


def everything(segments: Sequence[Segment], end_ms: int, describer: Describer) -> tuple[Segment, ...]:
    """The segments, and for a describer whose facts are momentary, some more that watch what none of them does."""
    if not isinstance(describer, Momentary):
        return tuple(segments)
    made, seen_ms = list(segments), 0
    for start, end in [*((one.watch.start_ms, one.watch.end_ms) for one in segments), (end_ms, end_ms)]:
        for first in range(seen_ms, start, WATCH_MS):
            watch = Span(first, min(start, first + WATCH_MS))
            made.append(Segment(Gap(Span(first, first)), watch, first, 1, until_ms=first))
        seen_ms = max(seen_ms, end)
    return tuple(sorted(made, key=lambda one: one.watch))


def _moments(sight: Observation, parts: Sequence[tuple[Span, str]], gaps: Sequence[Gap]) -> Iterator[Moment]:
    """Those in which a narrator may speak."""
    for span, facts in parts:
        starts = [(max(span.start_ms, gap.span.start_ms), gap) for gap in gaps]
        rooms = [(gap.span.end_ms - start, start, gap) for start, gap in starts if start < span.end_ms]
        if usable := [room for room in rooms if room[0] >= LEAST_MS]:
            enough = [room for room in usable if room[0] >= ENOUGH_MS]
            _, start, gap = enough[0] if enough else max(usable, key=lambda room: room[0])
            yield Moment(sight, span, facts, start, gap)


def _sight(moment: Moment, following_ms: int | None, cues: Sequence[Cue]) -> Observation:
    """With the room up to the next moment, where that is in the same pause and not close."""
    start, end = moment.start_ms, moment.gap.span.end_ms
    if following_ms is not None and following_ms - start >= CLOSE_MS:
        end = min(end, following_ms)
    words = min(LONGEST_WORDS, words_in(end - start))
    segment = placed(Gap(Span(start, end), moment.gap.kind), moment.sight.segment.watch, start, words, cues)
    return Observation(replace(segment, until_ms=moment.span.end_ms), moment.facts)
