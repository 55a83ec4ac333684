"""The addresses that operators' tools ask: whether it runs, whether it takes work, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from audiodesc.errors import AudiodescError
from audiodesc.review.problems import ProblemError
from audiodesc.service.dependencies import Served
from audiodesc.service.keys import Caller
from audiodesc.service.numbers import Numbers

router = APIRouter(tags=["health"])


@dataclass(frozen=True, slots=True)
class Health:
    status: str


@router.get("/health")
async def health() -> Health:
    """The process runs."""
    return Health("ok")


@router.get("/ready")
def ready(service: Served) -> Health:
    """It takes work: it is not being stopped, and what it keeps can be written."""
    if service.is_stopping:
        raise _not_ready("it is being stopped")
    if service.fault:
        raise _not_ready("it makes no films any more")
    try:
        service.kept.check_writable()
    except AudiodescError as error:
        raise _not_ready("its state cannot be written") from error
    return Health("ready")


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Numbers of all films in Prometheus' form; for keys with the scope metrics, or the token of the config."""
    caller: Caller | None = request.scope["state"]["caller"]
    if caller is not None and "metrics" not in caller.key.scopes:
        raise ProblemError(HTTPStatus.FORBIDDEN, "this key has not the scope metrics", "use another key")
    numbers: Numbers = request.app.state.numbers
    content, kind = numbers.text()
    return Response(content, headers={"Content-Type": kind})


def _not_ready(why: str) -> ProblemError:
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, why, "ask another, or later")
