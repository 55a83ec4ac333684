"""What a WAV file says beside its sound: written, and read by this program, wavinfo, mediainfo and exiftool."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from wavinfo import WavInfoReader

from audiodesc.media import wav_chunks
from audiodesc.media.wav_chunks import (
    ChunkLoudness,
    Region,
    WavFile,
    WavMetadata,
    channel_mask,
    regions_list,
    write_loudness,
)
from audiodesc.media.wav_metadata import read_metadata

RATE = 48_000
Sound = NDArray[Any]
TEXTS = (
    "She said \"no\" — and 'left'; =1+1 --> \\ | {x}",
    "Zażółć gęślą jaźń, Ärger, 彼女は窓を閉める。",
    "هو يفتح الباب\u200f ויוצא",
    "",
    "word " * 400,
    "one\r\ntwo\tthree",
)
ABOUT = WavMetadata(
    description="Audio description, line 12",
    originator="audiodesc 0.1",
    originator_reference="line 000012000",
    time_reference=36_000 * RATE + 7,
    coding_history="A=PCM,F=48000,W=24,M=mono,T=audiodesc\r\n",
    loudness=ChunkLoudness(-23.04, 3.5, -2.31, -20.0, -22.5),
    info={"INAM": TEXTS[0], "ICMT": TEXTS[1], "ILNG": "pl"},
    regions=tuple(Region(1_000 * n, 70_000 + n, text) for n, text in enumerate(TEXTS)),
)


def clicks(places: list[int], size: int, channels: int = 1) -> Sound:
    """Silence with one sample at half of full scale at each of these places."""
    sound = np.zeros((channels, size), np.float32)
    sound[:, places] = 0.5
    return sound


def write(path: Path, sound: Sound, about: WavMetadata = ABOUT, block: int = 12_345) -> Path:
    with WavFile(path, about, len(sound)) as file:
        for start in range(0, sound.shape[1], block):
            file.push(sound[:, start : start + block])
    return path


def samples(path: Path) -> Sound:
    """By FFmpeg, whole numbers of 24 bits, shape (channels, samples)."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate) == ("pcm_s24le", RATE)
        count = stream.layout.nb_channels
        parts = [frame.to_ndarray().reshape(-1, count).T for frame in container.decode(stream)]
    whole: Sound = np.right_shift(np.concatenate(parts, axis=1, dtype=np.int32), 8)
    return whole


def test_the_sound_is_to_the_sample_and_of_24_bits(tmp_path: Path) -> None:
    places = [0, 5, 12_344, 12_345, 99_998]
    found = samples(write(tmp_path / "a.wav", clicks(places, 99_999, 2)))
    assert found.shape == (2, 99_999)
    assert np.flatnonzero(found[0]).tolist() == np.flatnonzero(found[1]).tolist() == places
    assert set(found[0, places].tolist()) == {1 << 22}


def test_full_scale_is_not_passed(tmp_path: Path) -> None:
    loud = np.array([[1.5, -1.5, 1.0, -1.0]], np.float32)
    found = samples(write(tmp_path / "a.wav", loud))
    assert found.tolist() == [[(1 << 23) - 1, -(1 << 23), (1 << 23) - 1, -(1 << 23)]]


def test_another_reader_finds_it_all(tmp_path: Path) -> None:
    info = WavInfoReader(str(write(tmp_path / "a.wav", clicks([3], 99_999))), info_encoding="utf-8")
    assert (info.fmt.sample_rate, info.fmt.bits_per_sample, info.fmt.channel_count) == (RATE, 24, 1)
    assert info.data.frame_count == 99_999
    assert info.bext.version == 2
    assert info.bext.description == ABOUT.description
    assert info.bext.originator == ABOUT.originator
    assert info.bext.originator_ref == ABOUT.originator_reference
    assert info.bext.time_reference == ABOUT.time_reference
    assert info.bext.coding_history == ABOUT.coding_history
    assert info.bext.umid == bytes(64)
    loud = info.bext
    assert (loud.loudness_value, loud.loudness_range, loud.max_true_peak) == (-23.04, 3.5, -2.31)
    assert (loud.max_momentary_loudness, loud.max_shortterm_loudness) == (-20.0, -22.5)
    assert (info.info.title, info.info.comment) == (TEXTS[0], TEXTS[1])
    assert [cue.position for cue in info.cues.cues] == [cue.sample_offset for cue in info.cues.cues]
    assert [(cue.name, cue.position) for cue in info.cues.cues] == [(n + 1, 1_000 * n) for n in range(len(TEXTS))]
    assert {label.name: label.text for label in info.cues.labels} == dict(enumerate(TEXTS, 1))
    assert [(one.name, one.length, one.purpose) for one in info.cues.ranges] == [
        (n + 1, 70_000 + n, "rgn ") for n in range(len(TEXTS))
    ]


