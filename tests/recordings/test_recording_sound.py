"""Any file of sound is read to the sample; what is none costs one line that names it."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings.speech import RATE, in_room, noise, spoken, tone, write

from audiodesc.errors import InputError
from audiodesc.recordings.sound import Cut, read_cuts, read_recording

FORMATS = [
    ("wav", "pcm_s16le", 0.0001),
    ("wav", "pcm_f32le", 1e-6),
    ("flac", "flac", 0.0001),
    ("aiff", "pcm_s24be", 1e-6),
    ("mp3", "libmp3lame", None),
    ("m4a", "aac", None),
    ("ogg", "libopus", None),
    ("caf", "pcm_s24le", 1e-6),
    ("au", "pcm_s16be", 0.0001),
    ("mka", "flac", 0.0001),
]


@pytest.mark.parametrize(("suffix", "codec", "off"), FORMATS)
def test_any_format_is_read(tmp_path: Path, suffix: str, codec: str, off: float | None) -> None:
    sound = in_room()
    found = read_recording(write(tmp_path / f"line.{suffix}", sound, codec=codec))
    assert (found.rate_hz, found.channels) == (RATE, 1)
    if off is None:  # with loss, and a coder's padding
        assert abs(len(found.samples) - len(sound)) < 3_000
        return
    assert len(found.samples) == len(sound)
    assert np.abs(found.samples - sound).max() < off


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000, 192_000])
def test_a_tone_keeps_its_pitch_and_its_length_at_any_rate(tmp_path: Path, rate: int) -> None:
    wave = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.float32)
    found = read_recording(write(tmp_path / "tone.wav", wave, rate))
    assert found.rate_hz == rate
    assert len(found.samples) == RATE
    spectrum = np.abs(np.fft.rfft(found.samples))
    assert int(spectrum.argmax()) == 1000


def test_a_voice_in_one_of_eight_channels_is_as_loud_as_alone(tmp_path: Path) -> None:
    block = np.zeros((8, RATE), np.float32)
    block[5] = tone(RATE, 440, -20)
    found = read_recording(write(tmp_path / "eight.wav", block))
    assert found.channels == 8
    assert np.abs(found.samples - block[5]).max() < 1e-5


def test_channels_that_cancel_each_other_are_not_mixed(tmp_path: Path) -> None:
    wave = tone(RATE, 440, -20)
    found = read_recording(write(tmp_path / "phase.wav", np.stack([wave, -wave])))
    assert np.abs(found.samples - wave).max() < 1e-5
    assert found.remarks == ("its channels cancel each other: the loudest alone is used",)


def test_clipping_is_seen_at_the_files_own_rate(tmp_path: Path) -> None:
    wave = np.clip(in_room() * 8, -0.9, 0.9)
    assert read_recording(write(tmp_path / "clipped.wav", wave, rate=44_100)).clipped > 10


def wav(body: bytes, rate: int = RATE, channels: int = 1, bits: int = 16, form: int = 1) -> bytes:
    """The bytes of a WAV file."""
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", form, channels, rate, rate * frame, frame, bits)
    inner = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


HOSTILE = {
    "text.wav": b"This is a text, and no sound at all.\n" * 20,
    "zero.wav": b"",
    "header.wav": wav(b""),
    "nan.wav": wav(np.full(RATE, np.nan, "<f4").tobytes(), bits=32, form=3),
    "infinite.wav": wav(np.array([0, np.inf] * 5000, "<f4").tobytes(), bits=32, form=3),
    "huge numbers.wav": wav(np.array([0, 1e30] * 5000, "<f4").tobytes(), bits=32, form=3),
    "no rate.wav": wav(bytes(9600), rate=0),
    "slow.wav": wav(bytes(9600), rate=1),
    "cut off.flac": b"fLaC\x00\x00\x00\x22",
    "playlist.mp3": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "concat.wav": b"ffconcat version 1.0\nfile /etc/passwd\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_sound_costs_one_line_that_names_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    with pytest.raises(InputError) as error:
        read_recording(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_ten_hours_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav(b"")[:-4] + struct.pack("<I", 36_000 * 2 * RATE))
    with path.open("r+b") as file:
        file.truncate(44 + 36_000 * 2 * RATE)  # a hole: it takes no room
    with pytest.raises(InputError, match="36000 s of sound or more, and a line 180 s at most"):
        read_recording(path)


def test_a_film_a_link_a_folder_and_a_pipe_are_none(tmp_path: Path) -> None:
    film, link, pipe = tmp_path / "film.mp4", tmp_path / "link.wav", tmp_path / "pipe.wav"
    with av.open(str(film), "w") as file:
        stream: Any = file.add_stream("mpeg4", rate=25, width=64, height=64, pix_fmt="yuv420p")
        file.add_stream("aac", rate=RATE, layout="mono")
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(stream.encode(None))
    link.symlink_to(write(tmp_path / "real.wav", spoken()))
    os.mkfifo(pipe)
    for path, what in ((film, "is a film"), (link, "is a link"), (tmp_path, "is not a file"), (pipe, "is not a file")):
        with pytest.raises(InputError, match=f"{path.name} {what}"):
            read_recording(path)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 60_000)), min_size=1, max_size=8),
    st.sampled_from([("wav", "pcm_s16le"), ("flac", "flac")]),
)
def test_cuts_are_exact_to_the_sample_in_any_order(
    tmp_path: Path, places: list[tuple[int, int]], form: tuple[str, str]
) -> None:
    sound = np.round(noise(150_000, -20) * 32_767).clip(-32_768, 32_767) / 32_768
    path = write(tmp_path / f"long.{form[0]}", sound.astype(np.float32), codec=form[1])
    cuts = [Cut(first, count) for first, count in places]
    found = dict(read_cuts(path, cuts))
    for n, cut in enumerate(cuts):
        wanted = sound[cut.first : cut.first + cut.count]
        if len(wanted):
            assert np.array_equal(found[n].samples, wanted.astype(np.float32))
        else:
            assert n not in found


def test_a_region_at_another_rate_has_its_length(tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", noise(441_000, -20), rate=44_100)
    found = dict(read_cuts(path, [Cut(44_100, 88_200)]))
    assert len(found[0].samples) == 2 * RATE
