"""The black bars of a film: measured once, over key frames of all of it, so that no dark scene is taken for a bar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from audiodesc.media.decoding import frames_from, key_frame_at, picture_stream
from audiodesc.media.opening import open_film
from audiodesc.media.picture import Bars, with_known_colours
from audiodesc.model import Film

VERSION = 1

SAMPLES = 48
"""Frames over the film, evenly; each costs a seek and a key frame."""

FEWEST = 8
"""Different frames that show something: of fewer nothing is concluded."""

BLACK = 24
"""As bright is black at most, of 255: bars are 0, give or take what coding does to them."""

NOISE = 0.01
"""Share of a line's pixels that may be brighter."""

EDGE = 0.6
"""Share of the picture's first line that was bright in some frame: a bar ends all at once, darkness does not."""

INSIDE = 4
"""Pixels beyond a bar in which that line lies: an edge is blurred by scaling and coding."""

SHORT_MS = 120_000
"""Of a film of this length so much is decoded as it takes."""

LEAST = 0.015
"""Share of the height or width: thinner ones stay."""

LOPSIDED = 0.02
"""Share by which the bars of two sides may differ; otherwise it is the picture that is dark."""

SMALLEST = 0.45
"""Share of the height or width that the picture has at least."""


def bars(film: Film) -> Bars:
    """The bars that are black in every frame looked at, on both sides alike; none where that is not sure.

    Titles and subtitles in a bar keep it, as does a part of the film without bars.
    """
    brightest: NDArray[np.uint8] | None = None
    seen = 0
    for light in _samples(film):
        if brightest is None:
            brightest = light.copy()
        elif light.shape != brightest.shape:
            return Bars()  # the size changes
        else:
            np.maximum(brightest, light, out=brightest)
        seen += bool(np.mean(light > BLACK) > NOISE)
    return found_bars(brightest) if brightest is not None and seen >= FEWEST else Bars()


def found_bars(brightest: NDArray[np.uint8]) -> Bars:
    """Of how bright each pixel ever was, shape (height, width), 0 to 255."""
    bright = brightest > BLACK
    top, bottom = _pair(bright)
    left, right = _pair(bright[top : len(bright) - bottom].T)
    top, bottom = _pair(bright[:, left : bright.shape[1] - right])
    return Bars(top, bottom, left, right)


def as_bars(kept: Any) -> Bars:
    """What `asdict` made of bars. Raises TypeError, ValueError or LookupError for anything else."""
    made = Bars(**kept)
    if not all(type(value) is int and 0 <= value < 10_000 for value in asdict(made).values()):
        raise ValueError(f"{kept!r} are no bars")
    return made


def _pair(bright: NDArray[np.bool_]) -> tuple[int, int]:
    """Lines of a bar at the beginning and at the end; none on both where one is none."""
    count = len(bright)
    lit = np.flatnonzero(bright.mean(1) > NOISE)
    if not lit.size:
        return 0, 0
    before, after = int(lit[0]), count - 1 - int(lit[-1])
    fits = (
        min(before, after) >= LEAST * count
        and abs(before - after) <= max(4, LOPSIDED * count)
        and count - before - after >= SMALLEST * count
    )
    sharp = all(
        bright[line].mean(1).max(initial=0) >= EDGE
        for line in (slice(before, before + INSIDE), slice(count - after - INSIDE, count - after))
    )
    return (before, after) if fits and sharp else (0, 0)


def _samples(film: Film) -> Iterator[NDArray[np.uint8]]:
    """Brightness of frames over the film, as shape (height, width): of key frames, each once; of a short film with few
    of them, of others."""
    end_ms = film.video.end_ms or film.duration_ms
    places = [end_ms * (2 * number + 1) // (2 * SAMPLES) for number in range(SAMPLES)]
    scaler, seen = VideoReformatter(), set[int]()
    with open_film(film) as container:
        stream = picture_stream(container, film, single=True)
        for place_ms in places:
            found = key_frame_at(container, stream, film, place_ms)
            if found and found[0] not in seen:
                seen.add(found[0])
                yield _light(scaler, found[1])
        if len(seen) < SAMPLES // 2 and end_ms <= SHORT_MS:
            for time_ms, frame in frames_from(container, stream, film, 0, places):
                if time_ms >= places[0]:
                    yield _light(scaler, frame)
                    del places[: bisect_right(places, time_ms)]
                if not places:
                    return


def _light(scaler: VideoReformatter, frame: av.VideoFrame) -> NDArray[np.uint8]:
    with_known_colours(frame)
    made = scaler.reformat(frame, format="gray", dst_color_range=2, threads=1)
    return np.asarray(made.to_ndarray(), np.uint8)
