"""What the last run found along the film, kept in the project for all that reads it without the film: dialogue, cuts.

A project of a version that did not keep it has the dialogue in its report, and no cuts.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from audiodesc.core.cache import WRONG
from audiodesc.dialogue import FilmAnalysis
from audiodesc.errors import InputError
from audiodesc.model import Cue, CueKind, Span
from audiodesc.project.project import Project
from audiodesc.project.saved import FILM
from audiodesc.report import ENDING, read_report

TIMELINE = "timeline"
"""The name of what the project knows."""

KINDS = frozenset(get_args(CueKind))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The cues that have a text, in order; where shots begin (ms), empty where that is not known; the narrator's
    language as a BCP 47 tag, and the film's length, "" and None where they are not known."""

    cues: tuple[Cue, ...] = ()
    cuts: tuple[int, ...] = ()
    language: str = ""
    duration_ms: int | None = None

    @property
    def shots(self) -> tuple[Span, ...]:
        """What lies between the cuts, in order; () where there are none, or the film's length is not known."""
        if not self.cuts or self.duration_ms is None:
            return ()
        times = sorted({0, *self.cuts, self.duration_ms})
        return tuple(Span(a, b) for a, b in pairwise(times) if 0 <= a < b <= self.duration_ms)


def save_timeline(project: Project, found: FilmAnalysis, language: str) -> None:
    """Keep what was found in the film, and in which language the narrator speaks."""
    cues = [[one.span.start_ms, one.span.end_ms, one.kind, one.speaker, one.text] for one in found.dialogue.texts]
    whole = {"cues": cues, "cuts": list(found.cuts), "language": language, "duration_ms": found.duration_ms}
    project.put_facts({TIMELINE: whole})


def saved_timeline(project: Project) -> Timeline:
    """What the last run found; what is not known, or damaged, is left out."""
    known = project.fact(TIMELINE)
    if known is None:
        return _reported(project)
    try:
        return Timeline(_cues(known["cues"]), tuple(map(int, known["cuts"])), known["language"], known["duration_ms"])
    except WRONG:
        return Timeline()


def _cues(rows: Iterable[Any]) -> tuple[Cue, ...]:
    return tuple(
        Cue(Span(start, end), text, kind, speaker) for start, end, kind, speaker, text in rows if kind in KINDS
    )


def _reported(project: Project) -> Timeline:
    """As the report beside it has it."""
    film = project.fact(FILM) or {}
    with suppress(InputError, *WRONG):
        made = read_report(project.folder / f"{Path(str(film.get('name', ''))).stem}{ENDING}")
        cues = [Cue(Span(one.start_ms, one.end_ms), one.text, one.kind, one.speaker) for one in made.cues if one.text]
        return Timeline(tuple(cues), (), made.language, made.film.duration_ms)
    return Timeline()
