"""The limiter: its ceiling, read by a meter of another make; what it leaves alone; how it is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import resample_poly

from audiodesc.mix.mixer import Limiter

RATE_HZ = 48_000
CEILING_DB = -1.0
METERS_DIFFER_DB = 0.4
WASTED_DB = 0.7  # of loudness that could be had, at most
Sound = NDArray[np.float32]


def limited(sound: NDArray[np.floating], *blocks: int, ceiling_db: float = CEILING_DB) -> Sound:
    """The sound through a limiter, cut at these places (in one piece without any)."""
    limiter = Limiter(sound.shape[0], ceiling_db)
    parts = np.split(sound.astype(np.float32), np.cumsum(blocks), axis=1)
    return np.concatenate([*(limiter.push(part) for part in parts), limiter.flush()], axis=1)


def true_peak_db(sound: Sound, oversampling: int = 4) -> float:
    wide = resample_poly(np.pad(sound.astype(np.float64), ((0, 0), (200, 200))), oversampling, 1, axis=1)
    return float(20 * np.log10(np.abs(wide).max()))


def sample_peak_db(sound: NDArray[np.floating]) -> float:
    return float(20 * np.log10(np.abs(sound).max()))


def sine(hz: float, phase: float = 0.0, amplitude: float = 1.0, seconds: float = 0.5) -> Sound:
    """A tone that comes and goes over 50 ms: no click of its own."""
    at = np.arange(round(seconds * RATE_HZ))
    edge = np.clip(np.minimum(at, at[::-1]) / 2_400, 0, 1)
    return (amplitude * edge * np.sin(2 * np.pi * hz * at / RATE_HZ + phase)).astype(np.float32)[np.newaxis]


AWKWARD = [50, 997, 4_800, 8_000, 9_600, 11_025, 12_000, 16_000, 18_000, 19_200, 20_000]


@pytest.mark.parametrize("hz", AWKWARD)
@pytest.mark.parametrize("phase", [0, np.pi / 12, np.pi / 8, np.pi / 4])
@pytest.mark.parametrize("amplitude", [1.0, 3.0])
def test_loud_tones_are_kept_under_the_ceiling(hz: float, phase: float, amplitude: float) -> None:
    out = limited(sine(hz, phase, amplitude))
    assert true_peak_db(out) <= CEILING_DB
    assert true_peak_db(out) >= CEILING_DB - WASTED_DB  # and not taken down for nothing


def test_the_hidden_peaks_of_a_quarter_of_the_rate_are_found() -> None:
    tone = sine(RATE_HZ / 4, np.pi / 4, amplitude=1.2)  # every sample at ±0.85, the true peak 3 dB higher
    assert sample_peak_db(tone) < CEILING_DB
    assert true_peak_db(tone) > CEILING_DB + 1
    assert true_peak_db(limited(tone)) <= CEILING_DB


@pytest.mark.parametrize(("hz", "phase"), [(16_000, np.pi / 12), (19_200, 0.0), (9_600, 0.0), (12_000, np.pi / 16)])
def test_a_finer_meter_agrees(hz: float, phase: float) -> None:
    # At whole fractions of the rate, a fourfold meter looks at the same few points of every cycle.
    assert true_peak_db(limited(sine(hz, phase)), oversampling=8) <= CEILING_DB + METERS_DIFFER_DB


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("amplitude", [0.5, 1.0, 4.0])
def test_noise_is_kept_under_the_ceiling(seed: int, amplitude: float) -> None:
    noise = np.random.default_rng(seed).uniform(-amplitude, amplitude, (2, 3 * RATE_HZ))
    assert true_peak_db(limited(noise)) <= CEILING_DB + 0.05


def test_the_largest_peak_that_samples_can_hide_is_kept_under_the_ceiling() -> None:
    """Signs of a sinc between two samples, all of one size: the peak amid them is 2.5 times as large."""
    at = np.arange(-16, 16) + 0.5
    burst = np.zeros((1, 9_600))
    burst[0, 4_800:4_832] = 0.44 * np.sign(np.sinc(at))
    assert sample_peak_db(burst) < CEILING_DB - 6
    assert true_peak_db(limited(burst)) <= CEILING_DB + METERS_DIFFER_DB


@pytest.mark.parametrize("hz", [50, 1_000, 5_000])
def test_square_waves_are_kept_under_the_ceiling(hz: float) -> None:
    square = np.sign(np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ + 0.1))[np.newaxis]
    assert true_peak_db(limited(square)) <= CEILING_DB


@pytest.mark.parametrize("place", [0, 1, 15, 16, 17, 24_000, 47_983, 47_998, 47_999])
@pytest.mark.parametrize("amplitude", [1.0, 20.0, -20.0])
def test_a_single_click_is_kept_under_the_ceiling(place: int, amplitude: float) -> None:
    click = np.zeros((1, RATE_HZ))
    click[0, place] = amplitude
    out = limited(click)
    assert true_peak_db(out) <= CEILING_DB
    assert int(np.abs(out[0]).argmax()) == place


def test_the_ceiling_is_the_one_that_was_asked_for() -> None:
    for ceiling_db in (-20.0, -6.0, -2.0, 0.0, 3.0):
        peak = true_peak_db(limited(sine(997, amplitude=4), ceiling_db=ceiling_db))
        assert ceiling_db - WASTED_DB <= peak <= ceiling_db


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_one_broken_sample_does_not_let_the_rest_through(bad: float) -> None:
    sound = sine(997, amplitude=3)
    sound[0, 12_000] = bad
    with np.errstate(invalid="ignore"):
        out = limited(sound)
    far = np.concatenate([out[:, :8_000], out[:, 16_000:]], axis=1)
    assert sample_peak_db(far) <= CEILING_DB


def test_what_is_quiet_passes_unchanged() -> None:
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, (6, RATE_HZ)).astype(np.float32)
    assert true_peak_db(noise) < CEILING_DB
    assert np.array_equal(limited(noise, 1_000, 12_345), noise)


def test_what_is_just_under_the_ceiling_passes_unchanged() -> None:
    tone = sine(997, amplitude=10 ** ((CEILING_DB - WASTED_DB) / 20))
    assert np.array_equal(limited(tone), tone)


def test_what_is_far_from_a_peak_passes_unchanged() -> None:
    sound = np.random.default_rng(0).uniform(-0.3, 0.3, (1, RATE_HZ)).astype(np.float32)
    sound[0, 24_000] = 5
    out = limited(sound)
    away = np.abs(np.arange(RATE_HZ) - 24_000) > RATE_HZ * 50 // 1_000
    assert np.array_equal(out[:, away], sound[:, away])
    assert not np.array_equal(out, sound)


def test_all_channels_go_down_together() -> None:
    quiet, loud = sine(440, amplitude=0.2), sine(997, amplitude=4)
    out = limited(np.concatenate([quiet, loud]))
    heard = np.abs(quiet[0]) > 0.05
    share = out[0, heard] / quiet[0, heard]
    assert share.min() < 0.3
    loud_share = out[1, heard] / np.where(loud[1 - 1, heard] == 0, 1, loud[0, heard])
    known = np.abs(loud[0, heard]) > 0.05
    assert np.allclose(share[known], loud_share[known], rtol=1e-4)


@given(st.lists(st.integers(0, 5_000), max_size=8), st.integers(0, 9), st.floats(0.1, 6))
@settings(max_examples=40)
def test_the_result_does_not_depend_on_how_the_sound_is_cut(blocks: list[int], seed: int, amplitude: float) -> None:
    random = np.random.default_rng(seed)
    sound = random.normal(0, 0.2, (2, 20_000))
    sound[:, random.integers(0, 20_000, 3)] = amplitude
    whole, cut = limited(sound), limited(sound, *blocks)
    assert cut.shape == whole.shape
    assert np.allclose(cut, whole, rtol=0, atol=1e-6)


def test_sample_by_sample_is_the_same_too() -> None:
    sound = np.random.default_rng(5).normal(0, 1, (1, 4_000))
    assert np.allclose(limited(sound, *[1] * 4_000), limited(sound), rtol=0, atol=1e-6)


@given(st.integers(0, 3_000), st.integers(1, 8))
@settings(max_examples=30)
def test_the_length_stays(count: int, channels: int) -> None:
    assert limited(np.full((channels, count), 0.95), count // 3).shape == (channels, count)


def test_the_gain_never_jumps() -> None:
    sound = np.full((1, 2 * RATE_HZ), 0.5)
    for place, burst in ((20_000, 4.0), (21_500, 8.0), (60_000, 2.0)):
        sound[0, place : place + 100] = burst
    gain = limited(sound)[0] / sound[0].astype(np.float32)
    assert gain.min() < 0.2
    assert gain.max() <= 1
    assert np.abs(np.diff(gain)).max() < 0.003  # 20 ms from one to nothing is 0.001 a sample


def test_it_holds_back_less_than_a_tenth_of_a_second() -> None:
    limiter = Limiter(1, CEILING_DB)
    given_out = sum(limiter.push(np.zeros((1, 480), np.float32)).shape[1] for _ in range(100))
    assert 48_000 - 4_800 <= given_out <= 48_000
