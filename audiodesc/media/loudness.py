"""Loudness and peaks after ITU-R BS.1770 and EBU R128, by FFmpeg's `ebur128`; its true peak, which takes
three times as long as all the rest, by our own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from audiodesc.media.samples import float_form, to_frame
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.true_peak import HighestPeak
from audiodesc.model import Samples

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


class Meter:
    """Measures sound that is pushed block by block, in constant memory but for ten numbers a second.

    `peaks` asks for the true peak too; without it that number is −inf.
    """

    def __init__(self, layout: str, rate_hz: int = RATE_HZ, *, peaks: bool = True) -> None:
        self._layout, self._rate_hz = layout, rate_hz
        self._channels = av.AudioLayout(layout).nb_channels
        self._size = 0
        self._highest = HighestPeak(self._channels) if peaks else None
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
