"""Lines for which the film stops: what is missing of a pause, where a line stands that has none, and segments in pauses
that are too short for any other line."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil
from typing import Any

from audiodesc.core.formatting import seconds
from audiodesc.core.speech_rate import fastest_ms
from audiodesc.model import Cue, Gap, Outcome, Segment, Span
from audiodesc.planning import segment_at, words_in
from audiodesc.planning.costs import AHEAD_MS, LONGEST_WORDS, RESTS_MS, WAIT_MS, WATCH_MS, scene_changes, untold
from audiodesc.planning.fit import SEPARATION_MS, Estimate, Fitted, Length, Misfit, TooLong, fit, unknown
from audiodesc.settings import Density, StopSettings

LEAST_MS = 300
"""A film stops in no shorter pause for a line that nobody wrote yet: it would stop in the midst of talk."""

USUAL_STOP_MS = 5_000
"""A line for a pause that is too short for any is planned with so much more time, or with the longest stop."""


def longest_stop_ms(stops: StopSettings) -> int:
    """The longest that the film stops for a line, 0 where it never does."""
    return round(stops.extended_most_s * 1000) if stops.extended else 0


def fit_or_stop(
    candidates: Sequence[str],
    room: Span,
    wanted_ms: int,
    length: Length,
    *,
    fastest: float,
    most_ms: int,
    shorter: Callable[[TooLong], Sequence[str]] | None = None,
    has: str = "the pause has",
    estimate: Estimate = unknown,
) -> Fitted | Misfit:
    """As `fit`; where no candidate fits, the first for which the film stops for `most_ms` at most (0: it never does).
    Only where there is none either a shorter text is asked for."""
    how: Any = {"fastest": fastest, "has": has, "estimate": estimate}
    if most_ms:
        fitted = fit(candidates, room, wanted_ms, length, **how)
        if isinstance(fitted, Fitted):
            return fitted
        stopped = with_stop(candidates, room, length, most_ms)
        if isinstance(stopped, Fitted) or not shorter:
            return stopped
    return fit(candidates, room, wanted_ms, length, shorter=shorter, **how)


def with_stop(texts: Iterable[str], room: Span, length: Length, most_ms: int) -> Fitted | Misfit:
    """The first text that has enough room if the film stops at its end, for exactly what is missing at the voice's
    natural rate and `most_ms` at most. It begins with the room."""
    misfit = Misfit("nothing worth saying")
    for text in texts:
        if not text.strip():
            continue
        try:
            takes_ms = round(fastest_ms(text, 1.0))
            if takes_ms <= room.duration_ms + most_ms:
                takes_ms = length(text, 1.0)
        except ValueError as error:
            misfit = Misfit(str(error), text)
            continue
        missing_ms = takes_ms - room.duration_ms
        if missing_ms <= 0:
            return Fitted(text, 1.0, Span(room.start_ms, room.start_ms + takes_ms))
        if missing_ms <= most_ms:
            return Fitted(text, 1.0, room, missing_ms)
        has = f"the pause has {seconds(room.duration_ms)} s and the film stops for {seconds(most_ms)} s at most"
        misfit = Misfit(f"it takes {seconds(takes_ms)} s, {has}", text)
    return misfit


EDGE_MS = 2_000
"""A stop between two cues that leave no pause is as good as one in a pause that is so much further away."""

LAST_MS = 500
"""A stop that a player is to notice lies so long before the film's end."""


def edges(cues: Iterable[Cue]) -> tuple[int, ...]:
    """Where a cue ends and no other goes on: there the film may stop though nobody pauses, between two sentences."""
    spans = sorted(cue.span for cue in cues if cue.kind != "sound")
    latest = list(accumulate((span.end_ms for span in spans), max))
    found = []
    for span in spans:
        before = bisect_left(spans, span.end_ms, key=lambda one: one.start_ms)
        if latest[before - 1] <= span.end_ms:
            found.append(span.end_ms)
    return tuple(sorted(set(found)))


def script_span(
    segment: Segment,
    gaps: Sequence[Gap],
    last_ms: int,
    until_ms: int | None,
    between: Sequence[int] = (),
    end_ms: int | None = None,
) -> Span | None:
    """Where a line that a person wrote may stand: its own pause or, where it has none, the nearest moment of one, or of
    those `between` two cues.

    The lines before it end at `last_ms`, the next one is written for `until_ms`, the film ends at `end_ms`. None where
    nobody ever pauses.
    """
    free_ms = last_ms + SEPARATION_MS if last_ms else 0
    own = segment.gap.span
    if own.duration_ms and own.end_ms >= last_ms:
        return Span(min(own.end_ms, max(own.start_ms, free_ms)), own.end_ms)
    latest = max(last_ms, end_ms - LAST_MS) if end_ms is not None else None
    wanted_ms = max(segment.wanted_ms, last_ms)
    pauses = [gap.span for gap in gaps if gap.span.end_ms >= last_ms]
    points = [Span(ms, ms) for ms in between if ms >= last_ms and (latest is None or ms <= latest)]
    if not pauses and not points:
        return None

    def away_ms(span: Span) -> int:
        far_ms = max(span.start_ms - wanted_ms, wanted_ms - span.end_ms, 0)
        return far_ms if span.duration_ms else far_ms + EDGE_MS

    near = min((*pauses, *points), key=away_ms)
    start = min(near.end_ms, max(near.start_ms, wanted_ms, free_ms))
    start = start if latest is None else max(near.start_ms, min(start, latest))
    end = near.end_ms if until_ms is None or until_ms <= start else min(near.end_ms, until_ms)
    return Span(start, end)


