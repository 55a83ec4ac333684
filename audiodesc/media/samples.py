"""Samples in FFmpeg's frames."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Samples

PACKED = {"float32": "flt", "int32": "s32", "int16": "s16"}
"""NumPy's names of formats, and FFmpeg's."""

MOST_PLANES = 7
"""Of more, PyAV cannot reach the planes: such frames are packed."""


def float_form(layout: str) -> str:
    """FFmpeg's name of the format in which float samples travel: planar where that can be, for it is not rearranged."""
    return "fltp" if av.AudioLayout(layout).nb_channels <= MOST_PLANES else "flt"


def to_frame(samples: NDArray[Any], layout: str, rate_hz: int) -> av.AudioFrame:
    """A frame from samples of shape (channels, samples): whole numbers packed, floats in their `float_form`.

    Raises ValueError for another number of channels.
    """
    if len(samples) != av.AudioLayout(layout).nb_channels:
        raise ValueError(f"{len(samples)} channels are not {layout}")
    form = float_form(layout) if samples.dtype == np.float32 else PACKED[samples.dtype.name]
    planes = np.ascontiguousarray(samples) if form == "fltp" else _packed(samples)
    frame = av.AudioFrame.from_ndarray(planes, format=form, layout=layout)
    frame.sample_rate = rate_hz
    return frame


def _packed(samples: NDArray[Any]) -> NDArray[Any]:
    """Shape (1, channels × samples), channel by channel: to transpose the whole would take six times as long."""
    packed = np.empty((samples.shape[1], len(samples)), samples.dtype)
    for i, channel in enumerate(samples):
        packed[:, i] = channel
    return packed.reshape(1, -1)


def from_frame(frame: av.AudioFrame) -> Samples:
    """The samples of a float frame, shape (channels, samples)."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    return np.ascontiguousarray(samples, np.float32)
