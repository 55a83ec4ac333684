"""The EBU's test signals, made by the formulas of Tech 3341 and 3342, and the readings that they ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyloudnorm
import pytest
from films import RATE, silence, tone
from numpy.typing import NDArray

from audiodesc.media.loudness import Loudness, Meter, TruePeak


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


RATE_HZ = 48_000
Sound = NDArray[np.float32]

PROGRAMMES: list[tuple[int, list[tuple[float, float]], float]] = [
    (1, [(-23, 20)], -23),
    (2, [(-33, 20)], -33),
    (3, [(-36, 10), (-23, 60), (-36, 10)], -23),
    (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    (5, [(-26, 20), (-20, 20.1), (-26, 20)], -23),
]
"""Tech 3341, table 1: number, (dBFS, seconds) of stereo tones of 1 kHz, and their integrated loudness."""

RANGES: list[tuple[int, list[tuple[float, float]], float]] = [
    (1, [(-20, 20), (-30, 20)], 10),
    (2, [(-20, 20), (-15, 20)], 5),
    (3, [(-40, 20), (-20, 20)], 20),
    (4, [(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
]
"""Tech 3342, table 1: the same, and their loudness range."""


def tones(parts: Sequence[tuple[float, float]], channels: int = 2, hz: float = 1000) -> Sound:
    level = np.concatenate([np.full(round(seconds * RATE_HZ), 10 ** (db / 20)) for db, seconds in parts])
    sound = (level * np.sin(2 * np.pi * hz * np.arange(len(level)) / RATE_HZ)).astype(np.float32)
    return np.tile(sound, (channels, 1))


def measured(sound: Sound, layout: str = "stereo", rate_hz: int = RATE_HZ) -> Loudness:
    meter = Meter(layout, rate_hz, peaks=False)  # the true peak, which takes longest, is tested apart
    for block in np.array_split(sound, max(1, sound.shape[1] // rate_hz), axis=1):
        meter.push(block)
    return meter.result()


@pytest.mark.parametrize(("number", "parts", "wanted"), PROGRAMMES)
def test_tech_3341_integrated(number: int, parts: list[tuple[float, float]], wanted: float) -> None:
    sound = tones(parts)
    assert measured(sound).integrated_lufs == pytest.approx(wanted, abs=0.1)
    assert pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound.T) == pytest.approx(wanted, abs=0.1)


def test_tech_3341_case_6_five_channels() -> None:
    sound = tones([(0, 20)], 6)
    for channel, db in enumerate((-28.0, -28.0, -24.0, -np.inf, -30.0, -30.0)):
        sound[channel] *= np.float32(10 ** (db / 20))
    assert measured(sound, "5.1").integrated_lufs == pytest.approx(-23, abs=0.1)


def test_tech_3341_case_9_short_term() -> None:
    sound = tones([(-20, 1.34), (-30, 1.66)] * 5)
    assert measured(sound).short_term_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("shift", range(0, 20, 3))
def test_tech_3341_case_10_the_loudest_three_seconds(shift: int) -> None:
    sound = tones([(-np.inf, shift * 0.15), (-23, 3), (-np.inf, 1)])
    assert measured(sound).short_term_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("number", range(20))
def test_tech_3341_case_11_each_three_seconds_louder_than_the_last(number: int) -> None:
    """One of the twenty successive segments, each 1 LU above the one before, which is played first."""
    segments = [part for i in range(max(0, number - 1), number + 1) for part in risen(i, 0.15, 3, 3)]
    assert measured(tones(segments)).short_term_lufs == pytest.approx(-38 + number, abs=0.1)


def test_tech_3341_case_11_in_one_piece() -> None:
    whole = tones([part for i in range(20) for part in risen(i, 0.15, 3, 3)])
    assert measured(whole).short_term_lufs == pytest.approx(-19, abs=0.1)


def risen(number: int, step_s: float, tone_s: float, whole_s: float) -> list[tuple[float, float]]:
    """The `number`-th segment of cases 11 and 14: a tone that comes a step later each time, and is 1 dB louder."""
    return [(-np.inf, number * step_s), (-38 + number, tone_s), (-np.inf, whole_s - number * step_s)]


def momentary(sound: Sound) -> Sound:
    meter = Meter("stereo", peaks=False)
    meter.push(sound)
    meter.result()
    return np.array(meter.momentary_lufs, np.float32)


def test_tech_3341_case_12_momentary() -> None:
    assert np.allclose(momentary(tones([(-20, 0.18), (-30, 0.22)] * 25))[10:], -23, atol=0.1)


@pytest.mark.parametrize("number", range(20))
def test_tech_3341_case_13_the_loudest_400_milliseconds(number: int) -> None:
    """A tone that begins `number` times 20 ms late. Momentary loudness is read each 100 ms, for levels over a span, and
    no maximum of it is reported: only where the tone begins with a reading does one hold all of it, else up to 50 ms
    are missed, which is 0.6 LU; the standard's 0.1 LU is for a meter that reports it."""
    late_s = number * 0.02
    found = momentary(tones([(-np.inf, late_s), (-23, 0.4), (-np.inf, 1)])).max()
    missed_s = min(late_s * 10 % 1, -late_s * 10 % 1) / 10
    assert found == pytest.approx(-23 + 10 * np.log10(1 - missed_s / 0.4), abs=0.1)


