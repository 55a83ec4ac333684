"""Script files and the project: what a person changed in one becomes edits, and what is written is remembered.

A file is known by its name in the folder, or by its whole path elsewhere, and by what it held when it was written or
read last. What it holds now is held against that, so that only what a person changed in it is an edit. A copy that
comes back under another name is held against all that was written before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from audiodesc.core.files import content_hash
from audiodesc.core.part import is_part_name
from audiodesc.core.speech_rate import usual_ms
from audiodesc.errors import ConflictError, ScriptError, UsageError
from audiodesc.model import Note, Outcome, Span
from audiodesc.project.changes import Change, line_ids
from audiodesc.project.comments import comment_facts, saved_comments
from audiodesc.project.folder import ProjectFolder
from audiodesc.project.lines import KnownScript
from audiodesc.project.other_films import check_same_film
from audiodesc.project.project import Project
from audiodesc.project.script_reading import NO_BASE, Read, Reading, all_lines, reading_of
from audiodesc.scripts import ScriptLine, notes
from audiodesc.settings import RunSettings

log = logging.getLogger(__name__)

ON_DISK = "scripts on disk"
MOVE = "move it away, and it is written anew"

MOST_COMPARED = 12
"""A copy under a name that is not known is held against so many contents of its format, and of all others."""


def changed_scripts(place: ProjectFolder, project: Project, read: Read) -> tuple[Reading, ...]:
    """What was changed in each script file of the folder since it was written or read.

    Raises ScriptError for one that cannot be read, or has no line of those that it had, ConflictError where two say
    different things of one line.
    """
    readings = [
        _own_reading(place, name, versions, read)
        for name in {one.name: None for one in reversed(project.scripts())}
        if is_inside(name) and _is_changed(place, name, versions := last_versions(project, name))
    ]
    for one in readings:
        _check_same_film(place.folder / one.script.name, one)
    _check_agree(readings)
    return tuple(readings)


def _own_reading(place: ProjectFolder, name: str, versions: Sequence[KnownScript], read: Read) -> Reading:
    try:
        return reading_of(place, place.folder / name, name, versions, read)
    except ScriptError as error:
        raise ScriptError(error.fault, f"{error.remedy}, or {MOVE}") from error


def _check_same_film(path: Path, reading: Reading) -> None:
    """Raise ScriptError where several lines were in a file, and all that is in it now is new."""
    deleted = sum(one.after is None for one in reading.changed)
    if deleted > 1 and not any(reading.script.ids):
        raise ScriptError(
            f"{path} has none of the {deleted} lines that it had: is it another film's?",
            f"{MOVE}; then give the other with --script and --merge or --replace",
        )


def is_inside(name: str) -> bool:
    """Whether a script's name in the project is that of a file in the folder."""
    return Path(name).name == name


def outside_name(path: Path) -> str:
    """What a script file from elsewhere is called in the project."""
    return str(path.resolve()).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def last_versions(project: Project, name: str) -> list[KnownScript]:
    """What the file held when it was last read or written; and, where a run was stopped before what it had written was
    in place, what it held before."""
    versions, on_disk = project.scripts(name), (project.fact(ON_DISK) or {}).get(name)
    return [one for number, one in enumerate(versions) if number == 0 or one.hash == on_disk]


def published_scripts(project: Project, files: Iterable[str]) -> None:
    """Keep that the files of these names are in place as they were written last."""
    hashes = {one.name: one.hash for one in reversed(project.scripts())}
    known = {name: hashes[name] for name in files if name in hashes}
    project.update_fact(ON_DISK, lambda before: (before or {}) | known)


def _is_changed(place: ProjectFolder, name: str, versions: Sequence[KnownScript]) -> bool:
    with suppress(OSError):
        return place.hash(name) not in {one.hash for one in versions}
    return False  # it is gone, and will be written again


def _check_agree(readings: Sequence[Reading]) -> None:
    """Raise ConflictError where a line was changed in two files, and not in the same way."""
    seen: dict[str, tuple[str, Change]] = {}
    for reading in readings:
        name = Path(reading.script.name).name
        for change in reading.changed:
            other, before = seen.get(change.id, (name, change)) if change.id else (name, change)
            if before.edit() != change.edit():
                raise ConflictError(
                    f"line {change.id} was changed in two files: {other}: {before}; {name}: {change}",
                    f"take one of the changes back, in {other} or in {name}",
                )
            seen[change.id] = name, change


def apply_readings(place: ProjectFolder, project: Project, readings: Sequence[Reading], author: str) -> None:
    """Make edits of what was changed, a transaction a file; then the files in the folder may be written anew.

    Raises ConflictError for a line that was changed in the project since the file was written, UsageError for one that
    is locked; both name the file, of which nothing is read then.
    """
    added: set[tuple[int, str]] = set()
    for reading in readings:
        is_new = {(one.after.span.start_ms, one.after.text) for one in reading.changed if one.after and not one.before}
        edits = [
            change.edit(None if reading.base == NO_BASE else reading.base)
            for change in reading.changed
            if change.id or (change.after and (change.after.span.start_ms, change.after.text) not in added)
        ]
        added |= is_new
        has_all = reading.script.name.endswith(".vtt") and not is_part_name(reading.script.name)
        kept = saved_comments(project) if reading.is_merged else ()
        facts = comment_facts(reading.comments, reading.lines, reading.script.ids, kept) if has_all else None
        name = Path(reading.script.name).name
        try:
            project.edit(edits, author, name, reading.script, facts)
        except (ConflictError, UsageError) as error:
            raise type(error)(f"{name}: {error.fault}", error.remedy) from error
        published_scripts(project, [reading.script.name])
        if is_inside(reading.script.name):
            place.adopt(reading.script.hash)


