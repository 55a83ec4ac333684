"""The addresses of the service, each with the failures that it may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from audiodesc.review.as_json import Json
from audiodesc.review.problems import failures

FAILURES: Final[tuple[HTTPStatus, ...]] = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.LOCKED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.NOT_IMPLEMENTED,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)


def routes_of(tag: str, prefix: str = "") -> APIRouter:
    """A router for what belongs together; an app takes its routes as they are, see `review.routing`."""
    return APIRouter(prefix=prefix, tags=[tag], default_response_class=Json, responses=failures(FAILURES))
