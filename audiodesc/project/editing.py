"""What a person wants of a line, and the line as it is then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from audiodesc.errors import ConflictError, UsageError
from audiodesc.model import LineState
from audiodesc.narration.failures import in_one_line
from audiodesc.project.lines import HUMAN, ProjectLine, line_id, unknown_line
from audiodesc.speak import named_profile

LATEST_MS = 999_999_999
"""277 hours: ids have nine digits."""

LONGEST = 20_000
"""Characters of a text or a note."""

MEANING = frozenset({"text", "start_ms", "state", "deleted"})
"""Fields of a line that an edit of any other field is held against too."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person wants of a line; None leaves as it is. Without an `id` it is a new line, which needs a text and a
    start.

    `origin` is the fingerprint of the describer that wrote the `text`, where the person takes it as it is.

    `base` is the version of the line that the person saw, or a later change's number: where the line was changed since
    in its words, start, state, or in what the edit is about, the edit is refused. None does not ask. `voice` is a
    voice's name, or "" for the film's voice.
    """

    id: str = ""
    text: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    state: LineState | None = None
    locked: bool | None = None
    note: str | None = None
    recording: str | None = None
    voice: str | None = None
    deleted: bool | None = None
    origin: str | None = None
    base: int | None = None


def edited(edit: Edit, lines: Mapping[str, ProjectLine], at: Callable[[str, int], ProjectLine | None]) -> ProjectLine:
    """The line as it is after the edit; the same where it changes nothing. `at` gives a line as it stood at the change
    of a number, None where that is not known.

    Raises ConflictError where it was changed since the edit's `base`; UsageError for an edit that makes no sense, or of
    what a locked line says, when, and whether it stands: only an edit that unlocks it may change that.
    """
    edit = _checked(edit)
    if not edit.id:
        return _added(edit, lines)
    if (line := lines.get(edit.id)) is None:
        raise unknown_line(edit.id, lines)
    moved_ms = 0 if edit.start_ms is None else edit.start_ms - line.start_ms
    end_ms = edit.end_ms if edit.end_ms is not None else line.end_ms + moved_ms
    given = {field.name: getattr(edit, field.name) for field in fields(edit) if field.name not in ("id", "base")}
    values = {name: value for name, value in given.items() if value is not None and name != "end_ms"}
    is_new_text = edit.text is not None and edit.text != line.text
    if is_new_text or moved_ms or (edit.text is not None and not line.is_touched):
        values = {"state": "edited", "deleted": False, **values, "end_ms": end_ms, "reason": ""}
    if is_new_text or edit.origin:
        values["author"] = edit.origin or HUMAN
    after = replace(line, **values)
    if after == line:
        return line
    if line.locked and after.locked and _content(line) != _content(after):
        raise locked_error(line)
    if edit.base is not None and line.version > edit.base:
        asked = {name for name, value in given.items() if value is not None}
        seen = at(line.id, edit.base)
        if seen is None or any(getattr(seen, name) != getattr(line, name) for name in asked | MEANING):
            raise _conflict(line, after)
    return replace(after, is_touched=True)


def _content(line: ProjectLine) -> tuple[object, ...]:
    return line.text, line.start_ms, line.end_ms, line.deleted


def locked_error(line: ProjectLine) -> UsageError:
    """The error of a locked line that is to be another."""
    return UsageError(
        f"line {line.id} is locked: “{line.text}”",
        f"unlock it first, in `audiodesc review` or with `audiodesc edit FILM.ad {line.id} --unlock`",
    )


def _added(edit: Edit, lines: Mapping[str, ProjectLine]) -> ProjectLine:
    if not edit.text or edit.start_ms is None:
        raise UsageError("a new line needs a text and a start", "give both")
    end_ms = edit.start_ms if edit.end_ms is None else edit.end_ms
    return ProjectLine(
        id=line_id(edit.start_ms, lines),
        start_ms=edit.start_ms,
        end_ms=end_ms,
        text=edit.text,
        author=edit.origin or HUMAN,
        origin=edit.origin or "",
        state=edit.state or "edited",
        locked=bool(edit.locked),
        note=edit.note or "",
        recording=edit.recording or "",
        voice=edit.voice or "",
        is_touched=True,
    )


def _checked(edit: Edit) -> Edit:
    """With texts in one line. Raises UsageError for what no line can have, such as a voice that is not there."""
    for time_ms in (edit.start_ms, edit.end_ms):
        if time_ms is not None and not 0 <= time_ms <= LATEST_MS:
            raise UsageError(f"a line at {time_ms / 1000:.1f} s", "give a time in the film")
    text, note = (None if one is None else in_one_line(one) for one in (edit.text, edit.note))
    if text == "":
        raise UsageError("a line without words", "delete it, or give it a text")
    if max(len(text or ""), len(note or "")) > LONGEST:
        raise UsageError(f"a text of more than {LONGEST:,} characters", "give a shorter one")
    if edit.voice:
        named_profile(edit.voice)
    return replace(edit, text=text, note=note)


def _conflict(line: ProjectLine, wanted: ProjectLine) -> ConflictError:
    def shown(one: ProjectLine) -> str:
        return f"“{one.text}” at {one.start_ms / 1000:.3f} s" if not one.deleted else "it is deleted"

    return ConflictError(
        f"line {line.id} was changed meanwhile: now {shown(line)}; this edit: {shown(wanted)}",
        "keep one of them: edit the line as it stands now, or `audiodesc undo` the other change",
    )
