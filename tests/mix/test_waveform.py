"""Peaks are those of the samples, however the sound is cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.mix.measure import Peaks


def test_a_click_is_in_its_own_bin() -> None:
    """10 ms a bin at 48 kHz is 480 samples: sample 479 is the last of bin 0, 480 the first of bin 1."""
    sound = np.zeros((2, 4800), np.float32)
    sound[0, 479], sound[1, 480], sound[1, 4799] = 0.5, -0.75, 0.25
    peaks = Peaks(10, 10_000)
    peaks.push(sound)
    found = peaks.result()
    assert found.high.tolist() == [0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0.25]
    assert found.low.tolist() == [0, -0.75, 0, 0, 0, 0, 0, 0, 0, 0]
    assert found.bin_us == 10_000


@given(
    blocks=st.lists(st.integers(0, 700), max_size=12),
    bin_us=st.integers(1_000, 30_000),
    rate_hz=st.sampled_from([8_000, 44_100, 48_000]),
    seed=st.integers(0, 99),
)
def test_how_it_is_cut_into_blocks_does_not_matter(blocks: list[int], bin_us: int, rate_hz: int, seed: int) -> None:
    total = sum(blocks)
    sound = np.random.default_rng(seed).uniform(-1, 1, (2, total)).astype(np.float32)
    bins = total * 1_000_000 // (bin_us * rate_hz) + 1
    peaks = Peaks(bins, bin_us, rate_hz)
    at = 0
    for size in blocks:
        peaks.push(sound[:, at : at + size])
        at += size
    low, high = np.zeros(bins, np.float32), np.zeros(bins, np.float32)
    for n in range(total):
        place = int(n / rate_hz * 1_000_000 / bin_us + 1e-9)
        low[place] = min(low[place], sound[:, n].min())
        high[place] = max(high[place], sound[:, n].max())
    np.testing.assert_array_equal(peaks.result().low, low)
    np.testing.assert_array_equal(peaks.result().high, high)


@pytest.mark.parametrize("size", [1, 48_000, 1_000_000])
def test_what_comes_after_the_last_bin_is_left_out(size: int) -> None:
    peaks = Peaks(2, 10_000)
    peaks.push(np.zeros((1, 960), np.float32))
    peaks.push(np.ones((1, size), np.float32))
    assert not peaks.result().high.any()
