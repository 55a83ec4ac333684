"""Lines -> what is spoken where: drafts in the gaps of the whole film, a person's lines where they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from audiodesc.core.formatting import clock
from audiodesc.model import Gap, Outcome, Segment, Span
from audiodesc.narration.ahead import cores
from audiodesc.narration.outcomes import estimate_of, free_span, has_of, kept_by_stops, length_of, outcome_of
from audiodesc.narration.outcomes import free_ms as free_ms_of
from audiodesc.narration.voice import Speak
from audiodesc.narration.write import Draft
from audiodesc.planning.assign import LineChoice, assign
from audiodesc.planning.extend import script_span, with_stop
from audiodesc.planning.fit import SEPARATION_MS, TAKEN, Fitted, Misfit, fit
from audiodesc.planning.gaps import SHORTEST_MS
from audiodesc.scripts import ScriptLine

NO_OWN: Mapping[str, tuple[Speak, float]] = {}


@dataclass(frozen=True, slots=True)
class Stage:
    """What lines are placed with: the voice, how fast it may speak, the film's gaps of any length and its end, None
    where that does not matter. The film stops for a line for `most_ms` at most, 0: it does not, perhaps `between` two
    cues."""

    speak: Speak
    fastest: float
    gaps: tuple[Gap, ...] = ()
    end_ms: int | None = None
    most_ms: int = 0
    between: tuple[int, ...] = ()


def place_lines(
    drafts: Sequence[Draft],
    gaps: Sequence[Gap],
    cuts: Sequence[int],
    speak: Speak,
    fastest: float,
    most_ms: int = 0,
    others: Sequence[Span] = (),
) -> tuple[Outcome, ...]:
    """What is spoken where, over the whole film: a line may go to a later gap, or give way to another, unless the film
    stops for it, for `most_ms` at most; it does not where `others` are spoken."""
    options = [draft.option for draft in drafts]
    choices = assign(options, gaps, cuts)

    def placed(draft: Draft, choice: LineChoice) -> Outcome:
        before = draft.outcome
        if choice.candidate is None:
            reason = choice.reason if choice.option.candidates else before.reason
            return replace(before, speech=None, reason=reason)
        text = choice.candidate.text
        how: Any = {"fastest": fastest, "estimate": estimate_of(speak)}
        fitted = fit([text], choice.room, choice.room.start_ms, length_of(speak), **how)
        return outcome_of(before.segment, before.facts, fitted, [text], before.author, speak)

    with ThreadPoolExecutor(cores(), "place") as pool:
        outcomes = tuple(pool.map(placed, drafts, choices))
    return kept_by_stops(outcomes, options, speak, most_ms, others) if most_ms else outcomes


def place_script_lines(
    script: Sequence[tuple[ScriptLine, Segment]],
    on: Stage,
    others: Sequence[Span] = (),
    own: Mapping[str, tuple[Speak, float]] = NO_OWN,
) -> Iterator[Outcome]:
    """A person's lines, each where it was written, moved only as far as its gap asks.

    A line that stands in no gap is left out; the reason names the nearest gap, or the film's end. In front of `others`,
    lines that may give way, it is spoken faster where that is enough. `own` has what speaks a line of this id, and how
    fast at most. Where the film may stop, it does for a line that has no gap or is longer than it.
    """
    free_ms = last_ms = 0
    for number, (written, segment) in enumerate(script):
        room = free_span(segment.gap.span, free_ms)
        speak, most = own.get(segment.id, (on.speak, on.fastest))
        voiced = replace(on, speak=speak, fastest=min(most, on.fastest))
        fitted = fitting([written.text], room, segment, voiced)
        if isinstance(fitted, Fitted):
            start_ms = fitted.span.start_ms
            after = min((one.start_ms - SEPARATION_MS for one in others if one.start_ms >= start_ms), default=None)
            if after and start_ms < after < fitted.span.end_ms:
                narrow = fitting([written.text], Span(start_ms, after), segment, voiced)
                fitted = narrow if isinstance(narrow, Fitted) else fitted
        elif on.most_ms and (on.end_ms is None or segment.wanted_ms < on.end_ms):
            later = next((one.wanted_ms for _, one in script[number + 1 :] if one.wanted_ms > segment.wanted_ms), None)
            if longer := script_span(segment, on.gaps, last_ms, later, on.between, on.end_ms):
                fitted = with_stop([written.text], longer, length_of(speak), on.most_ms)
        outcome = outcome_of(segment, "", fitted, [written.text], "human", speak)
        free_ms = max(free_ms, free_ms_of(outcome))
        last_ms = max(last_ms, outcome.speech.span.end_ms) if outcome.speech else last_ms
        yield outcome


def fitting(texts: Sequence[str], room: Span, segment: Segment, on: Stage) -> Fitted | Misfit:
    """A line of a script in its room, from where its segment wants it on; else why it is not spoken.

    Where its gap has no length the reason names the nearest gap, or the film's end.
    """
    gap = segment.gap.span
    nowhere = TAKEN if gap.duration_ms else no_gap_reason(segment.wanted_ms, on.gaps, on.end_ms)
    has = has_of(next((one.span for one in on.gaps if one.span.overlap_ms(gap)), gap), room)
    how: Any = {"fastest": on.fastest, "nowhere": nowhere, "has": has, "estimate": estimate_of(on.speak)}
    return fit(texts, room, segment.wanted_ms, length_of(on.speak), **how)


def no_gap_reason(start_ms: int, gaps: Sequence[Gap], end_ms: int | None) -> str:
    """Why there is no room for a line that begins at this moment."""
    if end_ms is not None and start_ms >= end_ms:
        return f"past the film's end ({clock(end_ms, 1)})"
    usable = [gap.span for gap in gaps if gap.span.duration_ms >= SHORTEST_MS]
    if not usable:
        return "dialogue there, and no pause anywhere"
    near = min(usable, key=lambda span: max(span.start_ms - start_ms, start_ms - span.end_ms))
    return f"dialogue there; the nearest pause is from {clock(near.start_ms, 1)} to {clock(near.end_ms, 1)}"