def test_what_is_not_measured_is_said_to_be_not(tmp_path: Path) -> None:
    silent = WavMetadata(loudness=ChunkLoudness(None, None, float("-inf"), None, -23.0))
    path = write(tmp_path / "a.wav", clicks([], 10), silent)
    bext = WavInfoReader(str(path)).bext
    assert [bext.loudness_value, bext.max_true_peak, bext.max_shortterm_loudness] == [327.67, 327.67, -23.0]
    assert read_metadata(path).metadata.loudness == ChunkLoudness(None, None, None, None, -23.0)


def test_the_same_gives_the_same_file(tmp_path: Path) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, (1, 50_000)).astype(np.float32)
    one = write(tmp_path / "a.wav", sound).read_bytes()
    assert one == write(tmp_path / "b.wav", sound).read_bytes()
    assert len(one) % 2 == 0
    assert int.from_bytes(one[4:8], "little") == len(one) - 8


ONE_LINE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        WavMetadata,
        description=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=256),
        originator=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=32),
        time_reference=st.integers(0, 2**64 - 1),
        coding_history=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=99),
        loudness=st.builds(ChunkLoudness, *[st.none() | st.integers(-32768, 32766).map(lambda n: n / 100)] * 5),
        info=st.dictionaries(st.sampled_from(["INAM", "ICMT", "ISFT", "IART"]), ONE_LINE.filter(bool)),
        regions=st.lists(st.builds(Region, st.integers(0, 10**9), st.integers(0, 10**9), ONE_LINE), max_size=5).map(
            lambda regions: tuple(sorted(regions, key=lambda one: one.first))
        ),
    ),
    st.integers(0, 400),
    st.integers(1, 3),
)
def test_what_is_written_is_read(tmp_path: Path, about: WavMetadata, size: int, channels: int) -> None:
    path = tmp_path / "a.wav"
    path.unlink(missing_ok=True)
    found = read_metadata(write(path, clicks([], size, channels), about))
    assert found.metadata == about
    assert (found.rate_hz, found.channels, found.bits, found.samples) == (RATE, channels, 24, size)


