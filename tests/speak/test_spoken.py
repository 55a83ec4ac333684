from __future__ import annotations

import numpy as np
import pytest

from audiodesc.speak import profile, voice
from audiodesc.speak.finish import clip_fault, is_noise

RATE = 48_000
TEXTS = ["She walks away.", "Yes.", "Sssh! Sixty-six swiss ships shush.", "Oh no, a slow low moan: mmmmm."]


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, round(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize("name", ["espeak-en-gb", "espeak-pl", "espeak-fi"])
def test_speech_is_speech(name: str) -> None:
    speaker = voice(profile(name), fetch=False)
    for text in TEXTS:
        samples = speaker.say(text, 1.0).samples
        assert clip_fault(samples, text) == ""
        assert not is_noise(samples)


@pytest.mark.parametrize("seconds", [0.3, 2, 10])
@pytest.mark.parametrize("level", [0.001, 0.3])
@pytest.mark.parametrize("width", [1, 4])
def test_even_noise_is_none(seconds: float, level: float, width: int) -> None:
    assert is_noise(np.convolve(noise(seconds, level), np.ones(width) / width, "same").astype(np.float32))


def test_too_short_to_tell() -> None:
    assert not is_noise(noise(0.1))
    assert not is_noise(np.zeros(0, np.float32))


def test_a_tone_is_no_noise() -> None:
    assert not is_noise(np.sin(np.arange(RATE) / 20).astype(np.float32))


def test_faults() -> None:
    assert clip_fault(noise(15), "One.") == "the voice went on for 15 s"
    assert clip_fault(noise(15), "A line of thirty letters, or so.") == ""
    assert clip_fault(np.zeros(0, np.float32), "A") == "nothing can be heard of it"
    assert clip_fault(noise(1) * np.float32(1e-5), "A") == "nothing can be heard of it"
    assert clip_fault(np.array([0.1, np.inf], np.float32), "A") == "the voice gave numbers that are not sound"
