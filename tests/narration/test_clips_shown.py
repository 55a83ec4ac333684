"""What a describer is given: clips in order, ahead, without the film's bars or with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from films import make_film
from numpy.typing import NDArray

from audiodesc.core.cache import Store
from audiodesc.describers.base import Describer, LineRequest
from audiodesc.media import bars
from audiodesc.media.probe import probe
from audiodesc.model import FrameRequest, Gap, Segment, Span, VideoClip
from audiodesc.narration.observe import observations

SEGMENTS = [Segment(Gap(Span(at, at)), Span(at, at + 2_000), at, 9) for at in range(0, 16_000, 2_000)]


class Onlooker(Describer):
    """Says how large the frames were, and how bright on average."""

    fingerprint = label = "onlooker/1"
    lines_at_once = 1
    frames = FrameRequest(2, 1, 8, 160 * 120)

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        for number, clip in enumerate(clips):
            image = clip.frames[0].image
            yield number, f"{image.shape[1]} x {image.shape[0]}, {len(clip.frames)} frames, grey {round(image.mean())}"

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return ()


class Reader(Onlooker):
    frames = FrameRequest(2, 1, 8, 160 * 120, bars=True)


def letterboxed(time: float) -> NDArray[np.uint8]:
    """Of another grey each two seconds, within bars of 20 lines."""
    image = np.zeros((120, 160, 3), np.uint8)
    image[20:100] = 60 + 15 * int(time / 2)
    return image


def test_models_see_the_picture_without_bars_and_others_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, store = probe(make_film(tmp_path / "film.mp4", 16, letterboxed)), Store(tmp_path)
    cropped = list(observations(film, SEGMENTS, Onlooker(), (), store))
    for number, one in enumerate(cropped):
        size, frames, grey = one.facts.split(", ")
        assert (size, frames) == ("160 x 80", "4 frames")
        assert abs(int(grey.split()[1]) - (60 + 15 * number)) <= 3
    monkeypatch.setattr(bars, "bars", lambda film: pytest.fail("measured again"))
    assert list(observations(film, SEGMENTS[:1], Onlooker(), (), store)) == cropped[:1]
    (whole,) = observations(film, SEGMENTS[:1], Reader(), (), store)
    assert whole.facts.startswith("160 x 120")
