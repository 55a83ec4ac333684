"""Rounding to 16 and 24 bits: what is lost becomes even noise, and what fits stays as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from films import FFMPEG, RATE, click_places, clicks, silence
from numpy.typing import NDArray

from audiodesc.media.encode import FORMATS, Dither, SoundFile, check_layout
from audiodesc.media.sound import channel_names


def read(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("fltp", rate=RATE)
        frames = [out.to_ndarray() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        return np.concatenate(frames, axis=1).astype(np.float32)


@pytest.mark.parametrize("kind", list(FORMATS))
@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
def test_every_sample_is_in_its_place(tmp_path: Path, kind: str, layout: str, channels: int) -> None:
    path = tmp_path / f"sound{FORMATS[kind].suffix}"
    sound = clicks(4, channels)
    with SoundFile(path, kind, layout) as file:
        for start in range(0, sound.shape[1], 7777):
            file.push(sound[:, start : start + 7777])
    back = read(path)
    assert back.shape[0] == channels
    for channel, samples in enumerate(back):
        if (layout, channel, kind) != ("5.1", 3, "m4a"):  # AAC's LFE carries no clicks
            assert click_places(samples) == [second * RATE + RATE // 2 for second in range(4)]
    if kind != "m4a":
        assert back.shape[1] == 4 * RATE


@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_lossless_files_are_right_to_24_bits(tmp_path: Path, kind: str) -> None:
    sound = (np.random.default_rng(2).uniform(-0.9, 0.9, (2, RATE))).astype(np.float32)
    with SoundFile(tmp_path / "sound", kind, "stereo") as file:
        file.push(sound)
    with av.open(str(tmp_path / "sound")) as back:
        assert back.streams.audio[0].sample_rate == RATE
        frames = np.concatenate([f.to_ndarray().reshape(-1, 2).T for f in back.decode(audio=0)], axis=1)
    assert np.abs(frames / 2**31 - sound).max() <= 1.5 * 2**-23  # half a step, and dither of one


def test_the_same_sound_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with SoundFile(tmp_path / f"{name}.m4a", "m4a", "mono", matroska=tmp_path / f"{name}.mka") as file:
            file.push(clicks(2))
    assert (tmp_path / "a.m4a").read_bytes() == (tmp_path / "b.m4a").read_bytes()
    assert (tmp_path / "a.mka").read_bytes() == (tmp_path / "b.mka").read_bytes()


def test_title_and_language_are_written(tmp_path: Path) -> None:
    for kind, form in FORMATS.items():
        path = tmp_path / f"sound{form.suffix}"
        with SoundFile(path, kind, "mono", tags={"title": "Audio description", "language": "deu"}) as file:
            file.push(silence(1))
        with av.open(str(path)) as back:
            tags = {k.lower(): v for k, v in (back.metadata | back.streams[0].metadata).items()}
        assert tags["title"] == "Audio description"
        assert tags["language"] in ("deu", "ger")


def test_a_fault_while_writing_is_raised(tmp_path: Path) -> None:
    file = SoundFile(tmp_path / "a.flac", "flac", "mono")
    file.push(silence(1, 2))
    with pytest.raises(ValueError, match="2 channels are not mono"):
        file.__exit__(None, None, None)


def layouts() -> list[str]:
    """All that FFmpeg and PyAV both know, of up to eight channels."""
    shown = subprocess.run([FFMPEG, "-v", "error", "-layouts"], check=True, capture_output=True, text=True).stdout
    rows = [row.split() for row in shown.partition("Standard channel layouts:")[2].splitlines()[2:] if row.strip()]
    return [name for name, channels in rows if channels.count("+") < 8]


def steps(count: int) -> NDArray[np.float32]:
    """A second of 50 Hz, which an LFE lets pass, in each channel, 0.05 louder than in the one before."""
    wave = np.sin(2 * np.pi * 50 * np.arange(RATE) / RATE)
    return (np.arange(1, count + 1)[:, None] * 0.05 * wave).astype(np.float32)


@pytest.mark.parametrize("layout", layouts())
@pytest.mark.parametrize("kind", list(FORMATS))
def test_a_player_hears_every_channel_where_it_belongs_or_the_layout_is_refused(
    tmp_path: Path, kind: str, layout: str
) -> None:
    if why := check_layout(layout, kind):
        assert layout in why
        return
    wanted = channel_names(layout)
    with SoundFile(tmp_path / "sound", kind, layout) as file:
        file.push(steps(len(wanted)))
    with av.open(str(tmp_path / "sound")) as back:
        found = channel_names(back.streams.audio[0].codec_context.layout.name)
        resampler = av.AudioResampler("flt")
        frames = [out.to_ndarray() for frame in back.decode(audio=0) for out in resampler.resample(frame)]
    heard = np.concatenate(frames, axis=1).reshape(-1, len(found))[RATE // 4 : RATE // 2]
    surround = {"SL": "BL", "SR": "BR"} if kind == "m4a" and "BL" not in wanted else {}  # AAC has one pair of them
    assert found == [surround.get(name, name) for name in wanted]
    assert np.abs(heard).max(axis=0) == pytest.approx(0.05 * np.arange(1, len(found) + 1), abs=0.02)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.0(side)", "5.1", "5.1(side)", "quad", "7.1"])
def test_the_layouts_of_films_can_be_written(layout: str) -> None:
    assert [check_layout(layout, kind) for kind in FORMATS] == [""] * len(FORMATS)


@pytest.mark.parametrize("layout", ["3.1", "6.0", "6.1", "7.1(wide)", "hexagonal", "octagonal", "5.1.2"])
def test_what_aac_would_give_without_names_is_refused(layout: str) -> None:
    assert layout in check_layout(layout, "m4a")
    assert not check_layout(layout, "wav")


def whole_steps(samples: np.ndarray, bits: int) -> np.ndarray:
    """The result in whole_steps of the word length."""
    whole = Dither(bits)(samples.astype(np.float32)).astype(np.int64)
    return whole if bits == 16 else whole >> 8


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.75])
def test_a_level_between_two_steps_is_right_on_average_with_even_noise(bits: int, part: float) -> None:
    found = whole_steps(np.full((2, 200_000), part * 2.0 ** (1 - bits)), bits)
    assert found.mean() == pytest.approx(part, abs=0.01)
    assert found.std() == pytest.approx(0.5, abs=0.01)  # √(1/12 + 1/6): rounding and TPDF, whatever the level


def test_a_tone_under_one_step_is_still_there() -> None:
    tone = 0.4 * 2.0**-15 * np.sin(2 * np.pi * 1000 * np.arange(480_000) / 48_000)[None]
    assert not np.rint(tone * 2**15).any()
    spectrum = np.abs(np.fft.rfft(whole_steps(tone, 16)[0])) / 240_000
    assert spectrum[10_000] == pytest.approx(0.4, rel=0.05)
    assert spectrum[[20_000, 30_000, 50_000]].max() < 0.01  # no harmonics


@pytest.mark.parametrize("bits", [16, 24])
def test_what_fits_stays_as_it_is(bits: int) -> None:
    fits = np.random.default_rng(1).integers(-(2**15), 2**15, (2, 5_000)) / 2.0**15
    assert np.array_equal(whole_steps(fits, bits), fits * 2.0 ** (bits - 1))
    assert not whole_steps(np.zeros((1, 100)), bits).any()


@pytest.mark.parametrize("bits", [16, 24])
def test_too_loud_is_full_scale_and_does_not_wrap(bits: int) -> None:
    full = 2 ** (bits - 1)
    assert whole_steps(np.array([[1.5, -1.5, 1.0, 0.3000001]]), bits)[0, :3].tolist() == [full - 1, -full, full - 1]


def test_the_same_each_time_and_no_two_channels_alike() -> None:
    sound = np.random.default_rng(1).uniform(-1e-4, 1e-4, (1, 9_000)).repeat(2, axis=0)
    assert np.array_equal(whole_steps(sound, 16), whole_steps(sound, 16))
    assert not np.array_equal(*whole_steps(sound, 16))
