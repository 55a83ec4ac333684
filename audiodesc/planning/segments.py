"""What surrounds a place to speak; and where the lines of a script that somebody wrote may be spoken."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from audiodesc.model import Cue, Gap, Segment, Span

WORDS_PER_MINUTE = 170
"""Wanted pace: human describers speak at 145 to 225 words a minute inside their cues."""

CONTEXT_MS = 25_000
"""How much dialogue on both sides a describer is given (as HomerScribe does)."""


def words_in(room_ms: int) -> int:
    """How many words there is time for at the wanted pace, at least 1."""
    return max(1, room_ms * WORDS_PER_MINUTE // 60_000)


def placed(gap: Gap, watch: Span, wanted_ms: int, max_words: int, cues: Sequence[Cue]) -> Segment:
    """A segment with the dialogue of 25 s on both sides of its gap; `cues` in order."""

    def first(time_ms: int) -> int:
        return bisect_left(cues, time_ms, key=lambda cue: cue.span.start_ms)

    start, end = gap.span.start_ms, gap.span.end_ms
    dialogue_before = cues[first(start - CONTEXT_MS) : first(start)]
    dialogue_after = cues[first(start) : first(end + CONTEXT_MS)]
    named = named_by(cues, start)
    return Segment(gap, watch, wanted_ms, max_words, tuple(dialogue_before), tuple(dialogue_after), named)


def named_by(cues: Iterable[Cue], time_ms: int) -> tuple[str, ...]:
    """Who has spoken before that time, by the names that the cues give."""
    before = (cue for cue in cues if cue.span.start_ms < time_ms)
    return tuple(dict.fromkeys(name for cue in before for name in (cue.speakers or (cue.speaker,)) if name))


def script_segments(lines: Sequence[Span], gaps: Sequence[Gap], cues: Sequence[Cue]) -> tuple[Segment, ...]:
    """A segment for each line of a script that somebody wrote, given where the lines stand.

    A line may use its pause up to where the next line stands, and begins earlier than it stands only if it
    would not fit otherwise. One that stands in no pause has a gap of no length.
    """
    made = []
    for i, line in enumerate(lines):
        pause = _pause(line, gaps)
        begins = max(line.start_ms, pause.span.start_ms)
        later = [other.start_ms for other in lines[i + 1 :] if other.start_ms > begins]
        end = max(pause.span.start_ms, min([pause.span.end_ms, *later[:1]]))
        gap = Gap(Span(pause.span.start_ms, end), pause.kind)
        watch = Span(min(line.start_ms, end), end)
        segment = placed(gap, watch, begins, words_in(gap.span.duration_ms), cues)
        made.append(replace(segment, written=line))
    return tuple(made)


def _pause(line: Span, gaps: Sequence[Gap]) -> Gap:
    """The pause that a line stands in, or else the first that it reaches into."""
    reach = Span(line.start_ms, max(line.end_ms, line.start_ms + 1))
    nowhere = Gap(Span(line.start_ms, line.start_ms))
    return next((gap for gap in gaps if gap.span.overlap_ms(reach)), nowhere)