def test_tech_3341_case_14_each_400_milliseconds_louder_than_the_last() -> None:
    """Twenty segments of 0.8 s, of which each fifth begins with a reading: see case 13."""
    found = momentary(tones([part for i in range(20) for part in risen(i, 0.02, 0.4, 0.4)]))
    heard = [max(found[i * 8 : i * 8 + 8]) for i in range(20)]
    assert heard[::5] == pytest.approx([-38 + i for i in range(0, 20, 5)], abs=0.1)
    assert heard == pytest.approx([-38 + i for i in range(20)], abs=0.7)


@pytest.mark.parametrize(
    ("hz", "phase", "amplitude", "wanted_db"),
    [
        (12_000, 0, 0.5, -6.0),
        (12_000, 45, 0.5, -6.0),
        (8_000, 60, 0.5, -6.0),
        (6_000, 67.5, 0.5, -6.0),
        (12_000, 45, 1.41, 3.0),
    ],
)
def test_tech_3341_cases_15_to_19_true_peak(hz: float, phase: float, amplitude: float, wanted_db: float) -> None:
    at = np.arange(RATE_HZ)
    edge = np.clip(np.minimum(at, at[::-1]) / 2_400, 0, 1)
    sound = amplitude * edge * np.sin(2 * np.pi * hz * at / RATE_HZ + np.radians(phase))
    highest = TruePeak(1)
    highest.push(sound.astype(np.float32)[None])
    highest.flush()
    assert -0.4 <= 20 * np.log10(highest.value) - wanted_db <= 0.2  # the tolerance of Tech 3341


@pytest.mark.parametrize("offset", range(4))
def test_tech_3341_cases_20_to_23_one_period_above_the_rest(offset: int) -> None:
    """At four times the rate, one period of a quarter of the rate at full scale in a sixth of it at half; every fourth
    sample of that, from another one each time, after a low-pass."""
    wide = 4 * RATE_HZ
    sound = 0.5 * np.sin(2 * np.pi * RATE_HZ / 6 * np.arange(wide // 4) / wide)
    sound[:480] *= np.arange(480) / 480
    middle = wide // 8 // 24 * 24  # a whole number of periods
    sound[middle : middle + 16] = np.sin(2 * np.pi * np.arange(16) / 16)
    below = np.sinc((np.arange(801) - 400) / 4) / 4 * np.kaiser(801, 10)
    highest = TruePeak(1)
    highest.push(np.convolve(sound, below, "same")[offset::4].astype(np.float32)[None])
    highest.flush()
    assert -0.4 <= 20 * np.log10(highest.value) <= 0.2


@pytest.mark.parametrize(("number", "parts", "wanted"), RANGES)
def test_tech_3342_range(number: int, parts: list[tuple[float, float]], wanted: float) -> None:
    assert measured(tones(parts)).range_lu == pytest.approx(wanted, abs=1)


@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 88_200, 96_000])
def test_another_rate_reads_the_same(rate_hz: int) -> None:
    at = np.arange(5 * rate_hz) / rate_hz
    sound = np.tile(np.sin(2 * np.pi * 1000 * at) * 10 ** (-23 / 20), (2, 1)).astype(np.float32)
    assert measured(sound, rate_hz=rate_hz).integrated_lufs == pytest.approx(-23, abs=0.1)
