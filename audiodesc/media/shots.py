"""Film -> its cuts, and where its picture stands still, from its key frames alone."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.intervals import joined
from audiodesc.media.frames import key_frames
from audiodesc.model import Film, Frame, Span

VERSION = 5
HEIGHT = 90
DIFFERENT = 0.35
"""Two pictures are of different shots where the Bhattacharyya distance of their colours is above this, on a
scale from 0 (the same) to 1 (nothing in common)."""

APART_MS = 200
WAITING = 16

STEP = 16
"""A pixel has changed where its brightness differs by more than this, of 255: more than coding and grain do."""

MOVED = 0.003
"""Two pictures are the same where no more than this share of their pixels has changed: less than a mouth."""

FAR_MS = 12_000
"""Of what happens between two pictures further apart than this nothing is known, though they be the same."""

Light = NDArray[np.uint8]


class KeyFrame(NamedTuple):
    """A key frame, small; `number` is its place in the file."""

    time_ms: int
    number: int
    colours: NDArray[np.float32]
    light: Light


@dataclass(frozen=True, slots=True)
class Shots:
    """The times of the cuts in ms, and the stretches in which the picture stands still; both in order."""

    cuts: tuple[int, ...]
    still: tuple[Span, ...] = ()


def as_shots(kept: Any) -> Shots:
    """What `asdict` made of shots. Raises TypeError, ValueError or LookupError for anything else."""
    return Shots(tuple(_whole(cut) for cut in kept["cuts"]), tuple(_span(**span) for span in kept["still"]))


def _span(*, start_ms: Any, end_ms: Any) -> Span:
    return Span(_whole(start_ms), _whole(end_ms))


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no time in ms")
    return value


def shots(film: Film) -> Shots:
    """The cuts, and where the picture is taken to stand still.

    A cut is the time of a key frame that shows another shot than the key frame before: an encoder puts one on nearly
    every cut, so that nothing else need be decoded; a cut without one is found late, at the next key frame, or not at
    all. The picture stands still between key frames that are the same, and where the sound outlasts the picture.
    """
    found: list[int] = []
    still: list[Span] = []
    before: KeyFrame | None = None
    for after in _in_order(_key_frame(frame, number) for number, frame in _spaced(film)):
        if before is None:
            before = after
        elif after.time_ms - before.time_ms >= APART_MS:
            if _differ(before, after):
                found.append(after.time_ms)
            elif _same(before, after):
                still.append(Span(before.time_ms, after.time_ms))
            before = after
    if film.video.end_ms is not None and film.duration_ms - film.video.end_ms >= APART_MS:
        still.append(Span(film.video.end_ms, film.duration_ms))  # the last picture stands
    return Shots(tuple(found), tuple(joined(still)))


def _spaced(film: Film) -> Iterator[tuple[int, Frame]]:
    """Key frames, without those that follow another at once: some films have nothing else."""
    last_ms = -APART_MS
    for i, frame in enumerate(key_frames(film, HEIGHT)):
        if abs(frame.time_ms - last_ms) >= APART_MS:
            last_ms = frame.time_ms
            yield i, frame


def _in_order(seen: Iterable[KeyFrame]) -> Iterator[KeyFrame]:
    """By time; a decoder gives key frames at most a few places too late."""
    waiting: list[KeyFrame] = []
    for one in seen:
        heapq.heappush(waiting, one)
        if len(waiting) > WAITING:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


def _key_frame(frame: Frame, number: int) -> KeyFrame:
    """Hue, saturation and brightness as a histogram of 8 × 4 × 8 cells; and the brightness of each pixel."""
    import cv2

    hsv = cv2.cvtColor(frame.image, cv2.COLOR_RGB2HSV)
    histogram = cv2.calcHist([hsv], [0, 1, 2], None, [8, 4, 8], [0, 180, 0, 256, 0, 256])
    colours = np.asarray(cv2.normalize(histogram, histogram, 1.0, 0.0, cv2.NORM_L1), np.float32)
    return KeyFrame(frame.time_ms, number, colours, np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY), np.uint8))


def _differ(before: KeyFrame, after: KeyFrame) -> bool:
    import cv2

    return cv2.compareHist(before.colours, after.colours, cv2.HISTCMP_BHATTACHARYYA) > DIFFERENT


def _same(before: KeyFrame, after: KeyFrame) -> bool:
    import cv2

    if after.time_ms - before.time_ms > FAR_MS or before.light.shape != after.light.shape:
        return False
    return float(np.mean(cv2.absdiff(before.light, after.light) > STEP)) <= MOVED
