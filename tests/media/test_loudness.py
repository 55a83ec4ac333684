from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
from films import RATE, silence, tone
from numpy.typing import NDArray

from audiodesc.media.loudness import Meter


def pushed(meter: Meter, sound: NDArray[np.float32], size: int) -> Meter:
    for start in range(0, sound.shape[1], size):
        meter.push(sound[:, start : start + size])
    return meter


@pytest.mark.parametrize("level", [0.5, 0.05, 0.005])
@pytest.mark.parametrize("size", [480, 48_000])
def test_a_second_meter_agrees(level: float, size: int) -> None:
    noise = (np.random.default_rng(5).standard_normal((2, 6 * RATE)) * level / 4).astype(np.float32)
    measured = pushed(Meter("stereo"), noise, size).result()
    assert measured.integrated_lufs == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(noise.T), abs=0.1)


def test_a_full_scale_tone_in_one_channel_is_3_db_down() -> None:
    """BS.1770-5: 997 Hz at 0 dBFS in one channel reads −3.01 LKFS."""
    sound = silence(5, 2)
    sound[0] = tone(5, 997, 1.0)[0]
    assert pushed(Meter("stereo"), sound, 4800).result().integrated_lufs == pytest.approx(-3.01, abs=0.05)


def test_peaks_between_samples_are_seen() -> None:
    """A tone at a quarter of the rate, 45° off: no sample is above 0.707 of its true peak."""
    phase = 2 * np.pi * np.arange(RATE) / 4 + np.pi / 4
    sound = (0.5 * np.hanning(RATE) * np.sin(phase)).astype(np.float32)[None]
    assert np.abs(sound).max() < 0.36
    assert pushed(Meter("mono"), sound, 4800).result().true_peak_db == pytest.approx(-6.02, abs=0.3)


def test_a_peak_in_the_last_milliseconds_counts() -> None:
    sound = silence(1.05)
    sound[0, -100] = 0.9
    assert pushed(Meter("mono"), sound, 4800).result().true_peak_db > -3


@pytest.mark.parametrize("seconds", [0.0, 0.05, 3.0])
def test_silence_has_no_loudness(seconds: float) -> None:
    measured = pushed(Meter("mono"), silence(seconds), 4800).result()
    assert measured.integrated_lufs == -math.inf
    assert measured.true_peak_db == -math.inf


@pytest.mark.parametrize("level", [0.01, 0.3, 0.9])
def test_digital_silence_after_sound_is_a_number_too(level: float) -> None:
    """What rounding leaves of the sum of squares may lie below zero, which has no logarithm."""
    meter = Meter("stereo", peaks=False)
    meter.push(np.concatenate([tone(3, 1000, level, 2), silence(3, 2)], axis=1))
    meter.result()
    assert np.all(np.array(meter.momentary_lufs[40:]) < -70)
    assert not np.isnan(meter.momentary_lufs).any()


def test_lfe_does_not_count() -> None:
    sound = silence(3, 6)
    sound[3] = tone(3, 60, 0.5)[0]
    assert pushed(Meter("5.1"), sound, 4800).result().integrated_lufs == -math.inf
