"""The connection to a server: bounded HTTP, and the parts of a message.

The server is not trusted: it is sent no more than it needs, and its answers are bounded in time and size.
"""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from time import monotonic
from typing import Any

import httpx2
import numpy as np
import openai

from audiodesc.core.concurrency import within_timeout
from audiodesc.describers.context import picture_kind
from audiodesc.describers.prompts import clip_seconds
from audiodesc.describers.server.error_bodies import with_error_status
from audiodesc.describers.server.streaming import EVENTS, StreamedAnswer, listener
from audiodesc.model import Frame, VideoClip

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
