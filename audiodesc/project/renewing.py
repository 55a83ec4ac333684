"""A describer's new lines and a project's: what no person touched is renewed, and placed around what one did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from audiodesc.describers.base import Describer
from audiodesc.dialogue import FilmAnalysis
from audiodesc.errors import UsageError
from audiodesc.model import Observation, Outcome, Span
from audiodesc.narration.place import place_lines
from audiodesc.narration.write import Draft
from audiodesc.project.editing import locked_error
from audiodesc.project.lines import DraftLine, line_id, unknown_line
from audiodesc.project.placing import ProjectStage, in_order, kept_drafts, placed_drafts, placed_persons, without
from audiodesc.project.project import Project, Snapshot
from audiodesc.project.saved import save_describer
from audiodesc.settings import RunSettings


def with_ids(observed: Iterable[Observation]) -> tuple[Observation, ...]:
    """The observations, each with an id of its own for its line."""
    taken: set[str] = set()
    made = []
    for one in observed:
        id = line_id(one.segment.wanted_ms, taken)
        taken.add(id)
        made.append(replace(one, segment=replace(one.segment, line_id=id)))
    return tuple(made)


def check_renewal(project: Project, run: RunSettings) -> None:
    """Raise UsageError for a line that is to be renewed and cannot be."""
    lines = {line.id: line for line in project.snapshot().lines}
    for id in run.renew:
        if id not in lines:
            raise unknown_line(id, lines)
        if lines[id].locked:
            raise locked_error(lines[id])
        if not lines[id].origin:
            raise UsageError(f"line {id} was added by a person, and no describer writes it", "delete it, or edit it")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stays of a project in a new run: lines that a person touched, and drafts that are not to be renewed."""

    snapshot: Snapshot
    drafts: tuple[DraftLine, ...]

    @property
    def touched(self) -> set[str]:
        return {line.id for line in self.snapshot.lines if line.is_touched}

    @property
    def ids(self) -> set[str]:
        return self.touched | {one.id for one in self.drafts}


def renewed(
    project: Project,
    drafts: Sequence[Draft],
    found: FilmAnalysis,
    on: ProjectStage,
    run: RunSettings,
    by: Describer,
    part: Span | None = None,
) -> tuple[tuple[Outcome, ...], int]:
    """What comes of all lines, in order of time, a describer's new ones among them; these are kept in the project. And
    the number of the last change then.

    A person's lines are placed first, and a describer's keep away from them. Where a person edits meanwhile, all are
    placed anew; a line that is to be renewed and was locked meanwhile stays. With a `part` the drafts outside of it
    stay.
    """
    save_describer(project, by.fingerprint, by.label)
    texts = {one.outcome.segment.id: [text.text for text in one.option.candidates] for one in drafts}
    while True:
        standing = _standing(project.snapshot(), run, part)
        placed = list(placed_persons(standing.snapshot, found, on))
        placed += placed_drafts(standing.drafts, without(on.gaps, placed), on)
        new = [one for one in drafts if one.outcome.segment.id not in standing.ids]
        free, others = without(found.gaps, placed), [one.speech.span for one in placed if one.speech]
        outcomes = list(place_lines(new, free, found.cuts, on.speak, on.fastest, on.most_ms, others))
        beneath = [one.outcome for one in drafts if one.outcome.segment.id in standing.touched]
        kept = [*standing.drafts, *kept_drafts([*outcomes, *beneath], texts)]
        release = [id for id in run.renew if id not in standing.touched]
        number = project.keep_drafts(kept, by.label, standing.snapshot.number, release, run.author or "")
        if number is not None:
            return in_order([*placed, *outcomes]), number


def _standing(snapshot: Snapshot, run: RunSettings, part: Span | None) -> _Standing:
    lines = [line for line in snapshot.lines if line.id not in run.renew or line.locked]
    touched = {line.id for line in lines if line.is_touched}
    kept = [
        one
        for one in snapshot.drafts
        if (run.keep_all or _is_outside(one, part)) and one.id not in run.renew and one.id not in touched
    ]
    return _Standing(replace(snapshot, lines=tuple(lines)), tuple(kept))


def _is_outside(draft: DraftLine, part: Span | None) -> bool:
    """Whether a line was planned outside of a part."""
    return part is not None and not part.start_ms <= draft.segment.wanted_ms < part.end_ms


def described(outcomes: Iterable[Outcome], observed: Iterable[Observation]) -> tuple[list[Outcome], list[Observation]]:
    """What came of the describer's own lines, and what it saw for each; without those that a person touched."""
    seen = {one.segment.id: one for one in observed}
    own = [one for one in outcomes if one.segment.id in seen and one.segment.written is None]
    return own, [seen[one.segment.id] for one in own]
