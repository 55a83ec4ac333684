"""AAC in parts: what is heard at the joins, their windows, length and delay, and what is encoded again."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from browsers import chromium
from films import click_places, clicks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiodesc.core.cache import Store
from audiodesc.media import aac
from audiodesc.media.aac import FRAME, PartsEncoder, PartSound, coded
from audiodesc.media.encode import SoundFile
from audiodesc.media.kept_parts import CodedPart
from audiodesc.model import Samples

SAMPLE = Path(__file__).parents[2] / "samples" / "sample.mp4"
RATE = 48_000
FRAMES = 48
"""Frames of a part here: one a second."""


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aac, "part_frames", lambda channels: FRAMES)


@pytest.fixture
def joins(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The packets at which parts are joined."""
    found: list[int] = []
    real = aac.join

    def noted(*given: Any) -> int:
        found.append(real(*given))
        return found[-1]

    monkeypatch.setattr(aac, "join", noted)
    return found


def encoded(
    sound: Samples, layout: str, rate_hz: int = RATE, store: Store | None = None, size: int = 7777
) -> list[bytes]:
    encoder = PartsEncoder(layout, rate_hz, store)
    packets = [p for at in range(0, sound.shape[1], size) for p in encoder.push(sound[:, at : at + size])]
    return packets + encoder.finish()


def unbroken(sound: Samples, layout: str, rate_hz: int = RATE) -> list[bytes]:
    return list(coded(PartSound(sound, layout, rate_hz, begins=True, ends=True, loud=False)).packets)


def decoded(packets: list[bytes], layout: str, rate_hz: int) -> Samples:
    """Shape (channels, samples), the encoder's delay included."""
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate_hz, layout, av.AudioFormat("fltp")
    encoder.open()
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = encoder.extradata
    return np.concatenate([f.to_ndarray() for p in packets for f in decoder.decode(av.Packet(p))], axis=1)


def real_sound(seconds: int = 12, rate_hz: int = RATE) -> Samples:
    """Speech, effects and silence, in stereo."""
    with av.open(str(SAMPLE)) as film:
        resampler = av.AudioResampler("fltp", "stereo", rate_hz)
        frames = (out for frame in film.decode(audio=0) for out in resampler.resample(frame))
        sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    return np.ascontiguousarray(sound[:, 12 * rate_hz : (12 + seconds) * rate_hz], np.float32)


def around() -> Samples:
    left, right = real_sound(8)
    noise = np.random.default_rng(1).normal(0, 0.05, left.size)
    return np.stack([left, right, (left + right) / 2, left * 0.2, right[::-1], noise]).astype(np.float32)


def bursts(rate_hz: int = RATE) -> Samples:
    """Attacks of noise at and around each join, from −60 to 0 dB, at other places in each channel."""
    random = np.random.default_rng(3)
    sound = random.uniform(-1e-3, 1e-3, (2, 10 * FRAMES * FRAME))
    for number in range(1, 10):
        for channel in sound:
            at = number * FRAMES * FRAME + random.integers(-8 * FRAME, 8 * FRAME)
            channel[at : at + 300] += random.uniform(-1, 1, 300) * 10 ** random.uniform(-3, 0)
    return sound.astype(np.float32)


def tones(rate_hz: int = RATE) -> Samples:
    at = np.arange(8 * rate_hz) / rate_hz
    return np.stack([np.sin(2 * np.pi * 997 * at), np.sign(np.sin(2 * np.pi * 50 * at))]).astype(np.float32)


