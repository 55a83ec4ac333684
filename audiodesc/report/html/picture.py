"""The film as a picture: rows of equal length, in each the strips one under the other, as SVG.

A row is 1000 units wide, whatever time it spans. The waveform has a stroke in each unit or, so that the page of a long
film stays small, in every second one. Numbers in paths are rounded to a tenth of a unit: there are tens of thousands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.formatting import clock, seconds, signed
from audiodesc.mix.measure import WIDTH, Waveform, row_ms, step
from audiodesc.model import CueKind, Span
from audiodesc.report.html.facts import LeftOut, Spoken
from audiodesc.report.model import Report, ReportCue

DIGIT = 6.5
"""How wide a digit of a line's number is, in units."""
NARROWEST = 1.5
"""No line is drawn thinner, in units."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Where a strip is in a row, in units from the top."""

    name: str
    top: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height


DIALOGUE = Strip("dialogue", 18, 10)
PAUSES = Strip("pauses", 33, 8)
LINES = Strip("lines", 47, 22)
SOUND = Strip("sound", 75, 56)
GAIN = Strip("gain", 138, 24)
BOX = Strip("", 57, 12)
"""A line's box, the lower part of its strip; above it is its number."""
UNDER = Strip("", 14, 148)
STRIPS = {"dialogue": DIALOGUE, "pauses": PAUSES, "lines": LINES, "sound": SOUND, "gain": GAIN}


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
    def is_spoken(self) -> bool:
        return isinstance(self.line, Spoken)


@dataclass(frozen=True, slots=True)
class PictureRow:
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
    report: Report,
    lines: Sequence[Spoken],
    left_out: Sequence[LeftOut],
    mixed: Waveform,
    narration: Waveform,
) -> list[PictureRow]:
    """The rows of the film's picture, or of a part's; the waveforms are of `bins(duration)` of that."""
    whole = report.part or Span(0, report.film.duration_ms)
    length = row_ms(whole.duration_ms)
    curve = report.gain_curve or ()
    full = max(float(max(mixed.high.max(initial=0), -mixed.low.min(initial=0))), 1e-3)
    deepest = min((db for _, db in curve), default=0.0)
    every = step(whole.duration_ms)
    strokes = WIDTH // every
    rows = []
    for number, start in enumerate(range(whole.start_ms, whole.end_ms, length), 1):
        window = Window(start, min(start + length, whole.end_ms), length)
        part = slice((number - 1) * strokes, number * strokes)
        rows.append(
            PictureRow(
                number,
                start,
                window.end_ms,
                window.x(window.end_ms),
                _words(window, report, lines, left_out),
                ticks(window),
                _cues(window, report.cues, ("speech",)),
                _cues(window, report.cues, ("sound", "lyrics", "on_screen", "unsure")),
                track_boxes(window.sides((gap.start_ms, gap.end_ms) for gap in report.gaps), PAUSES.top, 8),
                bands(window.sides((line.start_ms, line.end_ms) for line in lines), UNDER.middle),
                bars(mixed.low[part] / full, mixed.high[part] / full, every, SOUND.middle, SOUND.height / 2),
                bars(narration.low[part] / full, narration.high[part] / full, every, SOUND.middle, SOUND.height / 2),
                _gain(window, curve, deepest),
                signed(deepest) if curve else "",
                _marks(window, lines, left_out),
            )
        )
    return rows


def _cues(window: Window, cues: Sequence[ReportCue], kinds: Sequence[CueKind]) -> str:
    spans = ((cue.start_ms, cue.end_ms) for cue in cues if cue.kind in kinds)
    return bands(window.sides(spans), DIALOGUE.middle)


def _gain(window: Window, curve: Sequence[Sequence[float]], deepest: float) -> str:
    """The curve from 0 dB, the strip's top, to the film's deepest place, its bottom."""
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
        box = track_boxes([(left, max(right, left + NARROWEST))], BOX.top, BOX.height)
        marks.append(Mark(line, round(left, 1), box, label, line.start_ms >= window.start_ms))
    return marks


