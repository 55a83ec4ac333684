"""Samples in FFmpeg's frames. Packed, not planar: PyAV cannot reach the planes of eight channels and more."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Samples

FORMS = {"float32": "flt", "int32": "s32", "int16": "s16"}
"""NumPy's names of packed formats, and FFmpeg's."""


def to_frame(samples: NDArray[Any], layout: str, rate_hz: int) -> av.AudioFrame:
    """A frame from samples of shape (channels, samples). Raises ValueError for another number of channels."""
    if len(samples) != av.AudioLayout(layout).nb_channels:
        raise ValueError(f"{len(samples)} channels are not {layout}")
    packed = np.ascontiguousarray(samples.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format=FORMS[samples.dtype.name], layout=layout)
    frame.sample_rate = rate_hz
    return frame


def from_frame(frame: av.AudioFrame) -> Samples:
    """The samples of a packed float frame, shape (channels, samples)."""
    packed = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    return np.ascontiguousarray(packed.T, np.float32)
