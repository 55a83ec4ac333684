"""Clips and films of one coloured circle that crosses the picture: what is seen is known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from films import Sound, make_film, silence
from numpy.typing import NDArray

COLOURS = {"red": (210, 40, 40), "blue": (40, 60, 210)}
GREY = 128.0
SIZE = 112
"""Pixels of a clip's side: sixteen of a Qwen's tokens."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What moves where."""

    colour: str
    way: str

    @property
    def line(self) -> str:
        return f"A {self.colour} circle moves {self.way}."

    @property
    def back(self) -> Kind:
        """The same, the film being shown from its end."""
        return Kind(self.colour, {"left": "right", "right": "left"}[self.way])


KINDS = tuple(Kind(*kind) for kind in product(COLOURS, ("left", "right")))


def picture(
    kind: Kind, progress: float, size: int = SIZE, height: float = 0.5, radius: float = 0.2
) -> NDArray[np.float32]:
    """RGB, 0 to 255, shape (size, size, 3): `progress` from 0 to 1; `height` and `radius` are shares of the side."""
    across = 0.12 + 0.76 * (progress if kind.way == "right" else 1 - progress)
    x = (np.arange(size) + 0.5) / size - across
    y = ((np.arange(size) + 0.5) / size - height)[:, None]
    cover = np.clip((radius - np.hypot(x, y)) * size + 0.5, 0, 1)[:, :, None]
    return (GREY * (1 - cover) + np.array(COLOURS[kind.colour]) * cover).astype(np.float32)


def clip(kind: Kind, frames: int = 8) -> NDArray[np.uint8]:
    """Evenly over the whole way: shape (frames, SIZE, SIZE, 3)."""
    return np.stack([picture(kind, i / (frames - 1)) for i in range(frames)]).astype(np.uint8)


def circle_film(path: Path, stretches: Sequence[tuple[float, float, Kind]]) -> Path:
    """H.264, 224 × 224, 12 pictures a second, silent: in each (start s, end s, kind) that circle crosses once."""

    def at(time: float) -> NDArray[np.uint8]:
        for start, end, kind in stretches:
            if start <= time < end:
                return picture(kind, (time - start) / (end - start), 2 * SIZE).astype(np.uint8)
        return np.full((2 * SIZE, 2 * SIZE, 3), GREY, np.uint8)

    seconds = max(end for _, end, _ in stretches)
    return make_film(path, seconds, at, [Sound(silence(seconds), "mono")], fps=12, gop=24)