SOUNDS: dict[str, tuple[Callable[[], Samples], str, int]] = {
    "film": (real_sound, "stereo", RATE),
    "film at 44.1 kHz": (lambda: real_sound(rate_hz=44_100), "stereo", 44_100),
    "film at 32 kHz": (lambda: real_sound(rate_hz=32_000), "stereo", 32_000),
    "mono": (lambda: real_sound()[:1], "mono", RATE),
    "5.1": (around, "5.1", RATE),
    "attacks at the joins": (bursts, "stereo", RATE),
    "silence": (lambda: np.zeros((2, 6 * RATE), np.float32), "stereo", RATE),
    "tones": (tones, "stereo", RATE),
    "noise": (lambda: np.random.default_rng(2).uniform(-1, 1, (2, 6 * RATE)).astype(np.float32), "stereo", RATE),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_at_a_join_the_sound_is_that_of_one_encoder_that_goes_on(name: str, joins: list[int]) -> None:
    make, layout, rate_hz = SOUNDS[name]
    sound = make()
    whole, parts = (decoded(one(sound, layout, rate_hz), layout, rate_hz) for one in (unbroken, encoded))
    assert whole.shape == parts.shape
    assert len(joins) == (sound.shape[1] // FRAME - aac.RUN_OUT) // FRAMES
    for number, at in enumerate(joins, 1):
        assert abs(at - number * FRAMES) <= aac.RUN_IN
        near = slice((at - 1) * FRAME, (at + 2) * FRAME)
        assert np.abs(parts[:, near] - whole[:, near]).max() <= 1e-4  # −80 dBFS


@given(seed=st.integers(0, 2**32), events=st.integers(1, 40), level=st.floats(0.001, 1))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_together_at_a_join(joins: list[int], seed: int, events: int, level: float) -> None:
    random = np.random.default_rng(seed)
    sound = random.normal(0, level / 30, (2, 3 * FRAMES * FRAME))
    for _ in range(events):
        at, size = random.integers(0, sound.shape[1] - 4_000), random.integers(1, 4_000)
        sound[random.integers(2), at : at + size] += random.uniform(-level, level, size)
    joins.clear()
    whole, parts = (decoded(one(sound.astype(np.float32), "stereo"), "stereo", RATE) for one in (unbroken, encoded))
    assert joins
    for at in joins:
        near = slice(at * FRAME, (at + 1) * FRAME)
        assert np.abs(parts[:, near] - whole[:, near]).max() <= 1e-4


FOLLOWS = {0: {0, 1}, 1: {2}, 2: {2, 3}, 3: {0, 1}}
"""ISO/IEC 14496-3: long, long start, eight short, long stop; and which may come after each."""


def window(packet: bytes) -> int:
    """The windows of a packet with one channel."""
    bits = f"{int.from_bytes(packet[:4]):032b}"
    assert bits[:3] == "000"  # a single channel
    return int(bits[16:18], 2)


@pytest.mark.parametrize("name", ["mono", "attacks at the joins"])
def test_windows_follow_each_other_as_they_may(name: str) -> None:
    windows = [window(packet) for packet in encoded(SOUNDS[name][0]()[:1], "mono")]
    assert 2 in windows
    assert all(after in FOLLOWS[before] for before, after in pairwise(windows))


@pytest.mark.parametrize(
    "samples", [2000, 2 * FRAME, 48 * FRAME, 64 * FRAME, 64 * FRAME + 1, 65 * FRAME, 3 * RATE + 17]
)
@pytest.mark.parametrize("matroska", [False, True])
def test_length_and_delay_are_exact(tmp_path: Path, samples: int, matroska: bool) -> None:
    sound = np.zeros((1, samples), np.float32)
    sound[0, samples // 2] = 0.9
    with SoundFile(tmp_path / "a.m4a", "m4a", "mono", matroska=tmp_path / "a.mka") as file:
        file.push(sound)
    with av.open(str(tmp_path / ("a.mka" if matroska else "a.m4a"))) as back:
        stream = back.streams.audio[0]
        packets = [packet for packet in back.demux(stream) if packet.size]
        heard = np.concatenate([frame.to_ndarray() for packet in packets for frame in packet.decode()], axis=1)
        ends = max(((p.pts or 0) + (p.duration or 0)) * (p.time_base or 0) for p in packets)
    assert len(packets) == -(-samples // FRAME) + 1
    assert abs(float(ends) - samples / RATE) < (FRAME / RATE if matroska else 1e-9)  # Matroska has whole packets
    assert int(np.argmax(np.abs(heard[0]))) == samples // 2


def test_the_true_peak_is_that_of_what_is_heard(tmp_path: Path) -> None:
    for sound in (real_sound(6), tones()[:, : 5 * RATE]):
        with SoundFile(tmp_path / "a.m4a", "m4a", "stereo") as file:
            file.push(sound)
        heard = np.abs(decoded(encoded(sound, "stereo"), "stereo", RATE)).max()
        assert file.decoded_peak_db is not None
        assert 20 * np.log10(heard) - 0.01 <= file.decoded_peak_db <= 20 * np.log10(heard) + 2
    with SoundFile(tmp_path / "b.m4a", "m4a", "stereo") as file:
        file.push(np.zeros((2, 3 * RATE), np.float32))
    assert file.decoded_peak_db == -np.inf


def kept(store: Store) -> list[Path]:
    return sorted(store.folder.glob("*.aac"))


def test_the_file_is_the_same_whatever_was_kept(tmp_path: Path) -> None:
    sound, store = real_sound(), Store(tmp_path / "store")
    random = np.random.default_rng(5)

    def written() -> bytes:
        with SoundFile(tmp_path / "a.m4a", "m4a", "stereo", store=store) as file:
            for at in range(0, sound.shape[1], size := int(random.integers(999, 60_000))):
                file.push(sound[:, at : at + size])
        return (tmp_path / "a.m4a").read_bytes()

    first, every = written(), kept(store)
    assert len(every) == (sound.shape[1] // FRAME - aac.RUN_OUT) // FRAMES + 1
    for _ in range(3):
        for path in random.choice(np.array(every), 4, replace=False):
            path.unlink()
        assert written() == first
    damaged = bytearray(every[3].read_bytes())
    damaged[100] ^= 1
    every[3].write_bytes(damaged)
    every[5].write_bytes(b"")
    assert written() == first
    assert every[3].read_bytes() != damaged


def test_only_the_parts_that_changed_are_encoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[PartSound] = []

    def counted(part: PartSound) -> CodedPart:
        made.append(part)
        return coded(part)

    monkeypatch.setattr(aac, "coded", counted)
    sound, store = real_sound(), Store(tmp_path)
    before = encoded(sound, "stereo", store=store)
    made.clear()
    assert encoded(sound, "stereo", store=store) == before
    assert not made
    changed = sound.copy()
    changed[:, 5 * FRAMES * FRAME + 30_000 :][:, :500] *= 0.5
    after = encoded(changed, "stereo", store=store)
    assert len(made) == 1
    assert next(at for at, (a, b) in enumerate(zip(before, after, strict=True)) if a != b) > 5 * FRAMES
    assert after == encoded(changed, "stereo")


def test_parts_that_were_not_used_for_long_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    for seed in range(6):
        sound = np.random.default_rng(seed).uniform(-0.1, 0.1, (1, 3 * RATE)).astype(np.float32)
        encoded(sound, "mono", store=store)
        for path in kept(store):
            os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns - 10**9))
    assert len(kept(store)) == 3 * 3
    encoded(sound, "mono", store=store)
    assert len(kept(store)) == 3 * 3


def test_sound_is_as_good_as_that_of_the_usual_coder_at_192_kb_s() -> None:
    sound = real_sound(20)
    usual = av.CodecContext.create("aac", "w")
    usual.sample_rate, usual.layout, usual.format = RATE, "stereo", av.AudioFormat("fltp")
    usual.bit_rate = 192_000
    frame = av.AudioFrame.from_ndarray(sound, "fltp", "stereo")
    frame.sample_rate = RATE
    theirs = [bytes(packet) for given in (frame, None) for packet in usual.encode(given)]

    def noise_db(packets: list[bytes]) -> tuple[float, float]:
        """Over the whole, and in the worst frame."""
        error = decoded(packets, "stereo", RATE)[:, FRAME : FRAME + sound.shape[1]] - sound
        frames = (error[:, : error.shape[1] // FRAME * FRAME].reshape(2, -1, FRAME) ** 2).mean(axis=(0, 2))
        return float(10 * np.log10((error**2).mean())), float(10 * np.log10(frames.max()))

    ours = encoded(sound, "stereo")
    (whole, worst), (their_whole, their_worst) = noise_db(ours), noise_db(theirs)
    assert whole < their_whole - 3
    assert worst < their_worst - 20  # temporal noise shaping alone takes 16 dB of it
    assert sum(map(len, ours)) < 1.6 * sum(map(len, theirs))


def test_a_fault_of_the_encoder_is_raised(tmp_path: Path) -> None:
    file = SoundFile(tmp_path / "a.m4a", "m4a", "mono")
    file.push(np.full((1, RATE), np.nan, np.float32))
    with pytest.raises(av.error.FFmpegError):
        file.__exit__(None, None, None)


DECODES = """async text => {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(bytes.buffer);
    return Array.from(sound.getChannelData(0));
}"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Any]:
    with chromium() as browser:
        yield browser.new_page()


def test_chromium_hears_every_sample_in_its_place(tab: Any, tmp_path: Path) -> None:
    sound = clicks(6)
    with SoundFile(tmp_path / "a.m4a", "m4a", "mono") as file:
        file.push(sound)
    heard = np.array(tab.evaluate(DECODES, base64.b64encode((tmp_path / "a.m4a").read_bytes()).decode()))
    assert click_places(heard) == [second * RATE + RATE // 2 for second in range(6)]
    assert abs(len(heard) - sound.shape[1]) < FRAME


def test_chromium_hears_no_join(tab: Any, tmp_path: Path, joins: list[int]) -> None:
    sound = real_sound(8)[:1]
    with SoundFile(tmp_path / "a.m4a", "m4a", "mono") as file:
        file.push(sound)
    heard = np.array(tab.evaluate(DECODES, base64.b64encode((tmp_path / "a.m4a").read_bytes()).decode()))
    whole = decoded(unbroken(sound, "mono"), "mono", RATE)[0, FRAME:]
    assert len(joins) > 5
    for at in joins:
        near = slice((at - 2) * FRAME, at * FRAME)
        assert np.abs(heard[near] - whole[near]).max() <= 1e-4
