"""What a service refuses, with the status that says why."""

from __future__ import annotations

from http import HTTPStatus

from audiodesc.review.problems import ProblemError

RETRY_S = 5
"""After how many seconds a client may try again that was refused for what others do."""


def too_many(fault: str, remedy: str = "wait, then try again") -> ProblemError:
    """More than a limit allows now."""
    return ProblemError(HTTPStatus.TOO_MANY_REQUESTS, fault, remedy)


def no_space(fault: str, remedy: str = "delete uploads or jobs that are not needed any more") -> ProblemError:
    """The tenant's disk quota."""
    return ProblemError(HTTPStatus.INSUFFICIENT_STORAGE, fault, remedy)


def unusable(fault: str, remedy: str = "") -> ProblemError:
    """Well formed, and not possible."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault, remedy)


def in_use(fault: str, remedy: str = "") -> ProblemError:
    """What is asked for does not go with how it stands."""
    return ProblemError(HTTPStatus.CONFLICT, fault, remedy)


def stopping() -> ProblemError:
    """The service takes no more work."""
    return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "the service is being stopped", "try again soon")
