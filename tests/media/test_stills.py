"""A small picture for each line, from the time that the line tells of."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from films import make_film

from audiodesc.media.frames import SIZES, stills
from audiodesc.media.probe import probe
from audiodesc.model import Film, Span

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
    monkeypatch.setattr("audiodesc.media.frames.SIZES", ((2, 240, 70), (3, 160, 60)))
    spans = [Span(1_000, 2_000)] * 5
    made = list(stills(film, spans))
    assert [still.width if still else 0 for still in made] == [160, 160, 160, 0, 0]


def test_behind_the_picture_there_is_none(film: Film) -> None:
    assert list(stills(film, [Span(60_000, 61_000)])) == [None]
    assert list(stills(film, [])) == []
