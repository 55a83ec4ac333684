"""Failures as answers: each in one line, as problem+json (RFC 9457), with the status that says whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from audiodesc.errors import (
    AudiodescError,
    BusyError,
    ConflictError,
    InputError,
    MissingToolError,
    OutputError,
    ProjectError,
    StrictError,
    UsageError,
)
from audiodesc.project.lines import ProjectLine
from audiodesc.review.as_json import as_json
from audiodesc.scripts.lines import Fault

PROBLEM = "application/problem+json"

STATUS: Final[tuple[tuple[type[AudiodescError], HTTPStatus], ...]] = (
    (UsageError, HTTPStatus.BAD_REQUEST),
    (ProjectError, HTTPStatus.SERVICE_UNAVAILABLE),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (MissingToolError, HTTPStatus.NOT_IMPLEMENTED),
    (OutputError, HTTPStatus.INSUFFICIENT_STORAGE),
    (BusyError, HTTPStatus.LOCKED),
    (StrictError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConflictError, HTTPStatus.CONFLICT),
)
"""The first that an error is an instance of."""


PROBLEM_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "What is wrong, in one line (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "The fault and what to do, in one line."},
        "fault": {"type": "string"},
        "remedy": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "All faults of a request's form."},
    },
    "required": ["type", "title", "status", "detail"],
}
"""Written out: FastAPI builds a model of a class anew for each status of each address, which takes seconds at the first
request."""


@dataclass(frozen=True, slots=True)
class More:
    """What an answer says besides its line."""

    line: ProjectLine | None = None
    wanted: Any = None
    faults: Sequence[Fault] | None = None
    errors: Sequence[Any] | None = None


NO_MORE: Final = More()


class ProblemError(Exception):
    """A request that cannot be done, with the answer to it."""

    def __init__(self, status: HTTPStatus, fault: str, remedy: str = "", more: More = NO_MORE) -> None:
        super().__init__(fault)
        self.status, self.fault, self.remedy, self.more = status, fault, remedy, more


class NotReadyError(ProblemError):
    """What needs the analysed film is asked for while that is not there."""

    def __init__(self, fault: str = "") -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, fault or "the film is still being opened", "try again soon")


def status_of(error: AudiodescError) -> HTTPStatus:
    """The status of a failure that a user can act on."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def not_found(what: str, remedy: str = "") -> ProblemError:
    """What is asked for is not there."""
    return ProblemError(HTTPStatus.NOT_FOUND, what, remedy)


def conflict(error: ConflictError, line: ProjectLine | None, wanted: Any) -> ProblemError:
    """An edit on an older version of a line, with both."""
    return ProblemError(HTTPStatus.CONFLICT, error.fault, error.remedy, More(line, wanted))


def answer(status: HTTPStatus, fault: str, remedy: str = "", more: More = NO_MORE) -> Response:
    """A failure as an answer."""
    known = {name: getattr(more, name) for name in More.__dataclass_fields__ if getattr(more, name) is not None}
    detail = " ".join((f"{fault}: {remedy}" if remedy else fault).split())
    body = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
    body |= {"fault": fault, "remedy": remedy, **known}
    return Response(as_json(body), int(status), media_type=PROBLEM)


def failures(statuses: Iterable[HTTPStatus], schema: Mapping[str, Any] = PROBLEM_SCHEMA) -> dict[int | str, Any]:
    """What an OpenAPI document says of answers with these statuses."""
    return {int(one): {"description": one.phrase, "content": {PROBLEM: {"schema": schema}}} for one in statuses}


def install(app: FastAPI) -> None:
    """Let the app answer all failures so."""

    @app.exception_handler(AudiodescError)
    def of_error(request: Request, error: AudiodescError) -> Response:
        return answer(status_of(error), error.fault, error.remedy)

    @app.exception_handler(ProblemError)
    def of_problem(request: Request, error: ProblemError) -> Response:
        return answer(error.status, error.fault, error.remedy, error.more)

    @app.exception_handler(HTTPException)
    def of_http(request: Request, error: HTTPException) -> Response:
        made = answer(HTTPStatus(error.status_code), str(error.detail))
        made.headers.update(error.headers or {})
        return made

    @app.exception_handler(RequestValidationError)
    def of_body(request: Request, error: RequestValidationError) -> Response:
        errors = [{"loc": [str(part) for part in one["loc"]], "msg": str(one["msg"])} for one in error.errors()]
        first = errors[0] if errors else {"loc": [], "msg": "it cannot be read"}
        where = ".".join(first["loc"][1:]) or "the request"
        return answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}", more=More(errors=errors))
