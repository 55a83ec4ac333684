"""Observations -> a line for each that fits its gap in the real voice; every answer of a describer is cached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from audiodesc.core import cache
from audiodesc.core.concurrency import chunks, side_by_side
from audiodesc.core.progress import Progress, counted
from audiodesc.core.style import says
from audiodesc.describers.base import NoAnswerError
from audiodesc.describers.rules import RECENT
from audiodesc.model import Cue, Observation, Outcome, Span
from audiodesc.narration.ahead import Ahead, cores, spoken_ahead
from audiodesc.narration.candidates import Writer
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.failures import FAILED_SHARE, Tally
from audiodesc.narration.outcomes import estimate_of, free_span, has_of, length_of, outcome_of
from audiodesc.narration.outcomes import free_ms as free_ms_of
from audiodesc.narration.story import Story
from audiodesc.narration.voice import Speak
from audiodesc.planning.assign import Assumed, Option, measured
from audiodesc.planning.extend import fit_or_stop
from audiodesc.planning.fit import TooLong


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
        draft = _draft(observation, writer, speak, fastest, story, lines, free_ms)
        if draft.outcome.speech:
            lines.append(draft.outcome.text)
            free_ms = free_ms_of(draft.outcome)
        yield draft


def _draft(
    observation: Observation,
    writer: Writer,
    speak: Ahead,
    fastest: float,
    story: Story,
    lines: Sequence[str],
    free_ms: int,
) -> Draft:
    """A line that is spoken after these, or why there is none."""
    segment, facts, failure = observation.segment, observation.facts, observation.failure
    try:
        summary = story.before(segment, lines) if facts else ""
        candidates = [] if failure else writer.candidates(observation, lines, summary)
    except NoAnswerError as error:
        failure = str(error.failure)
    if failure:
        return _failed(observation, failure, writer.describer.fingerprint)
    room = free_span(segment.gap.span, free_ms, segment.until_ms)
    if refused := _refused(candidates, observation, writer, lines):
        return refused
    candidates = _offered(candidates, observation, writer, lines, room, speak, fastest)
    speak.guess(candidates, room.duration_ms, fastest)

    def shorter(over: TooLong) -> Sequence[str]:
        try:
            answer = writer.candidates(observation, lines, summary, over)
        except NoAnswerError:  # counted; what is there already may still be spoken elsewhere
            return ()
        more = [*chain(*writer.doubter.sorted(answer, observation, lines)[:2])]
        candidates.extend(more)
        speak.guess(more, room.duration_ms, fastest)
        return more

    fitted = fit_or_stop(
        tuple(candidates),
        room,
        segment.wanted_ms,
        length_of(speak),
        fastest=fastest,
        most_ms=writer.most_ms,
        shorter=shorter,
        has=has_of(segment.gap.span, room),
        estimate=estimate_of(speak),
    )
    outcome = outcome_of(segment, facts, fitted, candidates, writer.describer.fingerprint, speak)
    speech = outcome.speech
    assumed = Assumed(outcome.text, speech.span.start_ms) if speech else Assumed("", segment.wanted_ms)
    return Draft(outcome, Option(segment, measured(candidates, room.duration_ms, length_of(speak), fastest), assumed))


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
