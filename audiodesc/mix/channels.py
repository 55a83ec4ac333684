"""Which channels carry what: the narrator's place, the bass, the downmix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin, sqrt

import av
import numpy as np
from numpy.typing import NDArray

LFE = ("LFE", "LFE2")
PAIRS = (("FL", "FR"), ("DL", "DR"), ("BIL", "BIR"))
DOWN_3_DB = sqrt(0.5)


def names(layout: str) -> list[str]:
    """FFmpeg's names of a layout's channels, in order."""
    return [channel.name for channel in av.AudioLayout(layout).channels]


def narrator_channels(channels: Sequence[str], pan: float = 0.0) -> Mapping[str, float]:
    """Which channels carry the narrator, and at what linear gain; their powers add up to one.

    The centre at 0 dB where there is one, else left and right at −3 dB each. `pan` from −1 (left) to 1 (right)
    moves it from there to the one side.
    """
    left, right = next((pair for pair in PAIRS if set(pair) <= set(channels)), ("", ""))
    side = right if pan > 0 else left
    if "FC" in channels and (not side or not pan):
        return {"FC": 1.0}
    if "FC" in channels:
        return {"FC": cos(abs(pan) * pi / 2), side: sin(abs(pan) * pi / 2)}
    if side:
        return {left: cos((pan + 1) * pi / 4), right: sin((pan + 1) * pi / 4)}
    return {channels[0]: 1.0}


def to_stereo(layout: str) -> NDArray[np.float32]:
    """The gains of a downmix after ITU-R BS.775, shape (2, channels): the centre and what is behind come in at −3 dB,
    a single channel behind at −3 dB in all, the LFE not. What BS.775 does not name is treated as its neighbours are.
    """
    return np.array([_shares(name) for name in names(layout)], np.float32).T


def _shares(name: str) -> tuple[float, float]:
    if name in LFE:
        return 0.0, 0.0
    if name in ("BC", "TBC"):
        return 0.5, 0.5
    if name.endswith("C") and name not in ("FLC", "FRC"):  # in front: FC, TFC, BFC; above: TC
        return DOWN_3_DB, DOWN_3_DB
    full = 1.0 if name in ("FL", "FR", "FLC", "FRC", "DL", "DR", "BIL", "BIR") else DOWN_3_DB
    return (full, 0.0) if name.endswith("L") or name == "FLC" else (0.0, full)