def _words(window: Window, report: Report, lines: Sequence[Spoken], left_out: Sequence[LeftOut]) -> str:
    """What the row shows, for those who do not see it."""
    said = sum(window.shows(line.start_ms, line.end_ms) for line in lines)
    missed = sum(window.shows(line.start_ms, line.end_ms) for line in left_out)
    pauses = sum(window.shows(gap.start_ms, gap.end_ms) for gap in report.gaps)
    cues = [(cue.start_ms, cue.end_ms) for cue in report.cues if cue.kind == "speech"]
    talk = sum(right - left for left, right in window.sides(cues)) * window.length_ms / WIDTH
    return (
        f"Spoken lines: {said}. Lines left out: {missed}. Pauses: {pauses}. "
        f"Seconds of dialogue: {seconds(talk, 0)} of {seconds(window.end_ms - window.start_ms, 0)}."
    )


TICKS_MS = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 180_000, 360_000)
MOST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Tick:
    """A time on the scale."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a row shows; a full row spans `length_ms`."""

    start_ms: int
    end_ms: int
    length_ms: int

    def x(self, ms: float) -> float:
        """Where a time is, in units from the left."""
        return (ms - self.start_ms) * WIDTH / self.length_ms

    def shows(self, start_ms: float, end_ms: float) -> bool:
        return start_ms < self.end_ms and end_ms > self.start_ms

    def sides(self, spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Left and right of what is seen of each span."""
        return [
            (self.x(max(start, self.start_ms)), self.x(min(end, self.end_ms)))
            for start, end in spans
            if self.shows(start, end)
        ]


def ticks(window: Window) -> list[Tick]:
    """Round times, at most ten in a row."""
    apart = next((ms for ms in TICKS_MS if ms * MOST_TICKS >= window.length_ms), TICKS_MS[-1])
    times = range(-(-window.start_ms // apart) * apart, window.end_ms, apart)
    return [Tick(round(window.x(ms), 1), clock(ms)) for ms in times]


def number(value: float) -> str:
    """At most one decimal."""
    return f"{round(value, 1):g}" if abs(value) < 1e5 else str(round(value))


def track_boxes(sides: Iterable[tuple[float, float]], top: float, height: float) -> str:
    """Boxes of one height, each from left to right."""
    return "".join(
        f"M{number(left)} {number(top)}h{number(right - left)}v{number(height)}h{number(left - right)}z"
        for left, right in sides
    )


def bands(sides: Iterable[tuple[float, float]], middle: float) -> str:
    """Level lines, to be drawn with a wide stroke: half as long as boxes."""
    return "".join(f"M{number(left)} {number(middle)}h{number(right - left)}" for left, right in sides)


def bars(low: NDArray[np.float32], high: NDArray[np.float32], step: int, middle: float, half: float) -> str:
    """An upright stroke in the middle of every `step` units, from `low` to `high` (±1 reaching `half` units from
    `middle`), in whole units; none where that is nothing. Each move is from the end of the stroke before."""
    tops = np.rint(middle - high * half).astype(int)
    bottoms = np.rint(middle - low * half).astype(int)
    path = []
    x, y = 0.0, 0
    for i in np.nonzero(bottoms > tops)[0]:
        at = (int(i) + 0.5) * step
        path.append(f"m{number(at - x)}{_joined(tops[i] - y)}v{bottoms[i] - tops[i]}")
        x, y = at, bottoms[i]
    return "".join(path)


def _joined(value: int) -> str:
    """A minus sign parts two numbers as a space does."""
    return f"{value}" if value < 0 else f" {value}"


def area(points: Sequence[tuple[float, float]], base: float) -> str:
    """What lies between a line through the points and the height `base`."""
    if not points:
        return ""
    line = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{number(points[0][0])} {number(base)}L{line}L{number(points[-1][0])} {number(base)}"
