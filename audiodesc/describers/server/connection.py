"""The connection to a server: its address and secrets, bounded HTTP, and the parts of a message.

The server is not trusted: it is sent no more than it needs, its answers are bounded in time and size, and neither the
address nor the secrets reach any text, even where the server repeats them.
"""

from __future__ import annotations

import base64
import io
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import httpx2
import numpy as np
import openai

from audiodesc.core.concurrency import within_timeout
from audiodesc.describers.context import picture_kind
from audiodesc.describers.prompts import clip_seconds
from audiodesc.describers.server.error_bodies import with_error_status
from audiodesc.describers.server.streaming import EVENTS, StreamedAnswer, listener
from audiodesc.errors import UsageError
from audiodesc.model import Frame, VideoClip

KEY, WRITER_KEY = "AUDIODESC_API_KEY", "AUDIODESC_WRITER_API_KEY"
"""The keys of --server and of --writer-server: each goes to its own server alone."""

OPENAI_KEY, OPENAI_HOST = "OPENAI_API_KEY", "api.openai.com"
"""The key that other programs use too goes to that host alone."""

KEYS = frozenset({KEY, WRITER_KEY, OPENAI_KEY})

WORD_LETTERS = 8
"""A secret that is shorter is hidden only where it stands as a word: a password may be a part of other words."""

MOST_BYTES = 4 << 20
"""Of one answer, as sent and as unpacked: 2,048 tokens are about 10 kB, a long list of models 1 MB."""

MOST_STREAMED_BYTES = 32 << 20
"""Of one that is sent in pieces: each token comes with some 300 bytes around it."""

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

Part = dict[str, Any]
"""A piece of a message."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The address without its login, the key ("" for none), and the headers that carry a login.

    `secrets` are all that leads to the server but the name of the user, `user`. `key_from` is the environment variable
    of the key.
    """

    url: str = field(repr=False)
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    user: str = field(default="", repr=False)
    key_from: str = KEY

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine: what goes there needs no proxy."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def hash(self) -> str:
        """Stands for the address where that must not be shown."""
        return sha256(self.url.encode()).hexdigest()[:12]

    @property
    def kind(self) -> str:
        """What server it is likely to be, by its address: "openai", "ollama", "lmstudio", or ""."""
        parts = urlsplit(self.url)
        if parts.hostname == OPENAI_HOST:
            return "openai"
        return {11434: "ollama", 1234: "lmstudio"}.get(parts.port or 0, "")

    def hidden(self, text: str) -> str:
        """The text with "…" in the place of the address, the login and the key, however a server wrote them."""
        return _without(text, [*self.secrets, *filter(None, [self.user])])

    def hidden_in_answer(self, text: str) -> str:
        """The same of a model's words, where only what can be no word of a description is hidden: a key may be "EMPTY",
        and the user may be called like somebody in the film."""
        return _without(text, [one for one in self.secrets if len(one) >= WORD_LETTERS and not one.isalpha()])


