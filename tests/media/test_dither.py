"""Rounding to 16 and 24 bits: what is lost becomes even noise, and what fits stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from audiodesc.media.encode import Dither


def steps(samples: np.ndarray, bits: int) -> np.ndarray:
    """The result in steps of the word length."""
    whole = Dither(bits)(samples.astype(np.float32)).astype(np.int64)
    return whole if bits == 16 else whole >> 8


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.75])
def test_a_level_between_two_steps_is_right_on_average_with_even_noise(bits: int, part: float) -> None:
    found = steps(np.full((2, 200_000), part * 2.0 ** (1 - bits)), bits)
    assert found.mean() == pytest.approx(part, abs=0.01)
    assert found.std() == pytest.approx(0.5, abs=0.01)  # √(1/12 + 1/6): rounding and TPDF, whatever the level


def test_a_tone_under_one_step_is_still_there() -> None:
    tone = 0.4 * 2.0**-15 * np.sin(2 * np.pi * 1000 * np.arange(480_000) / 48_000)[None]
    assert not np.rint(tone * 2**15).any()
    spectrum = np.abs(np.fft.rfft(steps(tone, 16)[0])) / 240_000
    assert spectrum[10_000] == pytest.approx(0.4, rel=0.05)
    assert spectrum[[20_000, 30_000, 50_000]].max() < 0.01  # no harmonics


@pytest.mark.parametrize("bits", [16, 24])
def test_what_fits_stays_as_it_is(bits: int) -> None:
    fits = np.random.default_rng(1).integers(-(2**15), 2**15, (2, 5_000)) / 2.0**15
    assert np.array_equal(steps(fits, bits), fits * 2.0 ** (bits - 1))
    assert not steps(np.zeros((1, 100)), bits).any()


@pytest.mark.parametrize("bits", [16, 24])
def test_too_loud_is_full_scale_and_does_not_wrap(bits: int) -> None:
    full = 2 ** (bits - 1)
    assert steps(np.array([[1.5, -1.5, 1.0, 0.3000001]]), bits)[0, :3].tolist() == [full - 1, -full, full - 1]


def test_the_same_each_time_and_no_two_channels_alike() -> None:
    sound = np.random.default_rng(1).uniform(-1e-4, 1e-4, (1, 9_000)).repeat(2, axis=0)
    assert np.array_equal(steps(sound, 16), steps(sound, 16))
    assert not np.array_equal(*steps(sound, 16))
