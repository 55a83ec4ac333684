"""Black bars: found where they are, and nothing that is only dark is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from films import Picture, make_film
from numpy.typing import NDArray

from audiodesc.media.bars import bars
from audiodesc.media.picture import Bars
from audiodesc.media.probe import probe

WIDTH, HEIGHT = 320, 240
NONE = Bars()


def film_in(
    top: int, bottom: int, left: int, right: int, picture: Picture, coded: tuple[int, int] = (WIDTH, HEIGHT)
) -> Picture:
    """A picture in a black frame of these widths."""

    def drawn(time: float) -> NDArray[np.uint8]:
        width, height = coded
        image = np.zeros((height, width, 3), np.uint8)
        inside = picture(time)[top : height - bottom, left : width - right]
        image[top : height - bottom, left : width - right] = inside
        return image

    return drawn


def scene(time: float) -> NDArray[np.uint8]:
    """Each two seconds something else; from 8 to 16 s a dark scene with a lamp in its middle, from 16 s black."""
    noise = np.random.default_rng(int(time / 2))
    if time >= 16:
        return np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    if time >= 8:
        image = noise.integers(0, 14, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        image[110:130, 150:170] = 230
        return image
    return noise.integers(60, 200, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)


def dark(time: float) -> NDArray[np.uint8]:
    return scene(8 + time % 8)


def found(path: Path, picture: Picture, seconds: float = 20, gop: int = 10) -> Bars:
    return bars(probe(make_film(path / "film.mp4", seconds, picture, fps=5, gop=gop)))


@pytest.mark.parametrize("sides", [(30, 30, 0, 0), (0, 0, 40, 40), (30, 30, 40, 40), (31, 29, 0, 0), (6, 6, 0, 0)])
def test_bars_are_found_to_the_line(tmp_path: Path, sides: tuple[int, int, int, int]) -> None:
    """Also where most of the film is dark: letterbox, pillarbox and both."""
    made = found(tmp_path, film_in(*sides, scene))
    assert (made.top, made.bottom, made.left, made.right) == pytest.approx(sides, abs=1)


def test_a_film_with_few_key_frames_has_its_bars_too(tmp_path: Path) -> None:
    made = found(tmp_path, film_in(30, 30, 0, 0, scene), gop=1000)
    assert (made.top, made.bottom) == pytest.approx((30, 30), abs=1)


@pytest.mark.parametrize("picture", [scene, dark, lambda time: np.zeros((HEIGHT, WIDTH, 3), np.uint8)])
def test_what_is_dark_is_no_bar(tmp_path: Path, picture: Picture) -> None:
    """A film with a dark scene, a dark film, a black one."""
    assert found(tmp_path, picture) == NONE


def test_a_film_that_is_dark_at_its_edges_keeps_them(tmp_path: Path) -> None:
    """Light that falls off to all sides, in every scene, as under a lamp."""
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    falling = np.clip(1.1 - rows**2 - columns**2, 0, 1)[..., None]
    assert found(tmp_path, lambda time: (scene(time % 8) * falling).astype(np.uint8)) == NONE


def test_subtitles_in_a_bar_keep_it(tmp_path: Path) -> None:
    def subtitled(time: float) -> NDArray[np.uint8]:
        image = film_in(30, 30, 0, 0, scene)(time)
        if 5 < time < 7:
            image[220:230, 100:200] = 235
        return image

    made = found(tmp_path, subtitled)
    assert made == NONE


def test_a_film_that_opens_up_keeps_what_it_opens_to(tmp_path: Path) -> None:
    """Some scenes fill the frame, as in films that were made for large screens."""
    boxed = film_in(30, 30, 0, 0, lambda time: scene(time % 8))
    assert found(tmp_path, lambda time: scene(0) if 4 < time < 8 else boxed(time)) == NONE


def test_bars_of_one_side_alone_are_picture(tmp_path: Path) -> None:
    assert found(tmp_path, film_in(0, 60, 0, 0, scene)) == NONE


def test_white_titles_on_black_are_no_window(tmp_path: Path) -> None:
    def titles(time: float) -> NDArray[np.uint8]:
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        image[100:140, 80:240][:: 8 if int(time) % 2 else 6, ::3] = 240
        return image

    assert found(tmp_path, titles) == NONE
