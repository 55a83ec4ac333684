"""Frames of a film: small key frames of the whole, and those that a describer asks for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import pairwise, repeat

import av
from av.container import InputContainer

from audiodesc.core.concurrency import cores, in_turns
from audiodesc.media.decoding import LARGE, NEAR_MS, frames_from, key_frames_of, picture_stream
from audiodesc.media.opening import open_film
from audiodesc.media.picture import Bars, Converter, Image
from audiodesc.model import Film, Frame, FrameRequest, Span, VideoClip

Opened = tuple[InputContainer, av.VideoStream]

READY_BYTES = 512_000_000
"""Of clips that wait for the describer, or are being made, all together; of one worker, three clips are allowed."""

DECODER_BYTES = 1_500_000_000
"""Of the frames that the decoders hold, all together: each up to 16, of 3 bytes a pixel at most."""

MOST_WORKERS, MOST_AHEAD = 8, 6
"""Threads that decode, and clips that each has ready."""


def key_frames(film: Film, height: int) -> Iterator[Frame]:
    """Every key frame, about `height` pixels high; nothing else is decoded.

    They come as the decoder gives them, which for HEVC with open groups is not always in order of time.
    """
    converter = Converter(film, height * height * 16 // 9)
    for time_ms, frame in key_frames_of(film):
        yield Frame(time_ms, converter.picture(frame))


def clips(film: Film, spans: Sequence[Span], request: FrameRequest, bars: Bars | None = None) -> Iterator[VideoClip]:
    """The frames of each span, as asked for, in order, decoded as they are taken. Where the sound outlasts the picture,
    the last frame stands. A span with no frame gives a clip with none."""
    return _decoded(film, spans, runs(spans), request, bars)


def clips_ahead(
    film: Film, spans: Sequence[Span], request: FrameRequest, bars: Bars | None = None
) -> Generator[VideoClip, None, None]:
    """The same as `clips`, decoded ahead on as many threads as there are processor cores, within `READY_BYTES`.

    Threads and not processes: FFmpeg and NumPy let go of the interpreter while they work, so that two threads do as
    much as two processes, also beside a model that generates (measured in benchmarks/README.md); nothing is copied
    from one process to another, nothing has to start, and nothing is left over after `kill -9`.
    """
    workers, count = shares(film, spans, request)
    parts = runs(spans, count)
    streams = [_decoded(film, spans, parts[worker::workers], request, bars) for worker in range(workers)]
    order = (number % workers for number, part in enumerate(parts) for _ in part)
    return in_turns(streams, order, count)


def runs(spans: Sequence[Span], most: int | None = None) -> list[range]:
    """The spans' numbers in runs that are decoded without a new seek: each span begins shortly before or after the one
    before it ends. `most` spans in a run."""
    starts = [
        number
        for number, span in enumerate(spans)
        if not number
        or not abs(span.start_ms - spans[number - 1].end_ms) <= NEAR_MS
        or span.start_ms < spans[number - 1].start_ms
    ]
    found = [range(start, end) for start, end in pairwise([*starts, len(spans)])]
    return [part[at : at + (most or len(part))] for part in found for at in range(0, len(part), most or len(part))]


def shares(film: Film, spans: Sequence[Span], request: FrameRequest) -> tuple[int, int]:
    """How many threads decode, and how many clips each has ready."""
    coded = film.video.width * film.video.height
    size = max([len(frame_times(span, request)) for span in spans], default=1) * min(request.max_pixels, coded) * 3
    decoders = 1 if coded > LARGE else min(cores(), DECODER_BYTES // (16 * 3 * coded))
    workers = max(1, min(decoders, MOST_WORKERS, len(spans), READY_BYTES // (3 * size)))
    return workers, max(1, min(MOST_AHEAD, -(-len(spans) // workers), READY_BYTES // (workers * size) - 2))


def _decoded(
    film: Film, spans: Sequence[Span], parts: Sequence[range], request: FrameRequest, bars: Bars | None
) -> Iterator[VideoClip]:
    with open_film(film) as container:
        stream = picture_stream(container, film, single=True)
        converter = Converter(film, request.max_pixels, bars)
        for part in parts:
            yield from _run(film, (container, stream), [spans[number] for number in part], request, converter)


def _run(
    film: Film, opened: Opened, spans: Sequence[Span], request: FrameRequest, converter: Converter
) -> Iterator[VideoClip]:
    """The clips of spans that follow one another, decoded in one go."""
    times = [frame_times(span, request) for span in spans]
    wanted = sorted((time, number) for number, some in enumerate(times) for time in some)
    moments = [time for time, _ in wanted]
    last_ms = moments[0] if film.video.end_ms is None else max(0, film.video.end_ms - 1)
    decoded = frames_from(*opened, film, min(moments[0], last_ms), moments)
    made: list[list[Frame]] = [[] for _ in spans]
    done = 0
    for (time, number), image in zip(wanted, _shown(decoded, moments, converter), strict=False):
        made[number].append(Frame(time, image))
        while done < len(spans) and len(made[done]) == len(times[done]):
            yield VideoClip(spans[done], tuple(made[done]))
            made[done] = []
            done += 1
    yield from (VideoClip(span, ()) for span in spans[done:])


def _shown(
    decoded: Iterable[tuple[int, av.VideoFrame]], moments: Sequence[int], converter: Converter
) -> Iterator[Image]:
    """The picture that is shown at each moment, in order: of the first frame before it begins, of the last after it
    ended. Where several moments show one frame, it is made once."""
    before: av.VideoFrame | None = None
    frame: av.VideoFrame | None = None
    place = 0
    for time_ms, after in decoded:
        end = bisect_left(moments, time_ms, place)
        if frame and end > place:
            yield from repeat(converter.picture(frame, before, after), end - place)
            place = end
        if place == len(moments):
            return
        before, frame = frame, after
    if frame:
        yield from repeat(converter.picture(frame, before), len(moments) - place)


def frame_times(span: Span, request: FrameRequest) -> list[int]:
    """Times in ms, evenly over the span: each stands for the middle of an equal share of it."""
    wanted = round(span.duration_ms / 1000 * request.fps)
    count = max(1, request.min_frames, min(request.max_frames, wanted))
    return [span.start_ms + span.duration_ms * (2 * i + 1) // (2 * count) for i in range(count)]
