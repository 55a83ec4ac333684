"""Sound -> files: AAC, FLAC, WAV."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.container import OutputContainer
from av.stream import Stream

from audiodesc.media.samples import to_frame
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples
from audiodesc.threads import Worker

AAC_PAIR_BPS = 192_000
"""Bits a second for two channels."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a kind of sound file is written; `container` and `codec` are FFmpeg's names."""

    suffix: str
    container: str
    codec: str
    sample_format: str
    options: tuple[tuple[str, str], ...] = ()


FORMATS = {
    "m4a": Format(".m4a", "ipod", "aac", "fltp"),
    "flac": Format(".flac", "flac", "flac", "s32"),
    "wav": Format(".wav", "wav", "pcm_s24le", "s32", (("rf64", "auto"),)),
}


EXACT = {"fflags": "+bitexact"}
"""The same sound gives the same file: no random numbers, no version of a library."""


class SoundFile:
    """A sound file that grows block by block, encoded on a thread of its own.

    `matroska` names a second file that gets the same packets in a Matroska container: only there, and
    only from the encoder itself, is its delay written down so that a copy into a film keeps to the sample.

    Use as a context manager: leaving it finishes the file. What goes wrong on the thread is raised by the next
    `push`, or on leaving.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        layout: str,
        *,
        title: str = "",
        language: str = "",
        matroska: Path | None = None,
    ) -> None:
        self._layout = layout
        self._containers: list[OutputContainer] = []
        try:
            self._open(path, FORMATS[kind], title, language)
            if matroska:
                self._open_copy(matroska)
        except BaseException:
            self._close()
            raise
        self._done = 0
        self._worker = Worker(f"encode {path.name}", self._encode)

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples)."""
        if samples.shape[1]:
            self._worker.push(samples)

    def __enter__(self) -> SoundFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._worker.finish()
            self._mux(self._stream.encode(None))
        except BaseException:
            if error is None:
                raise
        finally:
            self._close()

    def _open(self, path: Path, form: Format, title: str, language: str) -> None:
        options = dict(form.options) | EXACT
        container = av.open(f"file:{path}", "w", format=form.container, container_options=options)
        self._containers.append(container)
        stream = container.add_stream(form.codec, rate=RATE_HZ, layout=self._layout)
        assert isinstance(stream, av.AudioStream)  # noqa: S101 — every codec of the table is one of sound
        self._stream = stream
        self._stream.codec_context.format = av.AudioFormat(form.sample_format)
        if form.codec == "aac":
            channels = self._stream.codec_context.layout.nb_channels
            self._stream.bit_rate = AAC_PAIR_BPS * channels // 2
        self._stream.metadata.update(_tags(title, language))
        container.metadata.update(_tags(title, language))  # FLAC keeps only these
        container.start_encoding()

    def _open_copy(self, path: Path) -> None:
        container = av.open(f"file:{path}", "w", format="matroska", container_options=EXACT)
        self._containers.append(container)
        self._copy = container.add_stream_from_template(self._stream, opaque=True)

    def _close(self) -> None:
        for container in self._containers:
            container.close()

    def _encode(self, samples: Samples) -> None:
        frame = to_frame(samples, self._layout, RATE_HZ)
        frame.pts, frame.time_base = self._done, Fraction(1, RATE_HZ)
        self._done += samples.shape[1]
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[av.Packet[av.AudioStream]]) -> None:
        for packet in packets:
            if len(self._containers) > 1:
                self._containers[1].mux_one(_twin(packet, self._copy))
            self._containers[0].mux_one(packet)


def _twin(packet: av.Packet[av.AudioStream], stream: av.AudioStream) -> av.Packet[Stream]:
    twin = av.Packet(bytes(packet))
    twin.pts, twin.dts, twin.duration = packet.pts, packet.dts, packet.duration
    twin.time_base, twin.is_keyframe, twin.stream = packet.time_base, packet.is_keyframe, stream
    return twin


def _tags(title: str, language: str) -> dict[str, str]:
    tags = {"title": title, "handler_name": title, "language": language}
    return {name: value for name, value in tags.items() if value}
