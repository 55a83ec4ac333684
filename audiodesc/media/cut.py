"""A stretch of a sound file, to the sample, as a WAV file: without reading what is before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from audiodesc.core.formatting import clock
from audiodesc.errors import FilmError, InputError
from audiodesc.media.encode import EXACT
from audiodesc.media.opening import open_film
from audiodesc.media.samples import from_frame, to_frame
from audiodesc.model import Samples

RUN_UP_MS = 1_000
"""Decoding begins so much earlier: a lossy coder's first frames after a jump are not yet right."""


REMEDY = "make it again with `audiodesc make` or `render`"


@dataclass(frozen=True, slots=True)
class Cut:
    """Sound with what a file needs to say of it."""

    samples: Samples
    layout: str
    rate_hz: int

    @property
    def seconds(self) -> float:
        return float(self.samples.shape[1] / self.rate_hz)


def cut(path: Path, start_ms: int, end_ms: int) -> Cut:
    """The sound of a file between two times, as far as it reaches, at its own rate. The samples are those of the
    file, but for the noise that an AAC decoder makes up.

    Raises InputError for what is no sound that can be read, and where the file ends before `start_ms`.
    """
    wanted = f"the sound from {clock(start_ms, 1)} to {clock(end_ms, 1)}"
    with _opened(path, wanted) as container:
        if not container.streams.audio:
            raise InputError(f"{path} has no sound: {wanted} cannot be heard", REMEDY)
        stream = container.streams.audio[0]
        rate, layout = stream.rate, stream.layout
        first, stop = start_ms * rate // 1000, end_ms * rate // 1000
        parts = [part for part in _parts(container, stream, first, stop) if part.shape[1]]
    if not parts:
        raise InputError(f"{path} ends too early: {wanted} is not in it", REMEDY)
    return Cut(np.concatenate(parts, axis=1), layout.name, rate)


@contextmanager
def _opened(path: Path, wanted: str) -> Iterator[InputContainer]:
    """The file; what cannot be read of it is told of the sound that is wanted, not of a film."""
    try:
        with open_film(path) as container:
            yield container
    except FilmError as error:
        raise InputError(f"{path} cannot be read, or it is damaged: {wanted} cannot be heard", REMEDY) from error


def write_cut(sound: Cut, path: Path) -> None:
    """A WAV file of 24 bits."""
    with av.open(f"file:{path}", "w", format="wav", container_options=EXACT) as container:
        stream = container.add_stream("pcm_s24le", rate=sound.rate_hz, layout=sound.layout)
        stream.codec_context.format = av.AudioFormat("s32")
        frame = to_frame(sound.samples, sound.layout, sound.rate_hz)
        frame.pts, frame.time_base = 0, Fraction(1, sound.rate_hz)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _parts(container: InputContainer, stream: av.AudioStream, first: int, stop: int) -> Iterator[Samples]:
    """What lies in `first` to `stop` of each decoded frame, by its time stamp."""
    assert stream.time_base is not None and stream.rate  # noqa: S101, PT018 — every sound that was opened has both
    early = Fraction(first, stream.rate) - Fraction(RUN_UP_MS, 1000)
    if early > 0:  # a jump to 0 would leave out what AAC has before it
        container.seek(int(early / stream.time_base), stream=stream)
    packed = av.AudioResampler("flt")
    for decoded in container.decode(stream):
        if decoded.pts is None:
            continue
        start = round(decoded.pts * stream.time_base * stream.rate)
        if start >= stop:
            return
        if start + decoded.samples > first:
            for frame in packed.resample(decoded):
                yield from_frame(frame)[:, max(0, first - start) : stop - start]
