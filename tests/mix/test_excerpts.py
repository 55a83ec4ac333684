"""Levels around the lines: as a meter reads them that hears all of the sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.media.loudness import BLOCK, Meter
from audiodesc.mix.measure import Series, series
from audiodesc.mix.streaming import Excerpts

RATE_HZ = 48_000
STEP = RATE_HZ // 10
SECONDS = 6
LAYOUT = "stereo"


def film(seed: int = 1) -> np.ndarray:
    """Noise that swells, with a bass under it: what a filter remembers longest."""
    at = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    noise = np.random.default_rng(seed).normal(0, 0.05, (2, len(at))) * (1.2 + np.sin(at))
    return (noise + 0.3 * np.sin(2 * np.pi * 30 * at)).astype(np.float32)


def whole(sound: np.ndarray, rate_hz: int = RATE_HZ) -> Series:
    meter = Meter(LAYOUT, rate_hz, peaks=False)
    meter.push(sound)
    meter.result()
    return series(meter.momentary_lufs)


def around(
    sound: np.ndarray, known: Series, changed: list[tuple[int, int]], cuts: list[int], rate_hz: int = RATE_HZ
) -> Series:
    excerpts = Excerpts(known, changed, LAYOUT, rate_hz)
    for start, end in pairwise([0, *sorted(cuts), sound.shape[1]]):
        excerpts.push(sound[:, start:end])
    return excerpts.result()


places = st.integers(0, SECONDS * RATE_HZ - 1)
stretches = st.lists(st.tuples(places, st.integers(1, RATE_HZ)).map(lambda pair: (pair[0], sum(pair))), max_size=4)


@settings(max_examples=30)
@given(stretches, st.lists(places, max_size=6))
def test_with_what_is_known_it_is_as_if_all_had_been_measured(changed: list[tuple[int, int]], cuts: list[int]) -> None:
    before = film()
    after = before.copy()
    for first, end in changed:
        after[:, first:end] *= 0.2
    found = around(after, whole(before), changed, cuts)
    assert found == pytest.approx(whole(after), rel=0.002, abs=1e-9)  # 0.01 LU


def test_only_what_was_changed_is_measured() -> None:
    """What is known stays, right or not, of the blocks that hold nothing of the stretch, nor of what rings after it."""
    known = np.full(SECONDS * 10, 7.0)
    found = around(film(), known, [(2 * RATE_HZ, 3 * RATE_HZ)], [])
    assert np.flatnonzero(found != 7).tolist() == list(range(20, 30 + BLOCK))


def test_without_a_stretch_nothing_is_measured() -> None:
    known = np.arange(SECONDS * 10.0)
    assert np.array_equal(around(film(), known, [], [12_345]), known)


@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 96_000])
def test_the_sound_may_end_within_a_step_and_a_stretch_beyond_it(rate_hz: int) -> None:
    sound = film()[:, : 2 * rate_hz + rate_hz // 30]
    known = np.zeros(21)
    found = around(sound, known, [(rate_hz, 4 * rate_hz)], [], rate_hz)
    assert found[10:] == pytest.approx(whole(sound, rate_hz)[10:], rel=0.002)
    assert not found[:10].any()
