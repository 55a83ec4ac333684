"""Pictures drawn for tests: what is on them is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from audiodesc.model import Frame, Span, VideoClip

WIDTH, HEIGHT = 854, 480
Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (90, 90, 90)


def plain(colour: Colour) -> Picture:
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def noise(seed: int, mean: int = 110, spread: int = 60) -> Picture:
    """Rough noise, in patches of eight pixels."""
    rough = np.random.default_rng(seed).integers(mean - spread, mean + spread, (60, 107, 3), dtype=np.uint8)
    return np.ascontiguousarray(rough.repeat(8, axis=0).repeat(8, axis=1)[:HEIGHT, :WIDTH])


def clouds(seed: int, across: int = 20) -> Picture:
    """So many soft light and dark patches side by side."""
    rough = np.random.default_rng(seed).integers(20, 235, (across * 5 // 8, across), dtype=np.uint8)
    soft = Image.fromarray(rough).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return np.asarray(soft.convert("RGB"), np.uint8)


def fading(start: int, end: int) -> list[Picture]:
    """Three plain greys from one level to another."""
    return [plain((level, level, level)) for level in np.linspace(start, end, 3).astype(int)]


def written(
    picture: Picture, text: str, centre: tuple[float, float] = (0.5, 0.5), size: int = 44, ink: Colour = WHITE
) -> Picture:
    """A copy with the text on it; its centre in shares of the width and height, its size in pixels."""
    image = Image.fromarray(picture)
    place = (centre[0] * WIDTH, centre[1] * HEIGHT)
    ImageDraw.Draw(image).multiline_text(
        place, text, ink, ImageFont.load_default(size), anchor="mm", align="center", spacing=size // 3
    )
    return np.asarray(image, np.uint8)


def disc(picture: Picture, centre: tuple[int, int], radius: int, colour: Colour = WHITE) -> Picture:
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).circle(centre, radius, colour)
    return np.asarray(image, np.uint8)


def clip(*groups: Picture | Sequence[Picture], apart_ms: int = 2000) -> VideoClip:
    """A clip of groups of three frames, 166 ms apart; one picture stands for three like it."""
    frames: list[Frame] = []
    for i, pictures in enumerate(groups):
        three = [pictures] * 3 if isinstance(pictures, np.ndarray) else pictures
        frames += [Frame(i * apart_ms + 166 * j, picture) for j, picture in enumerate(three)]
    return VideoClip(Span(0, len(groups) * apart_ms), tuple(frames))
