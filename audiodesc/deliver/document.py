"""A report -> the script as a document, with all that is known of each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from audiodesc.core.speech_rate import usual_ms
from audiodesc.core.timecode import Timecode
from audiodesc.model import Cue, Span
from audiodesc.report.model import Report, ReportCue, ReportSegment
from audiodesc.scripts.document import DocumentLine, ScriptDocument

HUMAN = "human"
NO_CLIPS: Mapping[str, Path] = {}


def script_document(
    report: Report,
    timecode: tuple[Timecode, bool],
    film_language: str = "",
    clips: Mapping[str, Path] = NO_CLIPS,
) -> ScriptDocument:
    """The script as it is spoken, with the lines that are not, in order of time.

    `timecode` is what `media.own_timecode.film_timecode` gives; `film_language` is that of the dialogue; `clips` are
    the WAV files of the lines by the ids of their segments.
    """
    count, in_timecode = timecode
    cues = tuple(map(_cue, report.cues))
    return ScriptDocument(
        title=Path(report.film.name).stem,
        language=report.language,
        duration_ms=report.film.duration_ms,
        lines=tuple(_lines(report, cues, clips)),
        cues=tuple(cue for cue in cues if report.part is None or cue.span.overlap_ms(report.part)),
        timecode=count,
        in_timecode=in_timecode,
        film_language=film_language,
        film_gain=() if report.stops else report.gain_curve or (),  # its times are those of the extended film
        line_gain_db=(report.loudness.narrator_db or 0.0) if report.loudness else 0.0,
        generator=report.made_by,
        describer=report.describer_label,
        provenance=report.provenance.of if report.provenance else None,
    )


def _lines(report: Report, cues: Iterable[Cue], clips: Mapping[str, Path]) -> Iterator[DocumentLine]:
    speech = sorted((cue for cue in cues if cue.text and cue.kind == "speech"), key=lambda cue: cue.span.end_ms)
    lines = (_line(one, report.voice, clips.get(one.id)) for one in report.segments if one.line)
    at = 0
    for line in sorted(lines, key=lambda line: line.span):
        while at < len(speech) and speech[at].span.end_ms <= line.span.start_ms:
            at += 1
        yield replace(line, before=speech[at - 1] if at else None)


def _line(segment: ReportSegment, voice: str, clip: Path | None) -> DocumentLine:
    meant = segment.written or Span(segment.wanted_ms, segment.wanted_ms + usual_ms(segment.line))
    return DocumentLine(
        id=segment.id,
        span=_lasting(segment.placed) if segment.placed else meant,
        text=segment.line,
        gap=Span(segment.start_ms, segment.end_ms),
        author=segment.author,
        state=segment.state or ("edited" if segment.author == HUMAN else "draft"),
        note=segment.note or "",
        reason="" if segment.placed else segment.reason or "it is not spoken",
        voice="" if segment.recording else segment.voice or voice,
        own_voice=segment.voice or "",
        recording=bool(segment.recording),
        clip=clip,
        rate=segment.rate or 1.0,
    )


LEAST_MS = 100
"""A line for which the film stops may be spoken within one moment of it; a cue without length is none."""


def _lasting(span: Span) -> Span:
    return Span(span.start_ms, max(span.end_ms, span.start_ms + LEAST_MS))


def _cue(cue: ReportCue) -> Cue:
    return Cue(Span(cue.start_ms, cue.end_ms), cue.text, cue.kind, cue.speaker)
