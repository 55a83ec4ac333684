"""What is done to a voice: against the filters' formulas, and to the sample."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from audiodesc.speak.finish import compressed, limited, without_rumble

RATE_HZ = 48_000


def tone(hz: float, amplitude: float, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(2 * rate_hz) / rate_hz)).astype(np.float32)


def level_db(sound: NDArray[np.float32]) -> float:
    """RMS of the second half, where all has settled."""
    return float(10 * np.log10(np.mean(sound[len(sound) // 2 :].astype(float) ** 2)))


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000])
@pytest.mark.parametrize("hz", [20, 60, 80, 120, 1_000])
def test_rumble_is_taken_out_by_a_filter_of_the_second_order(rate_hz: int, hz: float) -> None:
    sound = tone(hz, 0.3, rate_hz)
    wanted_db = -10 * np.log10(1 + (60 / hz) ** 4)  # Butterworth
    assert level_db(without_rumble(sound, rate_hz)) - level_db(sound) == pytest.approx(wanted_db, abs=0.2)


@pytest.mark.parametrize(("rms_db", "loss_db"), [(-40, 0), (-26, 0), (-12, 4), (-6, 7)])
def test_what_is_soft_passes_and_what_is_loud_rises_half_as_far(rms_db: float, loss_db: float) -> None:
    sound = tone(500, 10 ** (rms_db / 20) * np.sqrt(2))
    assert level_db(sound) - level_db(compressed(sound, RATE_HZ)) == pytest.approx(loss_db, abs=0.7)


def test_no_sample_is_above_the_ceiling() -> None:
    hits = np.zeros(RATE_HZ, np.float32)
    hits[::7_000] = 3.0
    for sound in (hits, tone(90, 4.0)):
        assert np.abs(limited(sound, RATE_HZ, 0.891)).max() <= 0.8911


def test_nothing_moves_in_time() -> None:
    clicks = np.zeros(RATE_HZ, np.float32)
    clicks[[5, 10_000, 47_000]] = 0.5
    for made in (
        without_rumble(clicks, RATE_HZ),
        compressed(clicks, RATE_HZ),
        limited(clicks, RATE_HZ, 0.4),
    ):
        assert len(made) == len(clicks)
        assert np.flatnonzero(np.abs(made) > 0.3).tolist() == [5, 10_000, 47_000]
