"""What a project keeps besides its lines: each change of one, and script files as they were written or read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from audiodesc.project.lines import ProjectLine

Kind = Literal["edit", "undo", "make"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of a line, as it is kept: `before` is None of a line that was new. `at` is UTC, ISO 8601; `source` is
    where it was made ("page", "film.ad.vtt" …). `undoes` is the number of the edit that it undoes, 0 for others. Of the
    kind "make" the lines are a describer's; one without an id stands for the run as a whole."""

    number: int
    at: str
    author: str
    source: str
    kind: Kind
    id: str
    before: ProjectLine | None
    after: ProjectLine | None
    undoes: int = 0


@dataclass(frozen=True, slots=True)
class KnownScript:
    """A script file as it was written or read, when `number` was the last change: its content, and the ids of its
    lines in the order in which they are read."""

    name: str
    hash: str
    number: int
    content: bytes
    ids: tuple[str, ...]
