"""The addresses of votes: what is asked, without who wrote it; a vote; and, after the last, who was preferred."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Annotated, Final

from annotated_types import Ge, Le
from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from starlette.responses import Response

from audiodesc.core.cache import Store
from audiodesc.core.formatting import plain
from audiodesc.evaluation.votes import Ballot, Outcome, Poll, Side
from audiodesc.media.stills import Still, stills
from audiodesc.model import Film, Span
from audiodesc.review.as_json import Json
from audiodesc.review.problems import ProblemError, not_found

FRAMES: Final = 3
SHORTEST_MS: Final = 1_500
"""Of the span that frames are taken from."""

DECODING: Final = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Voting:
    """The votes of a voter; `film` is None where it is gone, and frames are kept in `store`."""

    poll: Poll
    film: Film | None
    store: Store
    voter: str


@dataclass(frozen=True, slots=True)
class PollView:
    """How many votes are given, and which is asked for next: None after the last."""

    all: int
    done: int
    next: int | None


@dataclass(frozen=True, slots=True)
class FrameView:
    """A frame of a moment."""

    at_ms: int
    url: str


@dataclass(frozen=True, slots=True)
class BallotView:
    """Two lines for a moment, and which was chosen, "" for none yet; nothing of who wrote them."""

    start_ms: int
    end_ms: int
    left: str
    right: str
    chosen: Side | str
    frames: tuple[FrameView, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote."""

    side: Side


@dataclass(frozen=True, slots=True)
class RevealedLine:
    """A moment with who wrote which line, and whose the voter preferred, "" for neither."""

    start_ms: int
    first: str
    first_line: str
    second: str
    second_line: str
    preferred: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """Who was preferred, by all voters who are done; and this voter's votes."""

    voters: int
    outcomes: tuple[Outcome, ...]
    lines: tuple[RevealedLine, ...]


async def _voting(request: Request) -> Voting:
    found: Voting = request.app.state.voting
    return found


Given = Annotated[Voting, Depends(_voting)]
Number = Annotated[int, InPath(ge=0, le=100_000)]
router = APIRouter(prefix="/api/v1/poll", tags=["votes"], default_response_class=Json)


@router.get("")
def poll(voting: Given) -> PollView:
    """How far the votes are."""
    asked, given = voting.poll.ballots(voting.voter), voting.poll.given(voting.voter)
    following = next((number for number, one in enumerate(asked) if one.key not in given), None)
    return PollView(len(asked), len(given), following)


@router.get("/outcome")
def outcome(voting: Given) -> OutcomeView:
    """Who was preferred, once all votes are given."""
    if not voting.poll.is_done(voting.voter):
        raise ProblemError(HTTPStatus.CONFLICT, "votes are open", "give them all")
    names = [model.name for model in voting.poll.comparison.models]
    given, found = voting.poll.given(voting.voter), voting.poll.outcomes()
    lines = []
    for one in sorted(voting.poll.ballots(voting.voter), key=lambda one: one.span):
        first, second = names[one.first], names[one.second]
        preferred = {"first": first, "second": second}.get(given[one.key], "")
        texts = [plain(text) for text in one.texts]
        lines.append(RevealedLine(one.span.start_ms, first, texts[0], second, texts[1], preferred))
    return OutcomeView(max((one.voters for one in found), default=0), found, tuple(lines))


@router.get("/{number}")
def ballot(voting: Given, number: Number) -> BallotView:
    """What is asked."""
    one = _ballot(voting, number)
    verdict = voting.poll.given(voting.voter).get(one.key)
    frames = tuple(
        FrameView(span.start_ms, f"/api/v1/poll/{number}/frames/{place}.jpg")
        for place, span in enumerate(_spans(voting, one))
    )
    left, right = map(plain, one.shown)
    return BallotView(one.span.start_ms, one.span.end_ms, left, right, one.side_of(verdict) if verdict else "", frames)


@router.put("/{number}")
def vote(voting: Given, number: Number, given: Vote) -> PollView:
    """Keep a vote."""
    _ballot(voting, number)
    voting.poll.vote(voting.voter, number, given.side)
    return poll(voting)


@router.get("/{number}/frames/{place}.jpg", response_class=Response)
def frame(voting: Given, number: Number, place: Annotated[int, Ge(0), Le(FRAMES)]) -> Response:
    """A frame of a moment."""
    spans = _spans(voting, _ballot(voting, number))
    made: Still | None = None
    if voting.film and place < len(spans):
        with DECODING:
            made = next(iter(stills(voting.film, [spans[place]])), None)
    if made is None:
        raise not_found("there is no picture then")
    return Response(made.jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _ballot(voting: Voting, number: int) -> Ballot:
    asked = voting.poll.ballots(voting.voter)
    if number >= len(asked):
        raise not_found("there is no such vote")
    return asked[number]


def _spans(voting: Voting, one: Ballot) -> list[Span]:
    """Where its frames are taken: the moment in parts of the same length."""
    if voting.film is None:
        return []
    start = min(one.span.start_ms, max(0, voting.film.duration_ms - SHORTEST_MS))
    end = min(max(one.span.end_ms, start + SHORTEST_MS), voting.film.duration_ms)
    step = (end - start) // FRAMES
    return [Span(start + step * place, start + step * (place + 1)) for place in range(FRAMES)] if step > 0 else []
