"""Observations -> a line for each that fits its gap in the real voice; every answer of a describer is cached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from audiodesc.core import cache
from audiodesc.core.concurrency import chunks, side_by_side
from audiodesc.core.formatting import clock
from audiodesc.core.progress import Progress, counted
from audiodesc.core.style import says
from audiodesc.describers.base import NoAnswerError
from audiodesc.describers.rules import RECENT
from audiodesc.model import Cue, Gap, Observation, Outcome, Segment, Span
from audiodesc.narration.ahead import Ahead, cores, spoken_ahead
from audiodesc.narration.candidates import Writer
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.failures import FAILED_SHARE, Tally
from audiodesc.narration.outcomes import free_ms as free_ms_of
from audiodesc.narration.outcomes import free_span, has_of, kept_by_stops, length_of, outcome_of
from audiodesc.narration.voice import Speak
from audiodesc.planning.assign import Assumed, LineChoice, Option, assign, measured
from audiodesc.planning.extend import fit_or_stop, script_span, with_stop
from audiodesc.planning.fit import SEPARATION_MS, TAKEN, Fitted, Misfit, TooLong, fit
from audiodesc.planning.gaps import SHORTEST_MS
from audiodesc.scripts import ScriptLine

NO_OWN: Mapping[str, tuple[Speak, float]] = {}


@dataclass(frozen=True, slots=True)
class Draft:
    """What comes of an observation by itself, in its own gap, and all candidates that might be spoken instead."""

    outcome: Outcome
    option: Option


def write_lines(
    observed: Sequence[Observation],
    doubter: Doubter,
    speak: Speak,
    fastest: float,
    store: cache.Store,
    progress: Progress,
    failed_share: float,
    cues: Sequence[Cue],
    most_ms: int = 0,
) -> tuple[Draft, ...]:
    """A draft for each observation, in their order, by the describer of `doubter`. `fastest` is the voice's fastest
    rate, `cues` the dialogue of the whole film, which stops for a line for `most_ms` at most.

    Raises AudiodescError where more than `failed_share` of the lines get no answer.
    """
    written = drafted(observed, doubter, speak, fastest, store, failed_share, cues, most_ms)
    numbered = dict(counted(written, len(observed), "describe", progress))
    return tuple(numbered[number] for number in range(len(observed)))


def drafted(
    observed: Sequence[Observation],
    doubter: Doubter,
    speak: Speak,
    fastest: float,
    store: cache.Store,
    failed_share: float = FAILED_SHARE,
    cues: Sequence[Cue] = (),
    most_ms: int = 0,
) -> Iterator[tuple[int, Draft]]:
    """(number of an observation, a line for it that fits in the real voice, or why there is none), in any order.

    Each is written with the lines before it as they stand then; `place_lines` decides last. Several chunks of the film
    are written concurrently where the describer gains from that; a line that repeats one shortly before its chunk is
    written again.
    """
    asked = sum(1 for observation in observed if observation.facts)
    writer = Writer(doubter, cues, store, Tally("line", asked, failed_share), most_ms)
    parts = chunks([observation.segment for observation in observed], doubter.describer.lines_at_once)
    idle = len(parts) < cores()
    with spoken_ahead(writer.foreseen(observed) if idle else (), speak, guess=idle) as quick:
        yield from _side_by_side(observed, parts, writer, quick, fastest)


def _side_by_side(
    observed: Sequence[Observation], parts: Sequence[range], writer: Writer, speak: Ahead, fastest: float
) -> Iterator[tuple[int, Draft]]:
    made: dict[int, Draft] = {}
    left = [iter(part) for part in parts]
    for part, draft in side_by_side([_in_turn([observed[i] for i in part], writer, speak, fastest) for part in parts]):
        number = next(left[part])
        made[number] = draft
        if not part or number - parts[part].start >= RECENT:
            yield number, draft
    for later in parts[1:]:
        for number in later[:RECENT]:
            before = [made[i].outcome for i in range(number)]
            spoken = [outcome.text for outcome in before if outcome.speech]
            draft = made[number]
            if draft.outcome.speech and any(says(one, draft.outcome.text) for one in spoken[-RECENT:]):
                free_ms = max(map(free_ms_of, before))
                (draft,) = _in_turn([observed[number]], writer, speak, fastest, spoken, free_ms)
                made[number] = draft
            yield number, draft


def _in_turn(
    observed: Sequence[Observation],
    writer: Writer,
    speak: Ahead,
    fastest: float,
    spoken: Sequence[str] = (),
    free_ms: int = 0,
) -> Iterator[Draft]:
    """One line after the other; `spoken` are those before the first, and until `free_ms` the narrator speaks."""
    lines, story = list(spoken), writer.story()
    for observation in observed:
        segment, facts = observation.segment, observation.facts
        try:
            summary = story.before(segment, lines) if facts else ""
            candidates = [] if observation.failure else writer.candidates(observation, lines, summary)
            failure = observation.failure
        except NoAnswerError as error:
            candidates, failure = [], str(error.failure)
        if failure:
            yield _failed(observation, failure, writer.describer.fingerprint)
            continue
        room = free_span(segment.gap.span, free_ms, segment.until_ms)
        if refused := _refused(candidates, observation, writer, lines):
            yield refused
            continue
        candidates = _offered(candidates, observation, writer, lines, room, speak, fastest)
        speak.guess(candidates, room.duration_ms, fastest)

        def shorter(
            over: TooLong,
            of: Observation = observation,
            known: list[str] = candidates,
            story: str = summary,
            of_ms: int = room.duration_ms,
        ) -> Sequence[str]:
            try:
                answer = writer.candidates(of, lines, story, over)
            except NoAnswerError:  # counted; what is there already may still be spoken elsewhere
                return ()
            more = [*chain(*writer.doubter.sorted(answer, of, lines)[:2])]
            known += more
            speak.guess(more, of_ms, fastest)
            return more

        has = has_of(segment.gap.span, room)
        how: Any = {"fastest": fastest, "most_ms": writer.most_ms, "shorter": shorter, "has": has}
        fitted = fit_or_stop(tuple(candidates), room, segment.wanted_ms, length_of(speak), **how)
        outcome = outcome_of(segment, facts, fitted, candidates, writer.describer.fingerprint, speak)
        assumed = Assumed("", segment.wanted_ms)
        if outcome.speech:
            lines.append(outcome.text)
            free_ms = free_ms_of(outcome)
            assumed = Assumed(outcome.text, outcome.speech.span.start_ms)
        found = measured(candidates, room.duration_ms, length_of(speak), fastest)
        yield Draft(outcome, Option(segment, found, assumed))


def _failed(observation: Observation, failure: str, author: str) -> Draft:
    segment, reason = observation.segment, f"the describer gave no answer ({failure})"
    outcome = Outcome(segment, observation.facts, "", author, reason=reason, failure=failure)
    return Draft(outcome, Option(segment, (), Assumed("", segment.wanted_ms)))


def _refused(
    candidates: Sequence[str], observation: Observation, writer: Writer, earlier: Sequence[str]
) -> Draft | None:
    """Why nothing is spoken where no candidate has content that is not in doubt."""
    sure, doubtful, refused = writer.doubter.sorted(candidates, observation, earlier)
    if sure or doubtful or not refused:
        return None
    segment, why = observation.segment, f"in doubt ({writer.doubter.reason(refused[0], observation, earlier)})"
    outcome = Outcome(segment, observation.facts, refused[0], writer.describer.fingerprint, reason=why)
    return Draft(outcome, Option(segment, (), Assumed("", segment.wanted_ms)))


def _offered(
    candidates: Sequence[str],
    observation: Observation,
    writer: Writer,
    earlier: Sequence[str],
    room: Span,
    speak: Ahead,
    fastest: float,
) -> list[str]:
    """The candidates that may be spoken, those in doubt only where no other fits the room at the voice's fastest."""
    sure, doubtful, _ = writer.doubter.sorted(candidates, observation, earlier)
    if not doubtful:
        return sure
    speak.guess(sure, room.duration_ms, fastest)
    found = measured(sure, room.duration_ms, length_of(speak), fastest)
    return sure if any(one.fastest_ms <= room.duration_ms for one in found) else [*sure, *doubtful]


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
        fitted = fit([text], choice.room, choice.room.start_ms, length_of(speak), fastest=fastest)
        return outcome_of(before.segment, before.facts, fitted, [text], before.author, speak)

    with ThreadPoolExecutor(cores(), "place") as pool:
        outcomes = tuple(pool.map(placed, drafts, choices))
    return kept_by_stops(outcomes, options, speak, most_ms, others) if most_ms else outcomes


