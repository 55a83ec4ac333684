"""The addresses of candidates: what describers offer for a line or gap, asked for more, and one taken."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from annotated_types import Ge, Le, MaxLen
from fastapi import Query

from audiodesc.core.speech_rate import usual_ms
from audiodesc.describers.wishes import LONGEST_HINT
from audiodesc.errors import ConflictError
from audiodesc.judge.rules import Finding
from audiodesc.project.asking import LONGEST_S, SHORTEST_S, Wanted
from audiodesc.project.kept_candidates import FittedCandidate, candidates_of, fitted_candidate, take, take_new
from audiodesc.project.lines import ProjectLine
from audiodesc.project.spots import Spot, spot_of
from audiodesc.review.answers import Changed, Number, Text, TimeMs
from audiodesc.review.dependencies import NEW, SOURCE, Id, Opened, Who
from audiodesc.review.line_questions import LineQuestion
from audiodesc.review.problems import conflict, not_found
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review

router = routes_of("candidates")

Start = Annotated[TimeMs | None, Query()]


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A text that a describer offers, where it would stand. `length_ms` is measured at the voice's natural rate, None
    where nothing is heard of it, `usual_ms` estimated; `rate` the one at which it fits, None where it does not, for a
    `reason`. `by` is the describer that was asked for it, with `hint`; "" for one of the last run."""

    text: str
    usual_ms: int
    length_ms: int | None
    room_ms: int
    rate: float | None
    fits: bool
    reason: str
    findings: tuple[Finding, ...]
    doubts: tuple[str, ...]
    by: str
    hint: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the describer saw for a line, as far as that is kept, and the texts that it offers, the newest last;
    `question` is the last for more of them."""

    facts: str
    candidates: tuple[CandidateView, ...]
    question: LineQuestion | None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asks for: other candidates, `shorter` ones, of so many `words` or `seconds` at most, or with a
    `hint`; with `look_again` the describer looks closer at the film."""

    start_ms: TimeMs | None = None
    shorter: bool = False
    words: Annotated[int, Ge(1), Le(1_000)] | None = None
    seconds: Annotated[float, Ge(SHORTEST_S), Le(LONGEST_S)] | None = None
    hint: Annotated[str, MaxLen(LONGEST_HINT)] = ""
    look_again: bool = False


@dataclass(frozen=True, slots=True)
class Take:
    """A candidate that the line is to say."""

    text: Text
    base: Number | None = None
    start_ms: TimeMs | None = None


@router.get("/lines/{id}/candidates")
def candidates(review: Opened, id: Id, start_ms: Start = None) -> Candidates:
    """What describers offer for a line or, for `new`, for one that begins at a time."""
    known, snapshot, spot = review.need_film(), review.project.snapshot(), _spot(review, id, start_ms)
    found = [
        fitted_candidate(one, spot, known, snapshot, review.line_length) for one in candidates_of(review.project, spot)
    ]
    return Candidates(
        spot.draft.facts if spot.draft else "", tuple(map(_view, found)), review.line_questions.last(spot.key)
    )


@router.post("/lines/{id}/candidates", status_code=HTTPStatus.ACCEPTED)
def ask(review: Opened, id: Id, wanted: Ask) -> LineQuestion:
    """Ask the describer for more, in the background: events say how far it is. A newer question about the same line
    drops an older one. No line is changed."""
    spot = _spot(review, id, wanted.start_ms)
    values = {name: getattr(wanted, name) for name in ("shorter", "words", "seconds", "hint", "look_again")}
    return review.line_questions.ask(spot.key, Wanted(spot.line.id, spot.line.start_ms, **values))


@router.post("/lines/{id}/take")
def take_candidate(review: Opened, id: Id, wanted: Take, who: Who) -> Changed:
    """Have a line say what a describer offers for it, and approve it; for `new`, add it."""
    if id == NEW:
        spot = _spot(review, id, wanted.start_ms)
        return review.changed(take_new(review.project, spot, wanted.text, who, SOURCE))
    try:
        return review.changed(take(review.project, id, wanted.text, who, SOURCE, wanted.base))
    except ConflictError as error:
        raise conflict(error, _line(review, id), None) from error


def _line(review: Review, id: str) -> ProjectLine | None:
    return next((one for one in review.project.snapshot().lines if one.id == id), None)


def _spot(review: Review, id: str, start_ms: int | None) -> Spot:
    known, snapshot = review.need_film(), review.project.snapshot()
    if id == NEW:
        return spot_of(snapshot, "", start_ms, known, review.line_length)
    if not any(line.id == id for line in snapshot.standing):
        raise not_found(f"there is no line {id}")
    return spot_of(snapshot, id, None, known, review.line_length)


def _view(one: FittedCandidate) -> CandidateView:
    of = one.candidate
    fitted = (one.length_ms, one.room_ms, one.rate, one.rate is not None, one.reason)
    return CandidateView(of.text, usual_ms(of.text), *fitted, one.findings, of.doubts, of.by, of.hint)
