"""Sound -> files: AAC, FLAC, WAV; whole numbers with dither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from audiodesc.core.cache import Store
from audiodesc.core.concurrency import Worker
from audiodesc.media.aac import FRAME, PartsEncoder, configure
from audiodesc.media.sound import RATE_HZ, channel_names, to_frame
from audiodesc.model import Samples


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How a kind of sound file is written; `container`, `codec` and `sample_format` are FFmpeg's names.

    `bits` is the word length that samples are rounded to with dither, 0 where they stay floating point.
    """

    suffix: str
    container: str
    codec: str
    sample_format: str
    bits: int = 0
    options: tuple[tuple[str, str], ...] = ()


NO_TAGS: Mapping[str, str] = {}
RF64 = (("rf64", "auto"),)
FORMATS = {
    "m4a": AudioFormat(".m4a", "ipod", "aac", "fltp"),
    "flac": AudioFormat(".flac", "flac", "flac", "s32", 24),
    "wav": AudioFormat(".wav", "wav", "pcm_s24le", "s32", 24, RF64),
}
OTHERS = {
    ("flac", 16): AudioFormat(".flac", "flac", "flac", "s16", 16),
    ("wav", 16): AudioFormat(".wav", "wav", "pcm_s16le", "s16", 16, RF64),
    ("wav", 32): AudioFormat(".wav", "wav", "pcm_f32le", "flt", 0, RF64),
}
"""Kinds at another word length than their own; 32 bits are floating point, which holds what is over full scale."""


EXACT = {"fflags": "+bitexact"}
"""The same sound gives the same file: no random numbers, no version of a library."""


AAC_LAYOUTS = {"5.1(side)": "5.1", "5.0(side)": "5.0", "quad(side)": "quad"}
"""AAC has one kind of surround channels, which FFmpeg calls back; a layout of its own would come without names."""


def check_layout(layout: str, kind: str) -> str:
    """Why sound of that layout cannot be written as that kind, or not so that a player knows its channels, "" where
    it can."""
    codec = FORMATS[kind].codec
    try:
        found = _played(layout, kind)
    except (ValueError, av.error.FFmpegError) as error:
        return f"{codec} holds no sound of the layout {layout} ({error})"
    if found != channel_names(_coded(layout, codec)):
        return f"{codec} does not name the channels of the layout {layout}"
    return ""


