"""Spoken clips come back as they were, to one step of 16 bits, and as what any program calls a WAV file."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audiodesc.media.clips import read_wav, wav_bytes, wav_length

STEP = 1 / 32767
LEVELS = st.floats(-1, 1, width=32)


@given(arrays(np.float32, st.integers(0, 200), elements=LEVELS))
def test_a_clip_comes_back_to_half_a_step(tmp_path_factory: pytest.TempPathFactory, samples: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("clips") / "clip.wav"
    path.write_bytes(wav_bytes(samples))
    back = read_wav(path)
    assert (back.dtype, back.shape) == (np.float32, samples.shape)
    assert np.abs(back - samples).max(initial=0) <= STEP / 2 + 1e-7
    assert wav_length(path) == len(samples)


def test_it_is_a_plain_wav_file() -> None:
    with wave.open(io.BytesIO(wav_bytes(np.array([0, 1, -1, 0.5], np.float32)))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48_000)
        assert np.frombuffer(file.readframes(9), "<i2").tolist() == [0, 32767, -32767, 16384]


def test_what_is_too_loud_is_limited_and_does_not_wrap(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(wav_bytes(np.array([1.5, -1.5], np.float32)))
    assert read_wav(path).tolist() == [1, -1]


@pytest.mark.parametrize(("channels", "width", "rate"), [(2, 2, 48_000), (1, 1, 48_000), (1, 2, 44_100)])
def test_another_kind_of_wav_file_is_refused(tmp_path: Path, channels: int, width: int, rate: int) -> None:
    path = tmp_path / "clip.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(96))
    with pytest.raises(wave.Error, match="48 kHz"):
        read_wav(path)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound at all", bytes(100)])
def test_what_is_no_wav_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    for read in (read_wav, wav_length):
        with pytest.raises((wave.Error, EOFError)):
            read(path)
