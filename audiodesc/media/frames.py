"""Frames of a film: small key frames of the whole, those that a describer asks for, and a JPEG still for each line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import av
import cv2
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from audiodesc.media.discontinuities import on_clock, seek
from audiodesc.media.opening import DECODER, demuxed, open_film
from audiodesc.model import Film, Frame, FrameRequest, Span, VideoClip

LARGE = 4096 * 2304
"""Pixels of a picture; of a larger one not several are decoded at once, for each takes its memory."""

NEAR_MS = 5_000
"""To decode so much on costs less than to seek: a key frame is as far behind, on average, in films for the web."""

BACK_MS = (0, 2_000, 15_000, 120_000, 24 * 3600 * 1000)


def key_frames(film: Film, height: int) -> Iterator[Frame]:
    """Every key frame, about `height` pixels high; nothing else is decoded.

    They come as the decoder gives them, which for HEVC with open groups is not always in order of time.
    """
    with open_film(film) as container:
        stream = picture_stream(container, film)
        for packet in on_clock(demuxed(container, [stream]), film.discontinuities):
            if packet.is_keyframe or packet.dts is None:
                for time_ms, frame in _timed(film, _decode(packet)):
                    yield Frame(time_ms, picture_of(frame, film, height * height * 16 // 9))


def clips(film: Film, spans: Iterable[Span], request: FrameRequest) -> Iterator[VideoClip]:
    """The frames of each span, as asked for, in order. Where the sound outlasts the picture, the last frame stands. A
    span with no frame gives a clip with none."""
    with open_film(film) as container:
        stream = picture_stream(container, film)
        if request.approximate:
            stream.codec_context.skip_frame = "NONREF"
        reader = _Reader(container, stream, film)
        for span in spans:
            yield VideoClip(span, tuple(_evenly(reader, film, span, request)))


class _Reader:
    """Frames from any time on. Where that is shortly after the last frame it decodes on, and does not seek."""

    def __init__(self, container: InputContainer, stream: av.VideoStream, film: Film) -> None:
        self._container, self._stream, self._film = container, stream, film
        self._frames: Iterator[tuple[int, av.VideoFrame]] = iter(())
        self._last: tuple[tuple[int, av.VideoFrame], ...] = ()  # the last two

    def frames_from(self, time_ms: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Frames with their times, from one that is shown at `time_ms` or before."""
        before = self._last
        if not (before and before[0][0] <= time_ms <= before[-1][0] + NEAR_MS):
            before, self._frames = (), frames_from(self._container, self._stream, self._film, time_ms)
        yield from before
        for one in self._frames:
            before = self._last = (*before[-1:], one)
            yield one


def _evenly(reader: _Reader, film: Film, span: Span, request: FrameRequest) -> Iterator[Frame]:
    wanted = frame_times(span, request)
    shown: av.VideoFrame | None = None
    last_ms = wanted[0] if film.video.end_ms is None else max(0, film.video.end_ms - 1)
    for time_ms, frame in reader.frames_from(min(wanted[0], last_ms)):
        while wanted and shown and time_ms > wanted[0]:
            yield Frame(wanted.pop(0), picture_of(shown, film, request.max_pixels))
        if not wanted:
            return
        shown = frame
    if shown:
        last = picture_of(shown, film, request.max_pixels)
        yield from (Frame(moment, last) for moment in wanted)


