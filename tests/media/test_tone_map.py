"""High dynamic range for a screen of today: by the numbers of the standards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.media.tone_map import Transfer, eetf, hlg_to_scene, nits_to_pq, pq_to_nits, tone_mapped


def patch_of(value: float) -> np.ndarray:
    return np.full((1, 1, 3), round(value * 65535), np.uint16)


# ITU-R BT.2408-7, table 1, and SMPTE ST 2084: signal for cd/m².
@pytest.mark.parametrize(("nits", "signal"), [(0, 0.0), (100, 0.508), (203, 0.581), (1000, 0.752), (10_000, 1.0)])
def test_pq_is_that_of_the_standard(nits: float, signal: float) -> None:
    assert float(nits_to_pq(np.array(nits))) == pytest.approx(signal, abs=0.0005)
    assert float(pq_to_nits(nits_to_pq(np.array(nits)))) == pytest.approx(nits, rel=1e-3, abs=1e-3)


def test_hlg_is_that_of_the_standard() -> None:
    """BT.2100: half of the signal is a twelfth of the light; reference white, 75 %, is 203 of 1,000 cd/m² on screen."""
    black, half, white, top = hlg_to_scene(np.array([0.0, 0.5, 0.75, 1.0]))
    assert (black, half) == (0, pytest.approx(1 / 12, rel=1e-4))
    assert 1000 * white**1.2 == pytest.approx(203, rel=0.01)
    assert top == pytest.approx(1, rel=1e-4)


def test_what_is_dark_stays_and_the_peak_becomes_white() -> None:
    """BT.2390: below its knee, 1.5 × PQ(203)/PQ(1000) − 0.5 of the signal, the EETF is the identity."""
    knee = float(pq_to_nits(np.array((1.5 * 0.581 / 0.752 - 0.5) * 0.752)))
    below = np.array([0.0, 1.0, 20.0, knee * 0.98])
    assert eetf(below, 1000) == pytest.approx(below, rel=1e-3, abs=1e-6)
    assert eetf(np.array([1000.0, 4000.0]), 1000) == pytest.approx([203, 203], rel=1e-3)


@given(st.floats(203, 10_000), st.floats(0, 1), st.floats(0, 1))
def test_brighter_is_never_darker(peak: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    made = eetf(np.array([low * peak, high * peak]), peak)
    assert 0 <= made[0] <= made[1] * 1.0001 + 1e-6
    assert made[1] <= 203.5


# Computed by hand from the formulas: below the knee nits/203 of light, which BT.1886 codes as its 2.4th root.
@pytest.mark.parametrize("nits", [1, 5, 20, 58])
def test_grey_of_pq_is_the_grey_of_so_much_light(nits: float) -> None:
    made = tone_mapped(patch_of(float(nits_to_pq(np.array(nits)))), "pq")
    assert made[0, 0] == pytest.approx(np.full(3, 255 * (nits / 203) ** (1 / 2.4)), abs=1.5)


def test_the_peak_that_a_film_states_counts() -> None:
    bright = patch_of(0.752)  # 1,000 cd/m²
    assert tone_mapped(bright, "pq", 1_000)[0, 0].tolist() == [255] * 3
    assert 230 < tone_mapped(bright, "pq", 4_000)[0, 0, 0] < 253


def test_reference_white_is_nearly_white_in_both() -> None:
    pq, hlg = tone_mapped(patch_of(0.581), "pq")[0, 0, 0], tone_mapped(patch_of(0.75), "hlg")[0, 0, 0]
    assert 220 < pq < 240
    assert abs(int(pq) - int(hlg)) <= 2


@pytest.mark.parametrize("transfer", ["pq", "hlg", "gamma"])
def test_black_is_black_and_the_peak_white(transfer: Transfer) -> None:
    assert tone_mapped(patch_of(0), transfer)[0, 0].tolist() == [0] * 3
    assert tone_mapped(patch_of(1), transfer)[0, 0].tolist() == [255] * 3


def test_red_of_bt709_in_bt2020_is_red_again() -> None:
    """BT.2087, table 2: linear red of BT.709 is (0.6274, 0.0691, 0.0164) of BT.2020."""
    codes = np.array([0.6274, 0.0691, 0.0164]) ** (1 / 2.4)
    made = tone_mapped(np.round(codes * 65535).astype(np.uint16)[None, None], "gamma")[0, 0]
    assert made[0] >= 254
    assert made[1:].max() <= 8
