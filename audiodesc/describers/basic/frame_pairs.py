"""Pairs of consecutive frames, and a cheap search for lines of text that hold still in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.ocr import BGR, Box
from audiodesc.model import Frame, VideoClip

GATE_WIDTH = 320
SEARCH_WIDTH = 640
"""The whole picture is searched in the first size (20 ms), what that finds once more in the second."""

EDGE_LEVELS = 40
FAINT_LEVELS = 16
EDGE_CONTRAST = 0.4
EDGE_SHARE = 0.4
AROUND_SHARE = 0.2
MARGIN = 16
"""Text is sought only if in some patch of 24 by 8 pixels (320 wide) the first share has a neighbour that differs
by more of 255 levels (less in a faint picture), and then in all rows where patches with the second share join on,
with a margin. Half of the pictures of films have no such patch; of text that can be read, none was missed."""

LARGE_WIDTH = 106
"""Letters so high that no patch of the first size has more than one upright edge are found in a third of it."""

HIGHEST = 0.75
"""The highest box of text, as a share of the picture: a main title of two lines has 0.5. The model's boxes are higher
than the letters by a third."""

MARGIN_WIDTH, MARGIN_HEIGHT, AROUND = 0.01, 0.005, 0.1
"""Text nearer to an edge may be cut off. A box stands out from its letters by a tenth of its height at least."""

STAYS = 0.4
PATCH_HEIGHT = 16
"""What correlates less with an earlier picture, 16 pixels high, moves or is new, and need not be read."""

MOST_LINES = 8
STANDS_OUT = 1.4
"""Of a crowded picture only lines are read whose letters are so many times higher than the usual ones."""

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3), or grey, shape (height, width)."""

TINY_WIDTH = 160

SAME_LEVELS = 6.0
SAME_PATCH = 3
"""Two pictures are the same if no patch of so many of the 160 pixels differs by more of 255 levels: a single
letter of a small subtitle differs by 12."""


def text_rows(image: Picture) -> slice | None:
    """The rows where text may be, by a cheap search for patches dense with upright edges; None without any."""
    return _dense(image, GATE_WIDTH) or _dense(image, LARGE_WIDTH)


def _dense(image: Picture, width: int) -> slice | None:
    import cv2

    small = grey(resized(image, width))
    contrast = float(small.max()) - float(small.min())
    least = min(EDGE_LEVELS, max(FAINT_LEVELS, EDGE_CONTRAST * contrast))
    edges = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((1, 3), np.uint8)) > least
    density = cv2.boxFilter(edges.astype(np.float32), -1, (24, 8))
    dense = np.asarray(density > EDGE_SHARE)
    if not dense.any():
        return None
    count, labels = cv2.connectedComponents((density > AROUND_SHARE).astype(np.uint8))
    around = np.zeros(count, bool)
    around[labels[dense]] = True
    rows = np.flatnonzero(around[labels].any(axis=1))
    scale = image.shape[0] / small.shape[0]
    return _rows(image, rows[0] * scale, rows[-1] * scale, MARGIN * scale)


def _rows(image: Picture, top: float, bottom: float, margin: float) -> slice:
    """Whole rows, so that no line of text is cut off at its ends."""
    return slice(max(0, round(top - margin)), min(image.shape[0], round(bottom + margin) + 1))


def find_boxes(pictures: Sequence[Picture]) -> list[Box]:
    """Where lines of text may be, in pixels of the last picture; none if no line is whole and holds still.

    The promising rows are searched in small, then those of what that finds in large.
    """
    last = pictures[-1]
    rows = text_rows(last)
    rough = _find(last, rows, GATE_WIDTH) if rows else []
    if not any(may_be_read(box, pictures) for box in rough):
        return []
    top, bottom = min(box.top for box in rough), max(box.bottom for box in rough)
    return _find(last, _rows(last, top, bottom, max(box.height for box in rough)), SEARCH_WIDTH)


def boxes_in(picture: Picture) -> list[Box]:
    """Where text may be in one picture, whether it holds still or not, by one search at low resolution."""
    rows = text_rows(picture)
    return _find(picture, rows, GATE_WIDTH) if rows else []


def _find(image: Picture, rows: slice, width: int) -> list[Box]:
    """Boxes with a line's shape in those rows, searched as if the picture were so many pixels wide."""
    small = resized(image[rows], width)
    scale = np.array([image.shape[1] / width, (rows.stop - rows.start) / small.shape[0]], np.float32)
    start = np.array([0, rows.start], np.float32)
    # The model takes heights in steps of 32: the rest is filled up, so that it does not stretch the letters.
    filled = np.pad(small, ((0, -small.shape[0] % 32), (0, 0), (0, 0)), "edge")
    boxes = [Box(box.corners * scale + start) for box in ocr.find(bgr(filled))]
    return [box for box in boxes if 1.2 * box.height < box.width and box.height < HIGHEST * image.shape[0]]


def may_be_read(box: Box, pictures: Sequence[Picture]) -> bool:
    """Whether a line is level, clear of the edges, and is alike in the last and in an earlier picture."""
    height, width = pictures[-1].shape[:2]
    sides = min(box.left, width - box.right) / width
    if sides < MARGIN_WIDTH / 2 or sides + AROUND * box.height / width < MARGIN_WIDTH or box.slope > 0.15:
        return False
    if min(box.top, height - box.bottom) < MARGIN_HEIGHT * height:
        return False
    *earlier, last = (_patch(box, picture) for picture in pictures)
    return any(correlation(last, patch) >= STAYS for patch in earlier)


def _patch(box: Box, picture: Picture) -> Picture:
    """What is in the box, in grey, a few pixels high, so that a shift by a pixel or two does not matter."""
    part = grey(picture[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1])
    return resized(part, max(PATCH_HEIGHT, round(PATCH_HEIGHT * part.shape[1] / part.shape[0])))


def correlation(one: Picture, other: Picture) -> float:
    """From -1 to 1; 0 where one of them is flat."""
    first, second = (patch - patch.mean(dtype=np.float64) for patch in (one, other))
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale else 0.0


def bgr(image: Picture) -> BGR:
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


def uncrowded(boxes: Sequence[Box]) -> list[Box]:
    """All boxes if they are few; of many, those that stand out; none if those are many too."""
    if len(boxes) <= MOST_LINES:
        return list(boxes)
    usual = float(np.median([box.height for box in boxes]))
    outstanding = [box for box in boxes if box.height >= STANDS_OUT * usual]
    return outstanding if len(outstanding) <= MOST_LINES else []


@dataclass(frozen=True, slots=True)
class FramePair:
    """A frame and the one after it; `tiny` are the same, 160 pixels wide."""

    frames: tuple[Frame, Frame]
    tiny: tuple[Picture, Picture]

    @property
    def steady(self) -> bool:
        """Whether nothing that matters differs between the two."""
        return difference(*self.tiny, SAME_PATCH) <= SAME_LEVELS


def pairs_of(clip: VideoClip) -> tuple[FramePair, ...]:
    """Each frame of the clip with the next."""
    tiny = [resized(frame.image, TINY_WIDTH) for frame in clip.frames]
    return tuple(
        FramePair(frames, pictures) for frames, pictures in zip(pairwise(clip.frames), pairwise(tiny), strict=True)
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


def frames_of(pairs: Sequence[FramePair]) -> list[Frame]:
    """The frames that the pairs of a clip are made of, in order."""
    return [pair.frames[0] for pair in pairs] + [pair.frames[1] for pair in pairs[-1:]]
