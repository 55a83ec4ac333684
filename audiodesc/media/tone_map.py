"""High dynamic range and wide colour -> what a screen of today shows: BT.709, 8 bits.

Sources: SMPTE ST 2084 (PQ); ITU-R BT.2100-2, table 5 (HLG) with its OOTF for a screen of 1,000 cd/m²; the EETF of
ITU-R BT.2390, 5.4.1, on the largest of the three components, so that no hue turns; ITU-R BT.2087 (BT.2020 to BT.709);
ITU-R BT.2408: what is white in a film of today is 203 cd/m². FFmpeg's `zscale` and `libplacebo` do the same, and are in
no build of PyAV; `tonemap` takes linear light, which nothing else there makes; the scaler's own tone-mapping takes a
film without metadata for one of 10,000 cd/m², and makes it dark.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Transfer = Literal["pq", "hlg", "gamma"]
Floats = NDArray[np.float32]

WHITE_NITS = 203.0
"""Of a film of today, cd/m² (BT.2408): what is brighter in one of high dynamic range is pressed together below it."""

PEAK_NITS = 1_000.0
"""The brightest of a film that does not say so, and of every one in HLG."""

PQ_NITS = 10_000.0
GAMMA = 2.4
"""BT.1886: of a screen of today."""

TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
"""From linear BT.2020 to linear BT.709 (BT.2087)."""

LUMA_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
CODES = 1 << 16
STEPS = 4_096


def tone_mapped(codes: NDArray[np.uint16], transfer: Transfer, peak_nits: float = PEAK_NITS) -> NDArray[np.uint8]:
    """RGB of BT.2020 as coded, shape (height, width, 3), full range of 16 bits -> the same as BT.709, of 8 bits.

    `peak_nits` is the brightest of the film, in cd/m²; it counts for PQ. "gamma": BT.2020 without high dynamic range.
    """
    light = _light(transfer)[codes]
    if transfer == "hlg":
        light *= (np.maximum(light @ LUMA_2020, 1e-6) ** 0.2)[..., None]
    if transfer != "gamma":
        peak = PEAK_NITS if transfer == "hlg" else min(max(peak_nits, WHITE_NITS), PQ_NITS)
        scale = 1.0 if transfer == "hlg" else PQ_NITS / peak  # to 1 for the peak
        brightest = np.minimum(light.max(-1) * scale, 1.0)
        light *= _gains(peak)[_steps(brightest)][..., None] * (scale * peak / WHITE_NITS)
    return _encoded()[_steps(np.clip(light @ TO_709.T, 0.0, 1.0))]


def pq_to_nits(codes: NDArray[Any]) -> Floats:
    """The EOTF of SMPTE ST 2084: 0 to 1 -> 0 to 10,000 cd/m²."""
    power = np.asarray(codes, np.float64) ** (1 / 78.84375)
    made = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return np.asarray(PQ_NITS * made ** (1 / 0.1593017578125), np.float32)


def nits_to_pq(nits: NDArray[Any]) -> Floats:
    """The inverse of `pq_to_nits`."""
    power = (np.asarray(nits, np.float64) / PQ_NITS) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375, np.float32)


def hlg_to_scene(codes: NDArray[Any]) -> Floats:
    """The inverse OETF of HLG: 0 to 1 -> linear light of the scene, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    values = np.asarray(codes, np.float64)
    return np.asarray(np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12), np.float32)


def eetf(nits: NDArray[Any], peak_nits: float, white_nits: float = WHITE_NITS) -> Floats:
    """BT.2390's EETF: what of 0 to `peak_nits` becomes in 0 to `white_nits`, with a knee and black as it is."""
    top = float(nits_to_pq(np.array(peak_nits)))
    values = np.asarray(nits_to_pq(np.minimum(nits, peak_nits)) / top, np.float64)
    most = float(nits_to_pq(np.array(white_nits))) / top
    knee = 1.5 * most - 0.5
    t = np.maximum(values - knee, 0) / max(1 - knee, 1e-9)
    curve = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * most
    return pq_to_nits(np.asarray(np.where(values < knee, values, curve) * top, np.float32))


def _steps(values: NDArray[Any]) -> NDArray[np.uint16]:
    """Places in a table of 0 to 1 whose steps are finer where it is dark."""
    return np.asarray(np.sqrt(values) * (STEPS - 1) + 0.5, np.uint16)


def _table() -> Floats:
    return np.asarray((np.arange(STEPS) / (STEPS - 1)) ** 2, np.float32)


@functools.cache
def _light(transfer: Transfer) -> Floats:
    """Linear light of each code of 16 bits: of 10,000 cd/m² for PQ, else of white."""
    codes = np.arange(CODES) / (CODES - 1)
    if transfer == "pq":
        return pq_to_nits(codes) / np.float32(PQ_NITS)
    return hlg_to_scene(codes) if transfer == "hlg" else np.asarray(codes**GAMMA, np.float32)


@functools.lru_cache(maxsize=4)
def _gains(peak_nits: float) -> Floats:
    """What light of each brightness, of the peak, is multiplied by."""
    nits = np.maximum(_table(), np.float32(1e-8)) * np.float32(peak_nits)
    return eetf(nits, peak_nits) / nits


@functools.cache
def _encoded() -> NDArray[np.uint8]:
    return np.asarray(np.round(_table() ** (1 / GAMMA) * 255), np.uint8)
