"""The list of lines: each with the room that it has, its length in the voice, what `check` finds in it, and doubts."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from audiodesc.core.speech_rate import usual_ms
from audiodesc.model import Span
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Snapshot
from audiodesc.project.standing import Found, Length, rate_in, rooms
from audiodesc.report.doubts import ReportDoubt
from audiodesc.report.model import Report
from audiodesc.review.answers import GapView, LineView


@dataclass(frozen=True, slots=True)
class Lister:
    """Makes views of lines, with all that they are made of; `known` is None while the film is opened. `recorded`
    are the lengths in ms of recordings that are spoken, by the ids of their lines."""

    snapshot: Snapshot
    known: KnownFilm | None
    found: Found
    report: Report | None
    length: Length
    recorded: Mapping[str, int] = field(default_factory=dict)

    def views(self) -> tuple[LineView, ...]:
        """All lines that stand, in order of time."""
        lines = self.snapshot.standing
        none: Iterable[Span | None] = (None for _ in lines)
        spans = rooms(lines, self.known.on.gaps, self.length) if self.known else none
        doubts = self._doubts()
        return tuple(self._view(line, room, doubts) for line, room in zip(lines, spans, strict=True))

    def gaps(self) -> tuple[GapView, ...]:
        """Those that a line can be put into, with the lines in them."""
        if not self.known:
            return ()
        shortest, lines = self.known.settings.plan.shortest_ms, self.snapshot.standing
        starts = [line.start_ms for line in lines]
        made = []
        for gap in self.known.on.gaps:
            if gap.span.duration_ms >= shortest:
                first, end = bisect_right(starts, gap.span.start_ms - 1), bisect_right(starts, gap.span.end_ms - 1)
                ids = tuple(line.id for line in lines[first:end])
                made.append(GapView(gap.span.start_ms, gap.span.end_ms, gap.kind, ids))
        return tuple(made)

    def _view(self, line: ProjectLine, room: Span | None, doubts: Mapping[str, tuple[ReportDoubt, ...]]) -> LineView:
        length_ms = self.recorded.get(line.id) or self.length(line)
        fits = rate = None
        if room is not None and length_ms is not None and self.known:
            rate = rate_in(length_ms, room.duration_ms, self.known.on.fastest)
            fits = rate is not None
        return LineView(
            line=line,
            room=room,
            room_ms=room.end_ms - line.start_ms if room else None,
            length_ms=length_ms,
            usual_ms=usual_ms(line.text),
            fits=fits,
            rate=rate,
            findings=self.found.by_line.get(line.id, ()),
            doubts=tuple(one for one in doubts.get(line.id, ()) if one.line == line.text),
        )

    def _doubts(self) -> Mapping[str, tuple[ReportDoubt, ...]]:
        made: dict[str, list[ReportDoubt]] = defaultdict(list)
        for one in (self.report.doubts if self.report else None) or ():
            made[one.segment].append(one)
        return {id: tuple(some) for id, some in made.items()}
