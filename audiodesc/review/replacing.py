"""Find and replace over all lines, with what it would do shown first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from annotated_types import MaxLen

from audiodesc.errors import UsageError
from audiodesc.project import Edit
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Snapshot
from audiodesc.review.answers import Many


@dataclass(frozen=True, slots=True)
class Replace:
    """Find and replace: a preview or, with `apply`, done in the `lines` of that."""

    find: Annotated[str, MaxLen(1_000)]
    replace: Annotated[str, MaxLen(1_000)] = ""
    case: bool = False
    words: bool = False
    apply: bool = False
    lines: Many = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """A line before and after, with the (start, end) of what was found, in UTF-16 units; one that is locked stays."""

    id: str
    before: str
    after: str
    spans: tuple[tuple[int, int], ...]
    after_spans: tuple[tuple[int, int], ...]
    version: int
    locked: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a replacement would do."""

    change: int
    count: int
    lines: tuple[Replaced, ...]


def preview(wanted: Replace, snapshot: Snapshot) -> Preview:
    """What a replacement would do. Raises UsageError for nothing to find."""
    found = tuple(_found(wanted, snapshot))
    return Preview(snapshot.number, sum(len(one.spans) for one in found), found)


def replacements(wanted: Replace, snapshot: Snapshot) -> list[Edit]:
    """The edits of a replacement in the lines that it names, as they were seen. Raises UsageError where none is left to
    be done, or a line would have no words."""
    bases = {one.id: one.base for one in wanted.lines}
    found = [one for one in _found(wanted, snapshot) if one.id in bases and not one.locked]
    if not found:
        raise UsageError("there is nothing to replace in these lines", "look at the preview again")
    if empty := next((one for one in found if not one.after.strip()), None):
        raise UsageError(f"line {empty.id} would have no words", "delete it, or leave it out")
    return [Edit(one.id, text=one.after, base=bases[one.id]) for one in found]


def _found(wanted: Replace, snapshot: Snapshot) -> Iterator[Replaced]:
    if not wanted.find.strip():
        raise UsageError("there is nothing to find", "give some words")
    escaped = re.escape(wanted.find)
    pattern = re.compile(rf"(?<!\w){escaped}(?!\w)" if wanted.words else escaped, 0 if wanted.case else re.IGNORECASE)
    for line in snapshot.standing:
        if spans := [match.span() for match in pattern.finditer(line.text)]:
            yield _replaced(line, spans, wanted.replace)


def _replaced(line: ProjectLine, spans: list[tuple[int, int]], by: str) -> Replaced:
    after, at, after_spans = "", 0, []
    for start, end in spans:
        after += line.text[at:start]
        after_spans.append((len(after), len(after) + len(by)))
        after, at = after + by, end
    after += line.text[at:]
    before_units, after_units = _units(line.text, spans), _units(after, after_spans)
    return Replaced(line.id, line.text, after, before_units, after_units, line.version, line.locked)


def _units(text: str, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans counted in UTF-16 units, as JavaScript does."""
    return tuple((_unit(text, start), _unit(text, end)) for start, end in spans)


def _unit(text: str, at: int) -> int:
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2
