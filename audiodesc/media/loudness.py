"""Loudness (ITU-R BS.1770, EBU R 128) by FFmpeg's `ebur128`; true peak (BS.1770-5, Annex 2) by our own, which is
three times as fast, also of lossy files as they are decoded again."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audiodesc.media.sound import RATE_HZ, float_form, from_frame, to_frame
from audiodesc.model import Samples

OVERSAMPLING = 4
"""ITU-R BS.1770-5, Annex 2: peaks are read at four times 48 kHz."""

TAPS = 32
"""BS.1770's example has 12, which read noise near 24 kHz up to 0.7 dB too low."""

BEFORE, AFTER = TAPS // 2 - 1, TAPS // 2
"""Samples that the filters reach back and ahead."""

HOP = 16
"""Samples that are looked at together."""

AT_ONCE = 64
"""Hops in one product of matrices: for much larger ones OpenBLAS takes threads of its own, and they get in the way."""


def interpolators() -> NDArray[np.float32]:
    """Windowed-sinc filters for the three points between two samples, each of unit gain at 0 Hz; shape (3, TAPS)."""
    filters = []
    for phase in range(1, OVERSAMPLING):
        at = np.arange(TAPS) - BEFORE - phase / OVERSAMPLING
        window = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1 - (at / (TAPS / 2)) ** 2))) / np.i0(6.0)
        taps = np.sinc(at) * window
        filters.append((taps / taps.sum()).astype(np.float32))
    return np.stack(filters)


INTERPOLATORS = interpolators()

OVERSHOOT = float(np.abs(INTERPOLATORS).sum(axis=1).max())
"""No point between samples is more than so many times as large as the largest sample that its filter reaches."""


def _points() -> NDArray[np.float32]:
    """The filters for all points of a hop, and its samples themselves; shape (4 × HOP, what they reach)."""
    phases = np.concatenate([np.eye(1, TAPS, BEFORE, dtype=np.float32), INTERPOLATORS])
    return np.concatenate([np.pad(phases, ((0, 0), (i, HOP - 1 - i))) for i in range(HOP)])


POINTS = _points()


