"""The story so far, as a describer sums it up: renewed every `EVERY` lines, and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from audiodesc.core import cache
from audiodesc.describers.base import Describer, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.people import people_findings
from audiodesc.model import Cue, Note, Observation, Outcome, Segment
from audiodesc.narration.failures import failure_notes, in_one_line, summary_by
from audiodesc.narration.observe import as_text

EVERY = 25
"""Lines after which the summary is renewed (as HomerScribe does)."""

FEWEST_CUES = 10
"""A stretch that is written side by side with others begins with a summary of the dialogue before it, where there is so
much."""

MOST_CUES = 300
"""The latest, that a summary is made of."""


class Story:
    """The story of one stretch of the film, whose lines are written one after the other."""

    def __init__(self, describer: Describer, language: str, cues: Sequence[Cue], store: cache.Store) -> None:
        self._describer, self._language, self._cues, self._store = describer, language, cues, store
        self._summary, self._told, self._tried, self._told_ms, self._begun = "", 0, 0, 0, False

    def before(self, segment: Segment, lines: Sequence[str]) -> str:
        """The summary of what comes before a segment, after `lines`."""
        now_ms = segment.gap.span.start_ms
        since = [cue for cue in self._cues if self._told_ms <= cue.span.start_ms < now_ms]
        begins = not self._begun and len(since) >= FEWEST_CUES
        self._begun = True
        if begins or len(lines) - self._tried >= EVERY:
            dialogue = tuple(since[-MOST_CUES:])
            request = StoryRequest(self._language, self._summary, dialogue, tuple(lines[self._told :]))
            name = cache.key("story", 2, by=self._describer.fingerprint, request=request)
            self._tried = len(lines)
            with suppress(NoAnswerError):  # the summary before is better than none; the next renewal asks anew for all
                self._summary = self._store.made(name, as_text, lambda: summary_by(self._describer, request))
                self._told, self._told_ms = len(lines), now_ms
        return self._summary


def describer_notes(
    describer: Describer,
    outcomes: Sequence[Outcome],
    observed: Sequence[Observation],
    known: FilmContext,
    second_look: int,
) -> Iterator[Note]:
    """What a person should know of how the lines were found; one place in `second_look` was to be looked at twice."""
    yield from (Note("look", in_one_line(note)) for note in describer.notes())
    if second_look and not any(one.again or one.missed for one in observed):
        fault = f"{describer.label} saw nothing that its lines are held against"
        yield Note("look", f"--second-look: nothing was looked at again, for {fault}")
    yield from failure_notes(outcomes, observed)
    yield from people_notes(outcomes, known)


def people_notes(outcomes: Sequence[Outcome], known: FilmContext) -> Iterator[Note]:
    """Who has a name and is called by a look, or shares a look with another, in the lines that are spoken."""
    lines = [outcome.text for outcome in outcomes if outcome.speech]
    yield from (Note("describe", finding) for finding in people_findings(lines, known))
