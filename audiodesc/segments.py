"""Gaps, cuts and dialogue -> where to speak, what to watch, how many words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from audiodesc.model import Cue, Gap, Segment, Span

WORDS_PER_MINUTE = 170
"""Wanted pace: human describers speak at 145 to 225 words a minute inside their cues."""

SHARE_MS = 5_000
"""A longer pause is shared between several lines, about one for each so many milliseconds: a line of the usual
7 words with a rest behind it. A describer who has nothing to say in a share leaves it empty."""

WATCH_MS = 30_000
"""How far back a line may look for what has not been told yet."""

AHEAD_MS = 2_500
"""How far past its start a line may look into its own pause: a listener should hear of an action when it
happens, not long before."""

CONTEXT_MS = 25_000
"""How much dialogue on both sides a describer is given (as HomerScribe does)."""


def segments(gaps: Sequence[Gap], cuts: Sequence[int], cues: Sequence[Cue], shortest_ms: int) -> tuple[Segment, ...]:
    """One segment for each gap, several for a long one.

    Each watches from where the last one stopped watching, at most 30 s back, to a little past its own start.
    """
    made: list[Segment] = []
    starts = [cue.span.start_ms for cue in cues]
    watched_ms = 0
    for gap in (share for pause in gaps for share in _shares(pause, cuts, shortest_ms)):
        end = min(gap.span.end_ms, gap.span.start_ms + AHEAD_MS)
        watch = Span(max(watched_ms, gap.span.start_ms - WATCH_MS, 0), end)
        made.append(_segment(gap, watch, cues, starts))
        watched_ms = end
    return tuple(made)


def _shares(gap: Gap, cuts: Sequence[int], shortest_ms: int) -> Iterator[Gap]:
    """A long gap in parts of about `SHARE_MS`, parted at a cut where one is near."""
    count = max(1, round(gap.span.duration_ms / SHARE_MS))
    start = gap.span.start_ms
    for i in range(1, count):
        even = gap.span.start_ms + gap.span.duration_ms * i // count
        border = _near(cuts, even, SHARE_MS // 4)
        if border - start >= shortest_ms and gap.span.end_ms - border >= shortest_ms:
            yield Gap(Span(start, border), gap.kind)
            start = border
    yield Gap(Span(start, gap.span.end_ms), gap.kind)


def _near(cuts: Sequence[int], time_ms: int, within_ms: int) -> int:
    place = bisect_left(cuts, time_ms)
    near = [cut for cut in cuts[max(0, place - 1) : place + 1] if abs(cut - time_ms) <= within_ms]
    return min(near, key=lambda cut: abs(cut - time_ms), default=time_ms)


def _segment(gap: Gap, watch: Span, cues: Sequence[Cue], starts: Sequence[int]) -> Segment:
    span = gap.span
    return Segment(
        gap=gap,
        watch=watch,
        wanted_ms=span.start_ms,
        max_words=max(1, span.duration_ms * WORDS_PER_MINUTE // 60_000),
        said_before=tuple(cues[bisect_left(starts, span.start_ms - CONTEXT_MS) : bisect_left(starts, span.start_ms)]),
        said_after=tuple(cues[bisect_left(starts, span.start_ms) : bisect_left(starts, span.end_ms + CONTEXT_MS)]),
    )


def script_segments(lines: Sequence[Span], gaps: Sequence[Gap], cues: Sequence[Cue]) -> tuple[Segment, ...]:
    """A segment for each line of a script that somebody wrote, given where the lines stand.

    A line may use its pause up to where the next line stands, and begins earlier than it stands only if it
    would not fit otherwise. One that stands in no pause has a gap of no length.
    """
    made = []
    starts = [cue.span.start_ms for cue in cues]
    for i, line in enumerate(lines):
        pause = _pause(line, gaps)
        begins = max(line.start_ms, pause.span.start_ms)
        later = [other.start_ms for other in lines[i + 1 :] if other.start_ms > begins]
        end = max(pause.span.start_ms, min([pause.span.end_ms, *later[:1]]))
        gap = Gap(Span(pause.span.start_ms, end), pause.kind)
        watch = Span(min(line.start_ms, end), end)
        made.append(replace(_segment(gap, watch, cues, starts), wanted_ms=begins))
    return tuple(made)


def _pause(line: Span, gaps: Sequence[Gap]) -> Gap:
    """The pause that a line stands in, or else the first that it reaches into."""
    reach = Span(line.start_ms, max(line.end_ms, line.start_ms + 1))
    nowhere = Gap(Span(line.start_ms, line.start_ms))
    return next((gap for gap in gaps if gap.span.overlap_ms(reach)), nowhere)