def place_script_lines(
    script: Sequence[tuple[ScriptLine, Segment]],
    speak: Speak,
    fastest: float,
    gaps: Sequence[Gap] = (),
    end_ms: int | None = None,
    others: Sequence[Span] = (),
    own: Mapping[str, tuple[Speak, float]] = NO_OWN,
    most_ms: int = 0,
    between: Sequence[int] = (),
) -> Iterator[Outcome]:
    """A person's lines, each where it was written, moved only as far as its gap asks.

    A line that stands in no gap is left out; the reason names the nearest of `gaps`, or the film's end, `end_ms`. In
    front of `others`, lines that may give way, it is spoken faster where that is enough. `own` has what speaks a line
    of this id, and how fast at most. With `most_ms` the film stops for a line that has no gap or is longer than it, for
    so long at most, perhaps `between` two cues.
    """
    free_ms = last_ms = 0
    for number, (written, segment) in enumerate(script):
        room = free_span(segment.gap.span, free_ms)
        says, most = own.get(segment.id, (speak, fastest))
        most = min(most, fastest)
        fitted = fitting([written.text], room, segment, says, most, gaps, end_ms)
        if isinstance(fitted, Fitted):
            start_ms = fitted.span.start_ms
            after = min((one.start_ms - SEPARATION_MS for one in others if one.start_ms >= start_ms), default=None)
            if after and start_ms < after < fitted.span.end_ms:
                narrow = fitting([written.text], Span(start_ms, after), segment, says, most, gaps, end_ms)
                fitted = narrow if isinstance(narrow, Fitted) else fitted
        elif most_ms and (end_ms is None or segment.wanted_ms < end_ms):
            later = next((one.wanted_ms for _, one in script[number + 1 :] if one.wanted_ms > segment.wanted_ms), None)
            if longer := script_span(segment, gaps, last_ms, later, between, end_ms):
                fitted = with_stop([written.text], longer, length_of(says), most_ms)
        outcome = outcome_of(segment, "", fitted, [written.text], "human", says)
        free_ms = max(free_ms, free_ms_of(outcome))
        last_ms = max(last_ms, outcome.speech.span.end_ms) if outcome.speech else last_ms
        yield outcome


