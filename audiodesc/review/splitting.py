"""One line made two, and two made one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from audiodesc.core.speech_rate import usual_ms
from audiodesc.errors import UsageError
from audiodesc.planning.fit import SEPARATION_MS
from audiodesc.project import Edit
from audiodesc.project.lines import ProjectLine
from audiodesc.review.answers import Name, Number, TimeMs


@dataclass(frozen=True, slots=True)
class Split:
    """Where a line is split: `at` counts UTF-16 units, as JavaScript does; None for `start_ms` follows the words."""

    at: Number
    base: Number | None = None
    start_ms: TimeMs | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The line whose text is put behind, and which is then deleted."""

    other: Name
    base: Number | None = None
    other_base: Number | None = None


def split(line: ProjectLine, where: Split, length: Callable[[ProjectLine], int | None]) -> list[Edit]:
    """The edits that split a line. The second begins when the first is over, where nothing else is said.

    Raises UsageError where one of the two would have no words.
    """
    at = _place(line.text, where.at)
    first, second = line.text[:at].strip(), line.text[at:].strip()
    if not first or not second:
        raise UsageError("one of the two lines would have no words", "split it between two words")
    start_ms = where.start_ms
    if start_ms is None:
        whole = length(line) or usual_ms(line.text)
        first_ms = length(replace(line, text=first)) or round(whole * len(first) / len(line.text))
        start_ms = line.start_ms + first_ms + SEPARATION_MS
    if start_ms <= line.start_ms:
        raise UsageError("the second line would begin before the first", "give it a later start")
    return [Edit(line.id, text=first, base=where.base), Edit(text=second, start_ms=start_ms, voice=line.voice)]


def joined(line: ProjectLine, other: ProjectLine, bases: Join) -> list[Edit]:
    """The edits that join two lines, in the place of the first. Raises UsageError where they are one."""
    if line.id == other.id or line.deleted or other.deleted:
        raise UsageError("a line is joined with another one that stands", "choose the one before or after it")
    first, second = sorted((line, other), key=lambda one: (one.start_ms, one.id))
    text = f"{first.text} {second.text}"
    return [
        Edit(line.id, text=text, start_ms=first.start_ms, base=bases.base),
        Edit(other.id, deleted=True, base=bases.other_base),
    ]


def _place(text: str, units: int) -> int:
    """The number of characters in so many UTF-16 units of a text."""
    seen = 0
    for number, character in enumerate(text):
        if seen >= units:
            return number
        seen += 2 if ord(character) > 0xFFFF else 1
    return len(text)
