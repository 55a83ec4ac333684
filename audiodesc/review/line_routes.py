"""The addresses of lines: the list, edits, undo, history, candidates, find and replace."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Final

from annotated_types import Ge, Le
from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from pydantic import TypeAdapter
from starlette.responses import Response

from audiodesc.core.speech_rate import usual_ms
from audiodesc.errors import ConflictError, UsageError
from audiodesc.project import Edit
from audiodesc.project.history import Entry, change_text, redoable, standing
from audiodesc.project.lines import ProjectLine
from audiodesc.review.answers import (
    TOGETHER,
    Candidate,
    Candidates,
    Changed,
    History,
    LineEdit,
    LineList,
    LineView,
    NewLine,
    States,
    Undo,
    entry_view,
)
from audiodesc.review.problems import conflict, not_found
from audiodesc.review.replacing import Preview, Replace, preview, replacements
from audiodesc.review.splitting import Join, Split, joined, split
from audiodesc.review.state import Review
from audiodesc.review.who import SOURCE, Who

LIST: Final = TypeAdapter(LineList)
Id = Annotated[str, InPath(max_length=200)]


def line_routes(review: Review) -> APIRouter:
    """The routes, for one project."""
    routes = APIRouter(prefix="/api/v1", tags=["lines"])
    project = review.project

    def edit(edits: Sequence[Edit], who: str, wanted: object = None) -> Changed:
        source = SOURCE if len(edits) == 1 else f"{SOURCE}{TOGETHER}{secrets.token_hex(4)}"
        try:
            return review.changed(project.edit(edits, who or review.author, source))
        except ConflictError as error:
            raise conflict(error, _first(edits), wanted) from error

    def _first(edits: Sequence[Edit]) -> ProjectLine | None:
        lines = {line.id: line for line in project.snapshot().lines}
        known = [lines[one.id] for one in edits if one.id in lines and one.base is not None]
        based = {one.id: one.base for one in edits}
        return next((one for one in known if one.version > (based[one.id] or 0)), None)

    def line(id: str) -> ProjectLine:
        found = next((one for one in project.snapshot().lines if one.id == id), None)
        if found is None:
            raise not_found(f"there is no line {id}")
        return found

    @routes.get("/lines", response_model=LineList)
    def lines(request: Request) -> Response:
        """All lines that stand, with gaps and findings."""
        content = LIST.dump_json(review.list())
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(content, media_type="application/json", headers={"ETag": tag})

    @routes.get("/lines/{id}")
    def one(id: Id) -> LineView:
        """A line."""
        return review.view(id)

    @routes.post("/lines", status_code=201)
    def add(new: NewLine, who: Who) -> Changed:
        """Add a line."""
        return edit([Edit(text=new.text, start_ms=new.start_ms, end_ms=new.end_ms, note=new.note)], who)

    @routes.patch("/lines/{id}")
    def change(id: Id, wanted: LineEdit, who: Who) -> Changed:
        """Edit, move, lock or approve a line, note something, or take it out and back."""
        line(id)
        return edit([Edit(id, **{one.name: getattr(wanted, one.name) for one in fields(wanted)})], who, wanted)

    @routes.delete("/lines/{id}")
    def delete(id: Id, who: Who, base: Annotated[int | None, Query(ge=0, le=2**53)] = None) -> Changed:
        """Delete a line; it can be had back."""
        line(id)
        return edit([Edit(id, deleted=True, base=base)], who, LineEdit(base=base, deleted=True))

    @routes.post("/lines/{id}/split")
    def split_line(id: Id, where: Split, who: Who) -> Changed:
        """Make two lines of one."""
        return edit(split(line(id), where, review.length), who)

    @routes.post("/lines/{id}/join")
    def join(id: Id, with_: Join, who: Who) -> Changed:
        """Make one line of two."""
        return edit(joined(line(id), line(with_.other), with_), who)

    @routes.post("/lines/state")
    def states(wanted: States, who: Who) -> Changed:
        """Give many lines a state."""
        for one in wanted.lines:
            line(one.id)
        return edit([Edit(one.id, state=wanted.state, base=one.base) for one in wanted.lines], who)

    @routes.get("/lines/{id}/candidates")
    def candidates(id: Id) -> Candidates:
        """What the describer offers for a line."""
        draft = next((one for one in project.snapshot().drafts if one.id == id), None)
        if draft is None:
            line(id)
            return Candidates("", ())
        texts = (Candidate(text, usual_ms(text), review.length(text)) for text in draft.texts)
        return Candidates(draft.facts, tuple(texts))

    @routes.post("/replace", response_model=Preview | Changed)
    def replace(wanted: Replace, who: Who) -> Preview | Changed:
        """Find and replace: first what it would do, then, with `apply`, in the lines that are named."""
        snapshot = project.snapshot()
        if not wanted.apply:
            return preview(wanted, snapshot)
        return edit(replacements(wanted, snapshot), who)

    _history_routes(routes, review)
    return routes


def _history_routes(routes: APIRouter, review: Review) -> None:
    project = review.project

    def history_of(entries: Sequence[Entry]) -> History:
        every = project.history()
        shown = tuple(entry_view(one, change_text(one)) for one in entries)
        return History(shown, any(True for _ in standing(every)), redoable(every) is not None)

    @routes.get("/lines/{id}/history", tags=["history"])
    def of_line(id: Id) -> History:
        """What was done with a line."""
        return history_of(project.history(id))

    @routes.get("/history", tags=["history"])
    def history(after: Annotated[int, Ge(0), Le(2**53)] = 0, limit: Annotated[int, Ge(1), Le(10_000)] = 200) -> History:
        """The last changes after a number."""
        return history_of(project.since(after)[-limit:])

    @routes.post("/undo", tags=["history"])
    def undo(wanted: Undo, who: Who) -> Changed:
        """Undo the last edit; what was edited at once, at once."""
        if wanted.to is not None:
            return review.changed(project.undo(wanted.to, who or review.author, SOURCE))
        left = list(standing(project.history()))
        together = _together(left[-1].source) if left else ""
        made = list(project.undo(None, who or review.author, SOURCE))
        for one in reversed(left[:-1]):
            if not together or _together(one.source) != together:
                break
            made += project.undo(None, who or review.author, SOURCE)
        return review.changed(made)

    @routes.post("/redo", tags=["history"])
    def redo(who: Who) -> Changed:
        """Undo the last undo."""
        every = {one.number: one for one in project.history()}
        made = list(project.redo(who or review.author, SOURCE))
        together = _together(_redone(made[-1], every).source)
        while together and (following := redoable(project.history())):
            if _together(every[following.undoes].source) != together:
                break
            made += project.redo(who or review.author, SOURCE)
        return review.changed(made)


def _redone(entry: Entry, every: dict[int, Entry]) -> Entry:
    """The edit that stands again."""
    found = every.get(every[entry.undoes].undoes)
    if found is None:
        raise UsageError("there is nothing to redo", "")
    return found


def _together(source: str) -> str:
    return source.partition(TOGETHER)[2]
