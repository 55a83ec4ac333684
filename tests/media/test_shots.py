"""Cuts are found at the key frames where the colours change, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from films import Picture, make_film, plain

from audiodesc.media.probe import probe
from audiodesc.media.shots import APART_MS, FAR_MS
from audiodesc.media.shots import shots as find_shots
from audiodesc.model import Span

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)


def shots(*parts: tuple[float, tuple[int, int, int]]) -> Picture:
    """One colour after another, each from a time in seconds on."""
    pictures = [(start, plain(colour)) for start, colour in parts]

    def picture(time: float) -> np.ndarray:
        return [show for start, show in pictures if time >= start - 1e-6][-1](time)

    return picture


def found(folder: Path, picture: Picture, seconds: float = 6, suffix: str = ".mp4", **options: Any) -> Sequence[int]:
    return find_shots(probe(make_film(folder / f"film{suffix}", seconds, picture, **options))).cuts


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_cuts_on_key_frames_are_found_to_the_millisecond(tmp_path: Path, suffix: str, b_frames: int) -> None:
    three = shots((0, RED), (2, GREEN), (5, BLUE))
    assert found(tmp_path, three, suffix=suffix, b_frames=b_frames) == (2_000, 5_000)


def test_a_cut_between_key_frames_is_found_at_the_next(tmp_path: Path) -> None:
    assert found(tmp_path, shots((0, RED), (2.3, GREEN)), gop=10) == (3_000,)


def test_a_shot_between_two_key_frames_is_not_seen(tmp_path: Path) -> None:
    assert found(tmp_path, shots((0, RED), (2.1, GREEN), (2.8, RED)), gop=10) == ()


def test_one_shot_has_no_cut(tmp_path: Path) -> None:
    assert found(tmp_path, plain(RED)) == ()


def moving(time: float) -> np.ndarray:
    """A light block that crosses a darker picture."""
    image = np.full((120, 160, 3), (60, 80, 100), np.uint8)
    left = int(20 * time)
    image[40:80, left : left + 30] = (220, 200, 180)
    return image


def test_movement_is_no_cut(tmp_path: Path) -> None:
    assert found(tmp_path, moving) == ()


def test_black_and_back_are_two_cuts(tmp_path: Path) -> None:
    assert found(tmp_path, shots((0, RED), (2, (0, 0, 0)), (4, RED))) == (2_000, 4_000)


def test_where_every_frame_is_a_key_frame_cuts_keep_their_distance(tmp_path: Path) -> None:
    flashing: Callable[[float], np.ndarray] = lambda time: plain(RED if round(time * 10) % 2 else BLUE)(time)  # noqa: E731
    times = found(tmp_path, flashing, 3, gop=1)
    assert all(after - before >= APART_MS for before, after in zip((0, *times), times, strict=False))
    assert found(tmp_path, shots((0, RED), (1.4, GREEN)), 3, gop=1) == (1_400,)


def test_a_stream_that_begins_late_counts_from_its_first_picture(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.ts", 6, shots((0, RED), (2, GREEN)), video_start_s=3)
    assert find_shots(probe(film)).cuts == (2_000,)


def still(folder: Path, picture: Picture, seconds: float = 6, **options: Any) -> Sequence[Span]:
    return find_shots(probe(make_film(folder / "film.mp4", seconds, picture, **options))).still


def test_a_picture_that_stands_still_between_two_that_move(tmp_path: Path) -> None:
    stops: Picture = lambda time: moving(min(max(time, 1), 4))  # noqa: E731
    assert still(tmp_path, stops, 7) == (Span(0, 1_000), Span(4_000, 6_000))


def test_what_moves_is_not_still(tmp_path: Path) -> None:
    assert still(tmp_path, moving) == ()


def test_a_cut_between_two_still_pictures_parts_them(tmp_path: Path) -> None:
    assert still(tmp_path, shots((0, RED), (3, GREEN))) == (Span(0, 2_000), Span(3_000, 5_000))


def test_grain_is_no_movement_and_a_mouth_is(tmp_path: Path) -> None:
    grain = np.random.default_rng(4)

    def noisy(time: float, mouth: bool = False) -> np.ndarray:
        image = grain.normal((60, 80, 120), 3, (120, 160, 3))
        if mouth and int(time) % 2:
            image[80:86, 70:90] -= 60
        return np.clip(image, 0, 255).astype(np.uint8)

    assert still(tmp_path, noisy) == (Span(0, 5_000),)
    assert still(tmp_path, lambda time: noisy(time, True)) == ()


def test_of_key_frames_far_apart_nothing_is_claimed(tmp_path: Path) -> None:
    assert still(tmp_path, plain(RED), 30, fps=2, gop=FAR_MS * 2 // 1000) == (Span(0, 24_000),)
    assert still(tmp_path, plain(RED), 30, fps=2, gop=FAR_MS * 2 // 1000 + 1) == ()
