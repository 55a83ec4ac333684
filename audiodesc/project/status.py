"""How a project stands, for people: lines by state, what could not be spoken, what is to be rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from audiodesc.core.files import content_hash
from audiodesc.errors import InputError
from audiodesc.judge.rules import Severity
from audiodesc.model import LineState
from audiodesc.project.project import Project
from audiodesc.project.saved import FILM, RENDERED, UNMIXED, saved_film
from audiodesc.project.script_files import is_inside, last_versions
from audiodesc.report import read_report
from audiodesc.report.model import Report

Mix = Literal["none", "older", "current"]
"""There is no sound of the lines; or it is of an earlier run than the script; or of the last run."""

STATES: Final[tuple[LineState, ...]] = get_args(LineState)


@dataclass(frozen=True, slots=True)
class Unspoken:
    """A line that the last run could not speak."""

    id: str
    start_ms: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """How a project stands.

    `film` is where its film is, "" where it is not to be found. `states` counts the lines by state, `findings` what
    `check` found in the lines of the last run (None: there was none). To be rendered are the lines of these ids, edited
    since the results were made and not put back (with sound, where `mix` says that there is any), and what was changed
    in these files of the folder. What was changed in those elsewhere is read when it is given with --script.
    """

    film: str
    states: Mapping[LineState, int]
    locked: int
    recorded: int
    findings: Mapping[Severity, int] | None
    unspoken: tuple[Unspoken, ...]
    mix: Mix
    edited_since: tuple[str, ...]
    changed_files: tuple[str, ...]
    changed_elsewhere: tuple[str, ...]

    @property
    def is_outdated(self) -> bool:
        """Whether `render` would make other results of these lines and files."""
        return bool(self.edited_since or self.changed_files) or self.mix != "current"


def status(project: Project) -> Status:
    """How a project stands. Nothing is listened to or looked at."""
    snapshot = project.snapshot()
    states = Counter(line.state for line in snapshot.standing)
    made, script = _report(project), _script_name(project)
    versions, rendered = project.scripts(script), project.fact(RENDERED)
    written = rendered if isinstance(rendered, int) else versions[0].number if versions else 0
    changed = tuple(_changed_files(project))
    return Status(
        film=_film(project),
        states={state: states[state] for state in STATES},
        locked=sum(line.locked for line in snapshot.standing),
        recorded=sum(bool(line.recording) for line in snapshot.standing),
        findings=made.check.counts if made else None,
        unspoken=tuple(_unspoken(made)) if made else (),
        mix="none" if rendered is None else "older" if project.fact(UNMIXED) else "current",
        edited_since=project.changed_since(written),
        changed_files=tuple(filter(is_inside, changed)),
        changed_elsewhere=tuple(name for name in changed if not is_inside(name)),
    )


def _script_name(project: Project) -> str:
    film = project.fact(FILM) or {}
    return f"{Path(film.get('name', '')).stem}.ad.vtt"


def _film(project: Project) -> str:
    try:
        return str(saved_film(project))
    except InputError:
        return ""


def _report(project: Project) -> Report | None:
    try:
        return read_report((project.folder / _script_name(project)).with_suffix(".json"))
    except InputError:
        return None


def _unspoken(made: Report) -> Iterator[Unspoken]:
    for one in made.left_out:
        start_ms = one.written.start_ms if one.written else one.wanted_ms
        yield Unspoken(one.id, start_ms, one.line, one.reason)


def _changed_files(project: Project) -> Iterator[str]:
    for name in {one.name: None for one in project.scripts()}:
        path = project.folder / name if is_inside(name) else Path(name)
        with suppress(OSError):
            if content_hash(path)[0] not in {one.hash for one in last_versions(project, name)}:
                yield name
