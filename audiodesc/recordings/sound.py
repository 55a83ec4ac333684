"""A recording as it is read: any file of sound, or stretches of a long one, as mono at 48 kHz, with what was found on
the way. A file that cannot be a recording of a line is refused in one line that names it."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import soxr
from av.container import InputContainer

from audiodesc.errors import InputError
from audiodesc.media.opening import FORMATS, OPTIONS
from audiodesc.media.sound import MOST, RATE_HZ, from_frame
from audiodesc.model import Samples
from audiodesc.recordings.clipping import clipped_places

SOUND_FORMATS = f"{FORMATS},caf,au,amr,wv,tta,ape,voc,mp2,dsf,spdif"
"""Containers of films, and those of sound alone. Playlists name other files, and are none of them."""

LONGEST_S = 180
"""Seconds of a line: the longest text that a voice speaks takes as long."""

LONGEST_FILE_S = 100 * 3600
MOST_VALUES = 60_000_000
"""Samples of all channels of one recording, 240 MB: three minutes of seven channels at 48 kHz."""

LEAST_HZ = 8_000
SILENT_DB = -40.0
"""A channel so far below the loudest has no voice of its own."""

OPPOSITE = -0.5
"""Two channels whose correlation is less cancel each other when they are mixed."""

ATTACHED = 0x400
"""FFmpeg's disposition of a cover, which makes no film of a file."""

