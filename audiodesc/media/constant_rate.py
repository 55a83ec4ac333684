"""A film's picture encoded again at a constant frame rate, with its stops in it: the last frame before one is repeated.

For editors and devices that know no other rate. The frames go from the decoder to the encoder as they are, in their own
form and colours: through RGB, as in moviepy, they would change.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.sidedata.sidedata import Type as SideData
from av.video.frame import PictureType

from audiodesc.core.progress import Progress, silent
from audiodesc.core.stops import Stops
from audiodesc.core.timecode import standard
from audiodesc.errors import FilmError
from audiodesc.media.discontinuities import on_clock
from audiodesc.media.encode import EXACT
from audiodesc.media.opening import demuxed, open_film
from audiodesc.model import Film

CRF = "17"
"""x264's and x265's quality at which hardly anybody sees a difference from the source (18 is x264's "visually
lossless"); the file is larger than the film."""

KEY_S = 2
"""A key frame at least so often: editors seek."""

TICKS_HZ = 90_000
"""A frame's time is written in ticks of this rate or a finer one, of which a frame has a whole number."""


MEASURED = 1_000
EVEN_S = 0.0021
"""Of so many frames at a constant rate the gaps differ by no more: Matroska rounds each time to 1 ms."""

SAME = Fraction(1, 1000)


def constant_rate(film: Film) -> Fraction:
    """The frame rate of a film's picture, measured at its beginning: its own where that is constant, else the rate in
    use, or the whole number, that is nearest to its mean or to what the file says, whichever is more."""
    with open_film(film) as container:
        stream = container.streams[film.video.index]
        assert isinstance(stream, av.VideoStream)  # noqa: S101 — the probe chose it as one
        stated = Fraction(stream.average_rate or stream.guessed_rate or 25)
        packets = islice(on_clock(demuxed(container, [stream]), film.discontinuities), MEASURED)
        times = sorted(packet.pts * packet.time_base for packet in packets if packet.pts is not None and packet.size)
    if len(times) < 2 or times[-1] == times[0]:
        return standard(stated)
    gaps, mean = [b - a for a, b in pairwise(times)], (len(times) - 1) / (times[-1] - times[0])
    if max(gaps) - min(gaps) > EVEN_S:
        return standard(max(mean, stated))
    near = standard(mean)
    return near if abs(near / mean - 1) < SAME else stated if abs(stated / mean - 1) < SAME else mean


def constant_picture(film: Film, stops: Stops, fps: Fraction, path: Path, progress: Progress = silent) -> None:
    """Write the film's picture to an MP4 at `path`, H.264 or, of more than 8 bits, HEVC: a frame in each `1 / fps` from
    its first one to its end, the last before a stop as long as that lasts.

    A frame stands at the place that is nearest to its time. `stops` whose lengths are whole numbers of frames (see
    `planning.extend.in_whole_frames`) leave all at the time that they have in the extended film, to half a millisecond.
    An odd width or height becomes an even one where the encoder asks for it. Raises FilmError where nothing of the
    picture can be decoded.
    """
    last_s = (film.duration_ms + stops.total_ms) // 1000
    with open_film(film) as source, av.open(f"file:{path}", "w", format="mp4", container_options=EXACT) as out:
        encoder: _Encoder | None = None
        for number, (begin_s, frame) in enumerate(_repeated(film, source, stops, fps)):
            encoder = encoder or _Encoder(out, source, film, frame, fps, begin_s)
            encoder.push(frame, number)
            progress("encode", min(last_s, int(number / fps)), last_s)
        if not encoder:
            fault = f"{film.path}: its picture cannot be decoded, to be encoded again at a constant rate"
            raise FilmError(fault, "leave out --extended-form cfr: then it is copied")
        encoder.push(None, 0)


def _repeated(
    film: Film, source: InputContainer, stops: Stops, fps: Fraction
) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """(time of the first frame in seconds, frame) of each frame that is shown, one after the other."""
    begin: Fraction | None = None
    held: av.VideoFrame | None = None
    shown = until = 0
    for time, lasts, frame in _decoded(film, source):
        if begin is None:
            begin = time
            places = _Places(stops, fps, begin)
        at = places(round((time - begin) * fps))
        for _ in range(shown, at):
            if held is not None:
                yield begin, held
                held = without_captions(held)
                shown += 1
        held, until = frame, max(until, round((time - begin) * fps) + 1, round((time - begin + lasts) * fps))
    if begin is not None and held is not None:
        for _ in range(shown, max(shown + 1, places.end(until))):
            yield begin, held
            held = without_captions(held)


class _Places:
    """Numbers of frames of the film at a constant rate -> those of the extended film."""

    def __init__(self, stops: Stops, fps: Fraction, begin_s: Fraction) -> None:
        self._ends = [max(1, math.ceil((Fraction(one.at_ms, 1000) - begin_s) * fps)) for one in stops.stops]
        later_ms = accumulate(one.length_ms for one in stops.stops)
        self._later = [round(Fraction(total_ms, 1000) * fps) for total_ms in later_ms]

    def __call__(self, number: int) -> int:
        """The frame with which the film goes on stands behind the stop; the first one stands before all."""
        stopped = bisect_right(self._ends, number)
        return number + (self._later[stopped - 1] if stopped else 0)

    def end(self, number: int) -> int:
        """How many frames there are, of so many in the film: all stops are before the end."""
        return number + (self._later[-1] if self._later else 0)


def _decoded(film: Film, source: InputContainer) -> Iterator[tuple[Fraction, Fraction, av.VideoFrame]]:
    """(time on the film's clock and length in seconds, frame), in the order in which they are shown; the length is 0
    where the file does not say it of each. What cannot be decoded is not there: the frame before it stands on."""
    stream = source.streams[film.video.index]
    assert isinstance(stream, av.VideoStream)  # noqa: S101 — the probe chose it as one
    stream.thread_type = "AUTO"
    base, says = stream.time_base or Fraction(1, av.time_base), "mov" in film.container.split(",")
    last: Fraction | None = None
    for packet in on_clock(demuxed(source, [stream]), film.discontinuities):
        with suppress(av.error.FFmpegError):
            for frame in packet.decode():
                time = (frame.pts or 0) * base - film.zero_s
                if frame.pts is not None and (last is None or time > last):
                    last = time
                    yield time, frame.duration * base if says else Fraction(0), frame


def without_captions(frame: av.VideoFrame) -> av.VideoFrame:
    """The same picture without the closed captions in it (CEA-608 and 708), which would be sent again with each copy of
    it; itself where it has none."""
    if SideData.A53_CC not in frame.side_data:
        return frame
    graph = Graph()
    given = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    graph.link_nodes(given, graph.add("sidedata", "mode=delete:type=A53_CC"), graph.add("buffersink")).configure()
    graph.push(frame)
    made = graph.pull()
    assert isinstance(made, av.VideoFrame)  # noqa: S101 — a graph of pictures gives nothing else
    return made


class _Encoder:
    """A track for frames like the first one, which is shown at `begin_s`: as large, its pixels as wide, its colours
    called the same."""

    def __init__(
        self,
        out: OutputContainer,
        source: InputContainer,
        film: Film,
        first: av.VideoFrame,
        fps: Fraction,
        begin_s: Fraction,
    ) -> None:
        self._out, self._fps = out, fps
        self._ticks = math.ceil(Fraction(TICKS_HZ) / fps.numerator) * fps.denominator
        self._base = 1 / (fps * self._ticks)
        self._start = round(max(begin_s, Fraction(0)) / self._base)
        deep = max(part.bits for part in first.format.components) > 8
        stream = out.add_stream("libx265" if deep else "libx264", rate=fps)
        assert isinstance(stream, av.VideoStream)  # noqa: S101 — both are codecs of pictures
        context, picture = stream.codec_context, source.streams[film.video.index]
        known = {form.name for form in context.codec.video_formats or ()}
        usual = "yuv420p10le" if deep else "yuv420p"
        form = first.format.name if first.format.name in known else usual
        self._shape = (*_size(first, form), form)
        context.width, context.height, context.pix_fmt = self._shape
        context.time_base, context.framerate, context.thread_type = 1 / fps, fps, "AUTO"
        if isinstance(picture, av.VideoStream) and picture.sample_aspect_ratio:
            context.sample_aspect_ratio = picture.sample_aspect_ratio
        context.color_range, context.colorspace = first.color_range, first.colorspace
        context.color_primaries, context.color_trc = first.color_primaries, first.color_trc
        context.options = {"crf": CRF, "preset": "fast", "g": str(round(fps * KEY_S))} | (_hdr(first) if deep else {})
        if deep:
            context.codec_tag = "hvc1"
        if first.rotation:
            stream.set_display_rotation(first.rotation)
        stream.time_base = self._base
        self._stream = stream

    def push(self, frame: av.VideoFrame | None, number: int) -> None:
        """Write the frame of that number; None after the last one."""
        if frame and (frame.width, frame.height, frame.format.name) != self._shape:
            frame = frame.reformat(*self._shape)
        if frame:
            frame.pts, frame.time_base, frame.pict_type = number, 1 / self._fps, PictureType.NONE
        for packet in self._stream.encode(frame):
            packet.pts, packet.dts = (self._start + (at or 0) * self._ticks for at in (packet.pts, packet.dts))
            packet.duration, packet.time_base = self._ticks, self._base
            self._out.mux_one(packet)


def _size(frame: av.VideoFrame, form: str) -> tuple[int, int]:
    """Width and height, even where the pixels of a form have their colours together."""
    chroma = av.VideoFormat(form, 64, 64)
    width, height = (64 // chroma.chroma_width(64), 64 // chroma.chroma_height(64))
    return -(-frame.width // width) * width, -(-frame.height // height) * height


def _hdr(frame: av.VideoFrame) -> dict[str, str]:
    """What x265 is to write of the display that a film was graded on and of its brightest light, where it says so."""
    said = ["log-level=none"]
    beside = cast("Mapping[str, Any]", frame.side_data)  # its type knows of motion vectors only
    if data := beside.get("MASTERING_DISPLAY_METADATA"):
        values = [Fraction(a, b or 1) for a, b in struct.iter_unpack("ii", bytes(data)[:80])]
        r, g, b, white = (tuple(round(one * 50_000) for one in values[n : n + 2]) for n in (0, 2, 4, 6))
        low, high = (round(one * 10_000) for one in values[8:10])
        said.append(f"master-display=G{g}B{b}R{r}WP{white}L({high},{low})".replace(" ", ""))
    if data := beside.get("CONTENT_LIGHT_LEVEL"):
        content, mean = struct.unpack("II", bytes(data)[:8])
        said.append(f"max-cll={content},{mean}")
    return {"x265-params": ":".join(said)}