def _played(layout: str, kind: str) -> list[str]:
    """The channels, in order, that a player finds in a file of that kind."""
    form, file, count = FORMATS[kind], BytesIO(), av.AudioLayout(layout).nb_channels
    with av.open(file, "w", format=form.container) as trial:
        stream = _stream(trial, form, layout, RATE_HZ)
        layout = _coded(layout, form.codec)
        trial.mux(stream.encode(to_frame(np.zeros((count, RATE_HZ // 10), np.float32), layout, RATE_HZ)))
        trial.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as back:
        return channel_names(next(back.decode(audio=0)).layout.name)


def _coded(layout: str, codec: str) -> str:
    return AAC_LAYOUTS.get(layout, layout) if codec == "aac" else layout


def _stream(container: OutputContainer, form: AudioFormat, layout: str, rate_hz: int) -> av.AudioStream:
    layout = _coded(layout, form.codec)
    stream = container.add_stream(form.codec, rate=rate_hz, layout=layout)
    assert isinstance(stream, av.AudioStream)  # noqa: S101 — every codec of the table is one of sound
    stream.codec_context.format = av.AudioFormat(form.sample_format)
    if form.codec == "aac":
        configure(stream.codec_context, av.AudioLayout(layout).nb_channels, rate_hz)
    return stream


class SoundFile:
    """A sound file that grows block by block, encoded on a thread of its own, or as AAC in parts on several.

    `matroska` names a second file that gets the same packets in a Matroska container: only there, and
    only from the encoder itself, is its delay written down so that a copy into a film keeps to the sample.

    `tags` are those of the file, such as "title" and "language" (three letters), as far as its kind has a place for
    them: a WAV with a comment is a BWF (`bext`) that has it as its description. `bits` is the word length, None for the
    kind's own; `store` keeps what is encoded as AAC, which is not encoded again as far as the sound is the same. Use as
    a context manager: leaving it finishes the file. What goes wrong on the thread is raised by the next `push`, or on
    leaving.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        layout: str,
        rate_hz: int = RATE_HZ,
        *,
        bits: int | None = None,
        matroska: Path | None = None,
        store: Store | None = None,
        tags: Mapping[str, str] = NO_TAGS,
    ) -> None:
        form = FORMATS[kind] if bits is None else OTHERS.get((kind, bits), FORMATS[kind])
        self._layout, self._rate_hz = _coded(layout, form.codec), rate_hz
        self._dither = Dither(form.bits) if form.bits else None
        self._parts = PartsEncoder(self._layout, rate_hz, store) if form.codec == "aac" else None
        self._containers: list[OutputContainer] = []
        try:
            self._open(path, form, _with_name(tags))
            if matroska:
                self._open_copy(matroska)
        except BaseException:
            self._close()
            raise
        self._done = self._packets = 0
        self.decoded_peak_db: float | None = None
        """After the end, for a lossy kind: the true peak (dBTP) that a player hears."""
        self._worker = Worker(f"encode {path.name}", self._encode)

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples)."""
        if samples.shape[1]:
            self._worker.push(samples)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._worker.finish()
            if self._parts:
                self._mux_parts(self._parts.finish())
                self.decoded_peak_db = self._parts.decoded_peak_db
            else:
                self._mux(self._stream.encode(None))
        except BaseException:
            if error is None:
                raise
        finally:
            self._close()

    def _open(self, path: Path, form: AudioFormat, tags: Mapping[str, str]) -> None:
        options = dict(form.options) | EXACT
        if form.container == "ipod":
            options["movie_timescale"] = str(self._rate_hz)  # FFmpeg's own rounds the end to 1 ms
        if form.container == "wav" and "comment" in tags:
            options["write_bext"] = "1"
        container = av.open(f"file:{path}", "w", format=form.container, container_options=options)
        self._containers.append(container)
        self._stream = _stream(container, form, self._layout, self._rate_hz)
        self._stream.metadata.update(tags)
        container.metadata.update(tags)  # FLAC keeps only these
        if form.container == "wav":
            container.metadata.update(_bext_tags(tags))
        container.start_encoding()

    def _open_copy(self, path: Path) -> None:
        container = av.open(f"file:{path}", "w", format="matroska", container_options=EXACT)
        self._containers.append(container)
        container.add_stream_from_template(self._stream, opaque=True)

    def _close(self) -> None:
        if self._parts:
            self._parts.close()
        for container in self._containers:
            container.close()

    def _encode(self, samples: Samples) -> None:
        if self._parts:
            self._done += samples.shape[1]
            self._mux_parts(self._parts.push(samples))
            return
        whole = self._dither(samples) if self._dither else samples
        frame = to_frame(whole, self._layout, self._rate_hz)
        frame.pts, frame.time_base = self._done, Fraction(1, self._rate_hz)
        self._done += samples.shape[1]
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[av.Packet[av.AudioStream]]) -> None:
        for packet in packets:
            self._containers[0].mux_one(packet)

    def _mux_parts(self, packets: Iterable[bytes]) -> None:
        """Write packets as the encoder would, which begins a frame before the sound and ends with it."""
        for content in packets:
            at = (self._packets - 1) * FRAME
            for container in self._containers:
                packet = av.Packet(content)
                packet.pts = packet.dts = at
                packet.duration, packet.time_base = min(FRAME, self._done - at), Fraction(1, self._rate_hz)
                packet.is_keyframe, packet.stream = True, container.streams[0]
                container.mux_one(packet)
            self._packets += 1


def _with_name(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that say something; the title also where MP4 has a track's."""
    return {name: value for name, value in {**tags, "handler_name": tags.get("title", "")}.items() if value}


def _bext_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """What FFmpeg writes into `bext`: 256 and 32 characters of ASCII."""
    said = {"description": tags.get("comment", ""), "originator": tags.get("made_by", "")}
    return {name: text.encode("ascii", "replace").decode() for name, text in said.items() if text}


class Dither:
    """Rounds a stream to `bits`, with triangular noise of ±1 step (TPDF), the same each time.

    A block that fits as it is, such as silence or a film of 16 bits that nothing was done to, is not touched.
    """

    def __init__(self, bits: int) -> None:
        self._full = 2.0 ** (bits - 1)
        self._form = np.int16 if bits == 16 else np.int32
        self._shift = 0 if bits == 16 else 32 - bits
        self._random = np.random.SFC64(bits)

    def __call__(self, samples: Samples) -> NDArray[Any]:
        """int16, or int32 with its low bits 0; shape (channels, samples), as FFmpeg takes them."""
        scaled = samples * np.float32(self._full)
        if not all(np.array_equal(np.rint(channel), channel) for channel in scaled):
            for channel in scaled:
                channel += self._noise(len(channel))
                np.rint(channel, out=channel)
        np.clip(scaled, -self._full, self._full - 1, out=scaled)
        whole: NDArray[Any] = scaled.astype(self._form)
        np.left_shift(whole, self._shift, out=whole)
        return whole

    def _noise(self, size: int) -> NDArray[np.float32]:
        """The difference of two even distributions of 16 bits, which is a triangular one."""
        pairs = self._random.random_raw(-(-size // 2)).view(np.uint32)[:size]
        differ = (pairs & 0xFFFF).view(np.int32)
        differ -= (pairs >> 16).view(np.int32)
        noise = differ.astype(np.float32)
        noise *= np.float32(2**-16)
        return noise
