from __future__ import annotations

import pytest
from drawn import BLACK, GREY, clip, disc, noise, plain, written

from audiodesc.describers.glimpses import Glimpse, glimpses, resized, same
from audiodesc.model import Clip, Frame, Span


def groups(*times: int) -> list[list[int]]:
    shown = Clip(Span(0, 10_000), tuple(Frame(time, plain(GREY)) for time in times))
    return [[frame.time_ms for frame in glimpse.frames] for glimpse in glimpses(shown)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((), []),
        ((83,), [[83]]),
        ((83, 250, 416, 4083, 4250, 4416), [[83, 250, 416], [4083, 4250, 4416]]),
        ((83, 250, 416, 500, 667, 833), [[83, 250, 416], [500, 667, 833]]),
        ((0, 500, 1000), [[0, 500], [1000]]),
        ((0, 2000, 4000), [[0], [2000], [4000]]),
    ],
)
def test_frames_within_half_a_second_are_a_glimpse(times: tuple[int, ...], expected: list[list[int]]) -> None:
    assert groups(*times) == expected


def test_a_glimpse_knows_its_times() -> None:
    (glimpse,) = glimpses(Clip(Span(0, 1000), (Frame(83, plain(GREY)), Frame(416, plain(GREY)))))
    assert (glimpse.time_ms, glimpse.lasts_ms) == (416, 333)


def test_tiny_pictures_keep_their_shape() -> None:
    assert resized(plain(GREY), 160).shape == (90, 160, 3)
    assert resized(plain(GREY)[:8], 160).shape == (16, 160, 3)


def test_the_tiny_pictures_of_a_glimpse_are_never_too_low() -> None:
    (glimpse,) = glimpses(clip(plain(GREY)[:16]))
    assert glimpse.tiny[0].shape == (40, 160, 3)


def two(*pictures: object) -> tuple[Glimpse, Glimpse]:
    first, second = glimpses(clip(*pictures))  # type: ignore[arg-type]
    return first, second


def test_the_same_picture_is_the_same() -> None:
    assert same(*two(noise(1), noise(1)))


def test_a_letter_makes_another_picture() -> None:
    assert not same(*two(*(written(plain(GREY), text, (0.5, 0.9), 28) for text in ("North", "South"))))


def test_a_small_thing_makes_another_picture() -> None:
    assert not same(*two(plain(BLACK), disc(plain(BLACK), (300, 200), 8)))
