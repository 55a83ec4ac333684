"""Which moment of a film a question is about: the one that is given or named, that of the conversation, or one that is
found by the words of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audiodesc.core.formatting import clock, shortest
from audiodesc.core.part import clock_ms
from audiodesc.errors import UsageError
from audiodesc.footage import Footage
from audiodesc.model import Span
from audiodesc.project.conversations import Turn
from audiodesc.questions.question import Question
from audiodesc.questions.words import found_by_words

BEFORE_MS: Final = 6_000
AFTER_MS: Final = 2_000
"""Around a time the moment begins and ends so long before and after it, and no further than its shot."""

LEAST_MS: Final = 1_000
"""So long a moment is where the film allows it: of a short shot, what is before it belongs to the moment."""

MOST_MS: Final = 20_000
"""So long a moment is at most that is found by words."""

_CLOCK: Final = r"(\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)(?![\d:])"
_AT: Final = re.compile(rf"(?<![^\W_])(?:/at|at|@|um|bei|à|a las|a la|alle|às|kl\.?|om)\s*{_CLOCK}", re.IGNORECASE)
_FROM: Final = re.compile(
    rf"(?<![^\W_])(?:from|between|von|zwischen|de|entre|da|tra|van)\s+{_CLOCK}"
    rf"\s*(?:to|until|and|bis|und|à|et|a|y|e|al|alle|tot|en|[-–])\s*{_CLOCK}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A span of the film, and how it was found, for a person; "" where it was given. `at_ms` is the time in it that is
    asked about, None where the whole is."""

    span: Span
    found_by: str = ""
    at_ms: int | None = None


def moment_of(footage: Footage, question: Question, before: Sequence[Turn] = ()) -> Moment:
    """The moment of a question in a conversation. Raises UsageError for a time that the film does not have."""
    if question.span is not None:
        return Moment(_within(footage, question.span))
    if question.at_ms is not None:
        return Moment(moment_at(footage, question.at_ms, spoilers=question.spoilers), "", question.at_ms)
    if named := named_in(footage, question):
        return named
    unknown = "".join(f"the film has no {one}; " for one in _AT.findall(question.text)[:1])
    if last := next((turn.span for turn in reversed(before) if turn.span), None):
        return Moment(_within(footage, last), unknown and f"{unknown}the moment of the answer before")
    found = found_by_words(footage, question.text)
    if found is None:
        why = f"{unknown}nothing that is known of the film has words of the question: the whole film"
        return Moment(Span(0, footage.film.duration_ms), why)
    span, why = found[0], f"{unknown}{found[1]}"
    start_ms, end_ms = max(0, span.start_ms - AFTER_MS), min(footage.film.duration_ms, span.end_ms + AFTER_MS)
    return Moment(Span(min(start_ms, end_ms), min(end_ms, start_ms + MOST_MS)), why)


def moment_at(footage: Footage, time_ms: int, *, spoilers: bool = False) -> Span:
    """The span around a time, which does not leave its shot. Raises UsageError for one beyond the film's end."""
    length_ms = footage.film.duration_ms
    if time_ms > length_ms:
        raise _beyond(footage, time_ms)
    shot = footage.shots[footage.shot_at(min(time_ms, length_ms - 1))]
    after_ms = BEFORE_MS if spoilers else AFTER_MS
    start_ms, end_ms = max(shot.start_ms, time_ms - BEFORE_MS), min(shot.end_ms, time_ms + after_ms)
    return Span(max(0, min(start_ms, end_ms - LEAST_MS)), end_ms)


def named_in(footage: Footage, question: Question) -> Moment | None:
    """The moment whose time stands in the question, as "at 14:02" or "from 14:02 to 14:30", if the film has it."""
    length_ms = footage.film.duration_ms
    for first, last in _FROM.findall(question.text):
        span = _times(first, last)
        if span and span[0] < span[1] <= length_ms:
            return Moment(Span(*span), f"the question names {clock(span[0])} to {clock(span[1])}")
    for one in _AT.findall(question.text):
        at = _times(one)
        if at and at[0] <= length_ms:
            span_at = moment_at(footage, at[0], spoilers=question.spoilers)
            return Moment(span_at, f"the question names {shortest(at[0])}", at[0])
    return None


def _times(*texts: str) -> tuple[int, ...] | None:
    try:
        return tuple(map(clock_ms, texts))
    except ValueError:
        return None


def _within(footage: Footage, span: Span) -> Span:
    if span.start_ms >= footage.film.duration_ms:
        raise _beyond(footage, span.start_ms)
    return Span(span.start_ms, min(span.end_ms, footage.film.duration_ms))


def _beyond(footage: Footage, time_ms: int) -> UsageError:
    ends = clock(footage.film.duration_ms, 1)
    return UsageError(f"{footage.folder.name}: {shortest(time_ms)} lies beyond the film's end", f"it ends at {ends}")
