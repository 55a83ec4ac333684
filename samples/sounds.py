"""The sound of the sample film: chords and noises, as float arrays of shape (samples, 2) at 48 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
Sound = NDArray[np.float64]

# midi numbers: D major with a sixth, B minor with a seventh, G major with a ninth, A suspended
_CHORDS = ((50, 57, 62, 66, 71), (47, 54, 62, 66, 69), (43, 55, 59, 66, 69), (45, 52, 62, 64, 69))
_CHORD_S = 3.6


def music(length_s: float) -> Sound:
    """Soft chords that rise and fall, with a few high notes over them; RMS −30 dBFS."""
    sound = np.zeros((_samples(length_s + 6), 2))
    for number in range(int(length_s / _CHORD_S) + 1):
        chord = _CHORDS[number % len(_CHORDS)]
        start = number * _CHORD_S
        for note in chord:
            _add(sound, start, _tone(_hz(note), _CHORD_S + 1.4, attack_s=0.9), 0.5 + 0.1 * (note % 5 - 2))
        for step, note in enumerate((chord[3] + 12, chord[4] + 12, chord[2] + 12)):
            _add(sound, start + 0.9 * step + 0.3, _tone(_hz(note), 2.4, attack_s=0.02) * 0.4, 0.35 + 0.15 * step)
    return _edges(_at_rms(sound[: _samples(length_s)], -30), 1.2)


def sea(length_s: float, seed: int) -> Sound:
    swell = 0.65 + 0.35 * np.sin(2 * np.pi * 0.16 * _times(length_s) + seed)
    return _at_rms(_noise(length_s, seed, 60, 900) * swell[:, np.newaxis], -44)


def room(length_s: float, seed: int) -> Sound:
    """A quiet kitchen with a clock."""
    sound = _at_rms(_noise(length_s, seed, 60, 400), -55)
    tick = np.sin(2 * np.pi * 2100 * _times(0.03)) * np.exp(-_times(0.03) / 0.004)
    for second in range(int(length_s)):
        _add(sound, second + 0.4, tick * (0.010 if second % 2 else 0.014), 0.3)
    return sound


def wind(length_s: float, seed: int) -> Sound:
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * 0.11 * _times(length_s)) * np.sin(2 * np.pi * 0.23 * _times(length_s))
    return _at_rms(_noise(length_s, seed, 180, 620) * gusts[:, np.newaxis], -46)


def rails(length_s: float, seed: int) -> Sound:
    """A train that comes, passes at the middle and goes."""
    times = _times(length_s)
    near = np.exp(-(((times - length_s * 0.5) / (length_s * 0.3)) ** 2))
    sound = _at_rms(_noise(length_s, seed, 40, 320), -36)
    knock = _noise(0.09, seed + 1, 90, 1400) * np.exp(-_times(0.09) / 0.02)[:, np.newaxis]
    for beat in np.arange(0.2, length_s - 0.5, 0.62):
        for late in (0.0, 0.13):
            begin = _samples(beat + late)
            sound[begin : begin + len(knock)] += 0.25 * knock
    return sound * near[:, np.newaxis]


def gain_db(sound: Sound, db: float) -> Sound:
    return sound * 10 ** (db / 20)


def _samples(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def _times(length_s: float) -> NDArray[np.float64]:
    return np.arange(_samples(length_s)) / RATE_HZ


def _hz(midi: int) -> float:
    return 440 * 2 ** ((midi - 69) / 12)


def _tone(hz: float, length_s: float, attack_s: float) -> NDArray[np.float64]:
    """A soft, round note that ends in silence."""
    times = _times(length_s)
    partials = sum(np.sin(2 * np.pi * n * hz * times) * np.exp(-(n - 1) * (0.9 + times)) / n for n in range(1, 6))
    shape = np.minimum(1, times / attack_s) * np.minimum(1, (length_s - times) / 1.2) * np.exp(-times / 3.0)
    return np.asarray(partials * shape)


def _add(sound: Sound, start_s: float, mono: NDArray[np.float64], right: float) -> None:
    """Mix `mono` in, its share `right` (0–1) to the right, cut where `sound` ends."""
    begin = _samples(start_s)
    piece = mono[: max(0, len(sound) - begin)]
    sound[begin : begin + len(piece), 0] += piece * np.sqrt(1 - right)
    sound[begin : begin + len(piece), 1] += piece * np.sqrt(right)


def _noise(length_s: float, seed: int, low_hz: float, high_hz: float) -> Sound:
    """Two channels of noise between two frequencies, with gentle slopes."""
    count = _samples(length_s)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=(count, 2)), axis=0)
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    slopes = 1 / (1 + (hz / high_hz) ** 4) * (1 - 1 / (1 + (hz / low_hz) ** 4))
    return np.asarray(np.fft.irfft(spectrum * slopes[:, np.newaxis], count, axis=0))


def _at_rms(sound: Sound, db: float) -> Sound:
    return sound * float(10 ** (db / 20) / np.sqrt(np.mean(sound**2)))


def _edges(sound: Sound, fade_s: float) -> Sound:
    ramp = np.minimum(1, np.arange(len(sound)) / (fade_s * RATE_HZ))
    return np.asarray(sound * (ramp * ramp[::-1])[:, np.newaxis])
