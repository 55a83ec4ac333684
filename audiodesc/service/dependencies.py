"""What addresses are given: the service, and who asks, with the scope that the address needs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request, Security
from fastapi import Path as InPath
from fastapi.security import HTTPBearer

from audiodesc.review.problems import ProblemError
from audiodesc.service.config import Scope, Tenant
from audiodesc.service.keys import Caller
from audiodesc.service.service import Service

BEARER: Final = HTTPBearer(auto_error=False, description="A key of a tenant.")

Id = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", description="An id that the service gave.")]


async def _service(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


class Scoped:
    """The tenant that asks, if its key has the scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def __call__(self, request: Request, given: Annotated[object, Security(BEARER)]) -> Tenant:
        caller: Caller | None = request.scope["state"]["caller"]
        if caller is None:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "there is no such key", "send Authorization: Bearer KEY")
        if self._scope not in caller.key.scopes:
            raise ProblemError(HTTPStatus.FORBIDDEN, f"this key has not the scope {self._scope}", "use another key")
        return caller.tenant


Served = Annotated[Service, Depends(_service)]
Submits = Annotated[Tenant, Depends(Scoped("submit"))]
Reads = Annotated[Tenant, Depends(Scoped("read"))]
Cancels = Annotated[Tenant, Depends(Scoped("cancel"))]
