"""Samples -> whole numbers of 16 or 24 bits, with dither: what is rounded away becomes an even noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Samples


class Dither:
    """Rounds a stream to `bits`, with triangular noise of ±1 step (TPDF), the same each time.

    A block that fits as it is, such as silence or a film of 16 bits that nothing was done to, is not touched.
    """

    def __init__(self, bits: int) -> None:
        self._full = 2.0 ** (bits - 1)
        self._form = np.int16 if bits == 16 else np.int32
        self._shift = 0 if bits == 16 else 32 - bits
        self._random = np.random.SFC64(bits)

    def __call__(self, samples: Samples) -> NDArray[Any]:
        """int16, or int32 with its low bits 0; shape (channels, samples), as FFmpeg takes them."""
        scaled = samples * np.float32(self._full)
        if not all(np.array_equal(np.rint(channel), channel) for channel in scaled):
            for channel in scaled:
                channel += self._noise(len(channel))
                np.rint(channel, out=channel)
        np.clip(scaled, -self._full, self._full - 1, out=scaled)
        whole: NDArray[Any] = scaled.astype(self._form)
        np.left_shift(whole, self._shift, out=whole)
        return whole

    def _noise(self, size: int) -> NDArray[np.float32]:
        """The difference of two even distributions of 16 bits, which is a triangular one."""
        pairs = self._random.random_raw(-(-size // 2)).view(np.uint32)[:size]
        differ = (pairs & 0xFFFF).view(np.int32)
        differ -= (pairs >> 16).view(np.int32)
        noise = differ.astype(np.float32)
        noise *= np.float32(2**-16)
        return noise
