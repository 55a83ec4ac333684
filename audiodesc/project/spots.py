"""Where candidates are asked for: a line as it stands, or a new one in a gap; with its room and the lines around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audiodesc.errors import UsageError
from audiodesc.model import Gap, Segment, Span
from audiodesc.narration.place import no_gap_reason
from audiodesc.planning import segment_at, words_in
from audiodesc.planning.costs import AHEAD_MS, LONGEST_WORDS, WATCH_MS
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import DraftLine, ProjectLine, unknown_line
from audiodesc.project.project import Snapshot
from audiodesc.project.standing import Length, rooms

NEW: Final = ""
"""The id of a line that is not there yet."""

FOLLOWING: Final = 2
"""Lines after the one that is asked for, which the writer is given."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A line, or a new one without words; what `make` kept of the segment that it is of, if anything: `draft` also has
    the line's candidates where a person moved it since. `gap` is what its pause and the lines around leave for it,
    `lines` are all that stand, it among them, in order of time."""

    line: ProjectLine
    draft: DraftLine | None
    gap: Gap
    pause: Span
    lines: tuple[ProjectLine, ...]

    @property
    def key(self) -> str:
        """Stands for the line, or for the pause that a new one is asked for."""
        return self.line.id or f"gap-{self.pause.start_ms}"

    @property
    def free(self) -> Span:
        """From the line's start on."""
        return Span(self.line.start_ms, self.gap.span.end_ms)

    @property
    def planned(self) -> DraftLine | None:
        """The draft, as long as the line is where it was planned or placed."""
        if self.draft is None or not self.line.id or self.draft.start_ms == self.line.start_ms:
            return self.draft
        span = self.draft.segment.gap.span
        return self.draft if span.start_ms <= self.line.start_ms < span.end_ms else None

    @property
    def before(self) -> tuple[str, ...]:
        """What was said by then."""
        return tuple(one.text for one in self._spoken[: self._number])

    @property
    def following(self) -> tuple[str, ...]:
        """What is said right after."""
        return tuple(one.text for one in self._spoken[self._number + 1 :][:FOLLOWING])

    @property
    def _spoken(self) -> Sequence[ProjectLine]:
        return [one for one in self.lines if one is self.line or one.is_touched or not one.reason]

    @property
    def _number(self) -> int:
        return next(number for number, one in enumerate(self._spoken) if one is self.line)

    def segment(self, known: KnownFilm, pace: Callable[[str], int]) -> Segment:
        """Where to speak and what to look at, as `make` plans it; `pace` says how long the voice takes for a text."""
        watch = self.planned.segment.watch if self.planned else self._watch()
        text, room_ms = self.line.text, self.free.duration_ms
        words = len(text.split()) * room_ms // max(1, pace(text)) if text else words_in(room_ms)
        most = max(1, min(LONGEST_WORDS, words))
        made = segment_at(self.gap, watch, self.line.start_ms, most, known.found.dialogue.texts)
        return replace(made, line_id=self.line.id)

    def _watch(self) -> Span:
        """From the line before, half a minute back at most, to where a line may look ahead."""
        start_ms, earlier = self.line.start_ms, [one.start_ms for one in self._spoken[: self._number]]
        return Span(max([0, start_ms - WATCH_MS, *earlier]), min(self.gap.span.end_ms, start_ms + AHEAD_MS))


def spot_of(snapshot: Snapshot, id: str, start_ms: int | None, known: KnownFilm, length: Length) -> Spot:
    """That of the line of this id or, for NEW, of one that is to begin at a time.

    Raises UsageError for a line that is not there, and where dialogue leaves no room.
    """
    if id != NEW:
        line = next((one for one in snapshot.standing if one.id == id), None)
        if line is None:
            raise unknown_line(id, [one.id for one in snapshot.standing])
    elif start_ms is None:
        raise UsageError("a new line needs a start", "say when it begins")
    else:
        line = ProjectLine(NEW, start_ms, start_ms, "")
    lines = snapshot.standing if id else sorted([*snapshot.standing, line], key=lambda one: (one.start_ms, one.id))
    number = next(number for number, one in enumerate(lines) if one is line)
    room = list(rooms(lines[: number + 2], known.on.gaps, length))[number]
    pause = next((one for one in known.on.gaps if one.span.start_ms <= line.start_ms < one.span.end_ms), None)
    if room is None and pause is None and known.on.most_ms:  # the film stops for it
        room = Span(line.start_ms, line.start_ms + known.on.most_ms)
    if room is None:
        why = no_gap_reason(line.start_ms, known.on.gaps, known.on.end_ms)
        raise UsageError(f"no line has room there: {why}", "move it, or choose another time")
    kind, span = (pause.kind, pause.span) if pause else ("silence", room)
    return Spot(line, _draft(snapshot, line, span), Gap(room, kind), span, tuple(lines))


def _draft(snapshot: Snapshot, line: ProjectLine, pause: Span) -> DraftLine | None:
    """What `make` kept for a line; for a new one, what it saw for its pause and no line says."""
    if line.id:
        return next((one for one in snapshot.drafts if one.id == line.id), None)
    said = {one.id for one in snapshot.standing}
    left = [one for one in snapshot.drafts if one.id not in said and one.facts]
    inside = [one for one in left if pause.start_ms <= one.segment.wanted_ms < pause.end_ms]
    return min(inside, key=lambda one: abs(one.segment.wanted_ms - line.start_ms), default=None)
