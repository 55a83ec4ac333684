"""The proof of the first rule: how long the narrator is heard over dialogue, from the samples themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples, Span

HEARD = 10 ** (-80 / 20)
"""−80 dBFS: quieter is no sound of a narrator."""


class Overlap:
    """Counts, over a narration pushed block by block, the milliseconds that hold sound, and of those the ones
    inside dialogue. `finish` counts an unfinished last millisecond."""

    def __init__(self, dialogue: Sequence[Span], rate_hz: int = RATE_HZ) -> None:
        self._starts = np.array([span.start_ms for span in dialogue], np.int64)
        self._ends = np.array([span.end_ms for span in dialogue], np.int64)
        self._rate_hz = rate_hz
        self._at_ms = 0
        self._rest = np.zeros(0, np.float32)
        self.heard_ms = 0
        self.overlap_ms = 0

    def push(self, narration: Samples) -> None:
        """Take a block, shape (1, samples)."""
        flat = np.concatenate([self._rest, narration[0]])
        whole_ms = (self._sample(self._at_ms) + len(flat)) * 1000 // self._rate_hz - self._at_ms
        size = self._sample(self._at_ms + whole_ms) - self._sample(self._at_ms)
        self._rest = flat[size:]
        self._count(flat[:size], whole_ms)

    def finish(self) -> None:
        """Count what is left."""
        if self._rest.size:
            self._count(self._rest, 1)
        self._rest = self._rest[:0]

    def _sample(self, ms: int) -> int:
        """The first sample of a millisecond."""
        return -(-ms * self._rate_hz // 1000)

    def _count(self, flat: NDArray[np.float32], count: int) -> None:
        first, self._at_ms = self._at_ms, self._at_ms + count
        if not flat.any():
            return
        starts = -(-(first + np.arange(count)) * self._rate_hz // 1000) - self._sample(first)
        heard = np.maximum.reduceat(np.abs(flat), starts) > HEARD
        inside = np.zeros(count, bool)
        near = (self._ends > first) & (self._starts < first + count)
        for start, end in zip(self._starts[near] - first, self._ends[near] - first, strict=True):
            inside[max(0, start) : end] = True
        self.heard_ms += int(heard.sum())
        self.overlap_ms += int((heard & inside).sum())
