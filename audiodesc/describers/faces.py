"""Faces seen from the front: where three Haar cascades agree, and in all frames of a glimpse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiodesc.describers.glimpses import Glimpse, Picture, grey, resized

if TYPE_CHECKING:
    import cv2

SEARCH_HEIGHT = 240
SMALLEST = 36
SURE = {"alt2": 55.0, "alt": 107.5, "default": 2.0}
"""The cascades, and the least weight of their last stages that counts. On real films and cartoons each alone
had false alarms above its number (the first one in ten), but never all three at one place."""

NEAR = 0.28
"""A face is near if it is so high, as a share of the picture's height: half of what a head fills close up."""

MARGIN = 0.4


@dataclass(frozen=True, slots=True)
class Face:
    """A square in pixels of the searched picture."""

    left: int
    top: int
    side: int


def heights(glimpse: Glimpse) -> tuple[float, ...]:
    """How high the faces are that keep their place in all frames, as shares of the picture, largest first.

    () where the frames do not agree how many there are.
    """
    pictures = [_searched(frame.image) for frame in reversed(glimpse.frames)]
    found = _find("alt2", pictures[0], SMALLEST)
    faces = [face for face in found if all(_at(face, other, pictures[0]) for other in ("alt", "default"))]
    for picture in pictures[1:]:
        if not all(_at(face, "alt2", picture) for face in faces):
            return ()
    return tuple(sorted((face.side / SEARCH_HEIGHT for face in faces), reverse=True))


def _searched(image: Picture) -> Picture:
    return grey(resized(image, round(image.shape[1] * SEARCH_HEIGHT / image.shape[0])))


def _at(face: Face, cascade: str, picture: Picture) -> bool:
    """Whether that cascade finds the face in the picture too, at about its place and size."""
    margin = round(MARGIN * face.side)
    left, top = max(0, face.left - margin), max(0, face.top - margin)
    end = face.side + 2 * margin
    part = picture[top : top + end, left : left + end]
    return any(0.6 < found.side / face.side < 1.6 for found in _find(cascade, part, face.side // 2))


def _find(cascade: str, picture: Picture, smallest: int) -> list[Face]:
    found, _, weights = _cascade(cascade).detectMultiScale3(
        picture, scaleFactor=1.1, minNeighbors=5, minSize=(smallest, smallest), outputRejectLevels=True
    )
    return sorted(
        (
            Face(int(left), int(top), int(side))
            for (left, top, side, _), weight in zip(found, np.ravel(weights), strict=True)
            if weight >= SURE[cascade]
        ),
        key=lambda face: (face.left, face.top),
    )


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    import cv2

    folder = Path(cv2.data.haarcascades)  # type: ignore[attr-defined]
    return cv2.CascadeClassifier(str(folder / f"haarcascade_frontalface_{name}.xml"))


def counted(seen: Sequence[float]) -> tuple[int, int]:
    """How many faces, and how many of them near."""
    return len(seen), sum(height >= NEAR for height in seen)
