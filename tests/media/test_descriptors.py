"""Descriptors of receiver mixes: bytes as the standard has them, and read back from any sound without being misled."""

from __future__ import annotations

import math
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from receiving import Decoder

from audiodesc.media.descriptors import (
    DESCRIPTOR,
    Descriptor,
    control_track,
    decode,
    encode,
    pan_degrees,
    read_descriptors,
)

PAIR = np.array([0.5, -0.5], np.float32)


def write(path: Path, right: NDArray[np.float32], left: NDArray[np.float32] | None = None, bits: int = 16) -> Path:
    """A WAV file of two channels at 48 kHz."""
    both = np.stack([np.zeros_like(right) if left is None else left, right])
    whole = np.clip(np.rint(both * 2 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype("<i4").T
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(bits // 8)
        file.setframerate(48_000)
        raw = np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)
        file.writeframes(np.ascontiguousarray(raw[:, : bits // 8]).tobytes())
    return path


def test_the_published_vector() -> None:
    vector = bytes.fromhex("f84454474144311e00ffffffffff6abc")
    assert encode(-9.0, 0.0) == vector
    assert decode(vector) == (-9.0, 0.0)


@pytest.mark.parametrize(
    ("fade_db", "byte"),
    [(0, 0), (0.4, 0), (-0.3, 1), (-0.44, 1), (-76.2, 0xFE), (-76.3, 0xFE), (-76.4, 0xFF), (-math.inf, 0xFF)],
)
def test_fades_are_whole_steps(fade_db: float, byte: int) -> None:
    assert encode(fade_db, 0.0)[7] == byte


@pytest.mark.parametrize(("pan", "byte"), [(0, 0), (1, 0x15), (-1, 0xEB), (0.5, 0x0A), (-0.5, 0xF6)])
def test_a_narrator_on_one_side_stands_at_the_limits_of_stereo(pan: float, byte: int) -> None:
    assert encode(0.0, pan_degrees(pan))[8] == byte


@given(st.integers(0, 255), st.integers(0, 255))
def test_what_is_encoded_is_decoded(fade: int, pan: int) -> None:
    fade_db = -math.inf if fade == 255 else -0.3 * fade
    degrees = (pan if pan <= 128 else pan - 256) * 360 / 256
    content = encode(fade_db, degrees)
    assert (content[7], content[8]) == (fade, pan)
    assert decode(content) == pytest.approx((fade_db, degrees))


@given(st.integers(0, 127), st.integers(0, 255))
def test_a_changed_bit_is_noticed(bit: int, fade: int) -> None:
    content = bytearray(encode(-0.3 * fade, 0.0))
    content[bit // 8] ^= 0x80 >> bit % 8
    with pytest.raises(ValueError, match="no descriptor"):
        decode(bytes(content))


def test_the_track_is_manchester_code() -> None:
    """F8 begins with five bits that are set: above zero, then below, each half 18.75 samples."""
    track = control_track(encode(-9.0, 0.0))
    assert track.shape == (DESCRIPTOR,)
    signs = np.sign(track[:188]).astype(int)
    turns = [at for at in range(1, 188) if signs[at] != signs[at - 1]]
    assert signs[0] == 1
    assert turns == [19, 38, 57, 75, 94, 113, 132, 150, 169]


@pytest.mark.parametrize("bits", [16, 24])
def test_every_descriptor_is_read_at_its_end(tmp_path: Path, bits: int) -> None:
    """Over the stretches in which a file is read: 25 s are two and a half."""
    sent = [encode(-0.3 * (n % 200), n % 20) for n in range(250)]
    path = write(tmp_path / "a.wav", control_track(b"".join(sent)), bits=bits)
    read = list(read_descriptors(path))
    assert [one.time_ms for one in read] == [100 * n for n in range(1, 251)]
    assert [(one.fade_db, one.pan_degrees) for one in read] == [decode(one) for one in sent]


def test_another_decoder_reads_the_same() -> None:
    sent = [encode(-0.3 * n, 1.4 * n) for n in range(20)]
    samples = (control_track(b"".join(sent)) * 2**15).astype(np.int16)
    heard = Decoder().feed(samples)
    assert [(fade, pan) for _, fade, pan in heard] == [(one[7], one[8]) for one in sent[1:]]
    assert all(abs(at - DESCRIPTOR * (n + 2)) < 40 for n, (at, _, _) in enumerate(heard))


@given(st.integers(0, 20_000), st.integers(0, 1000), st.integers(0, 2**32 - 1))
def test_what_stands_in_noise_is_found_again(lead: int, gap: int, seed: int) -> None:
    """Noise under the threshold over all of it, loud noise before it, and a hole in its fourth descriptor: the others
    are read, each at its place."""
    random = np.random.default_rng(seed)
    track = control_track(b"".join(encode(-0.3 * n, 0.0) for n in range(8)))
    track[3 * DESCRIPTOR + 100 : 3 * DESCRIPTOR + 100 + gap] = 0.0
    noise = random.uniform(-0.5, 0.5, lead).astype(np.float32)
    signal = np.concatenate([noise, track + random.uniform(-0.02, 0.02, len(track)).astype(np.float32)])
    read = read_signal(signal)
    known = {round(one.fade_db, 1): one.time_ms for one in read}
    for n in (1, 2, 5, 6, 7):
        assert abs(known[round(-0.3 * n, 1)] - (lead / 48 + 100 * (n + 1))) <= 1


def read_signal(signal: NDArray[np.float32]) -> list[Descriptor]:
    with tempfile.TemporaryDirectory() as folder:
        return list(read_descriptors(write(Path(folder, "a.wav"), signal)))


def test_noise_holds_none(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 0.3, 60 * 48_000).astype(np.float32)
    assert list(read_descriptors(write(tmp_path / "noise.wav", noise))) == []


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(0, np.float32),
        np.zeros(48_000, np.float32),
        np.ones(48_000, np.float32),
        np.tile(PAIR, 48_000),
        np.tile(np.repeat(PAIR, 19), 2_000),
    ],
    ids=["nothing", "silence", "DC", "a transition each sample", "bits without end"],
)
def test_signals_of_every_kind_hold_none(tmp_path: Path, signal: NDArray[np.float32]) -> None:
    assert list(read_descriptors(write(tmp_path / "a.wav", signal))) == []


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 43) | st.integers(0, 99_999), st.integers(0, 255)), max_size=6), st.integers(0)
)
def test_a_damaged_file_is_read_or_refused(changes: list[tuple[int, int]], size: int) -> None:
    """What is read of it was sent."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder, "a.wav"), control_track(encode(-9.0, 0.0) * 5))
        content = bytearray(path.read_bytes())
        for at, value in changes:
            content[at % len(content)] = value
        path.write_bytes(content[: size % len(content) or None])
        try:
            read = list(read_descriptors(path))
        except (OSError, ValueError):
            return
    assert {(one.fade_db, one.pan_degrees) for one in read} <= {(-9.0, 0.0)}
    assert len(read) <= 5


def test_a_file_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", control_track(encode(-9.0, 0.0) * 10))
    whole = path.read_bytes()
    path.write_bytes(whole[: 44 + 4 * (3 * DESCRIPTOR + 7) + 1])
    assert [one.time_ms for one in read_descriptors(path)] == [100, 200, 300]


def test_other_files_hold_none_or_are_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "mono.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(9600))
    assert list(read_descriptors(tmp_path / "mono.wav")) == []
    (tmp_path / "text.wav").write_text("RIFF of lies")
    with pytest.raises(ValueError, match=r"text\.wav"):
        list(read_descriptors(tmp_path / "text.wav"))
    with pytest.raises(OSError):  # noqa: PT011
        list(read_descriptors(tmp_path / "none.wav"))
