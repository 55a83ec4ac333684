"""The addresses under `/api/v1`, each with the failures that it may answer with.

An app takes the routes themselves (`app.router.routes`): where it includes a router, FastAPI builds the models of all
its requests and answers a second time, at the first request, which takes longer than to start the server."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter

from audiodesc.review.as_json import Json
from audiodesc.review.problems import PROBLEM_SCHEMA, failures

API: Final = "/api/v1"

FAILURES: Final[tuple[HTTPStatus, ...]] = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.LOCKED,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)

CONFLICT_SCHEMA: Final[Mapping[str, Any]] = {
    **PROBLEM_SCHEMA,
    "properties": {
        **PROBLEM_SCHEMA["properties"],
        "line": {"type": "object", "description": "Of a conflict: the line as it stands."},
        "wanted": {"type": "object", "description": "Of a conflict: the edit that was asked for."},
        "faults": {"type": "array", "items": {"type": "object"}, "description": "All faults of a script."},
    },
}


def routes_of(tag: str, prefix: str = API) -> APIRouter:
    """A router for what belongs together."""
    answers = failures(FAILURES, CONFLICT_SCHEMA)
    return APIRouter(prefix=prefix, tags=[tag], default_response_class=Json, responses=answers)
