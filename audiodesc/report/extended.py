"""A report with the times of the extended film, which stops for lines: for the page and for timelines, which lie beside
that film."""

from __future__ import annotations

from dataclasses import replace

from audiodesc.core.stops import Stops
from audiodesc.model import Span
from audiodesc.report.doubts import ReportDoubt
from audiodesc.report.model import Report, ReportCue, ReportFinding, ReportGap, ReportNote, ReportSegment
from audiodesc.report.stops import stops_in


def in_extended(report: Report) -> Report:
    """The same report with all times as they are in the extended film; of what was measured they are so already. Where
    the film stops nowhere nothing changes."""
    stops = stops_in(report.stops)
    if not stops:
        return report
    length_ms = report.film.duration_ms + stops.total_ms
    return replace(
        report,
        film=replace(report.film, duration_ms=length_ms),
        part=stops.around(report.part) if report.part else None,
        cues=tuple(_cue(one, stops) for one in report.cues),
        gaps=tuple(_gap(one, stops) for one in report.gaps),
        segments=tuple(_segment(one, stops) for one in report.segments),
        notes=tuple(_note(one, stops) for one in report.notes),
        check=replace(report.check, findings=tuple(_finding(one, stops) for one in report.check.findings)),
        doubts=None if report.doubts is None else tuple(_doubt(one, stops) for one in report.doubts),
    )


def mapped(ms: int | None, stops: Stops) -> int | None:
    """A time of the film in the extended film, where there is one."""
    return None if ms is None else stops.extended_ms(ms)


def _cue(cue: ReportCue, stops: Stops) -> ReportCue:
    span = stops.extended(Span(cue.start_ms, cue.end_ms))
    return replace(cue, start_ms=span.start_ms, end_ms=span.end_ms)


def _gap(gap: ReportGap, stops: Stops) -> ReportGap:
    """A stop at its end belongs to it."""
    planned, spoken = (
        None if times is None else tuple(map(stops.reached_ms, times)) for times in (gap.planned_ms, gap.spoken_ms)
    )
    start, end = stops.reached_ms(gap.start_ms), stops.extended_ms(gap.end_ms)
    return replace(gap, start_ms=start, end_ms=end, planned_ms=planned, spoken_ms=spoken)


def _segment(segment: ReportSegment, stops: Stops) -> ReportSegment:
    watch, written = segment.watch, segment.written
    return replace(
        segment,
        start_ms=stops.reached_ms(segment.start_ms),
        end_ms=stops.extended_ms(segment.end_ms),
        watch=stops.extended(watch),
        wanted_ms=stops.reached_ms(segment.wanted_ms),
        written=Span(stops.reached_ms(written.start_ms), stops.extended_ms(written.end_ms)) if written else None,
        placed=segment.heard or segment.placed,
    )


def _note(note: ReportNote, stops: Stops) -> ReportNote:
    return replace(note, start_ms=mapped(note.start_ms, stops), end_ms=mapped(note.end_ms, stops))


def _finding(one: ReportFinding, stops: Stops) -> ReportFinding:
    return replace(one, start_ms=mapped(one.start_ms, stops), end_ms=mapped(one.end_ms, stops))


def _doubt(doubt: ReportDoubt, stops: Stops) -> ReportDoubt:
    return replace(doubt, start_ms=stops.reached_ms(doubt.start_ms))
