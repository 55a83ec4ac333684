"""A short film with a story that the embedded describer can tell, and a script for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from films import Sound, make_film, silence, tone, write_srt
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SECONDS = 16.0
CUES = [(5_000, 7_000, "What brings you here?"), (11_500, 13_000, "I am searching for someone.")]
SIZE = (480, 270)


def picture(time: float) -> NDArray[np.uint8]:
    """A title for 4 s, a bright place, then, from 8 s on, a dark one with a second title."""
    colour = (200, 190, 120) if 4 <= time < 8 else (12, 14, 20)
    image = Image.new("RGB", SIZE, colour)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=36)
    if time < 4:
        draw.text((60, 100), "THE LAST FERRY", font=font, fill=(240, 240, 240))
    if time >= 9:
        draw.text((60, 100), "Three days later", font=font, fill=(240, 240, 240))
    return np.asarray(image)


def sound(channels: int = 2) -> NDArray[np.float32]:
    """A tone where there is dialogue, a soft one elsewhere."""
    out = tone(SECONDS, 330, 0.01, channels)
    for start, end, _ in CUES:
        out[:, start * 48 : end * 48] = tone((end - start) / 1000, 500, 0.1, channels)
    return out


def make_story(folder: Path, name: str = "story.mp4", layout: str | None = "stereo", codec: str = "aac") -> Path:
    """The film in `folder`, with `story.srt` beside it. No sound where `layout` is None."""
    write_srt(folder / "story.srt", CUES)
    (folder / name).write_bytes(_film(Path(name).suffix, layout, codec))
    return folder / name


@cache
def _film(suffix: str, layout: str | None, codec: str) -> bytes:
    """Made once: many tests begin with the same film."""
    channels = {"mono": 1, "stereo": 2, "5.1": 6}.get(layout or "", 0)
    sounds = [Sound(sound(channels), layout, codec=codec, language="eng")] if layout else []
    with TemporaryDirectory() as folder:
        return make_film(Path(folder, f"story{suffix}"), SECONDS, picture, sounds, fps=12, gop=24).read_bytes()


def write_script(path: Path, lines: list[tuple[str, str, str]]) -> Path:
    """WebVTT from (start, end, text), times as mm:ss.mmm."""
    path.write_text("WEBVTT\n\n" + "\n".join(f"{a} --> {b}\n{text}\n" for a, b, text in lines), "utf-8")
    return path


SCRIPT = [
    ("00:00.500", "00:03.000", "A ferry waits at the pier."),
    ("00:07.400", "00:09.000", "Night falls."),
    ("00:13.300", "00:15.000", "She walks away."),
]

__all__ = ["CUES", "SCRIPT", "SECONDS", "make_story", "picture", "silence", "sound", "write_script"]
