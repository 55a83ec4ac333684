"""The candidates of a line, those of `make` and those that were asked for since and are kept; and one of them taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from audiodesc.errors import UsageError
from audiodesc.judge.rules import Finding
from audiodesc.narration.outcomes import length_of
from audiodesc.narration.place import fitting
from audiodesc.planning import script_segments
from audiodesc.planning.fit import Fitted
from audiodesc.project.editing import Edit
from audiodesc.project.history import Entry
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Project, Snapshot
from audiodesc.project.spots import Spot
from audiodesc.project.standing import Length, findings

FACT: Final = "candidates "
"""What the project calls them begins so; the key of the spot follows."""

MOST_KEPT: Final = 100
NEAR: Final = 8
"""Lines on both sides, among which a text is judged."""


@dataclass(frozen=True, slots=True)
class KeptCandidate:
    """A text that a describer wrote: `author` is its fingerprint, `by` what people call it, "" where `make` had it.
    `hint` is what was asked for, `doubts` what its facts do not carry, in sentences."""

    text: str
    author: str
    by: str = ""
    hint: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FittedCandidate:
    """A candidate where it would stand. `length_ms` is measured at the voice's natural rate, None where nothing is
    heard of it; `rate` the one at which it fits `room_ms`, None where it does not, for a `reason`. `is_new`: it was not
    there before it was asked for."""

    candidate: KeptCandidate
    length_ms: int | None
    room_ms: int
    rate: float | None
    reason: str
    findings: tuple[Finding, ...]
    is_new: bool = False


def candidates_of(project: Project, spot: Spot) -> tuple[KeptCandidate, ...]:
    """All for a spot, each text once; the ones that were asked for last come last."""
    draft = spot.draft
    made = [KeptCandidate(text, draft.author) for text in draft.texts] if draft else []
    known = {one.text: one for one in [*kept_candidates(project, spot.key), *made]}
    ordered = [*(one.text for one in made), *known]
    return tuple(known[text] for text in dict.fromkeys(ordered))


def kept_candidates(project: Project, key: str) -> tuple[KeptCandidate, ...]:
    """Those that were asked for, for a line's id or the key of a spot."""
    return tuple(_kept(one) for one in project.fact(f"{FACT}{key}") or ())


def keep_candidates(project: Project, key: str, new: Sequence[KeptCandidate]) -> None:
    """Keep these behind those that are kept already."""

    def updated(before: Any) -> Any:
        kept = {one.text: one for one in (*map(_kept, before or ()), *new)}
        return _plain(list(kept.values())[-MOST_KEPT:])

    project.update_fact(f"{FACT}{key}", updated)


def fitted_candidate(
    candidate: KeptCandidate, spot: Spot, known: KnownFilm, snapshot: Snapshot, length: Length
) -> FittedCandidate:
    """A candidate in the voice and by the rules of `check`, in its place among the lines."""
    line = replace(spot.line, text=candidate.text, end_ms=spot.line.start_ms, is_touched=True, reason="")
    on, room_ms = known.on.in_voice(line.voice), spot.free.duration_ms
    try:
        takes_ms = length_of(on.speak)(candidate.text, 1.0)
    except (ValueError, OSError) as error:
        return FittedCandidate(candidate, None, room_ms, None, str(error).splitlines()[0], ())
    (segment,) = script_segments([line.span], on.gaps, ())
    fitted = fitting([candidate.text], spot.gap.span, segment, on)
    found = _found(line, spot, known, snapshot, lambda one: takes_ms if one.text == candidate.text else length(one))
    if isinstance(fitted, Fitted):
        return FittedCandidate(candidate, takes_ms, room_ms, fitted.rate, "", found)
    return FittedCandidate(candidate, takes_ms, room_ms, None, fitted.reason, found)


def _found(line: ProjectLine, spot: Spot, known: KnownFilm, snapshot: Snapshot, length: Length) -> tuple[Finding, ...]:
    """What `check` finds in a line in the place of the spot's."""
    number = next(number for number, one in enumerate(spot.lines) if one is spot.line)
    line = replace(line, id=line.id or spot.key)
    around = (*spot.lines[max(0, number - NEAR) : number], line, *spot.lines[number + 1 :][:NEAR])
    return findings(replace(snapshot, lines=around), known, length).by_line.get(line.id, ())


def take(
    project: Project, id: str, text: str, author: str = "", source: str = "", base: int | None = None
) -> tuple[Entry, ...]:
    """Have a line say what a describer offered for it, as the describer wrote it, and approve it; an edit by `author`,
    on the version `base` of the line.

    Raises UsageError for a text that nobody offered, and what `Project.edit` raises.
    """
    draft = next((one for one in project.snapshot().drafts if one.id == id), None)
    made = [KeptCandidate(one, draft.author) for one in draft.texts] if draft else []
    candidate = _offered([*kept_candidates(project, id), *made], text)
    edit = Edit(id, text=candidate.text, state="approved", origin=candidate.author, base=base)
    return project.edit([edit], author, source)


def take_new(project: Project, spot: Spot, text: str, author: str = "", source: str = "") -> tuple[Entry, ...]:
    """The same for a new line, which is added where the spot has it; what else was offered there is the line's then."""
    candidate = _offered(candidates_of(project, spot), text)
    start_ms = spot.line.start_ms
    edit = Edit(text=candidate.text, start_ms=start_ms, state="approved", origin=candidate.author)

    def facts(added: Sequence[str], fact: Callable[[str], Any]) -> Mapping[str, Any]:
        return {f"{FACT}{added[0]}": fact(f"{FACT}{spot.key}") or [], f"{FACT}{spot.key}": None}

    return project.edit([edit], author, source, facts=facts)


def _offered(known: Iterable[KeptCandidate], text: str) -> KeptCandidate:
    found = next((one for one in known if one.text == text), None)
    if found is None:
        raise UsageError(f"no describer offered “{text:.80}” there", "take one of those that are listed")
    return found


def _plain(offers: Iterable[KeptCandidate]) -> list[dict[str, Any]]:
    return [asdict(one) | {"doubts": list(one.doubts)} for one in offers]


def _kept(value: Mapping[str, Any]) -> KeptCandidate:
    texts = {name: str(value.get(name, "")) for name in ("text", "author", "by", "hint")}
    return KeptCandidate(**texts, doubts=tuple(map(str, value.get("doubts", ()))))