def hop_peaks(sound: Samples, ceiling: float) -> NDArray[np.float32]:
    """The largest magnitude over all channels at and right after the samples of each hop but the first and the last;
    0 where the samples of the hop and its neighbours are so small that nothing between them can reach `ceiling`.
    """
    peaks = np.zeros(max(0, sound.shape[1] // HOP - 2), np.float32)
    loud = ceiling / OVERSHOOT
    if not peaks.size or max(sound.max(), -sound.min()) < loud:
        return peaks
    for channel in sound:
        hot = np.flatnonzero(np.abs(channel) >= loud) // HOP
        near = np.zeros(len(peaks) + 2, bool)
        for beside in (-1, 0, 1):
            near[np.clip(hot + beside, 0, len(peaks) + 1)] = True
        hops = np.flatnonzero(near[1:-1])
        reached = sliding_window_view(channel[HOP - BEFORE :], POINTS.shape[1])[::HOP]
        for part in np.split(hops, range(AT_ONCE, len(hops), AT_ONCE)):
            points = POINTS @ reached[part].T
            peaks[part] = np.maximum(peaks[part], np.maximum(points.max(axis=0), -points.min(axis=0)))
    return np.nan_to_num(peaks, nan=np.inf)  # beside a sample that is no number


class TruePeak:
    """The true peak of sound that is pushed block by block: `value`, linear.

    Between samples is looked only beside those above half the highest peak so far, which in most films are few:
    sound that is 6 dB higher between its samples than on any of them does not occur outside test signals.
    """

    def __init__(self, channels: int) -> None:
        self.value = 0.0
        self._held: Samples = np.zeros((channels, TAPS - 1), np.float32)

    def push(self, block: Samples) -> None:
        """Take a block, shape (channels, samples)."""
        sound = np.concatenate([self._held, block], axis=1)
        self._held = sound[:, sound.shape[1] - TAPS + 1 :].copy()
        loudest = max(float(sound.max()), -float(sound.min()))
        if loudest <= self.value / 2:
            return
        self.value = max(self.value, loudest)
        for channel in sound:
            near = np.abs(channel[BEFORE : len(channel) - AFTER]) > self.value / 2
            near[:-1] |= near[1:]  # on both sides of a loud sample
            hot = np.flatnonzero(near)
            if hot.size:
                between = np.abs(sliding_window_view(channel, TAPS)[hot] @ INTERPOLATORS.T)
                self.value = max(self.value, float(between.max()))

    def flush(self) -> None:
        """Look between the last samples too; ends it."""
        self.push(np.zeros((len(self._held), TAPS // 2), np.float32))


class DecodedPeak:
    """The true peak (dBTP) of what an encoder gives, packet by packet: `value_db`, −inf for silence. A coder moves
    peaks, so that only decoding measures it. `decoder` is FFmpeg's name, by default the encoder's."""

    def __init__(self, encoder: av.AudioCodecContext, decoder: str = "") -> None:
        made = av.CodecContext.create(decoder or encoder.name, "r")
        assert isinstance(made, av.AudioCodecContext)  # noqa: S101 — the encoder is one
        made.extradata = encoder.extradata
        self._decoder = made
        self._form = float_form(encoder.layout.name)
        self._former = av.AudioResampler(self._form)
        self._highest = TruePeak(encoder.layout.nb_channels)
        self._waiting = av.AudioFifo()  # packets are short: many are measured together

    @property
    def value_db(self) -> float:
        """So far."""
        self._measure()
        return 20 * math.log10(self._highest.value) if self._highest.value > 0 else -math.inf

    def push(self, packet: av.Packet[Any] | None) -> None:
        """Decode a packet, or after the last one, for None, what the decoder held back."""
        for frame in self._decoder.decode(packet):
            for formed in [frame] if frame.format.name == self._form else self._former.resample(frame):
                formed.pts = None
                self._waiting.write(formed)
        if self._waiting.samples >= RATE_HZ:
            self._measure()

    def forget(self) -> None:
        """Count nothing that was pushed so far."""
        self._measure()
        self._highest.value = 0.0

    def flush(self) -> None:
        """Look between the last samples too; ends it."""
        self._measure()
        self._highest.flush()

    def _measure(self) -> None:
        if waiting := self._waiting.read():
            self._highest.push(from_frame(waiting))


def decoded_peak(encoder: av.AudioCodecContext, packets: Iterable[bytes], *, begins: bool, ends: bool) -> float:
    """The true peak (dBTP, −inf for silence) of packets of that encoder.

    Where they do not begin where the sound does, the first two frames do not count: one takes the packet before
    it too, the other would be heard after a cut. Nor does the cut after the last where they do not end with the sound.
    """
    peak = DecodedPeak(encoder)
    for number, packet in enumerate(chain(map(av.Packet, packets), [None])):
        peak.push(packet)
        if number <= 1 and not begins:
            peak.forget()
    if ends:
        peak.flush()
    return peak.value_db


SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770: below it nothing is measured."""

NOTHING_LUFS = -120.0
"""Digital silence. Right after sound, rounding leaves the filter's sum below zero, and it gives no number."""

STEPS_HZ = 10
"""The filter measures in steps of 100 ms."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """A measurement after ITU-R BS.1770, EBU Tech 3341 and 3342.

    `range_lu` is the loudness range, `short_term_lufs` the loudest 3 s, `true_peak_db` in dBTP. Silence is −inf.
    """

    integrated_lufs: float
    range_lu: float
    short_term_lufs: float
    true_peak_db: float


BLOCK = 4
"""Steps of a block of BS.1770, which is 400 ms long."""


def clip_loudness_lufs(clip: NDArray[np.float32], rate_hz: int) -> float:
    """The integrated loudness (gated) of mono sound, shape (samples,); −inf for silence.

    Whole steps of 100 ms count. A clip under 400 ms, too short for the standard, is measured as if it were repeated: so
    it comes out as loud as longer speech of the same level, which silence around it would not do.
    """
    step = rate_hz // STEPS_HZ
    if 0 < len(clip) < BLOCK * step:
        clip = np.tile(clip, -(-BLOCK * step // len(clip)) + 1)
    meter = Meter("mono", rate_hz, peaks=False)
    meter.push(clip[np.newaxis, : len(clip) // step * step])
    return meter.result().integrated_lufs


class Meter:
    """Measures sound that is pushed block by block, in constant memory but for ten numbers a second.

    `peaks` asks for the true peak too; without it that number is −inf.
    """

    def __init__(self, layout: str, rate_hz: int = RATE_HZ, *, peaks: bool = True) -> None:
        self._layout, self._rate_hz = layout, rate_hz
        self._channels = av.AudioLayout(layout).nb_channels
        self._size = 0
        self._highest = TruePeak(self._channels) if peaks else None
        self._last: dict[str, str] = {}
        self._momentary: list[float] = []
        self._short_term = -math.inf
        self._graph = Graph()
        self._graph.link_nodes(
            self._graph.add_abuffer(
                format=float_form(layout), sample_rate=rate_hz, layout=layout, time_base=Fraction(1, rate_hz)
            ),
            self._graph.add("ebur128", "metadata=1:framelog=quiet"),
            self._graph.add("abuffersink"),
        ).configure()

    @property
    def momentary_lufs(self) -> tuple[float, ...]:
        """The loudness of the 400 ms that end at 0.1 s, 0.2 s …; far below −70 where there is no sound, or no
        400 ms yet."""
        return tuple(self._momentary)

    def push(self, samples: Samples) -> None:
        """Take a block of shape (channels, samples)."""
        self._size += samples.shape[1]
        if self._highest:
            self._highest.push(samples)
        self._graph.push(to_frame(samples, self._layout, self._rate_hz))
        self._drain()

    def result(self) -> Loudness:
        """The measurement of all that was pushed; ends it."""
        step = self._rate_hz // STEPS_HZ
        if rest := -self._size % step:  # the filter leaves out an unfinished step, and a peak with it
            self.push(np.zeros((self._channels, rest), np.float32))
        self._graph.push(None)
        self._drain()
        integrated = float(self._last.get("lavfi.r128.I", "-inf"))
        if self._highest:
            self._highest.flush()
        peak = self._highest.value if self._highest else 0.0
        return Loudness(
            integrated_lufs=integrated if integrated > SILENCE_LUFS else -math.inf,
            range_lu=float(self._last.get("lavfi.r128.LRA", "0")),
            short_term_lufs=self._short_term if self._short_term > SILENCE_LUFS else -math.inf,
            true_peak_db=20 * math.log10(peak) if peak > 0 else -math.inf,
        )

    def _drain(self) -> None:
        while True:
            try:
                told = self._graph.pull().metadata
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            if told:
                self._last = told
                lufs = float(told["lavfi.r128.M"])
                self._momentary.append(NOTHING_LUFS if math.isnan(lufs) else lufs)
                self._short_term = max(self._short_term, float(told["lavfi.r128.S"]))
