from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from films import RATE, click_places, clicks, silence
from numpy.typing import NDArray

from audiodesc.media.encode import FORMATS, SoundFile


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
        with SoundFile(path, kind, "mono", title="Audio description", language="deu") as file:
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
