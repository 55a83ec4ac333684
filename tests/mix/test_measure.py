"""Loudness from blocks: against a meter, and against the formulas of BS.1770. Peaks are those of the samples, however
the sound is cut into blocks."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.media.loudness import Meter
from audiodesc.mix.measure import Peaks, inside_spans, integrated_lufs, level_lufs, lufs, series
from audiodesc.model import Span

RATE_HZ = 48_000


def blocks(sound: np.ndarray) -> np.ndarray:
    meter = Meter("mono")
    meter.push(sound.astype(np.float32)[None])
    meter.result()
    return series(meter.momentary_lufs)


def noise(seconds: float, level: float) -> np.ndarray:
    return np.random.default_rng(2).normal(0, level, round(seconds * RATE_HZ))


def test_the_gated_loudness_is_that_of_a_second_meter() -> None:
    sound = np.concatenate([noise(4, 0.1), noise(3, 0.001), 0 * noise(2, 0), noise(3, 0.04)])
    assert integrated_lufs(blocks(sound)) == pytest.approx(
        pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound), abs=0.1
    )


def test_silence_has_no_loudness() -> None:
    assert integrated_lufs(blocks(np.zeros(RATE_HZ))) == -math.inf
    assert integrated_lufs(series([])) == lufs(0.0) == -math.inf
    assert level_lufs(series([]), Span(0, 1_000)) == -math.inf


def test_the_blocks_of_a_span_lie_wholly_in_it() -> None:
    """The block at index i ends at (i + 1) · 100 ms and is 400 ms long."""
    assert np.flatnonzero(inside_spans([Span(1_000, 2_000)], 30)).tolist() == list(range(13, 20))
    assert np.flatnonzero(inside_spans([Span(1_050, 1_999)], 30)).tolist() == list(range(14, 19))
    assert np.flatnonzero(inside_spans([Span(1_000, 1_400)], 30)).tolist() == [13]


def test_a_span_shorter_than_a_block_has_the_one_around_its_middle() -> None:
    assert np.flatnonzero(inside_spans([Span(1_000, 1_200)], 30)).tolist() == [12]  # 0.9 to 1.3 s
    assert np.flatnonzero(inside_spans([Span(2_900, 3_000)], 30)).tolist() == [29]


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 3_000)), max_size=4), st.integers(0, 40))
def test_no_block_is_outside_the_sound(placed: list[tuple[int, int]], count: int) -> None:
    assert inside_spans([Span(start, start + length) for start, length in placed], count).shape == (count,)


def test_the_level_of_a_span_does_not_hear_what_is_beside_it() -> None:
    sound = np.concatenate([noise(2, 0.3), noise(2, 0.01), noise(2, 0.3)])
    alone = pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound[2 * RATE_HZ : 4 * RATE_HZ])
    assert level_lufs(blocks(sound), Span(2_000, 4_000)) == pytest.approx(alone, abs=0.1)


@given(st.integers(4, 60), st.integers(0, 30), st.data())
def test_of_a_span_its_ends_count_as_much_as_its_middle(steps: int, first: int, data: st.DataObject) -> None:
    """One step of 100 ms with sound in it: its share of the span, to a factor of two where blocks must overlap."""
    energies = np.zeros(100)
    sounding = data.draw(st.integers(first, first + steps - 1))
    energies[sounding : sounding + 4] = 1 / 4
    found = level_lufs(energies, Span(first * 100, (first + steps) * 100))
    assert 10 * math.log10(1 / (2 * steps)) <= found + 1e-9
    assert found - 1e-9 <= 10 * math.log10(2 / steps)


def test_a_word_at_the_very_beginning_of_a_line_is_not_passed_over() -> None:
    sound = np.concatenate([noise(2, 0.001), noise(0.2, 0.3), noise(0.6, 0.001), noise(2, 0.001)])
    whole = 20 * math.log10(0.3) + 10 * math.log10(0.2 / 0.8)
    flat = level_lufs(blocks(noise(4, 0.3)), Span(1_000, 3_000)) - 20 * math.log10(0.3)  # what the filter adds to noise
    assert level_lufs(blocks(sound), Span(2_000, 2_800)) == pytest.approx(whole + flat, abs=0.5)


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
