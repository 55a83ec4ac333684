"""The report before any sound is made: the film, the choices, what was said where, what was left out and why."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from audiodesc.core.environment import requirements
from audiodesc.judge.output import SHOWN_AS
from audiodesc.judge.rules import Finding, Judgement
from audiodesc.model import Cue, Film, Gap, Note, Outcome
from audiodesc.planning import Verdict
from audiodesc.report import as_plain
from audiodesc.report.dialogue import dialogue_report, faults_report
from audiodesc.report.model import (
    SCHEMA_VERSION,
    Check,
    Report,
    ReportCue,
    ReportFilm,
    ReportFinding,
    ReportGap,
    ReportNote,
    ReportSegment,
    Totals,
)
from audiodesc.report.reasons import explained_gaps

if TYPE_CHECKING:
    from audiodesc.dialogue.combine import Dialogue


def report(
    film: Film,
    settings: Mapping[str, Any],
    dialogue: Dialogue,
    gaps: Sequence[Gap],
    outcomes: Sequence[Outcome],
    notes: Sequence[Note],
    judgement: Judgement,
    verdicts: Sequence[Verdict] = (),
) -> Report:
    """Everything that is known before the sound is made; only facts that the same command gives again.

    `judgement` is of the spoken lines. `verdicts` say why each of the gaps was planned to be used or not; there are
    none where a person placed the lines.
    """
    return Report(
        schema_version=SCHEMA_VERSION,
        made_by=f"audiodesc {version('audiodesc')}",
        versions={"python": platform.python_version()} | {name: version(name) for name in requirements()},
        film=_film(film),
        settings=as_plain(settings),
        totals=totals(film, gaps, outcomes),
        notes=tuple(map(note_report, notes)),
        cues=tuple(map(cue_report, dialogue.cues)),
        gaps=tuple(explained_gaps(verdicts, outcomes) if verdicts else map(gap_report, gaps)),
        segments=tuple(map(_segment, outcomes, numbers(outcomes))),
        dialogue=dialogue_report(dialogue, outcomes),
        sound_faults=faults_report(dialogue.faults),
        check=_check(judgement),
    )


def _film(film: Film) -> ReportFilm:
    return ReportFilm(
        name=film.path.name,
        fingerprint=film.fingerprint,
        duration_ms=film.duration_ms,
        container=film.container,
        video=film.video,
        audio_tracks=film.audio_tracks,
        subtitle_tracks=film.subtitle_tracks,
    )


def note_report(note: Note) -> ReportNote:
    """A note as it stands in the report."""
    times = {"start_ms": note.span.start_ms, "end_ms": note.span.end_ms} if note.span else {}
    return ReportNote(stage=note.stage, message=note.message, **times)


def noted(report: Report, notes: Iterable[Note]) -> Report:
    """The report with notes after those that it has."""
    return replace(report, notes=(*report.notes, *map(note_report, notes)))


def cue_report(cue: Cue) -> ReportCue:
    """A cue as it stands in the report."""
    span = cue.span
    return ReportCue(start_ms=span.start_ms, end_ms=span.end_ms, kind=cue.kind, speaker=cue.speaker, text=cue.text)


def gap_report(gap: Gap) -> ReportGap:
    """A gap as it stands in the report where nothing was planned."""
    return ReportGap(start_ms=gap.span.start_ms, end_ms=gap.span.end_ms, kind=gap.kind)


def totals(film: Film, gaps: Sequence[Gap], outcomes: Sequence[Outcome]) -> Totals:
    """The counts that the summary shows."""
    spoken = [outcome.speech for outcome in outcomes if outcome.speech]
    words = sum(len(speech.line.text.split()) for speech in spoken)
    spoken_ms = sum(speech.span.duration_ms for speech in spoken)
    empty = [gap for gap in gaps if not any(gap.span.overlap_ms(speech.span) for speech in spoken)]
    return Totals(
        lines=len(spoken),
        left_out=sum(1 for outcome in outcomes if outcome.text and not outcome.speech),
        words=words,
        words_per_minute=round(words / spoken_ms * 60_000) if spoken_ms else 0,
        seconds_spoken=round(spoken_ms / 1000, 2),
        lines_per_minute_of_film=round(len(spoken) / film.duration_ms * 60_000, 2),
        usable_pauses=len(gaps),
        usable_pauses_left_empty=len(empty),
    )


def numbers(outcomes: Sequence[Outcome]) -> list[int | None]:
    """The number of each line in its script: in the one that a person gave, which has those that are left out too, or
    in the one that is written, which has only what is spoken."""
    made: list[int | None] = []
    spoken = 0
    for place, outcome in enumerate(outcomes, 1):
        spoken += outcome.speech is not None
        made.append(place if outcome.segment.written else spoken if outcome.speech else None)
    return made


def _segment(outcome: Outcome, number: int | None) -> ReportSegment:
    segment, speech = outcome.segment, outcome.speech
    return ReportSegment(
        id=segment.id,
        number=number,
        start_ms=segment.gap.span.start_ms,
        end_ms=segment.gap.span.end_ms,
        kind=segment.gap.kind,
        watch=segment.watch,
        wanted_ms=segment.wanted_ms,
        written=segment.written,
        max_words=segment.max_words,
        facts=outcome.facts,
        line=outcome.text,
        author=outcome.author,
        placed=speech.span if speech else None,
        rate=speech.rate if speech else None,
        reason="" if speech else outcome.reason,
    )


def _check(judgement: Judgement) -> Check:
    return Check(
        script=judgement.script,
        profile=judgement.profile,
        language=judgement.language,
        counts={severity: judgement.count(severity) for severity in SHOWN_AS},
        pace=judgement.pace,
        findings=tuple(map(_finding, judgement.findings)),
        judged=judgement.judged,
        not_judged=dict(judgement.unjudged),
        notes=judgement.notes,
        statement=judgement.statement,
    )


def _finding(one: Finding) -> ReportFinding:
    times = {"start_ms": one.span.start_ms, "end_ms": one.span.end_ms} if one.span else {}
    return ReportFinding(
        rule=one.rule,
        severity=one.severity,
        line=one.line or None,
        words=one.words,
        message=one.message,
        advice=one.advice,
        source=one.source,
        **times,
    )
