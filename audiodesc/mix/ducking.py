"""How far the film goes down under the narrator, as a curve computed from where lines are placed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from audiodesc.errors import UsageError

LONGEST = 600
"""Seconds: no spoken line is longer."""


@dataclass(frozen=True, slots=True)
class Ducking:
    """`depth_db` (≤ 0) under a line, reached `down_ms` after the film begins to go down, which ends where the
    line begins; `up_ms` from the line's end back to 0 dB. Both ramps are straight in dB.

    Defaults after DAPT's example (−8.2 dB, 0.3 s) and Microsoft's practice (−10 dB).
    """

    depth_db: float = -9.0
    down_ms: int = 300
    up_ms: int = 500

    def __post_init__(self) -> None:
        if not -60 <= self.depth_db <= 0 or not 0 < self.down_ms <= 10_000 or not 0 < self.up_ms <= 10_000:
            raise UsageError(
                f"ducking of {self.depth_db} dB with ramps of {self.down_ms} and {self.up_ms} ms",
                "give a depth from -60 to 0 dB and ramps from 1 to 10,000 ms",
            )


def gain(
    start: int, count: int, lines: Sequence[tuple[int, int]], ducking: Ducking, rate_hz: int
) -> NDArray[np.float32] | None:
    """The film's gain (linear) for `count` samples from sample `start`; None where it is 1 throughout.

    `lines` are (first sample, sample after the last), in order, none longer than ten minutes. Where two lines' curves
    meet, the lower one counts.
    """
    down = ducking.down_ms * rate_hz // 1000
    up = ducking.up_ms * rate_hz // 1000
    begin = bisect_left(lines, start - up - LONGEST * rate_hz, key=itemgetter(0))
    stop = bisect_left(lines, start + count + down, key=itemgetter(0))
    near = [(first, end) for first, end in lines[begin:stop] if end + up > start]
    if not near:
        return None
    at = np.arange(start, start + count)
    depth = np.zeros(count)
    for first, end in near:
        share = np.interp(at, [first - down, first, end, end + up], [0.0, 1.0, 1.0, 0.0])
        np.maximum(depth, share, out=depth)
    return (10.0 ** (ducking.depth_db * depth / 20.0)).astype(np.float32)
