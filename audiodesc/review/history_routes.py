"""The addresses of what was done: the history, undo and redo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Ge, Le

from audiodesc.project.history import Entry, change_text, redoable, standing
from audiodesc.review.answers import Changed, History, Undo, entry_view
from audiodesc.review.dependencies import SOURCE, Id, Opened, Who
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review

router = routes_of("history")


@router.get("/lines/{id}/history")
def of_line(review: Opened, id: Id) -> History:
    """What was done with a line."""
    return _history(review, review.project.history(id))


@router.get("/history")
def history(
    review: Opened, after: Annotated[int, Ge(0), Le(2**53)] = 0, limit: Annotated[int, Ge(1), Le(10_000)] = 200
) -> History:
    """The last changes after a number."""
    return _history(review, review.project.since(after)[-limit:])


@router.post("/undo")
def undo(review: Opened, wanted: Undo, who: Who) -> Changed:
    """Undo the last edit; what was edited at once, at once."""
    return review.changed(review.project.undo(wanted.to, who, SOURCE))


@router.post("/redo")
def redo(review: Opened, who: Who) -> Changed:
    """Undo the last undo; what was edited at once, at once."""
    return review.changed(review.project.redo(who, SOURCE))


def _history(review: Review, entries: Sequence[Entry]) -> History:
    every = review.project.history()
    shown = tuple(entry_view(one, change_text(one)) for one in entries)
    return History(shown, any(True for _ in standing(every)), redoable(every) is not None)
