"""The plan: depth and ratio of each line, and a loudness that is known before the mix is made."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest

from audiodesc.media.clips import wav_bytes
from audiodesc.media.loudness import Meter
from audiodesc.mix import expected_energies, film_under, line_levels
from audiodesc.mix.levels import ducks, gain
from audiodesc.mix.measure import integrated_lufs, series
from audiodesc.mix.mixer import Narration
from audiodesc.model import Gap, Line, Segment, Span, SpokenLine
from audiodesc.settings import Ducking

RATE_HZ = 48_000
SECONDS = 12


def noise(seconds: float, level: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[SpokenLine]:
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for start, seconds in ((1_030, 2.0), (6_777, 1.33), (9_500, 0.25)):
        clip = folder / f"{start}.wav"
        clip.write_bytes(wav_bytes(noise(seconds, 0.07, start)))
        span = Span(start, start + round(seconds * 1000))
        segment = Segment(Gap(span), span, start, 9)
        made.append(SpokenLine(Line(segment, "A man.", "human"), clip, span, 1.0))
    return made


def film(level: float) -> np.ndarray:
    return np.concatenate([noise(5, level, 1), noise(SECONDS - 5, level / 4, 2)])


def energies(sound: np.ndarray, rate_hz: int = RATE_HZ) -> np.ndarray:
    meter = Meter("mono", rate_hz)
    meter.push(sound.astype(np.float32)[None])
    meter.result()
    return series(meter.momentary_lufs)


@pytest.mark.parametrize("level", [0.0, 0.003, 0.05, 0.3])
@pytest.mark.parametrize("depth_db", [0.0, -9.0, -40.0])
@pytest.mark.parametrize("narrator_db", [-6.0, 3.0])
def test_the_loudness_of_the_mix_is_known_before_it_is_made(
    level: float, depth_db: float, narrator_db: float, spoken: list[SpokenLine]
) -> None:
    ducking, sound = Ducking(depth_db), film(level)
    lines = line_levels(spoken, narrator_db, RATE_HZ)
    low = ducks([(line.first, line.end) for line in lines], [depth_db] * 3, ducking, RATE_HZ)
    expected = integrated_lufs(expected_energies(energies(sound), spoken, narrator_db, low, ducking, RATE_HZ))
    curve = gain(0, len(sound), low, ducking, RATE_HZ)
    made = (sound if curve is None else sound * curve) + Narration(spoken, narrator_db, 40.0).block(0, len(sound))
    assert expected == pytest.approx(pyloudnorm.Meter(RATE_HZ).integrated_loudness(made), abs=0.15)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_each_line_is_as_loud_as_it_is(rate_hz: int, spoken: list[SpokenLine]) -> None:
    for line, speech in zip(line_levels(spoken, -3.0, rate_hz), spoken, strict=True):
        clip = Narration([speech], -3.0, 40.0).block(speech.span.start_ms * 48, len(speech.clip.read_bytes()) // 2 - 22)
        long = np.tile(clip, 8) if len(clip) < RATE_HZ else clip
        near = 0.2 if rate_hz == RATE_HZ else 0.7  # white noise has more above 22 kHz than speech
        assert line.level_lufs == pytest.approx(pyloudnorm.Meter(RATE_HZ).integrated_loudness(long), abs=near)
        assert line.first == speech.span.start_ms * rate_hz // 1000


@pytest.mark.parametrize("ms", [500, 512, 800, 812, 1_100, 1_130])
def test_a_short_line_is_as_loud_as_another_meter_finds_it(ms: int, tmp_path: Path) -> None:
    sound, clip = noise(ms / 1000, 0.07, ms), tmp_path / "short.wav"
    clip.write_bytes(wav_bytes(sound))
    span = Span(1_000, 1_000 + ms)
    speech = SpokenLine(Line(Segment(Gap(span), span, 1_000, 9), "A man.", "human"), clip, span, 1.0)
    found = line_levels([speech], 0.0, RATE_HZ)[0].level_lufs
    assert found == pytest.approx(pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound), abs=0.15)


@pytest.mark.parametrize("level", [0.001, 0.02, 0.1, 0.5])
def test_automatic_depth_is_what_the_ratio_asks_for(level: float, spoken: list[SpokenLine]) -> None:
    ducking = Ducking(depth_db="auto", ratio_lu=5, cap_db=-15)
    for line in film_under(line_levels(spoken, 0.0, RATE_HZ), energies(film(level)), ducking, RATE_HZ):
        needed = 5 - (line.level_lufs - line.film_lufs)
        assert line.depth_db == pytest.approx(-min(15.0, max(0.0, needed)))
        assert line.ratio_lu >= 5 - 1e-9 or line.depth_db == -15


def test_a_line_that_begins_over_sound_and_ends_in_digital_silence_is_ducked_for_the_sound(
    spoken: list[SpokenLine],
) -> None:
    """A tone of 1 kHz reads 3 dB under its peak; over half of the line it is silent, which is 3 dB less again."""
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(2 * RATE_HZ) / RATE_HZ)
    sound = np.concatenate([tone, np.zeros(10 * RATE_HZ)])
    line = film_under(line_levels(spoken, 0.0, RATE_HZ), energies(sound), Ducking(depth_db="auto"), RATE_HZ)[
        0
    ]  # from 1 s to 3 s
    assert line.film_lufs == pytest.approx(20 * np.log10(0.5) - 6.02, abs=0.7)  # blocks reach over the end
    assert line.depth_db == pytest.approx(line.level_lufs - line.film_lufs - 7)


def test_over_silence_nothing_is_taken_and_the_ratio_is_endless(spoken: list[SpokenLine]) -> None:
    for line in film_under(line_levels(spoken, 0.0, RATE_HZ), energies(film(0)), Ducking(depth_db="auto"), RATE_HZ):
        assert (line.depth_db, line.film_lufs, line.ratio_lu) == (0.0, -math.inf, math.inf)


def test_a_line_past_the_end_of_the_film_is_counted_as_far_as_it_is_heard(
    spoken: list[SpokenLine], tmp_path: Path
) -> None:
    assert expected_energies(energies(film(0.01))[:20], spoken, 0.0, (), Ducking(), RATE_HZ).shape == (20,)
