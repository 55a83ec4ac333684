"""MXF OP1a: a film's picture, copied, with sound of 48 kHz and 24 bits, each channel on a track of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import numpy as np
from av.container import OutputContainer
from av.stream import Stream

from audiodesc.errors import FilmError
from audiodesc.media.discontinuities import in_order, packets
from audiodesc.media.encode import Dither
from audiodesc.media.opening import film_errors, open_film
from audiodesc.media.remux import NullFile, add_copy, codec_of
from audiodesc.media.sound import RATE_HZ, to_frame
from audiodesc.model import Film, Samples

REMEDY: Final = "leave it out, or make an MXF of the film first"

RATES: Final = (*(Fraction(n) for n in (24, 25, 30, 48, 50, 60)), *(Fraction(n * 1000, 1001) for n in (24, 30, 60)))
"""Frames a second that FFmpeg's muxer knows."""

MEASURED = 500
UNEVEN = Fraction(1, 10)
"""Frames of a constant rate are no further from their places, as a share of a frame; Matroska rounds to 1 ms."""


def check_mxf(film: Film) -> None:
    """Before any work: raises FilmError where the picture cannot be copied into MXF so that it keeps to the sound."""
    fault = _fault(film)
    if fault:
        raise FilmError(f"{film.path}: mix-mxf cannot be made: {fault}", REMEDY)


def _fault(film: Film) -> str:
    with open_film(film) as source:
        picture = source.streams[film.video.index]
        rate = _rate(picture)
        if rate is None:
            return "its picture has no frame rate that MXF knows"
        timed = packets(source, {picture.index: picture}, film.zero_s, film.discontinuities)
        shown = [(packet.pts or 0) * (packet.time_base or 0) for _, packet in islice(timed, MEASURED)]
        times = sorted(shown)
    if not times or abs(times[0] * rate) > 1:
        return f"its picture begins {float(times[0]) if times else 0:.2f} s after its sound"
    places = [(time - times[0]) * rate for time in times[: -MEASURED // 10]]  # the last ones have not all come
    if any(abs(place - n) > UNEVEN + rate / 1000 for n, place in enumerate(places)):
        return "its picture has no constant frame rate"
    if shown != times and codec_of(picture) == "h264":
        return "its picture is H.264 with B-frames, whose order FFmpeg does not write into MXF"
    with open_film(film) as source:
        picture = source.streams[film.video.index]
        try:
            with av.open(NullFile(), "w", format="mxf") as out:
                copy = _copied(out, picture, film, rate)
                out.start_encoding()
                timed = packets(source, {picture.index: copy}, film.zero_s, film.discontinuities)
                for _, packet in islice(timed, 1):
                    out.mux_one(packet)
        except (ValueError, av.error.FFmpegError):
            return f"its picture is {codec_of(picture)}"
    return ""


def _rate(picture: Stream) -> Fraction | None:
    assert isinstance(picture, av.VideoStream)  # noqa: S101 — the probe chose it as one
    stated = Fraction(picture.average_rate or picture.guessed_rate or 0)
    return next((rate for rate in RATES if abs(rate - stated) < rate / 2000), None)


class MxfFile:
    """A film's picture with `channels` mono tracks of sound, which grows block by block with the sound. Frames come
    with the sound of their time; after its end the sound is silent up to the last frame, and what of it is longer than
    the picture is left out. `tags` are those of the file: "timecode" of the first frame, and those whose names begin
    with "comment_", which FFmpeg writes as user comments.

    Use as a context manager: leaving it finishes the file.
    """

    decoded_peak_db: float | None = None

    def __init__(self, path: Path, film: Film, channels: int, tags: Mapping[str, str]) -> None:
        self._dithers = [Dither(24) for _ in range(channels)]
        self._open = ExitStack()
        try:
            source = self._open.enter_context(open_film(film))
            self._out: OutputContainer = av.open(f"file:{path}", "w", format="mxf")
            self._open.callback(self._out.close)
            picture = source.streams[film.video.index]
            self._rate = _rate(picture) or Fraction(25)
            copy = _copied(self._out, picture, film, self._rate)
            self._tracks = [_track(self._out) for _ in range(channels)]
            self._out.metadata.update(tags)
            self._out.start_encoding()
        except BaseException:
            self._open.close()
            raise
        timed = packets(source, {picture.index: copy}, film.zero_s, film.discontinuities)
        self._pictures = _read(film, iter(in_order(timed, "mxf")))
        self._next: av.Packet[Stream] | None = next(self._pictures, None)
        self._first_s = _seconds(self._next) if self._next else Fraction(0)
        self._done = self._frames = 0

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples) at 48 kHz."""
        for track, dither, channel in zip(self._tracks, self._dithers, samples, strict=True):
            frame = to_frame(dither(channel[None]), "mono", RATE_HZ)
            frame.pts, frame.time_base = self._done, Fraction(1, RATE_HZ)
            self._out.mux(track.encode(frame))
        self._done += samples.shape[1]
        self._show(self._done)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if error is None:
                self._finish()

    def _finish(self) -> None:
        while self._next:
            self._show(self._done + RATE_HZ)
            if (missing := round(self._frames * RATE_HZ / self._rate) + 1 - self._done) > 0:
                self.push(np.zeros((len(self._tracks), missing), np.float32))
        missing = round(self._frames * RATE_HZ / self._rate) + 1 - self._done
        if missing > 0:
            self.push(np.zeros((len(self._tracks), missing), np.float32))

    def _show(self, until: int) -> None:
        """Write the frames that are decoded before that sample."""
        while self._next and (_seconds(self._next) - self._first_s) * RATE_HZ <= until:
            self._out.mux_one(self._next)
            self._frames += 1
            self._next = next(self._pictures, None)


def _copied(out: OutputContainer, picture: Stream, film: Film, rate: Fraction) -> Stream:
    """A track for the picture's packets, counted in frames as MXF does."""
    copy = add_copy(out, picture, film, tagged=False)
    if isinstance(copy.codec_context, av.VideoCodecContext):
        copy.codec_context.framerate = rate
    copy.time_base = 1 / rate
    return copy


def _track(out: OutputContainer) -> av.AudioStream:
    track = out.add_stream("pcm_s24le", rate=RATE_HZ, layout="mono")
    assert isinstance(track, av.AudioStream)  # noqa: S101 — the codec is one of sound
    track.codec_context.format = av.AudioFormat("s32")
    return track


def _seconds(packet: av.Packet[Any]) -> Fraction:
    return (packet.dts or 0) * (packet.time_base or Fraction(0))


def _read(film: Film, timed: Iterator[av.Packet[Stream]]) -> Iterator[av.Packet[Stream]]:
    with film_errors(film.path):
        yield from timed
