"""Films with music and clicks, and described tracks of them, whose places are known by construction."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from clicking import ffmpeg
from films import RATE, Sound, make_film
from numpy.typing import NDArray

Mono = NDArray[np.float32]
CLICK_EVERY_S = 2.0
CLICK_LEVEL = 0.6
NOTES_HZ = (110, 220, 330, 440, 660, 880, 1320)


def music(seconds: float, seed: int = 0, rate: int = RATE) -> Mono:
    """Notes and strokes of noise at uneven times, never twice the same, over a little noise."""
    random = np.random.default_rng(seed)
    sound = 1e-4 * random.standard_normal(round(seconds * rate)).astype(np.float32)
    at = 0.0
    while at < seconds - 0.7:
        lasts, hz = (
            random.uniform(0.08, 0.6),
            random.choice([110, 220, 330, 440, 660, 880, 1320]) * random.uniform(0.97, 1.03),
        )
        time = np.arange(round(lasts * rate)) / rate
        note = np.sin(2 * np.pi * hz * time) + 0.4 * np.sin(4 * np.pi * hz * time)
        note += 0.4 * random.standard_normal(len(time)) * (random.random() < 0.3)
        level = 10 ** (random.uniform(-34, -16) / 20)
        first = round(at * rate)
        sound[first : first + len(time)] += (level * np.exp(-3 * time / lasts) * note).astype(np.float32)
        at += random.uniform(0.05, 0.4)
    return sound


def with_clicks(sound: Mono, rate: int = RATE) -> Mono:
    """The sound with a click of 1 ms every two seconds, the first after one: it outlives coders."""
    made, half = sound.copy(), rate // 1000
    for at in range(rate, len(sound) - half, round(CLICK_EVERY_S * rate)):
        made[at - half : at + half + 1] += CLICK_LEVEL * np.hanning(2 * half + 1).astype(np.float32)
    return made


def voice(seconds: float, seed: int = 0, rate: int = RATE) -> Mono:
    """Syllables of a buzzing voice."""
    random = np.random.default_rng(1000 + seed)
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.15 * np.sin(2 * np.pi * 0.7 * time))) / rate
    tone = sum(np.sin(n * phase) / n * np.exp(-(((n * 120 - 600) / 900) ** 2)) for n in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 4.1 * time + random.uniform(0, 6)) + 0.4, 0, None)
    return np.asarray(tone * syllables * 0.15, np.float32)


def narrated(film: Mono, spans: Sequence[tuple[float, float]], rate: int = RATE, duck: float = 0.35) -> Mono:
    """A described track: the film, ducked under a voice in these spans (s)."""
    made = film.copy()
    for number, (start, end) in enumerate(spans):
        a, b = round(start * rate), round(end * rate)
        made[a:b] = made[a:b] * duck + voice(end - start, number, rate)[: b - a]
    return made


def lines(seconds: float, every_s: float = 9.0, lasts_s: float = 3.0) -> list[tuple[float, float]]:
    """Where a narrator speaks: a third of the time."""
    return [(at, at + lasts_s) for at in np.arange(5.3, seconds - lasts_s - 2, every_s).tolist()]


def write_wav(path: Path, sound: Mono, rate: int = RATE) -> Path:
    """16 bit, mono or of shape (channels, samples)."""
    channels = np.atleast_2d(sound)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.rint(np.clip(channels.T, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def coded(place: Path, sound: Mono, *how: object, rate: int = RATE) -> Path:
    """The sound as FFmpeg codes it."""
    ffmpeg("-i", write_wav(place.with_suffix(".source.wav"), sound, rate), *how, place)
    return place


def film_of(place: Path, sound: Mono, layout: str = "stereo") -> Path:
    """A film with this sound in all channels."""
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    samples = np.tile(sound, (channels, 1))
    return make_film(place, len(sound) / RATE, sounds=[Sound(samples, layout, language="eng")], fps=2)


def astray_ms(track: Mono, spans: Sequence[tuple[float, float]], rate: int = RATE) -> list[float]:
    """How far the clicks of a film are from their places in a track, in ms, for all that lie in these spans (s)."""
    found = []
    for start, end in spans:
        first = int(np.ceil((start + 0.2 - 1) / CLICK_EVERY_S))
        for number in range(max(0, first), int((end - 0.2 - 1) // CLICK_EVERY_S) + 1):
            at = round((1 + number * CLICK_EVERY_S) * rate)
            around = np.abs(track[max(0, at - rate // 5) : at + rate // 5])
            found.append((int(around.argmax()) - min(at, rate // 5)) * 1000 / rate)
    return found
