"""The loudness of every sound track of a file, measured in one pass over it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.stream import Discard, Stream

from audiodesc.core.progress import Progress
from audiodesc.inspection.model import Level
from audiodesc.media.loudness import Meter
from audiodesc.media.opening import demuxed, open_film
from audiodesc.media.sound import float_form, from_frame
from audiodesc.model import Samples

QUIET_LUFS: Final = -60.0
"""Below it a moment counts as silent."""

FIRST: Final = 3
"""Moments before the first whole 400 ms."""


class _Measured:
    """One track on its way: its frames, in the form of the first, are metered."""

    def __init__(self, frame: av.AudioFrame) -> None:
        self._layout, self._rate_hz = frame.layout.name, frame.sample_rate
        self._meter = Meter(self._layout, self._rate_hz)
        self._former, self._form = self._resampler(), _form(frame)
        self._waiting: list[Samples] = []
        self._held = 0

    def _resampler(self) -> av.AudioResampler:
        return av.AudioResampler(float_form(self._layout), self._layout, self._rate_hz)

    def push(self, frame: av.AudioFrame) -> None:
        if _form(frame) != self._form:  # a resampler takes one form
            self._former, self._form = self._resampler(), _form(frame)
        frame.pts = None
        for formed in self._former.resample(frame):
            self._waiting.append(from_frame(formed))
            self._held += formed.samples
        if self._held >= self._rate_hz:
            self._measure()

    def _measure(self) -> None:
        """Measure what waits: a second at a time costs a fraction of frame by frame."""
        if self._waiting:
            self._meter.push(np.concatenate(self._waiting, axis=1))
            self._waiting, self._held = [], 0

    def level(self) -> Level:
        self._measure()
        found = self._meter.result()
        moments = self._meter.momentary_lufs[FIRST:]
        silent = sum(moment < QUIET_LUFS for moment in moments) / len(moments) if moments else 0.0
        return Level(
            integrated_lufs=_finite(found.integrated_lufs),
            range_lu=round(found.range_lu, 2),
            true_peak_db=_finite(found.true_peak_db),
            silent=round(silent, 3),
        )


def levels_of(path: Path, progress: Progress) -> dict[int, Level]:
    """The level of each sound that can be decoded, by its index. Raises FilmError."""
    running: dict[int, _Measured] = {}
    with open_film(path) as container:
        sounds: list[Stream] = [stream for stream in container.streams.audio if stream.codec_context]
        if not sounds:
            return {}
        for stream in container.streams:
            if stream not in sounds:
                stream.discard = Discard.all
        total_s, shown_s = round((container.duration or 0) / av.time_base), -1
        for packet in demuxed(container, sounds):
            for frame in _frames(packet):
                if packet.stream_index not in running:
                    running[packet.stream_index] = _Measured(frame)
                running[packet.stream_index].push(frame)
            if packet.pts is not None and packet.time_base and (at_s := int(packet.pts * packet.time_base)) > shown_s:
                shown_s = at_s
                progress("listen", min(at_s, total_s), total_s)
    return {index: one.level() for index, one in running.items()}


def _frames(packet: av.Packet[av.AudioStream]) -> list[av.AudioFrame]:
    """None of a damaged packet."""
    try:
        return [frame for frame in packet.decode() if frame.samples]
    except av.error.FFmpegError:
        return []


def _form(frame: av.AudioFrame) -> tuple[str, int, str]:
    return frame.format.name, frame.sample_rate, frame.layout.name


def _finite(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
