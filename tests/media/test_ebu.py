"""The EBU's test signals, made by the formulas of Tech 3341 and 3342, and the readings that they ask for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from audiodesc.media.loudness import Meter
from audiodesc.media.true_peak import HighestPeak
from audiodesc.model import Loudness

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
    meter = Meter(layout, rate_hz)
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


def test_tech_3341_case_12_momentary() -> None:
    meter = Meter("stereo")
    meter.push(tones([(-20, 0.18), (-30, 0.22)] * 25))
    meter.result()
    assert np.allclose(meter.momentary_lufs[10:], -23, atol=0.1)


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
    highest = HighestPeak(1)
    highest.push(sound.astype(np.float32)[None])
    highest.flush()
    assert -0.4 <= 20 * np.log10(highest.value) - wanted_db <= 0.2  # the tolerance of Tech 3341


@pytest.mark.parametrize(("number", "parts", "wanted"), RANGES)
def test_tech_3342_range(number: int, parts: list[tuple[float, float]], wanted: float) -> None:
    assert measured(tones(parts)).range_lu == pytest.approx(wanted, abs=1)


@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 88_200, 96_000])
def test_another_rate_reads_the_same(rate_hz: int) -> None:
    at = np.arange(5 * rate_hz) / rate_hz
    sound = np.tile(np.sin(2 * np.pi * 1000 * at) * 10 ** (-23 / 20), (2, 1)).astype(np.float32)
    assert measured(sound, rate_hz=rate_hz).integrated_lufs == pytest.approx(-23, abs=0.1)
