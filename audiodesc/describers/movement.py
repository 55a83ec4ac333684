"""Fast movement and stillness, told from light that changes and from a view that turns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audiodesc.describers.facts import Movement
from audiodesc.describers.glimpses import Glimpse, Picture, difference, grey, lasting

STILL_LEVELS = 2.0
STILL_PATCH = 8
"""Still: no patch of so many of the 160 pixels of the width differs by more of 255 levels."""

FAST_SHARE = 0.35
FAST_STEP = 0.03
PAN_STEP = 0.03
EXPLAINED = 0.75
FAST_LEVELS = 10.0
"""Fast: over this share of the picture things move on by more than 3 % of the width between two frames (a
sixth of a second), while the whole does not, and the movement found explains a good part of the change, which
is not slight. Fades, flashes, cuts and a turning view do not pass."""


def movement(glimpses: Sequence[Glimpse]) -> Movement:
    """Whether something moves fast at the end, or nothing at all since the glimpse before the last."""
    if not glimpses or len(glimpses[-1].tiny) < 3:
        return ""
    if lasting(glimpses) and _still([*glimpses[-2].tiny, *glimpses[-1].tiny]):
        return "none"
    first, second, third = (grey(image) for image in glimpses[-1].tiny[-3:])
    return "fast" if _fast(first, second) and _fast(second, third) else ""


def _still(images: Sequence[Picture]) -> bool:
    return all(difference(images[0], image, STILL_PATCH) <= STILL_LEVELS for image in images[1:])


def _fast(before: Picture, after: Picture) -> bool:
    import cv2

    change = float(cv2.absdiff(before, after).mean())
    if change < FAST_LEVELS:
        return False
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
    flow = np.asarray(finder.calc(before, after, None), np.float32)
    whole = np.median(flow.reshape(-1, 2), axis=0)
    steps = np.linalg.norm(flow - whole, axis=2) / before.shape[1]
    return bool(
        np.linalg.norm(whole) <= PAN_STEP * before.shape[1]
        and (steps > FAST_STEP).mean() >= FAST_SHARE
        and _unexplained(before, after, flow) <= EXPLAINED * change
    )


def _unexplained(before: Picture, after: Picture, flow: NDArray[np.float32]) -> float:
    """The mean difference that is left when the movement is undone."""
    import cv2

    rows, columns = np.indices(before.shape, np.float32)
    undone = cv2.remap(
        after, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return float(cv2.absdiff(before, np.asarray(undone, np.uint8)).mean())
