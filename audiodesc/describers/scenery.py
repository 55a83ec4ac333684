"""Light and colour: what can be said without knowing what is seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audiodesc.describers.facts import Change, Light
from audiodesc.describers.glimpses import Glimpse, Picture, grey, lasting

Level = str
"""How light a glimpse is: "black", "white", "dark", "bright", or "" for anything between or changing."""

BAR_LEVEL = 24
"""Black bars are no lighter than this; they are no part of the picture."""

HUES = {
    "red": ((0, 8), (171, 180)),
    "orange": ((9, 21),),
    "yellow": ((22, 33),),
    "green": ((36, 85),),
    "blue": ((95, 130),),
    "purple": ((131, 155),),
}
"""Hues in OpenCV's half degrees, 0 to 180; what lies between two names has none."""

OTHER_LIGHT = 45.0
"""Levels of 255 by which the mean must differ."""

OTHER_COLOURS = 0.6
A_PLACE = 14.0
"""A picture with a lower mean is a fade, or a card with a title, and no place."""

COLOURED = 0.7
NOT_COLOURED = 0.4
SATURATED = 100
LIT = 80


def light(glimpses: Sequence[Glimpse]) -> Light:
    """How light it is at the end, if that changed within the clip, or if all stays black or white."""
    if len(glimpses) < 2:
        return ""
    levels = [level(glimpse) for glimpse in glimpses]
    if levels[-1] == levels[-2] in ("black", "white") and lasting(glimpses):
        return "black" if levels[-1] == "black" else "white"
    if levels[-1] == "dark" and "bright" in levels:
        return "from bright to dark"
    return "from dark to bright" if levels[-1] == "bright" and "dark" in levels else ""


def change(glimpses: Sequence[Glimpse]) -> Change:
    """Whether the clip ends in a place that has quite another light and quite other colours than where it began.

    Both are asked for: colours alone change with every face, light alone with every lamp.
    """
    if len(glimpses) < 2:
        return ""
    before, after = uncovered(glimpses[0].tiny)[0], uncovered(glimpses[-1].tiny)[-1]
    lights = float(grey(before).mean()), float(grey(after).mean())
    if min(lights) < A_PLACE or abs(lights[1] - lights[0]) < OTHER_LIGHT:
        return ""
    if _distance(before, after) < OTHER_COLOURS:
        return ""
    return "brighter" if lights[1] > lights[0] else "darker"


def _distance(before: Picture, after: Picture) -> float:
    """How little the colours of two pictures have in common, from 0 to 1 (Bhattacharyya)."""
    import cv2

    histograms: list[NDArray[np.float32]] = []
    for image in (before, after):
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        histogram = cv2.calcHist([hsv], [0, 1, 2], None, [8, 4, 8], [0, 180, 0, 256, 0, 256])
        histograms.append(np.asarray(cv2.normalize(histogram, histogram, 1.0, 0.0, cv2.NORM_L1), np.float32))
    return float(cv2.compareHist(histograms[0], histograms[1], cv2.HISTCMP_BHATTACHARYYA))


def level(glimpse: Glimpse) -> Level:
    """The level that all frames of the glimpse share."""
    levels = {_level(grey(image)) for image in uncovered(glimpse.tiny)}
    means = [float(image.mean()) for image in glimpse.tiny]
    steady = max(means) - min(means) <= 2 + 0.1 * max(means)
    return levels.pop() if len(levels) == 1 and steady else ""


def _level(image: Picture) -> Level:
    if np.percentile(image, 99.5) <= 30:
        return "black"
    if np.percentile(image, 0.5) >= 235:
        return "white"
    mean = float(image.mean())
    if mean <= 38 and float((image > 110).mean()) <= 0.03:
        return "dark"
    return "bright" if mean >= 120 and float((image < 60).mean()) <= 0.12 else ""


def uncovered(images: Sequence[Picture]) -> tuple[Picture, ...]:
    """The pictures without black bars; as they are where next to nothing would be left."""
    lit = np.maximum.reduce([grey(image) for image in images]) > BAR_LEVEL
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    if len(rows) < 0.4 * lit.shape[0] or len(columns) < 0.4 * lit.shape[1]:
        return tuple(images)
    return tuple(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] for image in images)


def colour(glimpses: Sequence[Glimpse]) -> str:
    """The colour that nearly the whole picture has at the end and did not have before; else ""."""
    if len(glimpses) < 2:
        return ""
    shares = [_shares(glimpse) for glimpse in glimpses]
    name = max(HUES, key=lambda hue: shares[-1][hue])
    changed = any(before[name] <= NOT_COLOURED for before in shares[:-1])
    return name if shares[-1][name] >= COLOURED and changed else ""


def _shares(glimpse: Glimpse) -> dict[str, float]:
    """How much of the picture each hue covers, in the frame that has least of it."""
    frames = [_frame_shares(image) for image in uncovered(glimpse.tiny)]
    return {hue: min(frame[hue] for frame in frames) for hue in HUES}


def _frame_shares(image: Picture) -> dict[str, float]:
    import cv2

    hue, saturation, value = np.moveaxis(cv2.cvtColor(image, cv2.COLOR_RGB2HSV), -1, 0)
    strong = (saturation >= SATURATED) & (value >= LIT)
    return {
        name: float((strong & np.any([(low <= hue) & (hue <= high) for low, high in bands], axis=0)).mean())
        for name, bands in HUES.items()
    }
