"""Loudness from blocks: against a meter, and against the formulas of BS.1770."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.media.loudness import Meter
from audiodesc.mix.measure import inside, integrated_lufs, level_lufs, lufs, series
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
    assert np.flatnonzero(inside([Span(1_000, 2_000)], 30)).tolist() == list(range(13, 20))
    assert np.flatnonzero(inside([Span(1_050, 1_999)], 30)).tolist() == list(range(14, 19))
    assert np.flatnonzero(inside([Span(1_000, 1_400)], 30)).tolist() == [13]


def test_a_span_shorter_than_a_block_has_the_one_around_its_middle() -> None:
    assert np.flatnonzero(inside([Span(1_000, 1_200)], 30)).tolist() == [12]  # 0.9 to 1.3 s
    assert np.flatnonzero(inside([Span(2_900, 3_000)], 30)).tolist() == [29]


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 3_000)), max_size=4), st.integers(0, 40))
def test_no_block_is_outside_the_sound(placed: list[tuple[int, int]], count: int) -> None:
    assert inside([Span(start, start + length) for start, length in placed], count).shape == (count,)


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
