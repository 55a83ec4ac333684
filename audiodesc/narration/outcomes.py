"""What came of a segment, from what fits what is left of its gap; lines that are kept because the film stops for them;
and a person's lines that were moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audiodesc.core.formatting import clock
from audiodesc.media.clips import wav_length
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Line, Note, Outcome, Segment, Span, SpokenLine
from audiodesc.narration.voice import EstimatingSpeak, Speak
from audiodesc.planning.assign import Option
from audiodesc.planning.extend import separated, with_stop
from audiodesc.planning.fit import SEPARATION_MS, Estimate, Fitted, Length, Misfit, unknown


def length_of(speak: Speak) -> Length:
    """How long the voice takes for a text at a rate, in ms."""
    return lambda text, rate: -(-wav_length(speak(text, rate)) * 1000 // RATE_HZ)


def estimate_of(speak: Speak) -> Estimate:
    """About how long the voice will take for a text at a rate, as far as it knows."""
    return speak.estimate_ms if isinstance(speak, EstimatingSpeak) else unknown


def outcome_of(
    segment: Segment, facts: str, fitted: Fitted | Misfit, candidates: Sequence[str], author: str, speak: Speak
) -> Outcome:
    """The line that fits, or why none does."""
    if isinstance(fitted, Misfit):
        text = fitted.text or (candidates[-1] if candidates else "")
        return Outcome(segment, facts, text, author, reason=fitted.reason)
    line = Line(segment, fitted.text, author)
    speech = SpokenLine(line, speak(fitted.text, fitted.rate), fitted.span, fitted.rate, fitted.stop_ms)
    return Outcome(segment, facts, fitted.text, author, speech)


def free_ms(outcome: Outcome) -> int:
    """When the next line may begin, as far as this one is concerned."""
    return outcome.speech.span.end_ms + SEPARATION_MS if outcome.speech else 0


def free_span(gap: Span, free_ms: int, until_ms: int | None = None) -> Span:
    """What is left of a gap for a line that must begin by `until_ms`."""
    start = min(gap.end_ms, max(gap.start_ms, free_ms))
    return Span(start, gap.end_ms if until_ms is None or start <= until_ms else start)


def has_of(gap: Span, room: Span) -> str:
    """What it is that has the room's length: the pause, or what the lines around leave of it."""
    after, before = room.start_ms > gap.start_ms, room.end_ms < gap.end_ms
    if after and before:
        return "between the lines around it the pause has"
    return f"{'after the line before it ' if after else 'before the next line ' if before else ''}the pause has"


def kept_by_stops(
    outcomes: Sequence[Outcome], options: Sequence[Option], speak: Speak, most_ms: int, others: Sequence[Span] = ()
) -> tuple[Outcome, ...]:
    """The outcomes, those without a line that fits with one for which the film stops, for `most_ms` at most, at the end
    of what the lines around it leave of its own pause; not where `others` are spoken."""
    made = list(outcomes)
    for number, (outcome, option) in enumerate(zip(outcomes, options, strict=True)):
        texts = [one.text for one in option.candidates]
        room = _left(outcome.segment, made[:number], made[number + 1 :]) if texts and not outcome.speech else None
        if room is None or any(_is_near(room, one) for one in others):
            continue
        fitted = with_stop(texts, room, length_of(speak), most_ms)
        if isinstance(fitted, Fitted):
            made[number] = outcome_of(outcome.segment, outcome.facts, fitted, texts, outcome.author, speak)
    return separated(made)


def _is_near(one: Span, other: Span) -> bool:
    return one.start_ms < other.end_ms + SEPARATION_MS and other.start_ms < one.end_ms + SEPARATION_MS


def _left(segment: Segment, before: Sequence[Outcome], after: Sequence[Outcome]) -> Span | None:
    """What is left of a segment's pause between the lines before and after; None where another line has all of it."""
    gap = segment.gap.span
    last_ms = max((one.speech.span.end_ms for one in before if one.speech), default=0)
    next_ms = min((one.speech.span.start_ms for one in after if one.speech), default=gap.end_ms + SEPARATION_MS)
    start = min(gap.end_ms, max(gap.start_ms, last_ms + SEPARATION_MS if last_ms else 0))
    if last_ms > start or next_ms < start:
        return None
    return Span(start, max(start, min(gap.end_ms, next_ms - SEPARATION_MS)))


def moved(outcomes: Sequence[Outcome]) -> Iterator[Note]:
    """A note where a person's lines do not begin when they were to."""
    others = [outcome for outcome in outcomes if outcome.moved]
    if others:
        lines = "1 line was moved" if len(others) == 1 else f"{len(others)} lines were moved, the first"
        speech = others[0].speech
        span = speech.span if speech else None
        yield Note("speak", f"{lines} {from_to(others[0])}: the script has the times of all", span)


HOUR_MS = 3_600_000


def counted_from_hours(outcomes: Sequence[Outcome], end_ms: int) -> Iterator[Note]:
    """A note where all lines of a person lie past the film's end, and in it if whole hours are taken off."""
    starts = [outcome.segment.written.start_ms for outcome in outcomes if outcome.segment.written]
    hours = min(starts, default=0) // HOUR_MS
    if hours and min(starts) >= end_ms and max(starts) - hours * HOUR_MS < end_ms:
        yield Note(
            "speak",
            f"every line lies past the film's end: their times look like timecode that begins at {hours} h. A sheet or "
            f"text with frames is read so with --timecode-start {hours:02}:00:00:00 and --replace; times of SRT and "
            "WebVTT count from the film's first frame: move them in a subtitle editor",
        )


def from_to(outcome: Outcome) -> str:
    """From where to where a person's line was moved, with as many digits as the two differ in."""
    segment, speech = outcome.segment, outcome.speech
    if not speech or not segment.written:
        return ""
    start, now = segment.written.start_ms, speech.span.start_ms
    digits = 1 if clock(start, 1) != clock(now, 1) else 3
    return f"from {clock(start, digits)} to {clock(now, digits)}"
