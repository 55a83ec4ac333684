"""The addresses of lines: the list, edits, find and replace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Final

from fastapi import Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from audiodesc.errors import ConflictError
from audiodesc.project import Edit
from audiodesc.project.history import at_once
from audiodesc.project.lines import ProjectLine
from audiodesc.review.answers import (
    Changed,
    LineEdit,
    LineList,
    LineView,
    NewLine,
    States,
)
from audiodesc.review.dependencies import SOURCE, Id, Opened, Who
from audiodesc.review.problems import conflict, not_found
from audiodesc.review.replacing import Preview, Replace, preview, replacements
from audiodesc.review.routing import routes_of
from audiodesc.review.splitting import Join, Split, joined, split
from audiodesc.review.state import Review

LIST: Final = TypeAdapter(LineList)

router = routes_of("lines")


@router.get("/lines", response_model=LineList)
def lines(review: Opened, request: Request) -> Response:
    """All lines that stand, with gaps and findings."""
    content = LIST.dump_json(review.list())
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, media_type="application/json", headers={"ETag": tag})


@router.get("/lines/{id}")
def one(review: Opened, id: Id) -> LineView:
    """A line."""
    return review.view(id)


@router.post("/lines", status_code=201)
def add(review: Opened, new: NewLine, who: Who) -> Changed:
    """Add a line."""
    return _edit(review, [Edit(text=new.text, start_ms=new.start_ms, end_ms=new.end_ms, note=new.note)], who)


@router.patch("/lines/{id}")
def change(review: Opened, id: Id, wanted: LineEdit, who: Who) -> Changed:
    """Edit, move, lock or approve a line, note something, or take it out and back."""
    _line(review, id)
    return _edit(review, [Edit(id, **{one.name: getattr(wanted, one.name) for one in fields(wanted)})], who, wanted)


@router.delete("/lines/{id}")
def delete(review: Opened, id: Id, who: Who, base: Annotated[int | None, Query(ge=0, le=2**53)] = None) -> Changed:
    """Delete a line; it can be had back."""
    _line(review, id)
    return _edit(review, [Edit(id, deleted=True, base=base)], who, LineEdit(base=base, deleted=True))


@router.post("/lines/{id}/split")
def split_line(review: Opened, id: Id, where: Split, who: Who) -> Changed:
    """Make two lines of one."""
    return _edit(review, split(_line(review, id), where, review.line_length), who)


@router.post("/lines/{id}/join")
def join(review: Opened, id: Id, with_: Join, who: Who) -> Changed:
    """Make one line of two."""
    return _edit(review, joined(_line(review, id), _line(review, with_.other), with_), who)


@router.post("/lines/state")
def states(review: Opened, wanted: States, who: Who) -> Changed:
    """Give many lines a state."""
    known = {line.id for line in review.project.snapshot().lines}
    if missing := next((one.id for one in wanted.lines if one.id not in known), None):
        raise not_found(f"there is no line {missing}")
    return _edit(review, [Edit(one.id, state=wanted.state, base=one.base) for one in wanted.lines], who)


@router.post("/replace", response_model=Preview | Changed)
def replace(review: Opened, wanted: Replace, who: Who) -> Preview | Changed:
    """Find and replace: first what it would do, then, with `apply`, in the lines that are named."""
    snapshot = review.project.snapshot()
    if not wanted.apply:
        return preview(wanted, snapshot)
    return _edit(review, replacements(wanted, snapshot), who)


def _edit(review: Review, edits: Sequence[Edit], who: str, wanted: object = None) -> Changed:
    """Make edits, several as one for undo. Raises ProblemError, with `wanted`, where one is on an older line."""
    source = SOURCE if len(edits) == 1 else at_once(SOURCE)
    try:
        return review.changed(review.project.edit(edits, who, source))
    except ConflictError as error:
        raise conflict(error, _changed_since(review, edits), wanted) from error


def _changed_since(review: Review, edits: Sequence[Edit]) -> ProjectLine | None:
    """The first of the edited lines that was changed since its base."""
    lines = {line.id: line for line in review.project.snapshot().lines}
    based = ((lines[one.id], one.base) for one in edits if one.id in lines and one.base is not None)
    return next((line for line, base in based if line.version > base), None)


def _line(review: Review, id: str) -> ProjectLine:
    """A line, also one that was deleted. Raises ProblemError where there is none."""
    found = next((one for one in review.project.snapshot().lines if one.id == id), None)
    if found is None:
        raise not_found(f"there is no line {id}")
    return found
