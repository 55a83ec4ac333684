"""Film -> cuts, from its key frames alone."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from audiodesc.media.frames import key_frames
from audiodesc.model import Film, Frame

VERSION = 2
HEIGHT = 90
DIFFERENT = 0.35
"""Two pictures are of different shots where the Bhattacharyya distance of their colours is above this, on a
scale from 0 (the same) to 1 (nothing in common)."""

APART_MS = 200
WAITING = 16

Colours = NDArray[np.float32]


def cuts(film: Film) -> tuple[int, ...]:
    """Times in ms, in order, of the key frames that show another shot than the key frame before.

    An encoder puts a key frame on nearly every cut, so that nothing else need be decoded; a cut without one
    is found late, at the next key frame, or not at all.
    """
    found: list[int] = []
    before: Colours | None = None
    last_ms = -APART_MS
    for time_ms, _, after in _in_order((frame.time_ms, i, _colours(frame)) for i, frame in _spaced(film)):
        if before is not None and time_ms - last_ms >= APART_MS and _differ(before, after):
            found.append(time_ms)
        before, last_ms = after, time_ms
    return tuple(found)


def _spaced(film: Film) -> Iterator[tuple[int, Frame]]:
    """Key frames, without those that follow another at once: some films have nothing else."""
    last_ms = -APART_MS
    for i, frame in enumerate(key_frames(film, HEIGHT)):
        if abs(frame.time_ms - last_ms) >= APART_MS:
            last_ms = frame.time_ms
            yield i, frame


def _in_order(seen: Iterable[tuple[int, int, Colours]]) -> Iterator[tuple[int, int, Colours]]:
    """By time; a decoder gives key frames at most a few places too late."""
    waiting: list[tuple[int, int, Colours]] = []
    for one in seen:
        heapq.heappush(waiting, one)
        if len(waiting) > WAITING:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


def _colours(frame: Frame) -> Colours:
    """Hue, saturation and brightness as a histogram of 8 × 4 × 8 cells."""
    hsv = cv2.cvtColor(frame.image, cv2.COLOR_RGB2HSV)
    histogram = cv2.calcHist([hsv], [0, 1, 2], None, [8, 4, 8], [0, 180, 0, 256, 0, 256])
    return np.asarray(cv2.normalize(histogram, histogram, 1.0, 0.0, cv2.NORM_L1), np.float32)


def _differ(before: Colours, after: Colours) -> bool:
    return cv2.compareHist(before, after, cv2.HISTCMP_BHATTACHARYYA) > DIFFERENT
