"""Drawing for the sample film: shapes, glows and type on a canvas of 854 × 480 units, smooth at the edges."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 854, 480
FINE = 2  # drawn twice as large, then halved

Colour = tuple[int, int, int]
Point = tuple[float, float]
Stops = tuple[tuple[float, Colour], ...]
"""A vertical gradient: heights from 0 (top) to 1 with their colours."""


class Canvas:
    """A picture in the making. Coordinates and sizes are in units of the finished frame."""

    def __init__(self, ground: Image.Image) -> None:
        self.image = ground.copy()
        self._pen = ImageDraw.Draw(self.image, "RGBA")

    def polygon(self, points: Sequence[Point], colour: Colour, opacity: float = 1.0) -> None:
        self._pen.polygon([(x * FINE, y * FINE) for x, y in points], (*colour, _alpha(opacity)))

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, opacity: float = 1.0) -> None:
        self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour, opacity)

    def disc(self, x: float, y: float, radius: float, colour: Colour, opacity: float = 1.0, squash: float = 1) -> None:
        corners = (x - radius, y - radius * squash, x + radius, y + radius * squash)
        self._pen.ellipse([corner * FINE for corner in corners], (*colour, _alpha(opacity)))

    def line(self, points: Sequence[Point], colour: Colour, width: float = 1.0, opacity: float = 1.0) -> None:
        fine = [(x * FINE, y * FINE) for x, y in points]
        self._pen.line(fine, (*colour, _alpha(opacity)), round(width * FINE), joint="curve")

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light that fades to nothing at `radius`; `strength` 0–1 is its opacity in the middle."""
        mask = _halo(round(radius * FINE)).point(lambda value: value * max(0.0, min(1.0, strength)))
        corner = (round((x - radius) * FINE), round((y - radius) * FINE))
        self.image.paste(colour, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)

    def text(self, x: float, y: float, words: str, size: float, colour: Colour, opacity: float = 1.0) -> None:
        """Type centred on (x, y), with a soft shadow."""
        letters = _letters(words, size * FINE)
        for shift, ink, share in ((2, (0, 0, 0), 0.45), (0, colour, 1.0)):
            left = round((x + shift) * FINE) - letters.width // 2
            top = round((y + shift) * FINE) - letters.height // 2
            mask = letters.point(lambda value, share=share: value * max(0.0, min(1.0, opacity)) * share)
            self.image.paste(ink, (left, top), mask)

    def frame(self) -> NDArray[np.uint8]:
        return np.asarray(self.image.reduce(FINE))


def gradient(stops: Stops) -> Image.Image:
    """A ground of canvas size. Grain that does not move keeps the coder from drawing bands in it."""
    heights = np.linspace(0, 1, HEIGHT * FINE)
    column = np.stack([np.interp(heights, [h for h, _ in stops], [c[i] for _, c in stops]) for i in range(3)], 1)
    picture = (column.astype(np.float32)[:, np.newaxis, :] + _grain()).clip(0, 255).astype(np.uint8)
    return Image.fromarray(picture)


@functools.cache
def _grain() -> NDArray[np.float32]:
    return np.random.default_rng(1).uniform(-0.7, 1.7, (HEIGHT * FINE, WIDTH * FINE, 1)).astype(np.float32)


@functools.cache
def _halo(radius: int) -> Image.Image:
    axis = np.linspace(-1, 1, 2 * radius)
    distance = np.hypot(axis[:, np.newaxis], axis[np.newaxis, :])
    return Image.fromarray((255 * np.clip(1 - distance, 0, 1) ** 2).astype(np.uint8))


@functools.cache
def _letters(words: str, size: float) -> Image.Image:
    """A mask; the pen itself knows no half-seen type."""
    font = ImageFont.load_default(size=size)
    left, top, right, bottom = font.getbbox(words)
    mask = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8))
    ImageDraw.Draw(mask).text((4 - left, 4 - top), words, 255, font)
    return mask


def _alpha(opacity: float) -> int:
    return round(255 * max(0.0, min(1.0, opacity)))


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """From `one` (share 0) to `other` (share 1)."""
    red, green, blue = (round(a + (b - a) * max(0.0, min(1.0, share))) for a, b in zip(one, other, strict=True))
    return red, green, blue


def ease(now: float, start: float, length: float) -> float:
    """0 before `start`, 1 after `start + length`, a smooth step in between."""
    share = max(0.0, min(1.0, (now - start) / length))
    return share * share * (3 - 2 * share)


def seen(now: float, start: float, end: float, fade: float = 0.5) -> float:
    """Opacity of what appears at `start` and has gone at `end`."""
    return ease(now, start, fade) * (1 - ease(now, end - fade, fade))
