"""Pairs of consecutive frames, and a cheap search for lines of text that hold still in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.ocr import Box, Picture, bgr
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

Mask = NDArray[np.bool_]
"""True or false for each pixel of a view, shape (height, width)."""

PATCH = (24, 8)
"""Width and height in pixels of the patches in which edges are counted and correlated."""

SAME_LEVELS = 6
SAME_PATCH = 6
"""Two pictures, 320 pixels wide, are the same where no patch of so many pixels differs by more of 255 levels: a single
letter of a small subtitle differs by 12."""

HELD = 0.6
"""A patch holds still if it correlates so well with the earlier picture, fading or not. Of pictures of real films in
which text was read, each has a dense patch with 0.7 or more; of the others, half have none with 0.5."""

UNCHANGED, CONTRAST_CHANGE = 0.9, 1.5
"""A patch is unchanged, give or take falling snow, if it correlates so well and has at most so many times
the variance."""


def text_rows(image: Picture) -> slice | None:
    """The rows where text may be, by a cheap search for patches dense with upright edges; None without any."""
    for width in (GATE_WIDTH, LARGE_WIDTH):
        density = _edge_density(grey(resized(image, width)))
        if rows := _rows_joining(density, np.asarray(density > EDGE_SHARE), image):
            return rows
    return None


def _rows_joining(density: NDArray[np.float32], patches: Mask, image: Picture) -> slice | None:
    """The rows of the image where patches with edges join on to these, with a margin."""
    import cv2

    if not patches.any():
        return None
    count, labels = cv2.connectedComponents((density > AROUND_SHARE).astype(np.uint8))
    around = np.zeros(count, bool)
    around[labels[patches]] = True
    rows = np.flatnonzero(around[labels].any(axis=1))
    scale = image.shape[0] / density.shape[0]
    return _rows(image, rows[0] * scale, rows[-1] * scale, MARGIN * scale)


def _edge_density(small: Picture) -> NDArray[np.float32]:
    """For each pixel the share of its patch that has an upright edge, 0 to 1."""
    import cv2

    contrast = float(small.max()) - float(small.min())
    least = min(EDGE_LEVELS, max(FAINT_LEVELS, EDGE_CONTRAST * contrast))
    edges = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((1, 3), np.uint8)) > least
    return np.asarray(cv2.boxFilter(edges.astype(np.float32), -1, PATCH), np.float32)


def _rows(image: Picture, top: float, bottom: float, margin: float) -> slice:
    """Whole rows, so that no line of text is cut off at its ends."""
    return slice(max(0, round(top - margin)), min(image.shape[0], round(bottom + margin) + 1))


def find_boxes(pictures: Sequence[Picture], rows: slice | None) -> list[Box]:
    """Where lines of text may be, in pixels of the last picture; none if no line is whole and holds still.

    The rows are searched in small, then those of what that finds in large.
    """
    last = pictures[-1]
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


@dataclass(frozen=True, slots=True)
class View:
    """A frame in grey, `scales` being 320 and 106 pixels wide; `blurred` is the first, as signed numbers."""

    scales: tuple[Picture, Picture]
    blurred: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class FramePair:
    """A frame and the one after it, with a view of each."""

    frames: tuple[Frame, Frame]
    views: tuple[View, View]

    @property
    def steady(self) -> bool:
        """Whether nothing that matters differs between the two."""
        first, second = (view.blurred for view in self.views)
        return first.shape == second.shape and bool((np.abs(first - second) <= SAME_LEVELS).all())


def pairs_of(clip: VideoClip) -> tuple[FramePair, ...]:
    """Each frame of the clip with the next."""
    views = [_view(frame.image) for frame in clip.frames]
    return tuple(FramePair(*pair) for pair in zip(pairwise(clip.frames), pairwise(views), strict=True))


def _view(image: Picture) -> View:
    import cv2

    plain = grey(image)
    small = resized(plain, GATE_WIDTH)
    blurred = cv2.blur(small, (SAME_PATCH, SAME_PATCH)).astype(np.int16)
    return View((small, resized(plain, LARGE_WIDTH)), blurred)


@dataclass(frozen=True, slots=True)
class Searched:
    """The last view of a pair that was searched; `held`, at each scale, where it was unchanged from the first."""

    view: View
    held: tuple[Mask, Mask]

    @staticmethod
    def of(pair: FramePair) -> Searched:
        first, second = (view.scales for view in pair.views)
        return Searched(pair.views[1], (_unchanged(first[0], second[0]), _unchanged(first[1], second[1])))


@dataclass(frozen=True, slots=True)
class Patches:
    """The patches of a pair, at each scale: how dense each is with edges, which are `known`, being unchanged since the
    last search, which found all text in them, and which are `new`: dense, unknown and still, so that they may be text.
    """

    density: tuple[NDArray[np.float32], ...]
    known: tuple[Mask, ...]
    new: tuple[Mask, ...]

    @property
    def may_be_text(self) -> bool:
        return any(new.any() for new in self.new)

    def new_rows(self, image: Picture) -> slice | None:
        """The rows of the image where new text may be."""
        found = (_rows_joining(density, new, image) for density, new in zip(self.density, self.new, strict=True))
        return next(filter(None, found), None)

    def keep(self, top: float, bottom: float, left: float, right: float) -> bool:
        """Whether all that is dense in an area, in shares of the picture, is known, and there is some."""
        for density, known in zip(self.density, self.known, strict=True):
            height, width = density.shape
            area = slice(int(top * height), int(bottom * height) + 1), slice(int(left * width), int(right * width) + 1)
            dense = density[area] > EDGE_SHARE
            if dense.any():
                return bool(known[area][dense].all())
        return False


def patches(pair: FramePair, searched: Searched | None) -> Patches:
    """What a pair shows, held against the last search of the clip."""
    scales = list(zip(*(view.scales for view in pair.views), strict=True))
    density = tuple(_edge_density(after) for _, after in scales)
    known = tuple(_seen_before(scale, after, searched) for scale, (_, after) in enumerate(scales))
    new = (
        _held(before, after, (dense > EDGE_SHARE) & ~seen)
        for (before, after), dense, seen in zip(scales, density, known, strict=True)
    )
    return Patches(density, known, tuple(new))


def _held(before: Picture, after: Picture, some: Mask) -> Mask:
    """Those of some patches that hold still."""
    return some & (_correlation_map(before, after)[0] >= HELD) if some.any() else some


def _seen_before(scale: int, picture: Picture, searched: Searched | None) -> Mask:
    if searched is None or searched.held[scale].shape != picture.shape:
        return np.zeros(picture.shape, np.bool_)
    return searched.held[scale] & _unchanged(searched.view.scales[scale], picture)


def _unchanged(before: Picture, after: Picture) -> Mask:
    correlated, ratio = _correlation_map(before, after)
    return (correlated >= UNCHANGED) & (ratio <= CONTRAST_CHANGE) & (ratio >= 1 / CONTRAST_CHANGE)


def _correlation_map(before: Picture, after: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How well the patch around each pixel correlates with the same patch of an earlier picture, -1 to 1, and how many
    times as much variance it has."""
    import cv2

    if before.shape != after.shape:
        return np.zeros(after.shape, np.float32), np.ones(after.shape, np.float32)
    one, other = before.astype(np.float32), after.astype(np.float32)
    mean_one, mean_other = cv2.boxFilter(one, -1, PATCH), cv2.boxFilter(other, -1, PATCH)
    together = cv2.boxFilter(one * other, -1, PATCH) - mean_one * mean_other
    variance_one = np.maximum(cv2.boxFilter(one * one, -1, PATCH) - mean_one * mean_one, 1.0)
    variance_other = np.maximum(cv2.boxFilter(other * other, -1, PATCH) - mean_other * mean_other, 1.0)
    correlated = together / np.sqrt(variance_one * variance_other)
    return np.asarray(correlated, np.float32), np.asarray(variance_other / variance_one, np.float32)


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
