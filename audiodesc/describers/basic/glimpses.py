"""A clip as glimpses: two pictures, less than a second apart, that tell what holds still from what moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Frame, VideoClip

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3), or grey, shape (height, width)."""

TINY_WIDTH = 160

SAME_LEVELS = 6.0
SAME_PATCH = 3
"""Two pictures are the same if no patch of so many of the 160 pixels differs by more of 255 levels: a single
letter of a small subtitle differs by 12."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A frame and the one after it; `tiny` are the same, 160 pixels wide."""

    frames: tuple[Frame, Frame]
    tiny: tuple[Picture, Picture]

    @property
    def steady(self) -> bool:
        """Whether nothing that matters differs between the two."""
        return difference(*self.tiny, SAME_PATCH) <= SAME_LEVELS


def glimpses(clip: VideoClip) -> tuple[Glimpse, ...]:
    """Each frame of the clip with the next."""
    tiny = [resized(frame.image, TINY_WIDTH) for frame in clip.frames]
    return tuple(
        Glimpse(frames, pictures) for frames, pictures in zip(pairwise(clip.frames), pairwise(tiny), strict=True)
    )


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


def frames_of(seen: Sequence[Glimpse]) -> list[Frame]:
    """The frames that the glimpses of a clip are made of, in order."""
    return [glimpse.frames[0] for glimpse in seen] + [glimpse.frames[1] for glimpse in seen[-1:]]