REMEDY = "record it again, or save it as WAV"


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a file, in samples at the file's own rate: `count` from sample `first` on, counted from 0."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound of a person: mono float32 of shape (samples,) at 48 kHz, full scale ±1, all finite.

    `rate_hz` and `channels` are the file's own, `clipped` is in how many places it is cut off at the top. `remarks` say
    what was done with its channels.
    """

    samples: Samples
    rate_hz: int
    channels: int
    clipped: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE_HZ


def read_recording(path: Path) -> Recording:
    """All of a file. Raises InputError, which names it, for what is no sound, or longer than a line can be."""
    with _opened(path) as (container, stream):
        lasts = _lasts_s(container, stream)
        if lasts > LONGEST_S:
            raise _too_long(path, lasts)
        parts, count = [], 0
        for block in _blocks(path, container, stream):
            parts.append(block)
            count += block.shape[1]
            if count * len(block) > MOST_VALUES or count > LONGEST_S * stream.rate:
                raise _too_long(path, count / stream.rate)
        if not count:
            raise InputError(f"{path} holds no sound", REMEDY)
        return _recording(path, np.concatenate(parts, axis=1), stream.rate)


def read_cuts(path: Path, cuts: Sequence[Cut]) -> Iterator[tuple[int, Recording]]:
    """(number of a cut, its sound), in the order in which they end, exact to the sample of the file; in one pass, each
    freed when it is given. A cut that the file ends before has what there is of it; one without any is not given.

    Raises InputError as `read_recording` does, for a cut that is too long too.
    """
    with _opened(path) as (container, stream):
        waiting = sorted(range(len(cuts)), key=lambda n: cuts[n].first)
        for n in waiting:
            if cuts[n].count > LONGEST_S * stream.rate:
                raise _too_long(path, cuts[n].count / stream.rate)
        held: dict[int, list[Samples]] = {n: [] for n in waiting}
        at = 0
        for block in _blocks(path, container, stream):
            for n in list(waiting):
                first, end = cuts[n].first - at, cuts[n].first + cuts[n].count - at
                if first >= block.shape[1]:
                    break
                held[n].append(block[:, max(0, first) : max(0, end)].copy())
                if end <= block.shape[1]:
                    waiting.remove(n)
                    yield from _given(path, n, held.pop(n), stream.rate)
            at += block.shape[1]
            if not waiting:
                return
        for n in waiting:
            yield from _given(path, n, held.pop(n), stream.rate)


def _given(path: Path, number: int, parts: list[Samples], rate_hz: int) -> Iterator[tuple[int, Recording]]:
    parts = [part for part in parts if part.size]
    if parts:
        yield number, _recording(path, np.concatenate(parts, axis=1), rate_hz)


def sound_length(path: Path) -> tuple[int, float]:
    """The rate of a file of sound, and how many seconds it says that it lasts. Raises InputError for no such file."""
    with _opened(path) as (container, stream):
        return stream.rate, _lasts_s(container, stream)


def _too_long(path: Path, seconds: float) -> InputError:
    return InputError(
        f"{path} has {seconds:.0f} s of sound or more, and a line {LONGEST_S} s at most",
        "cut it, or give it as one file with a region for each line",
    )


def check_is_file(path: Path) -> None:
    """Raises InputError for a link, and for all that is no file with something in it."""
    try:
        seen = path.lstat()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error
    if stat.S_ISLNK(seen.st_mode):
        raise InputError(f"{path} is a link", "put the file itself there")
    if not stat.S_ISREG(seen.st_mode):
        raise InputError(f"{path} is not a file", "put a file of sound there")
    if not seen.st_size:
        raise InputError(f"{path} is empty (0 bytes)", "copy it again")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, av.AudioStream]]:
    """The opened file with its sound. What FFmpeg says of it is an InputError."""
    check_is_file(path)
    options = {**OPTIONS, "format_whitelist": SOUND_FORMATS}
    try:
        with av.open(f"file:{path}", options=options, metadata_errors="replace") as container:
            if any(stream.type == "video" and not _is_cover(stream) for stream in container.streams):
                raise InputError(f"{path} is a film, not a recording", "save its sound alone")
            if not container.streams.audio:
                raise InputError(f"{path} holds no sound", REMEDY)
            stream = container.streams.audio[0]
            if not (LEAST_HZ <= (stream.rate or 0) <= 768_000) or not stream.channels:
                raise InputError(f"{path} has sound of {stream.rate or 0} Hz, which is no voice", REMEDY)
            yield container, stream
    except (av.error.FFmpegError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} is no sound that can be read, or it is damaged ({said})", REMEDY) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error


def _is_cover(stream: av.stream.Stream) -> bool:
    return bool(int(stream.disposition) & ATTACHED)


def _lasts_s(container: InputContainer, stream: av.AudioStream) -> float:
    """What the file says, 0 where it says nothing that can be."""
    if stream.duration and stream.time_base:
        lasts = float(stream.duration * stream.time_base)
    else:
        lasts = (container.duration or 0) / av.time_base
    return lasts if 0 < lasts < LONGEST_FILE_S else 0.0


def _blocks(path: Path, container: InputContainer, stream: av.AudioStream) -> Iterator[Samples]:
    """The decoded sound at its own rate, float32 of shape (channels, samples). Raises InputError where rate or channels
    change on the way, and for numbers that are no sound."""
    former, form = av.AudioResampler("flt"), (stream.rate, stream.channels)
    for decoded in container.decode(stream):
        if (decoded.sample_rate, decoded.layout.nb_channels) != form:
            raise InputError(f"{path} changes its rate or its channels on the way", REMEDY)
        for frame in former.resample(decoded):
            block = from_frame(frame)
            if not np.abs(block, out=np.empty_like(block)).max(initial=0.0) <= MOST:  # also where one is no number
                raise InputError(f"{path} holds numbers that are no sound", REMEDY)
            yield block


def _recording(path: Path, channels: Samples, rate_hz: int) -> Recording:
    mono, clipped, remarks = _mono(channels, rate_hz)
    if rate_hz != RATE_HZ:
        mono = soxr.resample(mono, rate_hz, RATE_HZ, quality="VHQ")
    return Recording(np.ascontiguousarray(mono, np.float32), rate_hz, len(channels), clipped, remarks)


def _mono(channels: Samples, rate_hz: int) -> tuple[Samples, int, tuple[str, ...]]:
    """The channels that hold a voice, mixed; and in how many places they are clipped."""
    power = np.array([np.mean(np.square(channel, dtype=np.float64)) for channel in channels])
    loud = [n for n in range(len(channels)) if power[n] >= power.max() * 10 ** (SILENT_DB / 10)]
    clipped = max(clipped_places(channels[n], rate_hz) for n in loud)
    loudest = channels[int(power.argmax())]
    if len(loud) == 1:
        return loudest, clipped, ()
    if any(_correlation(loudest, channels[n]) < OPPOSITE for n in loud):
        return loudest, clipped, ("its channels cancel each other: the loudest alone is used",)
    return np.mean(channels[loud], axis=0, dtype=np.float32), clipped, ()


def _correlation(one: Samples, other: Samples) -> float:
    norm = float(np.linalg.norm(one.astype(np.float64)) * np.linalg.norm(other.astype(np.float64)))
    return float(np.dot(one.astype(np.float64), other.astype(np.float64)) / norm) if norm else 0.0


def part(recording: Recording, cut: Cut) -> Recording:
    """A stretch of a recording, in its samples at 48 kHz."""
    return replace(recording, samples=recording.samples[cut.first : cut.first + cut.count])
