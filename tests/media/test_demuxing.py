"""Packets of films that grow a stream on the way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from clicking import ffmpeg
from films import Sound, make_film, plain, silence
from numpy.typing import NDArray

from audiodesc.media.opening import demuxed, open_film
from audiodesc.media.probe import probe


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transport stream whose programme has sound from 10 s to 14 s, away from the 5 MB at its start and the 250 kB at
    its end in which FFmpeg looks for streams."""
    folder = tmp_path_factory.mktemp("grown")
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    rolling = partial(_rolled, noise)
    first = make_film(folder / "first.ts", 10, rolling)
    assert first.stat().st_size > 5_500_000
    sound = Sound(silence(4), "mono", codec="aac", start_s=10)
    second = make_film(folder / "second.ts", 4, plain(size=(320, 240)), sounds=[sound], video_start_s=10)
    third = make_film(folder / "third.ts", 2, rolling, video_start_s=14)
    film = folder / "film.ts"
    film.write_bytes(first.read_bytes() + second.read_bytes() + third.read_bytes())
    return film


def _rolled(noise: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
    return np.roll(noise, round(time * 1000), axis=1)


def test_all_pictures_are_given(grown: Path) -> None:
    with open_film(grown) as container:
        assert len(container.streams) == 1
        assert sum(packet.size > 0 for packet in demuxed(container)) == 160
    with open_film(grown) as container:
        assert sum(packet.size > 0 for packet in demuxed(container, container.streams.video)) == 160


def test_the_film_is_whole(grown: Path) -> None:
    assert probe(grown).duration_ms == 16_000


def test_it_may_end_before_its_streams_do(grown: Path) -> None:
    with open_film(grown) as container:
        assert next(demuxed(container)).is_keyframe


def test_a_stamp_before_zero_is_not_one_of_26_hours(tmp_path: Path) -> None:
    """Sound that begins 21 ms before the picture's 0 is stamped at the end of the clock's 33 bits."""
    sound = Sound(silence(4), "mono", codec="aac")
    source, film = make_film(tmp_path / "source.ts", 4, sounds=[sound]), tmp_path / "film.ts"
    ffmpeg("-i", source, "-c", "copy", "-muxdelay", 0, "-muxpreload", 0, "-output_ts_offset", -0.021, film)
    with open_film(film) as container:
        times = [float(p.pts * p.time_base) for p in demuxed(container) if p.pts is not None]
    assert -0.2 <= min(times) <= max(times) <= 4.1
    assert abs(probe(film).duration_ms - 4_000) <= 50


class Stuttering:
    """A film whose reading is to be tried again at each other packet, and in the end for ever."""

    format = SimpleNamespace(name="mpegts")
    start_time = 0

    def __init__(self, *, ends: bool) -> None:
        self.at, self.ends = 0, ends

    def demux(self) -> Iterator[Any]:
        while self.at < 10:
            self.at += 1
            if self.at % 2:
                raise av.error.BlockingIOError(11, "Resource temporarily unavailable", "file:film.ts")
            yield SimpleNamespace(pts=self.at, dts=self.at)
        if not self.ends:
            raise av.error.BlockingIOError(11, "Resource temporarily unavailable", "file:film.ts")


def test_reading_is_tried_again_but_not_for_ever() -> None:
    container: Any = Stuttering(ends=True)
    assert [packet.pts for packet in demuxed(container)] == [2, 4, 6, 8, 10]
    with pytest.raises(av.error.BlockingIOError):
        list(demuxed(cast(Any, Stuttering(ends=False))))
