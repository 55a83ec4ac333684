"""Lossy sound files whose n-th sample, as it is decoded, is the n-th of the sound: AC-3, E-AC-3, MP2 and Opus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import numpy as np

from audiodesc.media.encode import EXACT, NO_TAGS, Dither
from audiodesc.media.loudness import DecodedPeak
from audiodesc.media.sound import RATE_HZ, to_frame
from audiodesc.model import Samples

BACK: Final = {"5.1(side)": "5.1", "5.0(side)": "5.0", "quad(side)": "quad"}
"""Layouts whose surround channels are back ones in a codec that knows no other."""

AC3_LAYOUTS: Final = (
    *("mono", "stereo", "3.0", "3.0(back)", "quad", "quad(side)", "4.0", "5.0", "5.0(side)"),
    *("2.1", "3.1", "4.1", "5.1", "5.1(side)"),
)
AC3_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)


@dataclass(frozen=True, slots=True)
class LossyFormat:
    """How a kind of lossy file is written; `container`, `codec`, `decoder` and `sample_format` are FFmpeg's names.

    `layouts` are those that it holds, FFmpeg's names, each with what the codec calls it. `kbps` is the bit rate by the
    number of channels, `rates` all that a user may choose (kb/s). `delay` is by how many samples the decoded sound
    comes late where the file has no place to say so, `frame` how many samples a packet holds.
    """

    suffix: str
    container: str
    codec: str
    decoder: str
    sample_format: str
    layouts: Mapping[str, str]
    kbps: Mapping[int, int]
    rates: range | tuple[int, ...]
    delay: int = 0
    frame: int = 1
    mono_most: int = 640

    def choices(self, layout: str) -> str:
        """The bit rates that a user may choose, in words."""
        if isinstance(self.rates, range):
            return f"{self.rates.start} to {self.rates.stop - 1}"
        return ", ".join(str(rate) for rate in self.rates if rate <= self.mono_most or layout != "mono")

    def fault(self, layout: str, kbps: int) -> str:
        """Why there is no such file at that bit rate; "" where there is one."""
        if kbps not in self.rates or (layout == "mono" and kbps > self.mono_most):
            return f"there is no {self.codec} of {kbps} kb/s"
        encoder = av.CodecContext.create(self.codec, "w")
        assert isinstance(encoder, av.AudioCodecContext)  # noqa: S101 — the name is one of sound
        _set_up(encoder, self, self.layouts[layout], kbps)
        try:
            encoder.open()
        except av.error.FFmpegError:
            return f"{kbps} kb/s do not hold {layout} sound as {self.codec}"
        return ""


def _set_up(encoder: av.AudioCodecContext, form: LossyFormat, layout: str, kbps: int) -> None:
    encoder.sample_rate, encoder.layout, encoder.bit_rate = RATE_HZ, layout, kbps * 1000
    encoder.format, encoder.time_base = av.AudioFormat(form.sample_format), Fraction(1, RATE_HZ)


def _same(layouts: Iterable[str]) -> dict[str, str]:
    return {layout: layout for layout in layouts}


def _ac3(suffix: str, name: str) -> LossyFormat:
    kbps = {1: 128, 2: 256, 3: 384, 4: 448, 5: 640, 6: 640}
    return LossyFormat(suffix, name, name, name, "fltp", _same(AC3_LAYOUTS), kbps, AC3_KBPS, 256, 1536)


LOSSY: Final[Mapping[str, LossyFormat]] = {
    "ac3": _ac3(".ac3", "ac3"),
    "eac3": _ac3(".ec3", "eac3"),
    "mp2": LossyFormat(
        *(".mp2", "mp2", "mp2", "mp2float", "s16", _same(("mono", "stereo")), {1: 128, 2: 256}),
        rates=(64, 96, 112, 128, 160, 192, 224, 256, 320, 384),
        delay=481,
        frame=1152,
        mono_most=192,
    ),
    "opus": LossyFormat(
        *(".opus", "opus", "libopus", "opus", "flt"),
        _same(("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")) | BACK,
        {1: 96, 2: 160, 3: 224, 4: 288, 5: 352, 6: 384, 7: 448, 8: 512},
        range(16, 1025),
    ),
}
"""Bit rates: 640 kb/s is what AC-3 has at most; 256 kb/s of MP2 are usual in DVB; Opus as its authors recommend for
music that nobody tells from the original, 128 kb/s for a pair, and a little more."""


class LossyFile:
    """A file that grows block by block, at 48 kHz.

    A codec that comes late and has no place to say so is given silence before the sound, and as many whole packets as
    it then is late are left out: the first `delay` samples (5.3 ms of AC-3, 10 ms of MP2) are faded in by that. A file
    of such a codec ends with a whole packet. `options` are of the encoder, by FFmpeg's names. Use as a context manager:
    leaving it finishes the file.
    """

    def __init__(
        self,
        path: Path,
        form: LossyFormat,
        layout: str,
        kbps: int,
        *,
        options: Mapping[str, str] = NO_TAGS,
        tags: Mapping[str, str] = NO_TAGS,
    ) -> None:
        self._form, self._layout = form, form.layouts[layout]
        self._left_out = -(-form.delay // form.frame)
        self._channels = av.AudioLayout(self._layout).nb_channels
        self._dither = Dither(16) if form.sample_format == "s16" else None
        self._container = av.open(f"file:{path}", "w", format=form.container, container_options=EXACT)
        try:
            stream = self._container.add_stream(form.codec, rate=RATE_HZ, layout=self._layout)
            assert isinstance(stream, av.AudioStream)  # noqa: S101 — every codec of the table is one of sound
            self._stream, encoder = stream, stream.codec_context
            _set_up(encoder, form, self._layout, kbps)
            encoder.options = dict(options)
            said = {name: value for name, value in tags.items() if value}
            self._stream.metadata.update(said)
            self._container.metadata.update(said)
            self._container.start_encoding()
        except BaseException:
            self._container.close()
            raise
        self._peak = DecodedPeak(encoder, form.decoder)
        self._pushed = self._packets = 0
        self.decoded_peak_db: float | None = None
        """After the end: the true peak (dBTP) that a player hears."""
        self._encode(np.zeros((self._channels, self._left_out * form.frame - form.delay), np.float32))

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples) at 48 kHz."""
        self._encode(samples)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._container.close()

    def _finish(self) -> None:
        form = self._form
        if form.delay:  # what was pushed last is in the packets after those that were filled by it
            sound = self._pushed + form.delay
            self._encode(np.zeros((self._channels, -(-sound // form.frame) * form.frame - self._pushed), np.float32))
        self._mux(self._stream.encode(None))
        self._peak.push(None)
        self._peak.flush()
        self.decoded_peak_db = self._peak.value_db

    def _encode(self, samples: Samples) -> None:
        if not samples.shape[1]:
            return
        whole: Any = self._dither(samples) if self._dither else samples
        frame = to_frame(whole, self._layout, RATE_HZ)
        frame.pts, frame.time_base = self._pushed, Fraction(1, RATE_HZ)
        self._pushed += samples.shape[1]
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: Iterable[av.Packet[av.AudioStream]]) -> None:
        for packet in packets:
            self._packets += 1
            if self._packets > self._left_out:
                if self._left_out:
                    packet.pts = packet.dts = (self._packets - 1 - self._left_out) * self._form.frame
                self._peak.push(packet)
                self._container.mux_one(packet)
