"""A small picture for each line, from the time that the line tells of."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from films import FFMPEG, make_film
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.media.frames import clips, frame_times, key_frames
from audiodesc.media.probe import probe
from audiodesc.media.stills import SIZES, stills
from audiodesc.model import Film, FrameRequest, Span

EVENLY = FrameRequest(fps=2, min_frames=1, max_frames=100, max_pixels=160 * 120)
GLIMPSES = FrameRequest(fps=3, min_frames=1, max_frames=9, max_pixels=160 * 120)


def clock(time: float) -> NDArray[np.uint8]:
    """A grey whose brightness tells the time: 10 more each half second."""
    return np.full((120, 160, 3), 20 + 10 * int(time * 2), np.uint8)


def brightness_at(ms: int) -> int:
    return 20 + 10 * (ms // 500)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".webm"])
def test_each_frame_is_the_one_shown_at_its_time(tmp_path: Path, suffix: str) -> None:
    film = probe(make_film(tmp_path / f"film{suffix}", 8, clock, fps=20, gop=60))
    for clip in clips(film, [Span(2000, 6000), Span(0, 1500), Span(7000, 8000)], EVENLY):
        assert len(clip.frames) == clip.span.duration_ms // 500
        for frame in clip.frames:
            assert abs(int(frame.image.mean()) - brightness_at(frame.time_ms)) <= 3


def test_variable_frame_rate_shows_the_last_picture_on(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mkv", picture=clock, times=[0.0, 0.5, 3.0, 3.5]))
    (clip,) = clips(film, [Span(1000, 3000)], EVENLY)
    assert [abs(int(frame.image.mean()) - brightness_at(500)) <= 3 for frame in clip.frames] == [True] * 4


def test_sparse_key_frames_are_no_hindrance(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 8, clock, gop=1000))
    (clip,) = clips(film, [Span(6000, 8000)], GLIMPSES)
    assert len(clip.frames) == 6
    for frame in clip.frames:
        assert abs(int(frame.image.mean()) - brightness_at(frame.time_ms)) <= 3


def test_only_key_frames_are_given(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 8, fps=10, gop=20))
    assert [frame.time_ms for frame in key_frames(film, 90)] == [0, 2000, 4000, 6000]


def test_pictures_are_turned_upright(tmp_path: Path) -> None:
    def corner(time: float) -> NDArray[np.uint8]:
        image = np.zeros((120, 160, 3), np.uint8)
        image[:40, :40] = 255
        return image

    lying = make_film(tmp_path / "lying.mp4", 2, corner)
    turned = tmp_path / "turned.mp4"
    command = [FFMPEG, "-loglevel", "error", "-display_rotation", "90", "-i", lying, "-c", "copy", turned]
    subprocess.run(command, check=True)
    (clip,) = clips(probe(turned), [Span(0, 1000)], EVENLY)
    image = clip.frames[0].image
    assert image.shape[:2] == (160, 120)
    # ffmpeg turns counter-clockwise: what was top left is bottom left.
    assert image[-20, 20].min() > 200
    assert image[20, 20].max() < 50


def test_no_picture_is_larger_than_asked(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 2))
    request = FrameRequest(fps=2, min_frames=1, max_frames=4, max_pixels=80 * 60)
    (clip,) = clips(film, [Span(0, 2000)], request)
    assert clip.frames[0].image.shape == (60, 80, 3)


def test_a_span_past_the_end_shows_the_last_picture(tmp_path: Path) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 2, clock))
    (clip,) = clips(film, [Span(1900, 5000)], EVENLY)
    assert clip.frames
    assert abs(int(clip.frames[-1].image.mean()) - brightness_at(1900)) <= 3


@given(st.integers(0, 10_000_000), st.integers(1, 200_000), st.floats(0, 30), st.integers(1, 16), st.integers(16, 96))
def test_moments_are_even_and_inside(start: int, length: int, fps: float, fewest: int, most: int) -> None:
    span = Span(start, start + length)
    times = frame_times(span, FrameRequest(fps, fewest, most, 1))
    assert fewest <= len(times) <= most
    assert all(span.start_ms <= time < span.end_ms for time in times)
    steps = np.diff(times)
    assert steps.size == 0 or steps.max() - steps.min() <= 1


SECONDS = 12


def grey(second: float) -> int:
    return 20 + 18 * int(second)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Each second is of another grey."""
    path = tmp_path_factory.mktemp("stills") / "film.mp4"
    return probe(make_film(path, SECONDS, lambda time: np.full((180, 320, 3), grey(time), np.uint8)))


def shown(jpeg: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_each_is_of_its_span_and_of_the_size_it_says(film: Film) -> None:
    spans = [Span(1_000, 3_000), Span(8_000, 9_000), Span(4_000, 9_000)]
    for span, still in zip(spans, stills(film, spans), strict=True):
        assert still is not None
        assert span.start_ms <= still.time_ms < span.end_ms
        image = shown(still.jpeg)
        assert image.shape == (still.height, still.width, 3)
        assert still.width == SIZES[0][1]
        assert abs(float(image.mean()) - grey(still.time_ms / 1000)) < 8


def test_more_of_them_are_smaller_and_too_many_have_none(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiodesc.media.stills.SIZES", ((2, 240, 70), (3, 160, 60)))
    spans = [Span(1_000, 2_000)] * 5
    made = list(stills(film, spans))
    assert [still.width if still else 0 for still in made] == [160, 160, 160, 0, 0]


def test_behind_the_picture_there_is_none(film: Film) -> None:
    assert list(stills(film, [Span(60_000, 61_000)])) == [None]
    assert list(stills(film, [])) == []