def frames_from(
    container: InputContainer, stream: av.VideoStream, film: Film, time_ms: int
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Frames with their times, from one that is shown at `time_ms` or before.

    A transport stream has no index: a seek may end behind the place, and is then repeated further ahead of it.
    """
    for back_ms in BACK_MS:
        seek(container, film, stream, max(0, time_ms - back_ms))
        frames = _timed(film, _decode_all(container, stream, film))
        first = next(frames, None)
        if first and (first[0] <= time_ms or time_ms <= back_ms):
            yield first
            yield from frames
            return


def frame_times(span: Span, request: FrameRequest) -> list[int]:
    """Times in ms, evenly over the span: each stands for the middle of an equal share of it."""
    wanted = round(span.duration_ms / 1000 * request.fps)
    count = max(1, request.min_frames, min(request.max_frames, wanted))
    return [span.start_ms + span.duration_ms * (2 * i + 1) // (2 * count) for i in range(count)]


def picture_stream(container: InputContainer, film: Film) -> av.VideoStream:
    """The film's picture in its opened file, ready to be decoded within bounds."""
    stream = container.streams[film.video.index]
    assert isinstance(stream, av.VideoStream)  # noqa: S101 — the probe chose it as one
    stream.thread_type = "AUTO" if film.video.width * film.video.height <= LARGE else "SLICE"
    stream.codec_context.options = dict(DECODER)
    return stream


def _decode_all(container: InputContainer, stream: av.VideoStream, film: Film) -> Iterator[av.VideoFrame]:
    for packet in on_clock(demuxed(container, [stream]), film.discontinuities):
        yield from _decode(packet)


def _decode(packet: av.Packet[av.VideoStream]) -> list[av.VideoFrame]:
    try:
        return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
    except av.error.FFmpegError:
        return []  # a damaged picture is passed over


def _timed(film: Film, decoded: Iterable[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Each frame with its time in ms; what lies before the film's zero is passed over."""
    for frame in decoded:
        if frame.pts is not None and frame.time_base is not None:
            time_ms = round(((frame.time or 0.0) - float(film.zero_s)) * 1000)
            if time_ms >= 0:
                yield time_ms, frame


def picture_of(frame: av.VideoFrame, film: Film, max_pixels: int) -> NDArray[np.uint8]:
    """A frame as it is shown, RGB of shape (height, width, 3): square pixels, upright, of at most `max_pixels`."""
    width, height = _size(frame.width * film.video.pixel_aspect, frame.height, max_pixels)
    image: NDArray[np.uint8] = frame.to_ndarray(
        format="rgb24", width=width, height=height, interpolation="AREA"
    ).astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90))) if frame.rotation else image


def _size(width: float, height: int, max_pixels: int) -> tuple[int, int]:
    scale = min(1.0, math.sqrt(max_pixels / (width * height)))
    return max(16, round(width * scale)), max(16, round(height * scale))


SIZES = ((200, 240, 70), (800, 160, 60), (3_000, 120, 50))
"""Up to so many pictures each is so wide, in pixels, and so good: all together come to 3 to 6 MB of text on a page."""

MOST_FRAMES = 600
"""Are decoded for a picture: where key frames are rarer than that, it has none."""

SOON_MS = 400
"""After the start of a span where no key frame lies in its first half: what follows a cut may be half of a fade."""


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture of the film, as the content of a JPEG file, with its size in pixels."""

    time_ms: int
    jpeg: bytes
    width: int
    height: int


def stills(film: Film, spans: Sequence[Span]) -> Iterator[Still | None]:
    """A picture for each span, in order: its middle, or what of it costs less to decode; None where there is no frame.

    The last key frame before the middle is taken if it lies in the span; else it is decoded up to soon after its
    start. Of more than 3,000 spans the later ones get none, nor does one that the picture does not reach.
    """
    most, width, quality = next((size for size in SIZES if len(spans) <= size[0]), SIZES[-1])
    with open_film(film) as container:
        stream = picture_stream(container, film)
        stream.codec_context.skip_frame = "NONREF"
        for span in spans[:most]:
            shown = _shown(frames_from(container, stream, film, _middle(span)), span)
            yield _still(film, *shown, width, quality) if shown else None
    yield from (None for _ in spans[most:])


def _middle(span: Span) -> int:
    return (span.start_ms + span.end_ms) // 2


def _shown(frames: Iterator[tuple[int, av.VideoFrame]], span: Span) -> tuple[int, av.VideoFrame] | None:
    soon_ms = min(span.start_ms + SOON_MS, _middle(span))
    shown: tuple[int, av.VideoFrame] | None = None
    for time_ms, frame in islice(frames, MOST_FRAMES):
        if shown and time_ms > _middle(span):
            return shown
        shown = time_ms, frame
        if time_ms >= soon_ms:
            return shown
    return shown if shown and shown[0] >= span.start_ms else None


def _still(film: Film, time_ms: int, frame: av.VideoFrame, width: int, quality: int) -> Still | None:
    image = picture_of(frame, film, width * width * 9 // 16)
    done, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return Still(time_ms, content.tobytes(), image.shape[1], image.shape[0]) if done else None