def separated(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The same; where the film stops for one of two lines that follow at once, it stops for the silence between too."""
    made = list(outcomes)
    heard = [(one.speech, number) for number, one in enumerate(made) if one.speech]
    heard.sort(key=lambda pair: pair[0].span)
    stops_next = bool(heard and heard[-1][0].stop_ms)
    for (speech, number), (following, _) in reversed(list(pairwise(heard))):  # a stop that is added is one to respect
        short_ms = SEPARATION_MS - (following.span.start_ms - speech.span.end_ms)
        if (speech.stop_ms or stops_next) and short_ms > 0:
            speech = replace(speech, stop_ms=speech.stop_ms + short_ms)
            made[number] = replace(made[number], speech=speech)
        stops_next = bool(speech.stop_ms)
    return tuple(made)


def in_whole_frames(outcomes: Iterable[Outcome], fps: Fraction) -> tuple[Outcome, ...]:
    """The same, each stop longer by less than a frame, so that together with all before it each lasts a whole number of
    frames: at a constant rate all frames stay in their places, to half a millisecond."""
    made = list(outcomes)
    stops = [(one.speech, number) for number, one in enumerate(made) if one.speech and one.speech.stop_ms]
    total_ms = 0
    for speech, number in sorted(stops, key=lambda pair: pair[0].span):
        whole_ms = _whole_frames(total_ms + speech.stop_ms, fps)
        made[number] = replace(made[number], speech=replace(speech, stop_ms=whole_ms - total_ms))
        total_ms = whole_ms
    return tuple(made)


def _whole_frames(ms: int, fps: Fraction) -> int:
    """So many ms, or as many more as a whole number of frames lasts, to the nearest ms."""
    frames = ms * fps / 1000
    return ms if abs(round(frames) * 1000 / fps - ms) <= Fraction(1, 2) else round(ceil(frames) * 1000 / fps)


def more_segments(
    planned: Sequence[Segment],
    gaps: Sequence[Gap],
    cuts: Sequence[int],
    cues: Sequence[Cue],
    density: Density,
    most_ms: int,
) -> tuple[Segment, ...]:
    """The planned segments, and one for each change of place that none of them tells in time: in the longest of `gaps`
    (of any length, in order) within 10 s of it, for which the film stops for `most_ms` at most (0: never). Sparse lines
    are never more than planned."""
    made = list(planned)
    if most_ms and density != "sparse" and gaps:
        for change in _untold(made, gaps, cuts):
            starts = sorted(segment.wanted_ms for segment in made)
            if found := _longest(change, gaps, starts, RESTS_MS[density]):
                made.append(_segment(change, found, cues, most_ms))
    return tuple(sorted(made, key=lambda segment: segment.wanted_ms))


def _untold(planned: Sequence[Segment], gaps: Sequence[Gap], cuts: Sequence[int]) -> list[int]:
    starts = sorted(segment.wanted_ms for segment in planned)
    return untold([0, *scene_changes(cuts)], starts, gaps[-1].span.end_ms)


def _longest(change: int, gaps: Sequence[Gap], starts: Sequence[int], rest_ms: int) -> Gap | None:
    """The longest pause for a line about a change, so far as no other line is near."""

    def is_free(time_ms: int) -> bool:
        at = bisect_right(starts, time_ms)
        return all(abs(start - time_ms) >= rest_ms for start in starts[max(0, at - 1) : at + 1])

    first = bisect_right(gaps, change, key=lambda gap: gap.span.end_ms)
    near = _within(gaps[first:], change)
    usable = [gap for gap in near if gap.span.duration_ms >= LEAST_MS and is_free(max(change, gap.span.start_ms))]
    return max(usable, key=lambda gap: gap.span.duration_ms, default=None)


def _within(gaps: Iterable[Gap], change: int) -> Iterator[Gap]:
    for gap in gaps:
        if gap.span.start_ms > change + WAIT_MS:
            return
        yield gap


def _segment(change: int, gap: Gap, cues: Sequence[Cue], most_ms: int) -> Segment:
    start, end = max(change, gap.span.start_ms), gap.span.end_ms
    words = min(LONGEST_WORDS, words_in(end - start + min(most_ms, USUAL_STOP_MS)))
    watch = Span(max(change, start - WATCH_MS), min(end, start + AHEAD_MS))
    return segment_at(Gap(Span(start, end), gap.kind), watch, start, words, cues)