def read_given(place: ProjectFolder, project: Project, path: Path, read: Read, run: RunSettings) -> Reading:
    """A script that a user gives, from anywhere, as what it changes.

    One that was written or read before is held against what it was then. Another takes the place of all lines, where no
    person worked on them; where one did, --merge leaves those that it lacks as they are, and --replace deletes them
    after a copy of the project was kept. To be merged it is held against what was written before as well: it may be a
    copy of that, in which lines that it does not touch say what they said then. Raises UsageError where neither is
    said, and ScriptError for what seems to be another film's, unless --force says that it is not.
    """
    name = path.name if path.resolve().parent == place.folder.resolve() else outside_name(path)
    versions, snapshot = [] if run.replace else last_versions(project, name), project.snapshot()
    if versions:
        reading = reading_of(place, path, name, versions, read, merge=run.merge)
    elif snapshot.has_persons_work and not (run.merge or run.replace):
        raise UsageError(
            f"{place.folder} holds lines that a person edited, and {path} would take their place",
            "give --merge to keep those that it lacks, or --replace to keep a copy and take it as it is",
        )
    else:
        if run.replace and snapshot.has_persons_work:
            project.keep_copy()
        versions = _written_before(project, path.suffix) if run.merge else []
        reading = reading_of(place, path, name, versions, read, standing=snapshot.standing, merge=run.merge)
    if run.merge and not run.force:
        known = {line.id for line in snapshot.lines} | {id for one in project.scripts() for id in one.ids}
        check_same_film(path, reading, snapshot.standing, known)
    return reading


def _written_before(project: Project, suffix: str) -> list[KnownScript]:
    """The newest contents of which a file with this suffix may be a copy; then those in other formats, of which it may
    have been made."""
    newest = list({one.hash: one for one in reversed(project.scripts())}.values())[::-1]
    same = [one for one in newest if Path(one.name).suffix.lower() == suffix.lower()]
    others = [one for one in newest if one not in same]
    return [*same[:MOST_COMPARED], *others[:MOST_COMPARED]]


def read_persons_work(
    place: ProjectFolder, project: Project, script: Path | None, read: Read, run: RunSettings
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Make edits of what a person changed in the scripts of the folder, then of the `script` that is given. Gives back
    each change in one line, and notes of what could not be read of the script that is given. What could not be read of
    the folder's own is a warning: these are written anew, and nobody would look for it in a report.

    Raises ScriptError for a script that cannot be read, and as `apply_readings` does: a file is read whole or not at
    all.
    """
    own, given = changed_scripts(place, project, read), list[Reading]()
    if script and not any(_is_same(script, place.folder / one.script.name) for one in own):
        given.append(read_given(place, project, script, read, run))
        if run.merge and not given[0].changed:
            log.warning("%s: nothing in it was changed since it was written or read", script)
    apply_readings(place, project, (*own, *given), run.author or "")
    for note in _faults(own):
        log.warning("%s", note.message)
    changes = (message for one in (*own, *given) for message in one.messages())
    return tuple(changes), tuple(_faults(given))


def _faults(readings: Sequence[Reading]) -> Iterator[Note]:
    for one in readings:
        yield from notes(one.faults, Path(Path(one.script.name).name))


def _is_same(path: Path, other: Path) -> bool:
    with suppress(OSError):
        return path.samefile(other)
    return False


def written_scripts(
    project: Project, number: int, lines: Sequence[tuple[str, ScriptLine]], read: Read, files: Mapping[str, Path]
) -> None:
    """Keep what is written into script files, given by their names, before it is published, with the ids of the lines
    in each, as they stood at the change `number`."""
    project.put_scripts(
        KnownScript(name, content_hash(path)[0], number, path.read_bytes(), _ids_in(path, lines, read))
        for name, path in files.items()
    )


def _ids_in(path: Path, lines: Sequence[tuple[str, ScriptLine]], read: Read) -> tuple[str, ...]:
    """The ids of the lines in a file that holds the spoken ones of these, perhaps the others too."""
    try:
        return line_ids(lines, all_lines(read(path)))
    except ScriptError:  # it holds none
        return tuple(id for id, line in lines if not line.reason)


def as_written(outcomes: Iterable[Outcome]) -> list[tuple[str, ScriptLine]]:
    """The lines as they are written, by their ids."""
    made = []
    for one in (outcome for outcome in outcomes if outcome.text):
        segment = one.segment
        meant = segment.written or Span(segment.wanted_ms, segment.wanted_ms + usual_ms(one.text))
        span = one.speech.span if one.speech else meant
        id, reason = segment.id, "" if one.speech else one.reason
        made.append((id, ScriptLine(span.start_ms, span.end_ms, one.text, id=id, reason=reason)))
    return made
