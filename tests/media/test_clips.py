"""Spoken clips come back as they were, to one step of 16 bits, and as what any program calls a WAV file. A stretch of
a file is the same sound, at the same sample, as in the whole."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from audiodesc.errors import InputError
from audiodesc.media.clips import Excerpt, cut, read_wav, wav_bytes, wav_length, write_excerpt
from audiodesc.media.encode import SoundFile

STEP = 1 / 32767
LEVELS = st.floats(-1, 1, width=32)


@given(arrays(np.float32, st.integers(0, 200), elements=LEVELS))
def test_a_clip_comes_back_to_half_a_step(tmp_path_factory: pytest.TempPathFactory, samples: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("clips") / "clip.wav"
    path.write_bytes(wav_bytes(samples))
    back = read_wav(path)
    assert (back.dtype, back.shape) == (np.dtype(np.float32), samples.shape)
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


RATE = 48_000
SECONDS = 12


def sound(channels: int) -> NDArray[np.float32]:
    """Noise of 23 bits, so that 24 hold it, each channel its own; a click at every half second past a whole one."""
    noise = np.random.default_rng(channels).integers(-(2**19), 2**19, (channels, SECONDS * RATE))
    noise[:, RATE // 2 :: RATE] = 2**22
    return (noise / 2**23).astype(np.float32)


def write(path: Path, kind: str, layout: str) -> NDArray[np.float32]:
    samples = sound(av.AudioLayout(layout).nb_channels)
    with SoundFile(path, kind, layout) as file:
        file.push(samples)
    return samples


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "7.1"])
@pytest.mark.parametrize(("kind", "suffix"), [("flac", "flac"), ("wav", "wav")])
@pytest.mark.parametrize(("start", "end"), [(0, 1_000), (4_321, 6_789), (11_500, 12_000)])
def test_it_is_the_same_to_the_last_bit(
    tmp_path: Path, kind: str, suffix: str, layout: str, start: int, end: int
) -> None:
    whole = write(tmp_path / f"a.{suffix}", kind, layout)
    found = cut(tmp_path / f"a.{suffix}", start, end)
    assert (found.layout, found.rate_hz, found.seconds) == (layout, RATE, (end - start) / 1000)
    np.testing.assert_array_equal(found.samples, whole[:, start * 48 : end * 48])


@pytest.mark.parametrize("start", [0, 300, 1_250, 7_001])
def test_in_aac_each_click_is_at_its_sample(tmp_path: Path, start: int) -> None:
    clicks = np.zeros((2, SECONDS * RATE), np.float32)
    clicks[:, RATE // 2 :: RATE] = 0.9
    with SoundFile(tmp_path / "a.m4a", "m4a", "stereo") as file:
        file.push(clicks)
    found = cut(tmp_path / "a.m4a", start, start + 3_000).samples
    assert found.shape == (2, 3 * RATE)
    places = np.nonzero(found[0] > 0.4)[0]
    assert places.tolist() == [n for n in range(3 * RATE) if (n + start * 48) % RATE == RATE // 2]


def test_after_the_end_there_is_no_more(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.flac", "flac", "mono")
    np.testing.assert_array_equal(cut(tmp_path / "a.flac", 11_000, 15_000).samples, whole[:, 11 * RATE :])
    with pytest.raises(InputError, match=r"ends too early: the sound from 0:13.0 to 0:14.0"):
        cut(tmp_path / "a.flac", 13_000, 14_000)


@pytest.mark.parametrize("rate", [11_025, 44_100, 96_000])
def test_the_written_file_holds_it(tmp_path: Path, rate: int) -> None:
    samples = sound(6)[:, :5_000]
    write_excerpt(Excerpt(samples, "5.1", rate), tmp_path / "a.wav")
    found = cut(tmp_path / "a.wav", 0, 10_000)
    assert (found.layout, found.rate_hz) == ("5.1", rate)
    np.testing.assert_array_equal(found.samples, samples)


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF\0\0")
    for name in ("a.wav", "none.wav"):
        with pytest.raises(InputError, match=r"the sound from 0:00.0 to 0:01.0 cannot be heard") as caught:
            cut(tmp_path / name, 0, 1_000)
        assert "film" not in str(caught.value)
