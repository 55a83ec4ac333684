"""Draw `docs/sample.png` from what `make demo` writes: dialogue, pauses, narrator and mix over time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
WIDTH, LEFT, RIGHT = 1600, 190, 30
ROW, TOP, GAP = 120, 70, 34
INK, SOFT = (40, 44, 52), (120, 126, 138)
SMALL = ImageFont.load_default(size=18)
FILM, DIALOGUE, VOICE, MIX = (140, 148, 162), (226, 236, 250), (196, 88, 30), (60, 110, 170)


def peaks(path: Path, columns: int, seconds: float) -> NDArray[np.float32]:
    """The largest magnitude of the first sound track in each column."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("fltp", layout="mono", rate=8000)
        parts = [out.to_ndarray()[0] for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    sound = np.abs(np.concatenate(parts))
    edges = np.linspace(0, seconds * 8000, columns + 1).astype(int)
    return np.array([sound[a:b].max(initial=0) for a, b in pairwise(edges)], np.float32)


def draw(film: Path, made: Path) -> Image.Image:
    report = json.loads((made / "sample.ad.json").read_text("utf-8"))
    seconds: float = report["film"]["duration_ms"] / 1000
    columns = WIDTH - LEFT - RIGHT

    def x(ms: float) -> int:
        return LEFT + round(ms / 1000 / seconds * columns)

    labels = laid_out(report, x)
    under = 24 * (1 + max(row for *_, row in labels))
    image = Image.new("RGB", (WIDTH, TOP + 3 * (ROW + GAP) + under), "white")
    pen = ImageDraw.Draw(image)

    bottom = TOP + 3 * ROW + 2 * GAP
    for cue in report["cues"]:
        pen.rectangle((x(cue["start_ms"]), TOP - 14, x(cue["end_ms"]), bottom + 8), fill=DIALOGUE)
    rows = [("The film", film, FILM), ("The narrator", made / "sample.narration.flac", VOICE)]
    rows.append(("The mix", made / "sample.ad.m4a", MIX))
    for number, (name, path, colour) in enumerate(rows):
        middle = TOP + number * (ROW + GAP) + ROW // 2
        pen.text((20, middle - 12), name, font=ImageFont.load_default(size=24), fill=INK)
        for column, peak in enumerate(peaks(path, columns, seconds)):
            reach = max(0.6, min(1.0, float(peak) * 2) * ROW / 2)
            pen.line((LEFT + column, middle - reach, LEFT + column, middle + reach), fill=colour)
    for _, start, _, row in labels:
        pen.line((start, TOP + ROW + GAP, start, bottom + 24 + row * 24), fill=VOICE)
    for text, start, left, row in labels:
        top = bottom + 14 + row * 24
        pen.rectangle((max(left, start + 1), top, left + SMALL.getlength(text), top + 20), fill="white")
        pen.text((left, top), text, font=SMALL, fill=INK)
    pen.text((LEFT, 14), "Shaded: dialogue, by the subtitles", font=ImageFont.load_default(size=22), fill=SOFT)
    return image


def laid_out(report: dict[str, Any], x: Callable[[float], int]) -> list[tuple[str, int, int, int]]:
    """Each line that is spoken: its text, where it starts and where its label does, in pixels, and the label's row."""
    labels: list[tuple[str, int, int, int]] = []
    ends: list[int] = []  # of each row
    for segment in (each for each in report["segments"] if each["placed"]):
        start, long = x(segment["placed"]["start_ms"]), round(SMALL.getlength(segment["line"]))
        left = min(start + 4, WIDTH - 10 - long)
        row = next((i for i, end in enumerate(ends) if end + 8 < min(left, start)), len(ends))
        ends[row : row + 1] = [left + long]
        labels.append((segment["line"], start, left, row))
    return labels


if __name__ == "__main__":
    draw(HERE / "sample.mp4", Path(sys.argv[1] if len(sys.argv) > 1 else "demo")).save(
        HERE.parent / "docs" / "sample.png", optimize=True
    )
