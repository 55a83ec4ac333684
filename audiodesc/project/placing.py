"""The lines of a project -> what is spoken where: a person's first, each where it stands; a describer's around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

from audiodesc.core.cache import Store
from audiodesc.core.progress import Progress, counted
from audiodesc.dialogue import FilmAnalysis
from audiodesc.model import Gap, Line, Outcome, Span, SpokenLine
from audiodesc.narration.ahead import spoken_ahead
from audiodesc.narration.line_voices import LineVoices, line_voices, no_voices
from audiodesc.narration.outcomes import length_of
from audiodesc.narration.place import Stage, fitting, no_gap_reason, place_script_lines
from audiodesc.narration.voice import Narrator, Speak, cached_voice
from audiodesc.planning import script_segments
from audiodesc.planning.extend import edges, longest_stop_ms, separated, with_stop
from audiodesc.planning.fit import SEPARATION_MS, Fitted, Misfit
from audiodesc.project.lines import HUMAN, DraftLine, ProjectLine
from audiodesc.project.project import Snapshot
from audiodesc.project.recorded import NO_RECORDINGS, Recordings
from audiodesc.scripts import ScriptLine
from audiodesc.settings import Settings

PERSONS = "a person's line is spoken there"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStage(Stage):
    """The same for the lines of a project: where clips are kept, the recordings that are spoken in the voice's place,
    and what speaks lines with a voice of their own."""

    store: Store
    recordings: Recordings = NO_RECORDINGS
    voices: LineVoices = no_voices

    def speaker(self, voice: str) -> Speak:
        """What speaks a line that has this voice."""
        return self.voices(voice) or self.speak

    def in_voice(self, voice: str) -> ProjectStage:
        """The same for a line that has this voice."""
        return replace(self, speak=self.speaker(voice))


def stage(
    found: FilmAnalysis, narrator: Narrator, settings: Settings, store: Store, recordings: Recordings = NO_RECORDINGS
) -> ProjectStage:
    """What the lines of a film are placed with."""
    speak, gaps = cached_voice(narrator.voice, narrator.lexicon, store), found.gaps_for_script(settings.plan)
    return ProjectStage(
        speak,
        settings.voice.fastest,
        gaps,
        found.duration_ms,
        longest_stop_ms(settings.stops),
        edges(found.dialogue.cues),
        store=store,
        recordings=recordings,
        voices=line_voices(narrator, store),
    )


def placed_lines(snapshot: Snapshot, found: FilmAnalysis, on: ProjectStage, progress: Progress) -> tuple[Outcome, ...]:
    """What comes of all lines of a project, in order of time.

    A person's line stands where it was written, and is moved only as far as its gap and a person's other lines ask. A
    describer's stays where `make` placed it; where a person's line is in its way it gives way inside its gap, in other
    words if need be, or is left out. One that `make` left out stays so.
    """
    lines = snapshot.standing
    heard = [line for line in lines if (line.is_touched or not line.reason) and line.id not in on.recordings.of]
    with _ahead(heard, on) as quick:
        placed = _all(snapshot, found, quick)
        return in_order(counted(placed, max(1, len(lines)), "speak", progress))


@contextmanager
def _ahead(lines: Sequence[ProjectLine], on: ProjectStage) -> Iterator[ProjectStage]:
    """The same, while lines are spoken ahead, each in its voice."""
    texts: dict[str, list[str]] = {"": []}
    for line in lines:
        texts.setdefault(line.voice if on.voices(line.voice) else "", []).append(line.text)
    with ExitStack() as stack:
        quick = {name: stack.enter_context(spoken_ahead(of, on.speaker(name))) for name, of in texts.items()}
        yield replace(on, speak=quick[""], voices=lambda name: quick.get(name) if name else None)


def placed_few(snapshot: Snapshot, found: FilmAnalysis, on: ProjectStage) -> tuple[Outcome, ...]:
    """The same of a few lines, for somebody who waits: nothing is spoken ahead at a rate that may not be asked for."""
    return in_order(_all(snapshot, found, on))


def _all(snapshot: Snapshot, found: FilmAnalysis, on: ProjectStage) -> Iterator[Outcome]:
    persons = list(placed_persons(snapshot, found, on))
    yield from persons
    touched = {line.id for line in snapshot.lines if line.is_touched}
    left = [draft for draft in snapshot.drafts if draft.id not in touched]
    yield from placed_drafts(left, without(on.gaps, persons), on)


def in_order(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """By when they are heard or, of those that are not, were to be; a silence after each, also where the film stops."""
    return separated(sorted(outcomes, key=lambda one: (_start(one), one.segment.id)))


def _start(outcome: Outcome) -> int:
    return outcome.speech.span.start_ms if outcome.speech else outcome.segment.wanted_ms


def placed_persons(snapshot: Snapshot, found: FilmAnalysis, on: ProjectStage) -> Iterator[Outcome]:
    """What comes of the lines that a person touched. They make a describer's go away only where they must."""
    lines = [line for line in snapshot.standing if line.is_touched]
    others = [line.span for line in snapshot.standing if not line.is_touched and not line.reason]
    segments = script_segments([line.span for line in lines], on.gaps, found.dialogue.texts)
    script = [
        (ScriptLine(line.start_ms, line.end_ms, line.text), replace(segment, line_id=line.id))
        for line, segment in zip(lines, segments, strict=True)
    ]
    named = {line.id: (speak, on.fastest) for line in lines if (speak := on.voices(line.voice))}
    placed = place_script_lines(script, on, others, named | on.recordings.voices(on.store))
    said = on.recordings.said(placed, on.gaps, on.store, on.most_ms)
    for line, outcome in zip(lines, said, strict=True):
        origin = line.origin if line.author == HUMAN else ""
        if outcome.speech and not outcome.speech.recording and line.id in named:
            outcome = replace(outcome, speech=replace(outcome.speech, voice=line.voice))
        yield replace(outcome, author=line.author, origin=origin, state=line.state, note=line.note)