def test_past_four_gib_it_is_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit stands for 4 GiB."""
    monkeypatch.setattr(wav_chunks, "LARGEST", 2_000_000)
    few = write(tmp_path / "few.wav", clicks([7], 20_000))
    monkeypatch.setattr(wav_chunks, "LARGEST", 0xFFFF_FFFF)
    assert few.read_bytes()[:4] == b"RIFF"
    made = RF64File(tmp_path / "many.wav", ABOUT)
    with made as file:
        file.push(clicks([7, 39_999], 40_000))
    path = tmp_path / "many.wav"
    head = path.read_bytes()[:80]
    assert (head[:4], head[4:8], head[12:16]) == (b"RF64", b"\xff" * 4, b"ds64")
    assert struct.unpack("<QQQ", head[20:44]) == (path.stat().st_size - 8, 120_000, 40_000)
    assert np.flatnonzero(samples(path)[0]).tolist() == [7, 39_999]
    info = WavInfoReader(str(path), info_encoding="utf-8")
    assert (info.data.frame_count, info.bext.time_reference) == (40_000, ABOUT.time_reference)
    found = read_metadata(path)
    assert (found.metadata, found.samples) == (ABOUT, 40_000)


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_surround_is_rf64_with_its_channels_named(tmp_path: Path, bits: int) -> None:
    path, sound = tmp_path / "many.wav", np.zeros((6, 4_000), np.float32)
    sound[np.arange(6), 100 * np.arange(6)] = 0.5
    mask = channel_mask(["FL", "FR", "FC", "LFE", "SL", "SR"])
    with RF64File(path, ABOUT, 6, rate_hz=44_100, bits=bits, mask=mask) as file:
        file.push(sound)
    assert path.read_bytes()[:4] == b"RF64"
    with av.open(str(path)) as read:
        stream = read.streams.audio[0]
        assert (stream.layout.name, stream.rate) == ("5.1(side)", 44_100)
        assert stream.codec_context.name == {16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_f32le"}[bits]
        former = av.AudioResampler("fltp")
        heard = np.concatenate([f.to_ndarray() for one in read.decode(audio=0) for f in former.resample(one)], axis=1)
    assert heard.shape == sound.shape
    assert np.abs(heard - sound).max() < 2**-14


def test_the_loudness_is_set_when_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write(path, clicks([7], 20_000), WavMetadata(description="it", time_reference=5))
    write_loudness(path, ChunkLoudness(-23.04, 4.5, -1.0, -18.25, float("-inf")))
    found = read_metadata(path).metadata
    assert (found.description, found.time_reference) == ("it", 5)
    assert found.loudness == ChunkLoudness(-23.04, 4.5, -1.0, -18.25, None)
    (tmp_path / "b.wav").write_bytes(b"RIFF" + bytes(1_000))
    with pytest.raises(ValueError, match="has no bext"):
        write_loudness(tmp_path / "b.wav", ChunkLoudness())


def test_no_mask_for_channels_in_another_order() -> None:
    assert channel_mask(["FC"]) == channel_mask(["FL", "FR"]) == 0
    assert channel_mask(["FL", "FR", "LFE"]) == 0b1011
    assert channel_mask(["FL", "FC", "FR"]) == channel_mask(["DL", "DR"]) == 0


class RF64File(WavFile):
    """Writes the head that a file past 4 GiB has, with this file's own sizes."""

    def _head(self, total: int = 0) -> bytes:
        head = super()._head(total)
        if not total:
            return head
        sizes = wav_chunks.DS64.pack(total - 8, self._size, self._size // (self._channels * self._bits // 8), 0)
        long = super()._head(total + (1 << 33))
        return long[:20] + sizes + long[20 + len(sizes) :]


def test_the_head_of_a_long_file(tmp_path: Path) -> None:
    """Nine hours of mono: all sizes that need more than 32 bits are in `ds64`."""
    with WavFile(tmp_path / "a.wav", WavMetadata()) as file:
        file._size = size = 9 * 3600 * RATE * 3
        head = file._head(size + 1_000)
        file._size = 0
    assert struct.unpack("<QQQI", head[20:48]) == (size + 992, size, size // 3, 0)
    assert head[-4:] == b"\xff" * 4


def test_regions_past_what_32_bits_count_are_left_out() -> None:
    written = regions_list([Region(5, 10, "a"), Region(2**32 - 5, 10, "b"), Region(2**33, 0, "c")])
    assert written[8:12] == (1).to_bytes(4, "little")
    assert regions_list([Region(2**33, 0, "c")]) == b""


def test_a_plain_wav_says_nothing(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(400))
    found = read_metadata(tmp_path / "a.wav")
    assert (found.rate_hz, found.channels, found.bits, found.samples) == (44_100, 2, 16, 100)
    assert found.metadata == WavMetadata()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"OggS" * 9,
        b"RIFF\x04\0\0\0WAVE",
        b"RIFF\x04\0\0\0AVI fmt ",
        b"BW64" + b"\xff" * 4 + b"WAVEds64\x1c\0\0\0cut",
    ],
)
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.wav"):
        read_metadata(tmp_path / "a.wav")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = tmp_path / "whole.wav"
    if not whole.exists():
        write(whole, clicks([], 50))
    raw = bytearray(whole.read_bytes()[: data.draw(st.integers(0, whole.stat().st_size))])
    for at in data.draw(st.lists(st.integers(0, max(0, len(raw) - 1)), max_size=8)):
        raw[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
    (tmp_path / "a.wav").write_bytes(raw)
    try:
        found = read_metadata(tmp_path / "a.wav")
    except ValueError:
        return
    assert 0 <= found.samples * 3 <= len(raw) or found.channels != 1


@pytest.mark.skipif(not shutil.which("mediainfo"), reason="mediainfo is not installed")
def test_mediainfo_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", clicks([3], 99_999))
    done = subprocess.run(["mediainfo", "--Output=JSON", path], capture_output=True, text=True, check=True)
    general, sound = json.loads(done.stdout)["media"]["track"][:2]
    assert (sound["BitDepth"], sound["SamplingRate"], sound["SamplingCount"]) == ("24", "48000", "99999")
    assert int(sound["Delay"].split(".")[0]) == 36_000
    assert general["Description"] == ABOUT.description
    assert general["Track"].encode("latin_1").decode("utf-8") == TEXTS[0]  # it takes LIST/INFO for Latin-1


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", clicks([3], 99_999))
    done = subprocess.run(["exiftool", "-j", "-charset", "RIFF=UTF8", path], capture_output=True, check=True)
    said = json.loads(done.stdout)[0]
    assert (said["BitsPerSample"], said["SampleRate"], said["NumChannels"]) == (24, RATE, 1)
    assert (said["TimeReference"], said["BWFVersion"]) == (ABOUT.time_reference, 2)
    assert (said["Originator"], said["Description"]) == (ABOUT.originator, ABOUT.description)
    assert (said["Title"], said["Comment"]) == (TEXTS[0], TEXTS[1])
