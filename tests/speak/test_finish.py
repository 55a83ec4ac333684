"""Finishing: sounds whose ends, level and peak are known by construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.speak import profile, voice
from audiodesc.speak.finish import (
    FADE_MS,
    RATE_HZ,
    clip_fault,
    compressed,
    finish_clip,
    is_noise,
    limited,
    without_rumble,
)

PEAK = 10 ** (-1 / 20)
EDGE = 10 ** (-60 / 20)
TEXTS = ["She walks away.", "Yes.", "Sssh! Sixty-six swiss ships shush.", "Oh no, a slow low moan: mmmmm."]


def tone(seconds: float, hz: float = 997, amplitude: float = 0.3, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def padded(sound: NDArray[Any], before_s: float, after_s: float, rate_hz: int = RATE_HZ) -> NDArray[Any]:
    return np.pad(sound, (round(before_s * rate_hz), round(after_s * rate_hz)))


def second_meter(sound: NDArray[np.float32]) -> float:
    return float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound.astype(np.float64)))


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize(("before_s", "after_s"), [(0.25, 0.75), (0.0101, 1.3), (2.0, 0.007)])
def test_silence_is_trimmed_to_the_fade(rate_hz: int, before_s: float, after_s: float) -> None:
    sound = tone(1.0, rate_hz=rate_hz)
    clip = finish_clip(padded(sound, before_s, after_s, rate_hz), rate_hz)
    heard = np.flatnonzero(np.abs(clip) > 0.1 * np.max(np.abs(clip)))  # the high-pass rings after a hard end
    fade = FADE_MS * RATE_HZ // 1000
    assert heard[0] == pytest.approx(fade, abs=60)  # 1.25 ms
    assert len(clip) - 1 - heard[-1] == pytest.approx(fade, abs=60)
    assert heard[-1] - heard[0] + 1 == pytest.approx(RATE_HZ, abs=60)


def test_the_fade_takes_nothing_from_the_sound() -> None:
    clip = finish_clip(padded(tone(1.0), 0.3, 0.3), RATE_HZ)
    first_ms = clip[6 * 48 : 16 * 48]
    assert np.max(np.abs(first_ms)) == pytest.approx(np.max(np.abs(clip)), rel=0.03)


def test_a_soft_beginning_and_end_stay() -> None:
    soft = tone(0.2, amplitude=0.3 * 10 ** (-40 / 20))  # an f before a vowel
    clip = finish_clip(padded(np.concatenate([soft, tone(1.0), soft]), 0.5, 0.5), RATE_HZ)
    assert len(clip) == pytest.approx(1.41 * RATE_HZ, abs=100)


def noise(seconds: float, db: float, seed: int = 3) -> NDArray[np.float32]:
    """Even noise of that RMS level, beside a tone of amplitude 0.3."""
    level = 0.3 / np.sqrt(2) * 10 ** (db / 20)
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE_HZ)).astype(np.float32)


NOTHING = np.zeros(RATE_HZ // 10, np.float32)  # 100 ms


@pytest.mark.parametrize("db", [-30, -40])
def test_breaths_before_and_behind_the_words_are_trimmed(db: float) -> None:
    words = np.concatenate([tone(0.6), NOTHING, tone(0.6)])
    sound = np.concatenate([noise(0.25, db), NOTHING, words, NOTHING, noise(0.3, db)])
    assert len(finish_clip(sound, RATE_HZ)) == pytest.approx(1.31 * RATE_HZ, abs=100)


def test_a_breath_between_words_stays() -> None:
    sound = np.concatenate([tone(0.6), NOTHING, noise(0.3, -35), NOTHING, tone(0.6)])
    clip = finish_clip(sound, RATE_HZ)
    assert len(clip) == pytest.approx(1.7 * RATE_HZ, abs=100)
    middle = clip[round(0.75 * RATE_HZ) : round(0.95 * RATE_HZ)]
    rms = np.sqrt(np.mean(middle**2) / np.mean(clip[: RATE_HZ // 2] ** 2))
    assert 20 * np.log10(rms) == pytest.approx(-35, abs=1.5)


@pytest.mark.parametrize("db", [-15, -24, -32])
def test_a_t_at_the_end_stays(db: float) -> None:
    sound = np.concatenate([tone(0.8), NOTHING[: RATE_HZ // 12], noise(0.03, db), NOTHING])
    assert len(finish_clip(sound, RATE_HZ)) == pytest.approx((0.8 + 1 / 12 + 0.03 + 0.005) * RATE_HZ, abs=150)


def test_noise_behind_the_last_word_is_trimmed_and_stays_between_the_words() -> None:
    sound = np.concatenate([0 * tone(0.3), tone(0.6), 0 * tone(0.3), tone(0.6), 0 * tone(0.8)])
    clip = finish_clip(sound + noise(2.6, -40), RATE_HZ)
    assert len(clip) == pytest.approx(1.51 * RATE_HZ, abs=1_000)
    between = clip[round(0.65 * RATE_HZ) : round(0.85 * RATE_HZ)]
    assert 20 * np.log10(np.sqrt(np.mean(between**2) / np.mean(clip[: RATE_HZ // 2] ** 2))) == pytest.approx(-40, abs=2)


def test_rumble_and_an_offset_are_taken_out() -> None:
    rumble, voice = tone(2.0, hz=20, amplitude=0.2), tone(2.0, hz=500)
    spectrum = np.abs(
        np.fft.rfft(finish_clip(voice + rumble + np.float32(0.1), RATE_HZ)[: 2 * RATE_HZ - RATE_HZ // 10])
    )
    at = np.fft.rfftfreq(2 * RATE_HZ - RATE_HZ // 10, 1 / RATE_HZ)
    low, mid = (spectrum[np.abs(at - hz) < 3].max() for hz in (20, 500))
    assert 20 * np.log10(low / mid) < 20 * np.log10(0.2 / 0.3) - 15
    assert spectrum[0] < 0.01 * mid


def test_every_line_is_within_1_lu_of_its_neighbours_whatever_the_engine_gave() -> None:
    random = np.random.default_rng(4)
    pulses = np.zeros(3 * RATE_HZ, np.float32)
    pulses[:: RATE_HZ // 110] = 1.0  # a voice of 110 Hz before the mouth: a crest of 26 dB
    words = np.clip(np.sin(2 * np.pi * 3 * np.arange(3 * RATE_HZ) / RATE_HZ), 0, 1).astype(np.float32)
    shout = tone(3, 300, 0.05)
    shout[RATE_HZ : RATE_HZ + 9_600] *= 18  # one syllable 25 dB over the others
    lines = [
        tone(3, 200, 0.01),
        tone(0.2, 400, 0.9),
        words * random.normal(0, 0.2, 3 * RATE_HZ).astype(np.float32),
        np.convolve(pulses, np.exp(-np.arange(400) / 40))[: 3 * RATE_HZ].astype(np.float32) * 0.9,
        np.sign(tone(2, 150)) * np.float32(0.99),
        shout,
    ]
    levels = [clip_loudness_lufs(finish_clip(line, RATE_HZ), 48_000) for line in lines]
    assert max(levels) - min(levels) < 1


def test_compression_is_gentle_and_only_on_what_is_loud() -> None:
    sound = np.concatenate([tone(1.0, amplitude=0.1), tone(0.3, amplitude=0.4), tone(1.0, amplitude=0.1)])
    clip = finish_clip(sound, RATE_HZ)
    soft, loud = clip[RATE_HZ // 2 : RATE_HZ * 3 // 4], clip[round(1.15 * RATE_HZ) : round(1.28 * RATE_HZ)]
    contrast_db = 20 * np.log10(np.max(np.abs(loud)) / np.max(np.abs(soft)))
    assert 5 < contrast_db < 11  # of 12


def test_noise_of_the_engine_is_silence() -> None:
    noise = np.random.default_rng(1).normal(0, 0.9 * 10 ** (-66 / 20), 3 * RATE_HZ).astype(np.float32)
    noise[RATE_HZ : 2 * RATE_HZ] += tone(1.0, amplitude=0.9)
    assert len(finish_clip(noise, RATE_HZ)) == pytest.approx(1.01 * RATE_HZ, abs=100)


@pytest.mark.parametrize("amplitude", [0.002, 0.05, 1.0])
@pytest.mark.parametrize("seconds", [0.45, 1.0, 5.0])
def test_every_clip_has_the_same_loudness(amplitude: float, seconds: float) -> None:
    clip = finish_clip(tone(seconds, amplitude=amplitude), RATE_HZ)
    assert second_meter(clip) == pytest.approx(-23, abs=0.2)


def test_the_meter_agrees_with_a_second_one() -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)
    noise[:RATE_HZ] *= 0.02  # below the relative gate
    for sound in (tone(3), tone(3, hz=60), noise):
        assert clip_loudness_lufs(sound, 48_000) == pytest.approx(second_meter(sound), abs=0.1)


def test_the_meter_knows_the_standards_own_tone() -> None:
    # BS.1770: 0 dBFS at 997 Hz in one channel is −3.01 LKFS
    assert clip_loudness_lufs(tone(2, amplitude=1.0), 48_000) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.25, 0.39])
def test_a_clip_too_short_for_the_standard_is_as_loud_as_a_long_one(seconds: float) -> None:
    short, long = finish_clip(tone(seconds), RATE_HZ), finish_clip(tone(2.0), RATE_HZ)
    middle = short[len(short) // 4 : -len(short) // 4]
    assert np.max(np.abs(middle)) == pytest.approx(np.max(np.abs(long)), rel=0.4)
    assert clip_loudness_lufs(short, 48_000) == pytest.approx(-23, abs=0.2)


def test_the_peak_wins_over_the_level() -> None:
    clicks = np.zeros(2 * RATE_HZ, np.float32)
    clicks[::12_000] = 0.5
    clip = finish_clip(clicks, RATE_HZ)
    assert np.max(np.abs(clip)) == pytest.approx(PEAK, rel=1e-3)
    assert clip_loudness_lufs(clip, 48_000) < -24


@pytest.mark.parametrize("rate_hz", [22_050, 48_000])
def test_no_step_at_the_edges(rate_hz: int) -> None:
    cut = tone(1.0, hz=220, rate_hz=rate_hz)[37:-41]  # sound right up to both ends
    for sound in (cut, padded(cut, 0.1, 0.1, rate_hz)):
        clip = finish_clip(sound, rate_hz)
        assert abs(clip[0]) < EDGE
        assert abs(clip[-1]) < EDGE


def test_whole_numbers_and_floats_sound_the_same() -> None:
    sound = padded(tone(1.0, rate_hz=22_050), 0.1, 0.1, 22_050)
    whole = np.round(sound * 32768).astype(np.int16)
    one, other = finish_clip(sound, 22_050), finish_clip(whole, 22_050)
    assert one.dtype == other.dtype == np.float32
    assert one.shape == other.shape == (len(one),)
    assert np.max(np.abs(one - other)) < 1e-4


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0, np.int16),
        np.zeros(48_000, np.int16),
        np.full(48_000, 20, np.int16),  # −64 dBFS
        np.zeros(48_000, np.float32),
        np.full(10, 0.5, np.float32),  # 0.2 ms
    ],
)
def test_what_nobody_hears(sound: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="nothing can be heard"):
        finish_clip(sound, RATE_HZ)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_sound(bad: float) -> None:
    with pytest.raises(ValueError, match="not sound"):
        finish_clip(np.array([0.1] * 4800 + [bad], np.float32), RATE_HZ)


# -- filters, against their formulas and to the sample -----------------------------------------------------------------


def level_db(sound: NDArray[np.float32]) -> float:
    """RMS of the second half, where all has settled."""
    return float(10 * np.log10(np.mean(sound[len(sound) // 2 :].astype(float) ** 2)))


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000])
@pytest.mark.parametrize("hz", [20, 60, 80, 120, 1_000])
def test_rumble_is_taken_out_by_a_filter_of_the_second_order(rate_hz: int, hz: float) -> None:
    sound = tone(2.0, hz, 0.3, rate_hz)
    wanted_db = -10 * np.log10(1 + (60 / hz) ** 4)  # Butterworth
    assert level_db(without_rumble(sound, rate_hz)) - level_db(sound) == pytest.approx(wanted_db, abs=0.2)


@pytest.mark.parametrize(("rms_db", "loss_db"), [(-40, 0), (-26, 0), (-12, 4), (-6, 7)])
def test_what_is_soft_passes_and_what_is_loud_rises_half_as_far(rms_db: float, loss_db: float) -> None:
    sound = tone(2.0, 500, 10 ** (rms_db / 20) * np.sqrt(2))
    assert level_db(sound) - level_db(compressed(sound, RATE_HZ)) == pytest.approx(loss_db, abs=0.7)


def test_no_sample_is_above_the_ceiling() -> None:
    hits = np.zeros(RATE_HZ, np.float32)
    hits[::7_000] = 3.0
    for sound in (hits, tone(2.0, 90, 4.0)):
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


# -- whether a clip can be speech --------------------------------------------------------------------------------------


def white_noise(seconds: float, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, round(seconds * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("name", ["espeak-en-gb", "espeak-pl", "espeak-fi"])
def test_speech_is_speech(name: str) -> None:
    speaker = voice(profile(name))
    for text in TEXTS:
        samples = speaker.say(text, 1.0).samples
        assert clip_fault(samples, text) == ""
        assert not is_noise(samples)


@pytest.mark.parametrize("seconds", [0.3, 2, 10])
@pytest.mark.parametrize("level", [0.001, 0.3])
@pytest.mark.parametrize("width", [1, 4])
def test_even_noise_is_none(seconds: float, level: float, width: int) -> None:
    assert is_noise(np.convolve(white_noise(seconds, level), np.ones(width) / width, "same").astype(np.float32))


def test_too_short_to_tell() -> None:
    assert not is_noise(white_noise(0.1))
    assert not is_noise(np.zeros(0, np.float32))


def test_a_tone_is_no_noise() -> None:
    assert not is_noise(np.sin(np.arange(RATE_HZ) / 20).astype(np.float32))


def test_faults() -> None:
    assert clip_fault(white_noise(15), "One.") == "the voice went on for 15 s"
    assert clip_fault(white_noise(15), "A line of thirty letters, or so.") == ""
    assert clip_fault(np.zeros(0, np.float32), "A") == "nothing can be heard of it"
    assert clip_fault(white_noise(1) * np.float32(1e-5), "A") == "nothing can be heard of it"
    assert clip_fault(np.array([0.1, np.inf], np.float32), "A") == "the voice gave numbers that are not sound"
