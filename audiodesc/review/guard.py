"""Who may ask: one middleware before everything. A page of somebody else's must neither read nor change a project.

- The address must be ours (Host), so that a name that was pointed at this computer (DNS rebinding) gets nothing.
- Who asks must have the cookie, which the address that was printed gives in exchange for its token, or a password.
- A request that changes something must carry a header that no form and no foreign page can send, and no foreign Origin.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audiodesc.review.problems import answer
from audiodesc.review.tries import Tries

HEADER: Final = "X-Audiodesc"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_BODY: Final = 25_000_000
"""Bytes of any request but an upload."""

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What lets a browser in: the `port` that is listened at; the `token` of the address, and the session that its
    cookie names; with a `password` (then over TLS, `lan`) instead of a token, any name of this computer."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    password: str = ""

    @property
    def lan(self) -> bool:
        return bool(self.password)

    @property
    def cookie(self) -> str:
        """Its name: cookies are shared by all ports of an address."""
        return f"audiodesc-{self.port}"

    def is_ours(self, host: str) -> bool:
        """Whether a Host header is an address of this server."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = (parts.hostname or "").rstrip("."), parts.port or (443 if self.lan else 80)
        except ValueError:
            return False
        if port != self.port or parts.path or parts.username is not None:
            return False
        return name in ("127.0.0.1", "localhost", "::1") or (self.lan and _is_own(name))

    def is_origin(self, origin: str, host: str) -> bool:
        """Whether an Origin header is that of our own page."""
        return origin == f"{'https' if self.lan else 'http'}://{host}"


def _is_own(name: str) -> bool:
    own = socket.gethostname().casefold()
    if name in (own, f"{own.split('.')[0]}.local", socket.getfqdn().casefold()):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """The middleware. It bounds the size of what is sent, too, while it is read."""

    def __init__(self, app: ASGIApp, access: Access, uploads: Mapping[str, int]) -> None:
        """`uploads`: the ends of paths that may take more bytes than others, and how many."""
        self._app, self._access, self._uploads = app, access, uploads
        self._tries = Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        headers = Headers(scope=scope)
        refused = self._refused(scope, headers) or self._unknown(scope, headers)
        if refused:
            await refused(scope, receive, send)
            return
        most = next((size for end, size in self._uploads.items() if scope["path"].endswith(end)), LARGEST_BODY)
        if _declared(headers) > most:
            await _too_large(most)(scope, receive, send)
            return
        counted = _Counted(receive, most)
        try:
            await self._app(scope, counted.receive, counted.watch(send))
        except _TooLargeError:
            counted.exceeded = True
        if counted.exceeded and not counted.started:
            await _too_large(most)(scope, receive, send)

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        """What is wrong with an address, or with a request that changes something."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._access.is_ours(hosts[0]):
            return answer(HTTPStatus.MISDIRECTED_REQUEST, "this is not the address of this server")
        origin = headers.get("origin")
        if origin is not None and not self._access.is_origin(origin, hosts[0]):
            return answer(HTTPStatus.FORBIDDEN, "another site asks")
        if headers.get("sec-fetch-site", "same-origin") == "cross-site" and scope["method"] not in SAFE:
            return answer(HTTPStatus.FORBIDDEN, "another site asks")
        if scope["method"] not in SAFE and not headers.get(HEADER):
            return answer(HTTPStatus.FORBIDDEN, f"the header {HEADER} is missing", f"send {HEADER}: page")
        return None

    def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """None for who has the cookie; a way in for who has the token or the password."""
        if secrets.compare_digest(_cookie(headers, self._access.cookie), self._access.session.encode()):
            return self._without_token(scope)
        if self._access.lan:
            return self._by_password(scope, headers)
        given = _token(scope).encode()
        if scope["path"] == "/" and secrets.compare_digest(given, self._access.token.encode()):
            return self._let_in()
        remedy = "open the address that stands in the terminal"
        return answer(HTTPStatus.UNAUTHORIZED, "this browser is not known", remedy)

    def _without_token(self, scope: Scope) -> Response | None:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER) if scope["path"] == "/" and _token(scope) else None

    def _by_password(self, scope: Scope, headers: Headers) -> Response | None:
        given, sender = _password(headers), (scope.get("client") or ("",))[0]
        if given and (wait_s := self._tries.wait_s(sender)):
            made = answer(HTTPStatus.TOO_MANY_REQUESTS, "wrong passwords came from there", "wait, then try again")
            made.headers["Retry-After"] = str(math.ceil(wait_s))
            return made
        if given and secrets.compare_digest(given, self._access.password.encode()):
            self._tries.passed(sender)
            return self._let_in() if scope["path"] == "/" else None
        if given:
            self._tries.failed(sender)
        made = answer(HTTPStatus.UNAUTHORIZED, "a password is asked for", "give any name, and the password")
        made.headers["WWW-Authenticate"] = 'Basic realm="audiodesc", charset="UTF-8"'
        return made

    def _let_in(self) -> Response:
        made = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        cookie, session = self._access.cookie, self._access.session
        made.set_cookie(cookie, session, path="/", secure=self._access.lan, httponly=True, samesite="strict")
        return made


class _TooLargeError(Exception):
    pass


class _Counted:
    """What is received, counted."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._read = receive, most, 0
        self.started = self.exceeded = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._most:
            self.exceeded = True
            raise _TooLargeError
        return message

    def watch(self, send: Send) -> Send:
        async def watched(message: Message) -> None:
            if self.exceeded and not self.started:
                return  # whatever is made of half a request
            self.started = True
            await send(message)

        return watched


def _too_large(most: int) -> Response:
    made = answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"it is larger than {most // 1_000_000} MB")
    made.headers["Connection"] = "close"
    return made


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _cookie(headers: Headers, name: str) -> bytes:
    for part in ";".join(headers.getlist("cookie")).split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value.encode("utf-8", "replace")
    return b""


def _token(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    try:
        return next(iter(parse_qs(query, max_num_fields=50).get("token", [])), "")
    except ValueError:
        return ""


def _password(headers: Headers) -> bytes:
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.casefold() != "basic":
        return b""
    try:
        return base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                if name not in headers:
                    headers[name] = value
        await send(message)

    return sent