def fitting(
    texts: Sequence[str],
    room: Span,
    segment: Segment,
    speak: Speak,
    fastest: float,
    gaps: Sequence[Gap] = (),
    end_ms: int | None = None,
) -> Fitted | Misfit:
    """A line of a script in its room, from where its segment wants it on; else why it is not spoken.

    Where its gap has no length the reason names the nearest of `gaps`, or the film's end, `end_ms`.
    """
    gap = segment.gap.span
    nowhere = TAKEN if gap.duration_ms else no_gap_reason(segment.wanted_ms, gaps, end_ms)
    has = has_of(next((one.span for one in gaps if one.span.overlap_ms(gap)), gap), room)
    return fit(texts, room, segment.wanted_ms, length_of(speak), fastest=fastest, nowhere=nowhere, has=has)


def no_gap_reason(start_ms: int, gaps: Sequence[Gap], end_ms: int | None) -> str:
    """Why there is no room for a line that begins at this moment."""
    if end_ms is not None and start_ms >= end_ms:
        return f"past the film's end ({clock(end_ms, 1)})"
    usable = [gap.span for gap in gaps if gap.span.duration_ms >= SHORTEST_MS]
    if not usable:
        return "dialogue there, and no pause anywhere"
    near = min(usable, key=lambda span: max(span.start_ms - start_ms, start_ms - span.end_ms))
    return f"dialogue there; the nearest pause is from {clock(near.start_ms, 1)} to {clock(near.end_ms, 1)}"
