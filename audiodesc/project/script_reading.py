"""A script file held against what it was: which state of the project it was made from, and what was changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audiodesc.core.files import content_hash, read_whole
from audiodesc.errors import ScriptError
from audiodesc.project.changes import Change, changes, line_ids, without_unread
from audiodesc.project.folder import ProjectFolder
from audiodesc.project.lines import KnownScript, ProjectLine
from audiodesc.scripts import Fault, ScriptFile, ScriptLine, check_new_lines
from audiodesc.scripts.lines import Comment

LARGEST = 50_000_000
"""Bytes of a script: a DOCX of a film of four hours has a hundredth of it."""

MOST_SHOWN = 20

NO_BASE = -1
"""The base of a file that is held against the lines as they stand."""

Read = Callable[[Path], ScriptFile]
"""Reads a script file of any format. Raises ScriptError."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a script file: its lines, what was changed in it, as of the change `base`, and its faults.
    Of one that is merged, what it lacks stays."""

    script: KnownScript
    lines: tuple[ScriptLine, ...]
    changed: tuple[Change, ...]
    base: int
    faults: tuple[Fault, ...] = ()
    comments: tuple[Comment, ...] = ()
    is_merged: bool = False

    def messages(self) -> Iterator[str]:
        """One line for each change, the first MOST_SHOWN, and how many more there are."""
        name = Path(self.script.name).name
        for change in self.changed[:MOST_SHOWN]:
            yield f"{name}: {change}"
        if len(self.changed) > MOST_SHOWN:
            yield f"{name}: {len(self.changed) - MOST_SHOWN} more changes; `audiodesc history` has all"


def reading_of(
    place: ProjectFolder,
    path: Path,
    name: str,
    versions: Sequence[KnownScript],
    read: Read,
    *,
    standing: Sequence[ProjectLine] | None = None,
    merge: bool = False,
) -> Reading:
    """A script file held against that of its known `versions`, or the lines `standing` in the project, to which it has
    the fewest changes; of equals the first, the lines that stand before all. With `merge` lines that it lacks are not
    deleted.

    Raises ScriptError where it cannot be read, or what it was cannot, and for a new line that would be spoken with a
    time code in it.
    """
    copy = place.partial(f"read-{path.name}")
    copy.write_bytes(_content(path))
    script = _read(read, copy, path)
    lines, found = all_lines(script), []
    if standing is not None:
        before = list(_as_script(standing, with_voices=any(line.voice for line in script.lines)))
        found.append((changes(before, lines, merge=merge), before, NO_BASE))
    for version in versions:
        if (known := _lines_of(place, version, read)) is not None:
            found.append((changes(known, lines, merge=merge), known, version.number))
    if not found:
        raise ScriptError(
            f"{path}: what it was before cannot be read, so that nobody knows what was changed",
            "give it with --script and --merge under another name",
        )
    changed, before, base = min(found, key=lambda one: len(one[0]))
    check_new_lines((one.after for one in changed if one.after and not one.before), path)
    known_as = KnownScript(name, content_hash(copy)[0], 0, copy.read_bytes(), line_ids(before, lines))
    copy.unlink()
    changed = without_unread(changed, (one.words for one in script.faults if one.kind == "unread"))
    return Reading(known_as, lines, changed, base, script.faults, script.comments, merge)


def _as_script(lines: Sequence[ProjectLine], *, with_voices: bool) -> Iterator[tuple[str, ScriptLine]]:
    """Lines with their ids; `with_voices` where a file names some: one that names none takes none away."""
    for line in lines:
        voice = line.voice if with_voices else ""
        yield line.id, ScriptLine(line.start_ms, line.end_ms, line.text, id=line.id, voice=voice)


def _content(path: Path) -> bytes:
    try:
        return read_whole(path, LARGEST)
    except OSError as error:
        raise ScriptError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error


def _read(read: Read, copy: Path, path: Path) -> ScriptFile:
    """Errors and faults name the file itself."""
    try:
        return read(copy)
    except ScriptError as error:
        raise ScriptError(error.fault.replace(str(copy), str(path)), error.remedy) from error


def all_lines(script: ScriptFile) -> tuple[ScriptLine, ...]:
    """Those that stand as notes too, in the order of the file."""
    return tuple(sorted((*script.lines, *script.noted), key=lambda line: line.number)) if script.noted else script.lines


def _lines_of(place: ProjectFolder, version: KnownScript, read: Read) -> list[tuple[str, ScriptLine]] | None:
    """The lines that a file held, with their ids; None where they are read otherwise than they were."""
    copy = place.partial(f"before-{Path(version.name).name}")
    copy.write_bytes(version.content)
    try:
        lines = all_lines(read(copy))
    except ScriptError:
        lines = ()
    copy.unlink()
    return list(zip(version.ids, lines, strict=True)) if len(lines) == len(version.ids) else None
