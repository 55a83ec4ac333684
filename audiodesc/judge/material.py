"""All that a script is judged by, brought into order once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from audiodesc.core.intervals import joined, without
from audiodesc.core.speech_rate import usual_ms
from audiodesc.judge.rules import Criteria
from audiodesc.model import Cue, Gap, Span
from audiodesc.planning.gaps import gaps, protected
from audiodesc.scripts.lines import ScriptLine

LATEST_MS = 500
UNHURRIED = 1.5
"""Where nobody listens to the film, a subtitle is taken to be spoken from its start on, or so much later, and no slower
than so many times as long as its words take at an ordinary pace; what stands longer is its edge. Two words in a cue of
2.3 s are spoken in its first half."""


@dataclass(frozen=True)
class Material:
    """A script and what is known of its film; None is what is not known.

    `lines` are in order of time, `written` in that of the file. `cuts` are times in ms, `heard` spans of speech in
    the film's sound. `subtitles` are the cues at the times that were given for them, where `cues` have those at which
    they are heard.
    """

    written: Sequence[ScriptLine]
    criteria: Criteria
    cues: Sequence[Cue] | None = None
    duration_ms: int | None = None
    cuts: Sequence[int] | None = None
    heard: Sequence[Span] | None = None
    subtitles: Sequence[Cue] | None = None

    @cached_property
    def lines(self) -> list[ScriptLine]:
        return sorted(self.written, key=lambda line: line.span)

    @cached_property
    def end_ms(self) -> int:
        """The film's end or, where that is not known, that of the last line or cue."""
        ends = [line.span.end_ms for line in self.written] + [cue.span.end_ms for cue in self.cues or ()]
        return self.duration_ms if self.duration_ms is not None else max(ends, default=0)

    @cached_property
    def dialogue(self) -> list[Span]:
        """Where somebody speaks, by the cues, merged."""
        return self._protected(self.cues or ())

    @cached_property
    def voices(self) -> list[Span]:
        """Where speech is heard that no subtitle has, merged; nowhere where that is not known."""
        return joined((*(self.heard or ()), *self._beyond))

    @cached_property
    def captioned(self) -> list[Span]:
        """Where somebody speaks as a subtitle says, merged."""
        return list(without(self.dialogue, self._beyond))

    @cached_property
    def spoken(self) -> list[Span]:
        """The part of `captioned` that is no mere edge of a subtitle, merged."""
        if self.heard is not None:
            return self.captioned
        sure = [replace(cue, span=_without_tail(cue)) for cue in self.cues or ()]
        return self._protected(sure)

    @cached_property
    def silent(self) -> list[Span]:
        """Where a subtitle stands and nobody is heard, merged."""
        return list(without(self._protected(self.subtitles or ()), joined((*self.dialogue, *self.voices))))

    @cached_property
    def _beyond(self) -> list[Span]:
        """What the cues have of speech that goes on before or after its subtitle."""
        if self.subtitles is None:
            return []
        return list(without(self.dialogue, self._protected(self.subtitles)))

    def _protected(self, cues: Sequence[Cue]) -> list[Span]:
        end_ms = max([self.end_ms, *(cue.span.end_ms for cue in cues)])
        return protected(cues, end_ms, 0, self.criteria.protected)

    @cached_property
    def pauses(self) -> tuple[Gap, ...]:
        """The pauses that count as usable, without those in which speech may be undetected; none where the dialogue is
        not known."""
        if self.cues is None:
            return ()
        said = (*self.cues, *(Cue(span, "") for span in self.voices))
        kinds = (*self.criteria.protected, "unsure")
        return gaps(said, self.end_ms, self.criteria.margin_ms, self.criteria.usable_ms, kinds)

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        return [line.span.start_ms for line in self.lines], [span.start_ms for span in self.dialogue]

    def free_ms(self, line: ScriptLine) -> int:
        """How long the narrator may speak from a line's start: to the next line, the next dialogue, the film's end."""
        lines, dialogue = self._starts
        start = line.span.start_ms
        ends = [self.duration_ms] if self.duration_ms is not None else []
        ends += [starts[i] for starts in (lines, dialogue) if (i := bisect_right(starts, start)) < len(starts)]
        return max(0, min(ends, default=start + 3_600_000) - start)


def _without_tail(cue: Cue) -> Span:
    longest_ms = LATEST_MS + round(UNHURRIED * usual_ms(cue.text))
    return Span(cue.span.start_ms, min(cue.span.end_ms, cue.span.start_ms + longest_ms))


def overlapped(line: Span, spans: Sequence[Span]) -> int:
    """How many ms of a line lie in spans that are in order and do not overlap; a line of no length counts as 1 ms."""
    reach = Span(line.start_ms, max(line.end_ms, line.start_ms + 1))
    first = max(0, bisect_right(spans, reach.start_ms, key=lambda span: span.start_ms) - 1)
    total = 0
    for span in spans[first:]:
        if span.start_ms >= reach.end_ms:
            break
        total += reach.overlap_ms(span)
    return total
