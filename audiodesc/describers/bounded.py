"""HTTP to a server that nobody vouches for: it is sent no more than it needs, and its answer has bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from time import monotonic
from typing import Any

import httpx2
import openai

from audiodesc.core.concurrency import within

MOST_BYTES = 4 << 20
"""Of one answer, as sent and as unpacked: 2,048 tokens are about 10 kB, a long list of models 1 MB."""

SENT = {
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
}
"""The only headers: openai adds an organisation, a project and more from the environment, and what machine this is."""

READ = {"content-type", "retry-after", "retry-after-ms", "x-should-retry"}
UNPACKED = {"gzip", "x-gzip", "deflate"}
ELSEWHERE = "sends the request on to another address, which is not followed: give that one if you trust it"


class Refused(openai.OpenAIError):
    """An answer that is not taken; asking again is of no use. Says why."""


class TooLate(openai.OpenAIError):
    """No whole answer came in time; asking again would only load the server more."""


class Bounded(httpx2.Client):
    """A client whose answers come whole within the timeout for reading, and within `MOST_BYTES`.

    Follows no redirect. Raises Refused and TooLate, both of which openai passes on without another try.
    """

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        for name in set(request.headers) - SENT:
            del request.headers[name]
        request.headers["accept-encoding"] = "identity"
        options |= {"stream": True, "follow_redirects": False}
        seconds = request.extensions["timeout"]["read"]
        try:
            return within(lambda: self._whole(request, monotonic() + seconds, options), seconds)
        except (TimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise TooLate(f"gave no whole answer within {seconds:g} s") from error

    def _whole(self, request: httpx2.Request, until: float, options: dict[str, Any]) -> httpx2.Response:
        response = super().send(request, **options)
        try:
            if response.has_redirect_location:
                raise Refused(ELSEWHERE)
            content = _unpacked(
                _bounded(response.iter_raw(), until), response.headers.get("content-encoding", "").strip().lower()
            )
        finally:
            response.close()
        kept = {name: value for name, value in response.headers.items() if name in READ}
        return httpx2.Response(response.status_code, headers=kept, content=content, request=request)


def _bounded(chunks: Iterable[bytes], until: float) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > MOST_BYTES:
            raise Refused(f"answers with more than {MOST_BYTES >> 20} MB")
        if monotonic() > until:
            raise TimeoutError
    return bytes(content)


def _unpacked(content: bytes, encoding: str) -> bytes:
    if encoding in ("", "identity"):
        return content
    if encoding not in UNPACKED:
        raise Refused("packs its answer in a way that was not asked for")
    try:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
        unpacked = unpacker.decompress(content, MOST_BYTES + 1)
    except zlib.error as error:
        raise Refused("answers with damaged gzip") from error
    if len(unpacked) > MOST_BYTES:
        raise Refused(f"answers with more than {MOST_BYTES >> 20} MB")
    return unpacked
