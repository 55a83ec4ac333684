"""The addresses of the script as one text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MaxLen

from audiodesc.errors import ConflictError
from audiodesc.project.history import at_once
from audiodesc.review.answers import Changed, Number
from audiodesc.review.dependencies import SOURCE, Opened, Who
from audiodesc.review.problems import conflict
from audiodesc.review.routing import routes_of
from audiodesc.review.script_text import read_text, script_text
from audiodesc.scripts.lines import Fault


@dataclass(frozen=True, slots=True)
class ScriptText:
    """The script as WebVTT, as of the change of that number."""

    text: Annotated[str, MaxLen(20_000_000)]
    change: Number


@dataclass(frozen=True, slots=True)
class ScriptRead:
    """What a text changes, in one line each, and what is wrong in which line of it."""

    told: tuple[str, ...]
    faults: tuple[Fault, ...]
    changed: Changed | None = None


router = routes_of("script")


@router.get("/script")
def script(review: Opened) -> ScriptText:
    """The script as WebVTT, as it stands."""
    snapshot = review.project.snapshot()
    return ScriptText(script_text(review, snapshot.standing), snapshot.number)


@router.put("/script")
def put(review: Opened, text: ScriptText, who: Who) -> ScriptRead:
    """Make edits of what was changed in the text since that change."""
    snapshot = review.project.snapshot()
    read = read_text(review, text.text, snapshot.standing)
    try:
        entries = review.project.edit(read.edits(text.change), who, at_once(SOURCE), facts=read.facts)
    except ConflictError as error:
        now = {line.id: line for line in snapshot.lines}
        other = next((now[one.id] for one in read.changed if one.id and now[one.id].version > text.change), None)
        raise conflict(error, other, None) from error
    return ScriptRead(read.messages, read.faults, review.changed(entries))


@router.post("/script/check")
def check(review: Opened, text: ScriptText) -> ScriptRead:
    """What it would change, and what is wrong in which line."""
    read = read_text(review, text.text, review.project.snapshot().standing)
    return ScriptRead(read.messages, read.faults)
