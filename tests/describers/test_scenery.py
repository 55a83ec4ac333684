from __future__ import annotations

import numpy as np
import pytest
from drawn import BLACK, WHITE, WIDTH, Picture, clip, fading, noise, plain

from audiodesc.describers import scenery
from audiodesc.describers.glimpses import Glimpse, glimpses

DARK, BRIGHT = noise(1, 24, 12), noise(2, 180, 50)


def seen(*pictures: Picture, apart_ms: int = 2000) -> tuple[Glimpse, ...]:
    return glimpses(clip(*pictures, apart_ms=apart_ms))


@pytest.mark.parametrize(
    ("pictures", "light"),
    [
        ([BRIGHT, DARK], "from bright to dark"),
        ([BRIGHT, noise(3), DARK], "from bright to dark"),
        ([DARK, BRIGHT], "from dark to bright"),
        ([BRIGHT, DARK, noise(3)], ""),
        ([BRIGHT, noise(3)], ""),
        ([DARK, noise(3)], ""),
        ([noise(3), noise(4)], ""),
        ([BRIGHT, BRIGHT], ""),
        ([DARK, DARK], ""),
        ([DARK], ""),
        ([plain(BLACK), plain(BLACK)], "black"),
        ([noise(3), plain(BLACK), plain(BLACK)], "black"),
        ([plain(WHITE), plain(WHITE)], "white"),
        ([noise(3), plain(BLACK)], ""),
        ([plain(BLACK)], ""),
        ([], ""),
    ],
)
def test_light_at_the_end(pictures: list[Picture], light: str) -> None:
    assert scenery.light(seen(*pictures)) == light


def test_black_must_last() -> None:
    assert scenery.light(seen(plain(BLACK), plain(BLACK), apart_ms=600)) == ""


def test_a_fade_has_no_level() -> None:
    (glimpse,) = glimpses(clip(fading(150, 220)))
    assert scenery.level(glimpse) == ""
    (glimpse,) = glimpses(clip(fading(185, 190)))
    assert scenery.level(glimpse) == "bright"


def test_black_bars_do_not_count() -> None:
    picture = BRIGHT.copy()
    picture[:80] = picture[-80:] = 0
    picture[:, :60] = picture[:, -60:] = 0
    (glimpse,) = seen(picture)
    assert scenery.level(glimpse) == "bright"


@pytest.mark.parametrize(
    ("colour", "name"),
    [((200, 10, 10), "red"), ((220, 120, 20), "orange"), ((20, 160, 40), "green"), ((20, 60, 200), "blue")],
)
def test_a_colour_that_fills_the_picture(colour: tuple[int, int, int], name: str) -> None:
    assert scenery.colour(seen(noise(3), plain(colour))) == name


@pytest.mark.parametrize(
    "pictures",
    [
        [plain((200, 10, 10))],
        [plain((200, 10, 10)), plain((200, 10, 10))],
        [plain((200, 10, 10)), noise(3)],
        [noise(3), plain((120, 120, 120))],
        [noise(3), plain((30, 5, 5))],
        [noise(3), np.hstack([plain((200, 10, 10))[:, : WIDTH // 2], plain((20, 60, 200))[:, : WIDTH // 2]])],
        [],
    ],
    ids=["alone", "as before", "before", "grey", "too dark", "two halves", "nothing"],
)
def test_no_colour(pictures: list[Picture]) -> None:
    assert scenery.colour(seen(*pictures)) == ""


def test_another_light_and_other_colours_are_another_place() -> None:
    bright, dark = plain((230, 200, 140)), plain((40, 60, 90))
    assert scenery.change(seen(bright, dark)) == "darker"
    assert scenery.change(seen(dark, bright)) == "brighter"


def test_neither_light_nor_colours_alone_nor_a_fade_are_another_place() -> None:
    for before, after in [
        (plain((200, 60, 60)), plain((40, 110, 160))),
        (plain((120, 120, 120)), plain((150, 150, 150))),
        (plain((0, 0, 0)), plain((200, 200, 160))),
        (plain((200, 200, 160)), plain((0, 0, 0))),
    ]:
        assert scenery.change(seen(before, after)) == ""