def without(gaps: Sequence[Gap], outcomes: Iterable[Outcome]) -> tuple[Gap, ...]:
    """What is left of gaps where these lines are spoken, with the separation from others."""
    taken = sorted(one.speech.span for one in outcomes if one.speech)
    made = []
    for gap in gaps:
        start_ms = gap.span.start_ms
        for span in taken:
            if span.end_ms + SEPARATION_MS <= start_ms or span.start_ms - SEPARATION_MS >= gap.span.end_ms:
                continue
            if span.start_ms - SEPARATION_MS > start_ms:
                made.append(Gap(Span(start_ms, span.start_ms - SEPARATION_MS), gap.kind))
            start_ms = max(start_ms, span.end_ms + SEPARATION_MS)
        if start_ms < gap.span.end_ms:
            made.append(Gap(Span(start_ms, gap.span.end_ms), gap.kind))
    return tuple(made)


def placed_drafts(drafts: Sequence[DraftLine], gaps: Sequence[Gap], on: ProjectStage) -> Iterator[Outcome]:
    """A describer's lines as `make` placed them, in what a person's lines leave of the gaps."""
    spoken = [draft for draft in drafts if draft.text and not draft.reason]
    starts = {one.id: after.start_ms - SEPARATION_MS for one, after in pairwise(spoken)}
    free_ms = 0
    for draft in drafts:
        if not draft.text or draft.reason:
            yield _unspoken(draft, draft.reason)
            continue
        outcome = _draft(draft, gaps, free_ms, starts.get(draft.id), on)
        if outcome.speech:
            free_ms = outcome.speech.span.end_ms + SEPARATION_MS
        yield outcome


def _draft(draft: DraftLine, gaps: Sequence[Gap], free_ms: int, until_ms: int | None, on: ProjectStage) -> Outcome:
    heard = Span(draft.start_ms, max(draft.start_ms + 1, draft.end_ms))
    gap = max((gap.span for gap in gaps if gap.span.overlap_ms(heard)), key=heard.overlap_ms, default=None)
    if gap is None and on.most_ms:
        gap = next((one.span for one in gaps if one.span.start_ms <= draft.start_ms <= one.span.end_ms), None)
    if gap is None:
        own = next((one for one in on.gaps if one.span.overlap_ms(heard)), None)
        return _unspoken(draft, PERSONS if own else no_gap_reason(draft.start_ms, on.gaps, on.end_ms))
    least, most = max(gap.start_ms, free_ms), min(gap.end_ms, until_ms or gap.end_ms)
    shorter = draft.texts[draft.texts.index(draft.text) + 1 :] if draft.text in draft.texts else ()
    fitted: Fitted | Misfit | None = None
    for start_ms, texts in ((max(least, draft.start_ms), [draft.text]), (least, [draft.text, *shorter])):
        if start_ms < most and not isinstance(fitted, Fitted):
            segment = replace(draft.segment, wanted_ms=max(start_ms, draft.start_ms), line_id=draft.id)
            fitted = fitting(texts, Span(start_ms, most), segment, on)
    if on.most_ms and not isinstance(fitted, Fitted) and least <= gap.end_ms:
        start_ms = max(least, min(draft.start_ms, most))
        room = Span(start_ms, max(start_ms, most))
        fitted = with_stop([draft.text], room, length_of(on.speak), on.most_ms)
    if not isinstance(fitted, Fitted):
        return _unspoken(draft, fitted.reason if fitted else PERSONS)
    segment = replace(draft.segment, line_id=draft.id)
    line = Line(segment, fitted.text, draft.author)
    speech = SpokenLine(line, on.speak(fitted.text, fitted.rate), fitted.span, fitted.rate, fitted.stop_ms)
    return Outcome(segment, draft.facts, fitted.text, draft.author, speech)


def _unspoken(draft: DraftLine, reason: str) -> Outcome:
    segment = replace(draft.segment, line_id=draft.id)
    return Outcome(segment, draft.facts, draft.text, draft.author, reason=reason, failure=draft.failure)


def kept_drafts(outcomes: Iterable[Outcome], candidates: Mapping[str, Sequence[str]]) -> tuple[DraftLine, ...]:
    """What `make` keeps of a describer's lines; `candidates` are the texts of each, by id."""
    made = []
    for one in outcomes:
        span = one.speech.span if one.speech else Span(one.segment.wanted_ms, one.segment.wanted_ms)
        texts = tuple(dict.fromkeys((*candidates.get(one.segment.id, ()), *filter(None, [one.text]))))
        segment = replace(one.segment, dialogue_before=(), dialogue_after=(), known_speakers=(), line_id=one.segment.id)
        made.append(
            DraftLine(
                *(segment.id, segment, one.facts, one.author, texts, one.text, span.start_ms, span.end_ms),
                reason="" if one.speech else one.reason,
                failure=one.failure,
            )
        )
    return tuple(sorted(made, key=lambda one: (one.start_ms, one.id)))
