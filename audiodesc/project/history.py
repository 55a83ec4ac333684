"""The history of a project: each change of a line, which of them are undone, and what one did, for people."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final, Literal

from audiodesc.core.formatting import shortest
from audiodesc.project.lines import ProjectLine

Kind = Literal["edit", "undo", "make"]


TOGETHER: Final = ", together "
"""Behind it stands in the source of edits that are made at once a word of their own."""


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

    @property
    def place(self) -> str:
        """The source as people read it."""
        return self.source.partition(TOGETHER)[0]


def at_once(source: str) -> str:
    """The source of edits that are to be undone and redone at once."""
    return f"{source}{TOGETHER}{secrets.token_hex(8)}"


def are_at_once(one: Entry, other: Entry) -> bool:
    """Whether two edits were made at once."""
    return TOGETHER in one.source and (one.author, one.source) == (other.author, other.source)


def last_at_once(edits: Sequence[Entry]) -> list[Entry]:
    """The last edit, and those that were made at once with it, the last first."""
    before = takewhile(lambda one: are_at_once(one, edits[-1]), reversed(edits[:-1]))
    return [*edits[-1:], *before]


def standing(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The edits that nobody has undone, or whose undo was undone again."""
    known = list(entries)
    undone = _undone_numbers(known)
    return (one for one in known if one.kind == "edit" and one.number not in undone)


def redoable(entries: Sequence[Entry]) -> Entry | None:
    """The undo that would be undone next; None where there is none, or something was edited after it."""
    undone, edits = _undone_numbers(entries), {one.number for one in entries if one.kind == "edit"}
    left = [one for one in entries if one.undoes in edits and one.number not in undone]
    return left[-1] if left and left[-1].number > max(edits) else None


def _undone_numbers(entries: Sequence[Entry]) -> set[int]:
    """The numbers of edits and undos that were undone, by an undo that was not."""
    undone: set[int] = set()
    for one in reversed(entries):
        if one.undoes and one.number not in undone:
            undone.add(one.undoes)
    return undone


def is_other(before: ProjectLine | None, now: ProjectLine) -> bool:
    """Whether a line is another than it was; None where it was not there."""
    return not now.deleted if before is None else replace(before, version=now.version) != now


def change_text(entry: Entry) -> str:
    """What a change did, in one line."""
    before, after = entry.before, entry.after
    if not entry.id:
        return "new lines of a describer"
    if after is None or (after.deleted and not (before and before.deleted)):
        return f"line deleted: “{(before or after or _NONE).text}”"
    if before is None:
        return f"new line at {shortest(after.start_ms)}: “{after.text}”"
    what = ", ".join(_parts(before, after)) or "as it was"
    goes_on = what.replace(",", " ").split()[0] in PARTICIPLES
    return f"line at {shortest(before.start_ms)}{' ' if goes_on else ': '}{what}"


PARTICIPLES = frozenset({"restored", "moved", "edited", "approved", "locked", "unlocked"})
"""With these "line at 0:22.7" goes on as a sentence; all else stands behind a colon."""

_NONE = ProjectLine("", 0, 0, "")


def _parts(before: ProjectLine, after: ProjectLine) -> Iterator[str]:
    if before.deleted and not after.deleted:
        yield "restored"
    if before.start_ms != after.start_ms:
        yield f"moved to {shortest(after.start_ms)}"
    if before.text != after.text:
        yield f"“{before.text}” is now “{after.text}”"
    is_same = (before.text, before.start_ms) == (after.text, after.start_ms)
    if before.state == "approved" != after.state:
        yield "no longer approved"
    elif before.state != after.state and (is_same or after.state != "edited"):
        yield after.state
    if before.locked != after.locked:
        yield "locked" if after.locked else "unlocked"
    if before.note != after.note:
        yield f"note: “{after.note}”" if after.note else "note removed"
    if before.recording != after.recording:
        yield "recorded" if after.recording else "recording removed"
    if before.voice != after.voice:
        yield f"voice {after.voice}" if after.voice else "the film's voice"
