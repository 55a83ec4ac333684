"""Where a recording is cut off at the top, because it was too loud for what recorded it."""

from __future__ import annotations

import numpy as np

from audiodesc.model import Samples

RUN = 3
"""So many samples in a row at the same highest value are cut off: a wave that was not has one there, or two."""

BESIDE = 0.98
"""A wave reaches the flat top from below this share of it; one that is low and soft is flat by its rounding, and comes
from nearby."""

QUIETEST = 0.03
"""Of a peak (−30 dBFS): below it rounding makes flat tops of any wave."""


def clipped_places(samples: Samples, rate_hz: int) -> int:
    """How many places of a channel, shape (samples,), at the file's own rate are cut off, 0 where none is.

    Found is what is flat at the highest or lowest value of the whole, at any level: a file that was clipped and made
    softer later too. What was clipped and then filtered, resampled or coded with loss is no longer flat, and is not
    found.
    """
    return _flat_tops(samples, rate_hz) + _flat_tops(-samples, rate_hz)


def _flat_tops(samples: Samples, rate_hz: int) -> int:
    top = float(samples.max(initial=0.0))
    if top < QUIETEST:
        return 0
    at_top = np.flatnonzero(samples >= top)
    if len(at_top) < RUN:
        return 0
    run = max(RUN, round(RUN * rate_hz / 48_000))
    starts = np.flatnonzero(np.diff(at_top, prepend=-2) > 1)
    lengths = np.diff(np.append(starts, len(at_top)))
    count = 0
    for start, length in zip(at_top[starts], lengths, strict=True):
        before = samples[start - 1] if start else 0.0
        after = samples[start + length] if start + length < len(samples) else 0.0
        count += bool(length >= run and min(before, after) < BESIDE * top)
    return count
