from __future__ import annotations

import numpy as np
import pytest
from drawn import BLACK, WHITE, WIDTH, Picture, clip, clouds, disc, fading, noise, plain

from audiodesc.describers.glimpses import Glimpse, glimpses
from audiodesc.describers.movement import movement
from audiodesc.model import Clip, Frame, Span


def seen(*pictures: Picture, apart_ms: int = 2000) -> tuple[Glimpse, ...]:
    return glimpses(clip(*pictures, apart_ms=apart_ms))


def test_nothing_moves() -> None:
    assert movement(seen(noise(1), noise(2), noise(2))) == "none"


@pytest.mark.parametrize("pictures", [[noise(1), noise(2)], [noise(1)], []])
def test_stillness_needs_two_glimpses_alike(pictures: list[Picture]) -> None:
    assert movement(seen(*pictures)) == ""


def test_a_small_thing_that_moves_between_glimpses_is_movement() -> None:
    assert movement(seen(disc(noise(2), (200, 200), 20), disc(noise(2), (240, 200), 20))) == ""


def passing(steps: tuple[int, int, int], height: int = 200) -> Clip:
    """Clouds above go right and clouds below go left over others, by those steps in pixels."""
    field, above, below = clouds(1), clouds(2), clouds(3)
    pictures = []
    for step in steps:
        picture = field.copy()
        picture[:height, step:] = above[:height, : WIDTH - step]
        picture[-height:, : WIDTH - step] = below[-height:, step:]
        pictures.append(picture)
    return clip(pictures)


def test_things_that_pass_each_other_move_fast() -> None:
    assert movement(glimpses(passing((0, 30, 60)))) == "fast"


@pytest.mark.parametrize(
    ("steps", "height"), [((0, 4, 8), 200), ((0, 40, 80), 100), ((0, 0, 30), 200)], ids=["slow", "small", "one step"]
)
def test_no_fast_movement(steps: tuple[int, int, int], height: int) -> None:
    assert movement(glimpses(passing(steps, height))) == ""


def test_slight_changes_are_no_movement() -> None:
    faint = [Frame(frame.time_ms, frame.image // 6) for frame in passing((0, 30, 60)).frames]
    assert movement(glimpses(Clip(Span(0, 1000), tuple(faint)))) == ""


def test_a_view_that_turns_is_no_fast_movement() -> None:
    wide = np.hstack([clouds(1), clouds(2)])
    frames = [np.ascontiguousarray(wide[:, step : step + WIDTH]) for step in (0, 60, 120)]
    assert movement(glimpses(clip(frames))) == ""


@pytest.mark.parametrize("frames", [fading(20, 220), [plain(BLACK), plain(WHITE), plain(BLACK)]], ids=["fade", "flash"])
def test_light_is_no_movement(frames: list[Picture]) -> None:
    assert movement(glimpses(clip(frames))) == ""


@pytest.mark.parametrize("seed", range(12))
def test_a_cut_is_no_movement(seed: int) -> None:
    assert movement(glimpses(clip([clouds(3 * seed + i, 12) for i in range(3)]))) == ""


def test_something_large_that_passes_while_the_view_turns_is_not_told() -> None:
    wide, large = (np.hstack([clouds(seed), clouds(seed + 1)]) for seed in (1, 4))
    frames = [np.ascontiguousarray(wide[:, step : step + WIDTH]) for step in (0, 40, 80)]
    for step, frame in zip((0, 40, 80), frames, strict=True):
        frame[:200] = large[:200, 200 - step : 200 - step + WIDTH]
    assert movement(glimpses(clip(frames))) == ""


def test_stillness_must_last() -> None:
    assert movement(seen(noise(2), noise(2), apart_ms=600)) == ""
