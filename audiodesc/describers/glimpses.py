"""A clip as glimpses: pictures within half a second, that tell what holds still from what moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Clip, Frame

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3), or grey, shape (height, width)."""

GLIMPSE_MS = 500
GLIMPSE_FRAMES = 3
TINY_WIDTH = 160
TINY_LEAST_HEIGHT = 40
"""OpenCV's search for movement crashes on pictures of less than 32 lines."""

LASTING_MS = 1500
SAME_LEVELS = 6.0
SAME_PATCH = 3
"""Two pictures are the same if no patch of so many of the 160 pixels differs by more of 255 levels: a single
letter of a small subtitle differs by 12."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Frames within half a second, never none, in order of time; `tiny` are the same, 160 pixels wide."""

    frames: tuple[Frame, ...]
    tiny: tuple[Picture, ...]

    @property
    def time_ms(self) -> int:
        return self.frames[-1].time_ms

    @property
    def lasts_ms(self) -> int:
        return self.time_ms - self.frames[0].time_ms


def glimpses(clip: Clip) -> tuple[Glimpse, ...]:
    """The clip's frames in groups of up to three within half a second."""
    groups: list[list[Frame]] = []
    for frame in clip.frames:
        group = groups[-1] if groups else []
        if not group or len(group) == GLIMPSE_FRAMES or frame.time_ms - group[0].time_ms > GLIMPSE_MS:
            groups.append([frame])
        else:
            group.append(frame)
    return tuple(Glimpse(tuple(group), _tiny(group)) for group in groups)


def _tiny(frames: Sequence[Frame]) -> tuple[Picture, ...]:
    return tuple(resized(frame.image, TINY_WIDTH, TINY_LEAST_HEIGHT) for frame in frames)


def resized(image: Picture, width: int, least_height: int = 16) -> Picture:
    """The picture that many pixels wide, in its own shape, or stretched to the least height."""
    import cv2

    height = max(least_height, round(image.shape[0] * width / image.shape[1]))
    if image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:  # by halves first: a third of the time
        half = image.shape[1] // 2, image.shape[0] // 2
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
    way = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), np.uint8)


def grey(image: Picture) -> Picture:
    """How light each pixel is, 0 to 255."""
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def difference(before: Picture, after: Picture, patch: int) -> float:
    """By how many of 255 levels those patches of `patch` pixels differ that differ most; both pictures tiny."""
    import cv2

    if before.shape != after.shape:
        return 255.0
    first, second = (cv2.blur(grey(image), (patch, patch)).astype(np.int16) for image in (before, after))
    return float(np.abs(first - second).max())


def lasting(glimpses: Sequence[Glimpse]) -> bool:
    """Whether the last two are so far apart that what is in both of them has lasted."""
    return len(glimpses) > 1 and glimpses[-1].time_ms - glimpses[-2].time_ms >= LASTING_MS


def same(one: Glimpse, other: Glimpse) -> bool:
    """Whether nothing that matters differs between the ends of the two."""
    return difference(one.tiny[-1], other.tiny[-1], SAME_PATCH) <= SAME_LEVELS
