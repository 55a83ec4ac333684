"""The addresses that operators' tools ask: whether it runs, whether it takes work, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import Final

from fastapi import Request
from starlette.responses import Response

from audiodesc.errors import AudiodescError
from audiodesc.review.problems import ProblemError
from audiodesc.service.keys import Caller
from audiodesc.service.numbers import Numbers
from audiodesc.service.routing import routes_of
from audiodesc.service.service import Service

KEEP_S: Final = 2.0
"""How long an answer about readiness is given again: anyone may ask, and each answer is a write to the disk."""

router = routes_of("health")


@dataclass(frozen=True, slots=True)
class Health:
    status: str


class Readiness:
    """Whether a service takes work. Threads share it."""

    def __init__(self, service: Service) -> None:
        self._service, self._lock = service, Lock()
        self._until, self._fault = 0.0, ""

    def fault(self) -> str:
        """Why it takes none, "" where it does; of the last 2 seconds."""
        if self._service.is_stopping:
            return "it is being stopped"
        if self._service.fault:
            return "it makes no films any more"
        with self._lock:
            if monotonic() >= self._until:
                self._fault = ""
                try:
                    self._service.kept.check_writable()
                except AudiodescError:
                    self._fault = "its state cannot be written"
                self._until = monotonic() + KEEP_S
            return self._fault


@router.get("/health")
async def health() -> Health:
    """The process runs."""
    return Health("ok")


@router.get("/ready")
def ready(request: Request) -> Health:
    """It takes work: it is not being stopped, and what it keeps can be written."""
    readiness: Readiness = request.app.state.readiness
    if fault := readiness.fault():
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, fault, "ask another, or later")
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
