"""Shapes as SVG path data, short: a page holds tens of thousands of them. Numbers are rounded to a tenth of a unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def number(value: float) -> str:
    """At most one decimal."""
    return f"{round(value, 1):g}" if abs(value) < 1e5 else str(round(value))


def boxes(sides: Iterable[tuple[float, float]], top: float, height: float) -> str:
    """Boxes of one height, each from left to right."""
    return "".join(
        f"M{number(left)} {number(top)}h{number(right - left)}v{number(height)}h{number(left - right)}z"
        for left, right in sides
    )


def bands(sides: Iterable[tuple[float, float]], middle: float) -> str:
    """Level lines, to be drawn with a wide stroke: half as long as boxes."""
    return "".join(f"M{number(left)} {number(middle)}h{number(right - left)}" for left, right in sides)


def bars(low: NDArray[np.float32], high: NDArray[np.float32], step: int, middle: float, half: float) -> str:
    """An upright stroke in the middle of every `step` units, from `low` to `high` (±1 reaching `half` units from
    `middle`), in whole units; none where that is nothing. Each move is from the end of the stroke before."""
    tops = np.rint(middle - high * half).astype(int)
    bottoms = np.rint(middle - low * half).astype(int)
    path = []
    x, y = 0.0, 0
    for i in np.nonzero(bottoms > tops)[0]:
        at = (int(i) + 0.5) * step
        path.append(f"m{number(at - x)}{_joined(tops[i] - y)}v{bottoms[i] - tops[i]}")
        x, y = at, bottoms[i]
    return "".join(path)


def _joined(value: int) -> str:
    """A minus sign parts two numbers as a space does."""
    return f"{value}" if value < 0 else f" {value}"


def area(points: Sequence[tuple[float, float]], base: float) -> str:
    """What lies between a line through the points and the height `base`."""
    if not points:
        return ""
    line = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{number(points[0][0])} {number(base)}L{line}L{number(points[-1][0])} {number(base)}"
