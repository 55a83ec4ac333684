"""Before everything: whose key it is, how often it asks, and how much it sends."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from time import monotonic
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audiodesc.review.problems import answer
from audiodesc.service.keys import Caller, caller_of, is_key
from audiodesc.service.service import Service

log = logging.getLogger(__name__)

OPEN: Final = frozenset({"/health", "/ready", "/v1/openapi.json"})
"""Addresses that need no key."""

OPEN_RATE: Final = 600
"""Requests a minute of one computer to those of them that do more than answer."""

METRICS: Final = "/metrics"
UPLOADS: Final = "/v1/films"
LARGEST_BODY: Final = 256_000
"""Bytes of any request but an upload."""

BODY_S: Final = 30.0
"""How long a body of such a request may take."""

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """The middleware. Behind it `scope["state"]["caller"]` is who asks."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers, seen = Headers(scope=scope), _Seen()
        caller = caller_of(bearer(headers), self._service.config.tenants)
        scope.setdefault("state", {})["caller"] = caller
        began = monotonic()
        try:
            await self._answered(scope, receive, seen.watch(send), headers, caller)
        finally:
            _note(scope, caller, seen.status, monotonic() - began)

    async def _answered(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, caller: Caller | None
    ) -> None:
        if refused := self._refused(scope, headers, caller):
            await refused(scope, receive, send)
            return
        if scope["path"] == UPLOADS and scope["method"] == "POST":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if isinstance(body, Response):
            await body(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _refused(self, scope: Scope, headers: Headers, caller: Caller | None) -> Response | None:
        path = scope["path"]
        if path in OPEN:
            wait_s = 0.0 if path == "/health" else self._service.rates.wait_s(_peer(scope), OPEN_RATE)
            return _too_often(OPEN_RATE, wait_s) if wait_s else None
        if path == METRICS and is_key(bearer(headers), self._service.config.server.metrics_sha256):
            return None
        if caller is None:
            made = answer(HTTPStatus.UNAUTHORIZED, "there is no such key", "send Authorization: Bearer KEY")
            made.headers["WWW-Authenticate"] = "Bearer"
            return made
        if wait_s := self._service.rates.wait_s(caller.key.sha256, caller.key.rate):
            return _too_often(caller.key.rate, wait_s)
        return None


def _peer(scope: Scope) -> str:
    """The name of the computer that asks, for its rate; of IPv6 the network, whose addresses are all its own."""
    host = (scope.get("client") or ("",))[0]
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return f"peer {host}"
    if isinstance(ip, ipaddress.IPv6Address) and not ip.ipv4_mapped:
        return f"peer {ipaddress.IPv6Network((int(ip), 64), strict=False)}"
    return f"peer {ip}"


def _too_often(rate: int, wait_s: float) -> Response:
    made = answer(HTTPStatus.TOO_MANY_REQUESTS, f"more than {rate} requests a minute", "wait")
    made.headers["Retry-After"] = str(math.ceil(wait_s))
    return made


def bearer(headers: Headers) -> str:
    """The key that is sent, "" for none."""
    given = headers.getlist("authorization")
    kind, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return key.strip() if kind.casefold() == "bearer" else ""


async def _body(receive: Receive) -> bytes | Response:
    """All of a body; an answer where it is too large, too slow, or broken off."""
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return _closing(HTTPStatus.BAD_REQUEST, "the request was broken off")
                content += message.get("body", b"")
                if len(content) > LARGEST_BODY:
                    size = f"it is larger than {LARGEST_BODY // 1000} kB"
                    return _closing(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, size)
                if not message.get("more_body", False):
                    return bytes(content)
    except TimeoutError:
        return _closing(HTTPStatus.REQUEST_TIMEOUT, f"the request took longer than {BODY_S:.0f} s")


def _closing(status: HTTPStatus, fault: str) -> Response:
    made = answer(status, fault)
    made.headers["Connection"] = "close"
    return made


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read."""
    given = False

    async def received() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return received


class _Seen:
    """What was answered; every answer has the headers of all."""

    status = 0

    def watch(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        return sent


def _note(scope: Scope, caller: Caller | None, status: int, took_s: float) -> None:
    parts = scope["path"].split("/")
    job = parts[3] if len(parts) > 3 and parts[2] == "jobs" else None
    log.info(
        "request",
        extra={
            "method": scope["method"],
            "path": scope["path"][:300],
            "status": status,
            "ms": round(took_s * 1000),
            "tenant": caller.tenant.name if caller else None,
            "key": caller.key.name if caller else None,
            "job": job[:32] if job else None,
        },
    )
