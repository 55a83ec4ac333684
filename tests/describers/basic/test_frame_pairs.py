from __future__ import annotations

import pytest
from describers.basic.drawn import BLACK, GREY, Picture, disc, noise, plain, written

from audiodesc.describers.basic.frame_pairs import pairs_of, resized
from audiodesc.model import Frame, Span, VideoClip


def groups(*times: int) -> list[list[int]]:
    shown = VideoClip(Span(0, 10_000), tuple(Frame(time, plain(GREY)) for time in times))
    return [[frame.time_ms for frame in pair.frames] for pair in pairs_of(shown)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [((), []), ((83,), []), ((83, 750), [[83, 750]]), ((0, 667, 1333), [[0, 667], [667, 1333]])],
)
def test_each_frame_and_the_next_are_a_pair(times: tuple[int, ...], expected: list[list[int]]) -> None:
    assert groups(*times) == expected


def test_a_pair_in_which_nothing_changes_is_steady() -> None:
    steady, other = pairs_of(
        VideoClip(Span(0, 9), tuple(Frame(i, plain(c)) for i, c in enumerate((GREY, GREY, BLACK))))
    )
    assert steady.steady
    assert not other.steady


def test_tiny_pictures_keep_their_shape() -> None:
    assert resized(plain(GREY), 160).shape == (90, 160, 3)
    assert resized(plain(GREY)[:8], 160).shape == (16, 160, 3)


def is_steady(*pictures: Picture) -> bool:
    (pair,) = pairs_of(VideoClip(Span(0, 9), tuple(Frame(i, picture) for i, picture in enumerate(pictures))))
    return pair.steady


def test_the_same_picture_is_the_same() -> None:
    assert is_steady(noise(1), noise(1))


def test_a_letter_makes_another_picture() -> None:
    assert not is_steady(*(written(plain(GREY), text, (0.5, 0.9), 28) for text in ("North", "South")))


def test_a_small_thing_makes_another_picture() -> None:
    assert not is_steady(plain(BLACK), disc(plain(BLACK), (300, 200), 8))
