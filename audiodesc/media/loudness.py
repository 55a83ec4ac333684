"""Loudness and peaks after ITU-R BS.1770 and EBU R128, by FFmpeg's `ebur128`; its true peak, which takes
three times as long as all the rest, by our own."""

from __future__ import annotations

import math
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from audiodesc.media.samples import to_frame
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.true_peak import HighestPeak
from audiodesc.model import Loudness, Samples

SILENCE_LUFS = -70.0
"""The absolute gate of BS.1770: below it nothing is measured."""


STEP = RATE_HZ // 10
"""The filter measures in steps of 100 ms."""


class Meter:
    """Measures sound that is pushed block by block, in constant memory.

    `peaks` asks for the true peak too; without it that number is −inf.
    """

    def __init__(self, layout: str, *, peaks: bool = True) -> None:
        self._layout = layout
        self._size = 0
        self._highest = HighestPeak(av.AudioLayout(layout).nb_channels) if peaks else None
        self._last: dict[str, str] = {}
        self._graph = Graph()
        self._graph.link_nodes(
            self._graph.add_abuffer(format="flt", sample_rate=RATE_HZ, layout=layout, time_base=Fraction(1, RATE_HZ)),
            self._graph.add("ebur128", "metadata=1:framelog=quiet"),
            self._graph.add("abuffersink"),
        ).configure()

    def push(self, samples: Samples) -> None:
        """Take a block at 48 kHz, shape (channels, samples)."""
        self._size += samples.shape[1]
        if self._highest:
            self._highest.push(samples)
        self._graph.push(to_frame(samples, self._layout, RATE_HZ))
        self._drain()

    def result(self) -> Loudness:
        """The measurement of all that was pushed; ends it."""
        if rest := -self._size % STEP:  # the filter leaves out an unfinished step, and a peak with it
            self.push(np.zeros((av.AudioLayout(self._layout).nb_channels, rest), np.float32))
        self._graph.push(None)
        self._drain()
        integrated = float(self._last.get("lavfi.r128.I", "-inf"))
        if self._highest:
            self._highest.flush()
        peak = self._highest.value if self._highest else 0.0
        return Loudness(
            integrated_lufs=integrated if integrated > SILENCE_LUFS else -math.inf,
            range_lu=float(self._last.get("lavfi.r128.LRA", "0")),
            true_peak_db=20 * math.log10(peak) if peak > 0 else -math.inf,
        )

    def _drain(self) -> None:
        while True:
            try:
                self._last = self._graph.pull().metadata or self._last
            except (av.error.BlockingIOError, av.error.EOFError):
                return