def connection(url: str, *, keyless: bool = False, option: str = "--server", key_from: str = KEY) -> Connection:
    """What a user's address says. The key is read from the environment: from `key_from`, else, for OpenAI's own host,
    OPENAI_API_KEY; with `keyless` none is sent.

    Raises UsageError, without the address, for one that is none, and for a key that cannot be sent.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError(f"what {option} holds is no address of a server", "give one like http://127.0.0.1:8000/v1")
    host = parts.netloc.rpartition("@")[2]
    plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    own = os.environ.get(OPENAI_KEY, "") if parts.hostname == OPENAI_HOST else ""
    key = "" if keyless else os.environ.get(key_from, "").strip() or own.strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError("the key of the environment holds what no key does", f"set {key_from} to the key alone")
    places = (plain, host, parts.path.strip("/") if len(parts.path) > WORD_LETTERS else "")
    if parts.username is None:
        return Connection(plain, key, {}, tuple(filter(None, (key, *places))), key_from=key_from)
    user, password = unquote(parts.username), unquote(parts.password or "")
    login = f"{user}:{password}"
    encoded = base64.b64encode(login.encode()).decode()
    secrets = (key, encoded, login, password, *places)
    headers = {"Authorization": f"Basic {encoded}"}
    return Connection(plain, key, headers, tuple(filter(None, secrets)), user, key_from)


def _without(text: str, secrets: Sequence[str]) -> str:
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        pattern = re.escape(form) if len(form) >= WORD_LETTERS else rf"(?<!\w){re.escape(form)}(?!\w)"
        text = re.sub(pattern, "…", text, flags=re.IGNORECASE)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), secret.replace("/", "\\/"), base64.b64encode(secret.encode()).decode()


class Refused(openai.OpenAIError):
    """An answer that is not taken; asking again is of no use. Says why."""


class TooLate(openai.OpenAIError):
    """No whole answer came in time; asking again would only load the server more."""


class Bounded(httpx2.Client):
    """A client whose answers come whole within the timeout for reading, and within `MOST_BYTES`.

    One that is sent in pieces is read until it is whole, or goes round in a loop, and is then as if it had been sent
    whole. Follows no redirect. Raises Refused and TooLate, both of which openai passes on without another try.
    """

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        for name in set(request.headers) - SENT:
            del request.headers[name]
        request.headers["accept-encoding"] = "identity"
        options |= {"stream": True, "follow_redirects": False}
        seconds, said = request.extensions["timeout"]["read"], listener()
        try:
            return within_timeout(lambda: self._whole(request, monotonic() + seconds, options, said), seconds)
        except (TimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
            raise TooLate(f"gave no whole answer within {seconds:g} s") from error

    def _whole(
        self, request: httpx2.Request, until: float, options: dict[str, Any], said: Callable[[str], None] | None
    ) -> httpx2.Response:
        response = super().send(request, **options)
        try:
            if response.has_redirect_location:
                raise Refused(ELSEWHERE)
            kept = {name: value for name, value in response.headers.items() if name in READ}
            encoding = response.headers.get("content-encoding", "").strip().lower()
            if kept.get("content-type", "").lower().startswith(EVENTS):
                kept["content-type"] = "application/json"
                content = _streamed(response.iter_raw(), until, encoding, said)
            else:
                content = _unpacked(_bounded(response.iter_raw(), until), encoding)
        finally:
            response.close()
        status, content = with_error_status(response.status_code, content)
        return httpx2.Response(status, headers=kept, content=content, request=request)


def _bounded(chunks: Iterable[bytes], until: float) -> bytes:
    return b"".join(_read(chunks, until, MOST_BYTES))


def _streamed(chunks: Iterable[bytes], until: float, encoding: str, said: Callable[[str], None] | None = None) -> bytes:
    """An answer in pieces as one that was sent whole. Raises RemoteProtocolError for one that breaks off."""
    answer = StreamedAnswer()
    if encoding not in ("", "identity"):  # packed, though that was not asked for: read to its end
        chunks = [_unpacked(_bounded(chunks, until), encoding)]
    for chunk in _read(chunks, until, MOST_STREAMED_BYTES):
        answer.feed(chunk)
        if said:
            said(answer.text)
        if answer.ended:
            break
    content = answer.whole()
    if content is None:
        raise httpx2.RemoteProtocolError("its answer breaks off")
    return content


def _read(chunks: Iterable[bytes], until: float, most: int) -> Iterator[bytes]:
    """The same chunks, as long as there are no more than `most` bytes and it is not too late."""
    length = 0
    for chunk in chunks:
        length += len(chunk)
        if length > most:
            raise Refused(f"answers with more than {most >> 20} MB")
        if monotonic() > until:
            raise TimeoutError
        yield chunk


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


def portraits(cast: Iterable[tuple[str, bytes]]) -> Iterator[Part]:
    """The portraits of people, contents of PNG or JPEG files, each after its name."""
    for name, portrait in cast:
        yield text(f"Portrait of {name}:")
        yield _file("image", f"image/{picture_kind(portrait)}", portrait)


def pictures(clip: VideoClip) -> Iterator[Part]:
    """Each frame after its time."""
    import cv2

    for frame in clip.frames:
        yield text(f"{clip_seconds(frame.time_ms, clip.span)} s:")
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 90))
        yield _file("image", "image/jpeg", jpeg.tobytes())


def video_part(frames: Sequence[Frame]) -> Part:
    """The frames at their times in an MP4, H.264; an odd row or column is lost."""
    import av

    file = io.BytesIO()
    first, last = frames[0], frames[-1]
    height, width = (side // 2 * 2 for side in first.image.shape[:2])
    rate = Fraction(1000 * (len(frames) - 1), last.time_ms - first.time_ms) if last.time_ms > first.time_ms else 1
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image[:height, :width]), format="rgb24")
            picture.pts, picture.time_base = frame.time_ms - first.time_ms, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return _file("video", "video/mp4", file.getvalue())


def text(words: str) -> Part:
    """A piece of text."""
    return {"type": "text", "text": words}


def _file(kind: str, media_type: str, content: bytes) -> Part:
    url = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}}
