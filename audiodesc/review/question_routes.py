"""The addresses of questions about the film, and of the conversations that they belong to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final, Literal

from annotated_types import MaxLen
from fastapi import Path as InPath
from sse_starlette.sse import EventSourceResponse
from starlette.responses import Response

from audiodesc.errors import UsageError
from audiodesc.model import Span
from audiodesc.project.conversation_files import as_json as whole_as_json
from audiodesc.project.conversation_files import as_markdown
from audiodesc.project.conversations import (
    LONGEST_QUESTION,
    Conversation,
    ConversationHead,
    check_question,
    conversation,
    conversations,
    delete,
)
from audiodesc.project.saved import FILM
from audiodesc.questions import Question
from audiodesc.questions.question import Detail
from audiodesc.review.answers import TimeMs
from audiodesc.review.as_json import as_json
from audiodesc.review.dependencies import Opened, Who
from audiodesc.review.film_questions import Asked, FilmQuestion, FilmQuestionState
from audiodesc.review.problems import ProblemError, not_found
from audiodesc.review.routing import routes_of
from audiodesc.review.state import Review
from audiodesc.review.work_routes import PING_S, attached

STEP_S: Final = 0.1
"""What is written of an answer is sent no more often."""

EVENTS: Final[dict[FilmQuestionState, str]] = {
    "waiting": "text",
    "running": "text",
    "done": "answer",
    "failed": "failed",
    "stopped": "stopped",
}

router = routes_of("questions")

Number = Annotated[int, InPath(ge=1, le=2**53)]


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question about a moment of the film, at `at_ms`, or about a span; where neither is given, the moment is that of
    the `conversation` so far, or is found. Without a conversation it begins one."""

    text: Annotated[str, MaxLen(LONGEST_QUESTION)]
    conversation: Annotated[int, InPath(ge=1, le=2**53)] | None = None
    at_ms: TimeMs | None = None
    start_ms: TimeMs | None = None
    end_ms: TimeMs | None = None
    detail: Detail = "normal"
    spoilers: bool = False


@dataclass(frozen=True, slots=True)
class FilmQuestions:
    """Those that were asked since the server runs, the newest last."""

    questions: tuple[FilmQuestion, ...]


@dataclass(frozen=True, slots=True)
class Conversations:
    """All that are kept, the one that was changed last first."""

    conversations: tuple[ConversationHead, ...]


@router.get("/questions")
def questions(review: Opened) -> FilmQuestions:
    """The questions about the film that were asked since the server runs."""
    return FilmQuestions(review.film_questions.all())


@router.post("/questions", status_code=HTTPStatus.ACCEPTED)
def ask(review: Opened, wanted: NewQuestion, who: Who) -> FilmQuestion:
    """Ask about the film, in the background: its number says where the answer is."""
    review.need_film()
    if wanted.conversation is not None:
        _kept(review, wanted.conversation)
    text = check_question(review.project, wanted.text, wanted.conversation)
    question = Question(text, wanted.at_ms, _span(wanted), wanted.detail, wanted.spoilers)
    return review.film_questions.ask(Asked(question, wanted.conversation, who))


@router.get("/questions/{number}")
def question(review: Opened, number: Number) -> FilmQuestion:
    """How far a question is, and its answer as far as it is written."""
    return _known(review, number)


@router.delete("/questions/{number}")
def stop(review: Opened, number: Number) -> FilmQuestion:
    """End a question that waits or is being answered; nothing of it is kept. What is answered stays."""
    _known(review, number)
    return review.film_questions.stop(number) or _known(review, number)


@router.get("/questions/{number}/stream", response_class=EventSourceResponse)
async def stream(review: Opened, number: Number) -> Response:
    """The question as it is answered (server-sent events): `text` again and again, then `answer`, `failed` or
    `stopped`."""
    _known(review, number)
    return EventSourceResponse(_followed(review, number), ping=PING_S)


@router.get("/conversations")
def list_conversations(review: Opened) -> Conversations:
    """The conversations about the film."""
    return Conversations(conversations(review.project))


@router.get("/conversations/{number}")
def one_conversation(review: Opened, number: Number) -> Conversation:
    """A conversation with all its questions and answers."""
    return _kept(review, number)


@router.delete("/conversations/{number}")
def delete_conversation(review: Opened, number: Number) -> Conversations:
    """Forget a conversation for good."""
    _kept(review, number)
    delete(review.project, number)
    return list_conversations(review)


@router.get("/conversations/{number}/as/{form}", response_class=Response)
def export(review: Opened, number: Number, form: Literal["markdown", "json"]) -> Response:
    """A conversation as a file."""
    one = _kept(review, number)
    film = str((review.project.fact(FILM) or {}).get("name", "")) or review.folder.resolve().name
    text, end, media = (
        (as_markdown(one, film), "md", "text/markdown")
        if form == "markdown"
        else (whole_as_json(one, film), "json", "application/json")
    )
    return Response(text, media_type=media, headers=attached(f"{Path(film).stem} conversation {number}.{end}"))


def _span(wanted: NewQuestion) -> Span | None:
    start_ms, end_ms = wanted.start_ms, wanted.end_ms
    if start_ms is None and end_ms is None:
        return None
    if start_ms is None or end_ms is None or start_ms > end_ms:
        raise UsageError("a span without a beginning before its end", "give start_ms and end_ms")
    return Span(start_ms, end_ms)


def _known(review: Review, number: int) -> FilmQuestion:
    found = review.film_questions.get(number)
    if found is None:
        raise not_found("there is no such question since the server was started", "ask again")
    return found


def _kept(review: Review, number: int) -> Conversation:
    try:
        return conversation(review.project, number)
    except UsageError as error:
        raise ProblemError(HTTPStatus.NOT_FOUND, error.fault, error.remedy) from error


async def _followed(review: Review, number: int) -> AsyncIterator[dict[str, str]]:
    last = None
    while not review.events.is_closed and (one := review.film_questions.get(number)):
        if one != last:
            yield {"event": EVENTS[one.state], "data": as_json(one).decode()}
        if one.is_over:
            return
        last = one
        await asyncio.sleep(STEP_S)
