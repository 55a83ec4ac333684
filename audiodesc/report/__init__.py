"""The report of a run: as a type (`model`), built before any sound is made, as JSON, and as a page (`html`).

It has the film, the choices, what was said where, what was left out and why. `schema.json` beside this file is the
JSON's schema.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from audiodesc.core.environment import requirements
from audiodesc.core.stops import in_extended, of_lines
from audiodesc.judge.output import SHOWN_AS
from audiodesc.judge.rules import Finding, Judgement
from audiodesc.model import Cue, Film, Gap, Note, Outcome, Span, SpokenLine
from audiodesc.planning import Verdict
from audiodesc.report.dialogue import dialogue_report, faults_report
from audiodesc.report.doubts import doubts_report
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
from audiodesc.report.provenance import provenance_report
from audiodesc.report.reading import AGAIN, ENDING, from_json, read_report, report_in
from audiodesc.report.reasons import explained_gaps
from audiodesc.report.stops import stops_report

if TYPE_CHECKING:
    from audiodesc.dialogue.combine import Dialogue
    from audiodesc.narration.doubts import Doubt

__all__ = ["AGAIN", "ENDING", "as_plain", "from_json", "read_report", "report", "report_in", "to_json"]


def to_json(report: Report) -> str:
    """The report as text, which ends with a newline. What is not a number is null."""
    text = json.dumps(as_plain(report), ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace").decode()  # file names may hold bytes that are no text


@cache
def _versions() -> Mapping[str, str]:
    """Of Python and the packages that this program needs."""
    return {"python": platform.python_version()} | {name: version(name) for name in requirements()}


def as_plain(value: Any, *, measured: bool = False) -> Any:
    """The report, or a part of one, in what JSON holds: dicts, lists, text, numbers; None for what is no number.

    `measured` says of a part whether sound was made; the report itself knows it.
    """
    measured = value.is_measured if isinstance(value, Report) else measured
    if is_dataclass(value):
        found = {one.name: getattr(value, one.name) for one in fields(value) if not _is_absent(one, value, measured)}
        return as_plain(found, measured=measured)
    if isinstance(value, Mapping):
        return {name: as_plain(inner, measured=measured) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(inner, measured=measured) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_absent(one: Field[Any], value: Any, measured: bool) -> bool:
    if (absent := one.metadata.get("absent")) == "where unmeasured":
        return not measured
    return absent == "where None" and getattr(value, one.name) is None


def report(
    film: Film,
    settings: Mapping[str, Any],
    dialogue: Dialogue,
    gaps: Sequence[Gap],
    outcomes: Sequence[Outcome],
    notes: Sequence[Note],
    judgement: Judgement,
    verdicts: Sequence[Verdict] = (),
    doubts: Sequence[Doubt] | None = None,
    part: Span | None = None,
) -> Report:
    """Everything that is known before the sound is made; only facts that the same command gives again.

    `judgement` is of the spoken lines. `verdicts` say why each of the gaps was planned to be used or not; there are
    none where a person placed the lines. `doubts` are about the outcomes, the gravest first; None where
    nobody looked for any. `part` is the part of the film that all is of, None for all of it.
    """
    made = Report(
        schema_version=SCHEMA_VERSION,
        made_by=f"audiodesc {version('audiodesc')}",
        versions=_versions(),
        film=_film(film),
        settings=as_plain(settings),
        totals=totals(replace(film, duration_ms=part.duration_ms) if part else film, gaps, outcomes),
        notes=tuple(map(note_report, notes)),
        cues=tuple(map(cue_report, dialogue.cues)),
        gaps=tuple(explained_gaps(verdicts, outcomes) if verdicts else map(gap_report, gaps)),
        segments=tuple(map(_segment, outcomes, numbers(outcomes), extended_lines(outcomes))),
        dialogue=dialogue_report(dialogue, outcomes),
        sound_faults=faults_report(dialogue.faults),
        check=_check(judgement),
        doubts=None if doubts is None else tuple(doubts_report(doubts, outcomes, numbers(outcomes))),
        stops=stops_report(of_lines(outcome.speech for outcome in outcomes if outcome.speech)),
    )
    return replace(made, part=part, provenance=provenance_report(made))


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
    return ReportNote(stage=note.stage, message=note.message, **_times(note.span))


def _times(span: Span | None) -> dict[str, int]:
    return {"start_ms": span.start_ms, "end_ms": span.end_ms} if span else {}


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
    spoken_ms = sum(speech.span.duration_ms + speech.stop_ms for speech in spoken)
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
    """The number of each line: among all with words, where a person wrote one, else among the spoken."""
    made: list[int | None] = []
    place = spoken = 0
    has_persons = any(outcome.segment.written for outcome in outcomes)
    for outcome in outcomes:
        place += bool(outcome.text)
        spoken += outcome.speech is not None
        shown = bool(outcome.text) if has_persons else outcome.speech is not None
        made.append((place if has_persons else spoken) if shown else None)
    return made


def extended_lines(outcomes: Sequence[Outcome]) -> list[SpokenLine | None]:
    """The line of each outcome where it is in the extended film; None where there is no line, or no such film."""
    made: list[SpokenLine | None] = [None] * len(outcomes)
    lines = [(one.speech, number) for number, one in enumerate(outcomes) if one.speech]
    if not any(speech.stop_ms for speech, _ in lines):
        return made
    lines.sort(key=lambda pair: pair[0].span)
    for (_, number), speech in zip(lines, in_extended(speech for speech, _ in lines), strict=True):
        made[number] = speech
    return made


def _segment(outcome: Outcome, number: int | None, there: SpokenLine | None) -> ReportSegment:
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
        origin=outcome.origin or None,
        state=outcome.state if outcome.state != "draft" else None,
        note=outcome.note or None,
        stop_ms=speech.stop_ms if speech and there else None,
        heard=there.span if there else None,
        recording=(speech.recording or None) if speech else None,
        voice=(speech.voice or None) if speech else None,
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
    return ReportFinding(
        rule=one.rule,
        severity=one.severity,
        line=one.line or None,
        words=one.words,
        message=one.message,
        advice=one.advice,
        source=one.source,
        **_times(one.span),
    )
