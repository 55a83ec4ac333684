"""The film as a picture: rows of equal length, in each the lanes one under the other, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from audiodesc.core.formatting import seconds
from audiodesc.mix.waveform import WIDTH, Waveform, row_ms, step
from audiodesc.report.html.facts import LeftOut, Spoken
from audiodesc.report.html.scale import Tick, Window, ticks
from audiodesc.report.html.shapes import area, bands, bars, boxes
from audiodesc.report.html.wording import signed

DIGIT = 6.5
"""How wide a digit of a line's number is, in units."""
NARROWEST = 1.5
"""No line is drawn thinner, in units."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a lane is in a row, in units from the top."""

    name: str
    top: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height


DIALOGUE = Lane("dialogue", 18, 10)
PAUSES = Lane("pauses", 33, 8)
LINES = Lane("lines", 47, 22)
SOUND = Lane("sound", 75, 56)
GAIN = Lane("gain", 138, 24)
BOX = Lane("", 57, 12)
"""A line's box, the lower part of its lane; above it is its number."""
UNDER = Lane("", 14, 148)
LANES = {"dialogue": DIALOGUE, "pauses": PAUSES, "lines": LINES, "sound": SOUND, "gain": GAIN}


@dataclass(frozen=True, slots=True)
class Mark:
    """A line, spoken or left out, in one row. `first` is false where it began in the row before; `label` is empty
    where there is no room for it."""

    line: Spoken | LeftOut
    x: float
    box: str
    label: str
    first: bool

    @property
    def heard(self) -> bool:
        return isinstance(self.line, Spoken)


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of the film. All but `marks`, `ticks` and the words are SVG path data."""

    number: int
    start_ms: int
    end_ms: int
    width: float
    words: str
    ticks: Sequence[Tick]
    speech: str
    other: str
    pauses: str
    under: str
    mixed: str
    narration: str
    gain: str
    deepest: str
    marks: Sequence[Mark]


def picture(
    content: Mapping[str, Any],
    lines: Sequence[Spoken],
    left_out: Sequence[LeftOut],
    mixed: Waveform,
    narration: Waveform,
) -> list[Row]:
    """The rows of the film's picture; the waveforms are of `bins(duration)`."""
    duration = content["film"]["duration_ms"]
    length = row_ms(duration)
    curve = content.get("gain_curve") or []
    full = max(float(max(mixed.high.max(initial=0), -mixed.low.min(initial=0))), 1e-3)
    deepest = min((db for _, db in curve), default=0.0)
    every = step(duration)
    strokes = WIDTH // every
    rows = []
    for number, start in enumerate(range(0, duration, length), 1):
        window = Window(start, min(start + length, duration), length)
        part = slice((number - 1) * strokes, number * strokes)
        rows.append(
            Row(
                number,
                start,
                window.end_ms,
                window.x(window.end_ms),
                _words(window, content, lines, left_out),
                ticks(window),
                _cues(window, content["cues"], ("speech",)),
                _cues(window, content["cues"], ("sound", "lyrics", "on_screen", "unsure")),
                boxes(window.sides((gap["start_ms"], gap["end_ms"]) for gap in content["gaps"]), PAUSES.top, 8),
                bands(window.sides((line.start_ms, line.end_ms) for line in lines), UNDER.middle),
                bars(mixed.low[part] / full, mixed.high[part] / full, every, SOUND.middle, SOUND.height / 2),
                bars(narration.low[part] / full, narration.high[part] / full, every, SOUND.middle, SOUND.height / 2),
                _gain(window, curve, deepest),
                signed(deepest) if curve else "",
                _marks(window, lines, left_out),
            )
        )
    return rows


def _cues(window: Window, cues: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> str:
    spans = ((cue["start_ms"], cue["end_ms"]) for cue in cues if cue["kind"] in kinds)
    return bands(window.sides(spans), DIALOGUE.middle)


def _gain(window: Window, curve: Sequence[Sequence[float]], deepest: float) -> str:
    """The curve from 0 dB, the lane's top, to the film's deepest place, its bottom."""
    if not curve or not deepest:
        return ""
    times, levels = [ms for ms, _ in curve], [db for _, db in curve]
    within = [ms for ms in times if window.start_ms < ms < window.end_ms]
    seen = [window.start_ms, *within, window.end_ms]
    heights = GAIN.top + np.interp(seen, times, levels, 0.0, 0.0) / deepest * GAIN.height
    return area([(window.x(ms), float(y)) for ms, y in zip(seen, heights, strict=True)], GAIN.top)


def _marks(window: Window, lines: Sequence[Spoken], left_out: Sequence[LeftOut]) -> list[Mark]:
    every: list[Spoken | LeftOut] = [*lines, *left_out]
    shown = [line for line in every if window.shows(line.start_ms, line.end_ms)]
    marks: list[Mark] = []
    free = 0.0
    for line in sorted(shown, key=lambda line: line.start_ms):
        [(left, right)] = window.sides([(line.start_ms, line.end_ms)])
        label = str(line.number) if isinstance(line, Spoken) else "×"
        if left < free:
            label = ""
        else:
            free = left + DIGIT * len(label) + 2
        box = boxes([(left, max(right, left + NARROWEST))], BOX.top, BOX.height)
        marks.append(Mark(line, round(left, 1), box, label, line.start_ms >= window.start_ms))
    return marks


def _words(window: Window, content: Mapping[str, Any], lines: Sequence[Spoken], left_out: Sequence[LeftOut]) -> str:
    """What the row shows, for those who do not see it."""
    said = sum(window.shows(line.start_ms, line.end_ms) for line in lines)
    missed = sum(window.shows(line.start_ms, line.end_ms) for line in left_out)
    pauses = sum(window.shows(gap["start_ms"], gap["end_ms"]) for gap in content["gaps"])
    cues = [(cue["start_ms"], cue["end_ms"]) for cue in content["cues"] if cue["kind"] == "speech"]
    talk = sum(right - left for left, right in window.sides(cues)) * window.length_ms / WIDTH
    return (
        f"Spoken lines: {said}. Lines left out: {missed}. Pauses: {pauses}. "
        f"Seconds of dialogue: {seconds(talk, 0)} of {seconds(window.end_ms - window.start_ms, 0)}."
    )
