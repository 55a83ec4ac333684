"""Short sounds: spoken clips as WAV files (48 kHz, mono, 16 bit), and a stretch cut out of a sound file."""

from __future__ import annotations

import io
import wave
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
from audiodesc.media.sound import RATE_HZ, from_frame, to_frame
from audiodesc.model import Samples

FADE = RATE_HZ * 5 // 1000


def wav_bytes(samples: Samples) -> bytes:
    """A clip, float32 of shape (samples,) within ±1, as a WAV file's content."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def read_wav(path: Path) -> Samples:
    """The clip as float32, shape (samples,). Raises wave.Error for another kind of file, and for one cut short."""
    with _opened(path) as file:
        count = file.getnframes()
        raw = file.readframes(count)
    if len(raw) != 2 * count:
        raise wave.Error(f"{path} is cut short")
    return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32767)


def faded_in(samples: Samples) -> Samples:
    """The sound, shape (samples,), coming up from nothing in 5 ms."""
    count = min(len(samples), FADE)
    return np.append(samples[:count] * np.linspace(0, 1, count, dtype=np.float32), samples[count:])


def wav_length(path: Path) -> int:
    """The clip's length in samples, from its header. Raises wave.Error as `read_wav` does."""
    with _opened(path) as file:
        return file.getnframes()


def is_clip(path: Path) -> bool:
    """Whether there is a clip, and all of it."""
    try:
        if not path.is_file():
            return False
        return 44 + 2 * wav_length(path) == path.stat().st_size > 44
    except (OSError, wave.Error):
        return False


@contextmanager
def _opened(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE_HZ):
                raise wave.Error(f"{path} is no 48 kHz, mono, 16-bit clip")
            yield file
    except EOFError as error:
        raise wave.Error(f"{path} is cut short") from error


RUN_UP_MS = 1_000
"""Decoding begins so much earlier: a lossy coder's first frames after a jump are not yet right."""


REMEDY = "make it again with `audiodesc make` or `render`"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sound with what a file needs to say of it."""

    samples: Samples
    layout: str
    rate_hz: int

    @property
    def seconds(self) -> float:
        return float(self.samples.shape[1] / self.rate_hz)


def cut(path: Path, start_ms: int, end_ms: int) -> Excerpt:
    """The sound of a file between two times, as far as it reaches, at its own rate. The samples are those of the
    file, but for the noise that an AAC decoder makes up.

    Raises InputError for what is no sound that can be read, and where the file ends before `start_ms`.
    """
    wanted = f"the sound from {clock(start_ms, 1)} to {clock(end_ms, 1)}"
    with _opened_sound(path, wanted) as container:
        if not container.streams.audio:
            raise InputError(f"{path} has no sound: {wanted} cannot be heard", REMEDY)
        stream = container.streams.audio[0]
        rate, layout = stream.rate, stream.layout
        first, stop = start_ms * rate // 1000, end_ms * rate // 1000
        parts = [part for part in _parts(container, stream, first, stop) if part.shape[1]]
    if not parts:
        raise InputError(f"{path} ends too early: {wanted} is not in it", REMEDY)
    return Excerpt(np.concatenate(parts, axis=1), layout.name, rate)


@contextmanager
def _opened_sound(path: Path, wanted: str) -> Iterator[InputContainer]:
    """The opened file. Errors name the sound that is wanted, not a film."""
    try:
        with open_film(path) as container:
            yield container
    except FilmError as error:
        raise InputError(f"{path} cannot be read, or it is damaged: {wanted} cannot be heard", REMEDY) from error


def write_excerpt(sound: Excerpt, path: Path) -> None:
    """A WAV file of 24 bits."""
    with av.open(f"file:{path}", "w", format="wav", container_options=EXACT) as container:
        stream = container.add_stream("pcm_s24le", rate=sound.rate_hz, layout=sound.layout)
        stream.codec_context.format = av.AudioFormat("s32")
        frame = to_frame(sound.samples, sound.layout, sound.rate_hz)
        frame.pts, frame.time_base = 0, Fraction(1, sound.rate_hz)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _parts(container: InputContainer, stream: av.AudioStream, first: int, stop: int) -> Iterator[Samples]:
    """What lies in `first` to `stop` of each decoded frame, by its timestamp."""
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
