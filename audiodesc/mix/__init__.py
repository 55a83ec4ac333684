"""The mix: the film's sound and the lines in their places, put together so that it can be played as often as needed.

How deep the film goes down under each line, and how loud the mix will be, is planned here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.provenance import Provenance
from audiodesc.media.loudness import BLOCK, STEPS_HZ, Meter, clip_loudness_lufs
from audiodesc.mix.levels import (
    AAC_MARGIN_DB,
    USUAL_DB,
    Duck,
    Target,
    ducks,
    gain,
    in_steps,
    loudness_profile,
    narrator_db,
    ramps,
)
from audiodesc.mix.measure import Feed, Metered, Series, inside_spans, integrated_lufs, level_lufs, series
from audiodesc.mix.mixer import Levels, Mixed, MixSetup, Narration, clip_at, limited_clip, mix, place_clip
from audiodesc.model import Samples, Span, SpokenLine
from audiodesc.settings import DeliverSettings, Ducking, SoundSettings

FINE_HZ = 100
"""The gain curve is followed in steps of 10 ms."""

HIDDEN_DB = 3.0
"""A true peak stands no further above the highest sample of speech."""


@dataclass(frozen=True, slots=True)
class LineLevel:
    """A line as it will be heard, before the result's gain: `first` and `end` in samples of the mix, and how loud."""

    first: int
    end: int
    level_lufs: float


@dataclass(frozen=True, slots=True)
class LineOverFilm:
    """A line and the film under it, before the result's gain; `film_lufs` before the film is ducked."""

    first: int
    end: int
    level_lufs: float
    film_lufs: float
    depth_db: float

    @property
    def ratio_lu(self) -> float:
        """How far the narrator stands above the ducked film."""
        return self.level_lufs - self.film_lufs - self.depth_db


def line_levels(
    spoken: Sequence[SpokenLine], narrator_db: float, rate_hz: int, ceiling_db: float = math.inf
) -> list[LineLevel]:
    """The lines as they will be heard, in order of time: raised, and their true peaks kept under `ceiling_db`."""
    return sorted(
        (_line_level(speech, narrator_db, rate_hz, ceiling_db) for speech in spoken), key=lambda line: line.first
    )


def _line_level(speech: SpokenLine, narrator_db: float, rate_hz: int, ceiling_db: float) -> LineLevel:
    first, end = place_clip(speech, rate_hz)
    clip = _clip(speech, narrator_db, rate_hz)
    if clip.size and np.abs(clip).max() > 10 ** ((ceiling_db - HIDDEN_DB) / 20):  # else it does nothing
        clip = limited_clip(clip[0], ceiling_db)[None]
    return LineLevel(first, end, clip_loudness_lufs(clip[0], rate_hz))


def _clip(speech: SpokenLine, narrator_db: float, rate_hz: int) -> Samples:
    return clip_at(speech, rate_hz)[None] * np.float32(10 ** (narrator_db / 20))


def film_under(lines: Sequence[LineLevel], film: Series, ducking: Ducking, rate_hz: int) -> list[LineOverFilm]:
    """Each line with the film under it, and how far the film is to go down there."""
    found = []
    for line in lines:
        film_lufs = level_lufs(film, Span(line.first * 1000 // rate_hz, line.end * 1000 // rate_hz))
        found.append(LineOverFilm(line.first, line.end, line.level_lufs, film_lufs, _depth(line, film_lufs, ducking)))
    return found


def _depth(line: LineLevel, film_lufs: float, ducking: Ducking) -> float:
    if isinstance(ducking.depth_db, float | int):
        return ducking.depth_db
    least = 0.0 if ducking.depth_db == "auto" else USUAL_DB
    heard = math.isfinite(film_lufs) and math.isfinite(line.level_lufs)
    needed = line.level_lufs - film_lufs - ducking.ratio_lu if heard else 0.0
    return max(ducking.cap_db, min(least, needed))


def expected_energies(
    film: Series,
    spoken: Sequence[SpokenLine],
    narrator_db: float,
    ducks: Sequence[Duck],
    ducking: Ducking,
    rate_hz: int,
) -> Series:
    """The blocks of the mix, before the limiter."""
    total = film * _ducked(len(film), ducks, ducking, rate_hz)
    for speech in spoken:
        step, energies = _energies(speech, narrator_db, rate_hz)
        size = min(len(energies), len(total) - step)
        if size > 0:
            total[step : step + size] += energies[:size]
    return total


def _energies(speech: SpokenLine, narrator_db: float, rate_hz: int) -> tuple[int, Series]:
    """A line's blocks in silence, and the step at which the first of them ends.

    The meter's first blocks, which it does not give, are those of the silence before.
    """
    per_step = rate_hz // STEPS_HZ
    step, before = divmod(place_clip(speech, rate_hz)[0], per_step)
    clip = _clip(speech, narrator_db, rate_hz)
    meter = Meter("mono", rate_hz, peaks=False)
    meter.push(np.pad(clip, ((0, 0), ((BLOCK - 1) * per_step + before, BLOCK * per_step))))
    meter.result()
    return step, series(meter.momentary_lufs)[BLOCK - 1 :]


def _ducked(count: int, ducks: Sequence[Duck], ducking: Ducking, rate_hz: int) -> NDArray[np.float64]:
    """The mean power that the gain curve leaves of each block."""
    fine = FINE_HZ // STEPS_HZ
    low = [Duck(duck.first * FINE_HZ // rate_hz, duck.end * FINE_HZ // rate_hz, duck.depth_db) for duck in ducks]
    curve = gain(0, count * fine, low, ducking, FINE_HZ)
    if curve is None:
        return np.ones(count)
    power = np.concatenate([np.ones((BLOCK - 1) * fine), np.square(curve, dtype=float)])
    blocks = np.lib.stride_tricks.sliding_window_view(power, BLOCK * fine)[::fine]
    return np.asarray(blocks.mean(axis=1))


@dataclass(frozen=True, slots=True)
class Mix:
    """All that the mix depends on; calling it again gives the same sound again.

    `ceiling_db` is what the narrator's peaks were to be kept under when the ducks were laid.
    """

    source: Feed
    before: Metered
    spoken: tuple[SpokenLine, ...]
    speech: tuple[Span, ...]
    lines: tuple[LineOverFilm, ...]
    setup: MixSetup
    narrator_db: float
    target: Target
    first_db: float
    bits: int
    language: str = ""
    provenance: Provenance | None = None
    ceiling_db: float = math.nan

    @property
    def changed(self) -> Iterator[tuple[int, int]]:
        """(first sample, sample after the last) of the stretches in which film or narration are not as they come in:
        the lines, and the ramps around them."""
        down, up = ramps(self.setup.ducking, self.setup.rate_hz)
        return ((duck.first - down, duck.end + up) for duck in self.setup.ducks)

    def __call__(self, levels: Levels) -> Iterator[Mixed]:
        narration = Narration(self.spoken, self.narrator_db, _ceiling_db(levels), self.source.rate_hz)
        return mix(self.source.blocks(), narration, self.setup, levels)

    def ducked_for(self, levels: Levels) -> Mix:
        """The same with the film as far down as its ducking asks: a narrator whose peaks are kept under the ceiling of
        these levels is less loud than planned."""
        ceiling_db = _ceiling_db(levels)
        if ceiling_db == self.ceiling_db:
            return self
        rate_hz, ducking = self.source.rate_hz, self.setup.ducking
        lines = line_levels(self.spoken, self.narrator_db, rate_hz, ceiling_db)
        beside = film_under(lines, self.before.energies, ducking, rate_hz)
        dialogue = [(span.start_ms * rate_hz // 1000, span.end_ms * rate_hz // 1000) for span in self.speech]
        places, depths = [(line.first, line.end) for line in beside], [line.depth_db for line in beside]
        down = ducks(places, depths, ducking, rate_hz, dialogue)
        placed = tuple(replace(line, depth_db=duck.depth_db) for line, duck in zip(beside, down, strict=True))
        return replace(self, lines=placed, setup=replace(self.setup, ducks=down), ceiling_db=ceiling_db)


def _ceiling_db(levels: Levels) -> float:
    """What the narrator's peaks are kept under, before the result is raised."""
    return levels.ceiling_db - levels.programme_db


def expected_lufs(mix: Mix) -> float:
    """How loud the mix will be, known before it is made to within about 0.5 LU: its target or, where it has none, what
    comes of its parts; −inf for silence."""
    if mix.target.lufs is not None:
        return mix.target.lufs
    film, setup = mix.before.energies, mix.setup
    total = film * _ducked(len(film), setup.ducks, setup.ducking, setup.rate_hz)
    for line in mix.lines:
        first, after = (round(at * STEPS_HZ / setup.rate_hz) for at in (line.first, line.end))
        total[first + BLOCK // 2 : after + BLOCK // 2] += 10 ** (line.level_lufs / 10)
    return integrated_lufs(total * 10 ** (mix.first_db / 10))


def plan_mix(
    source: Feed,
    before: Metered,
    spoken: Sequence[SpokenLine],
    speech: Sequence[Span],
    goal: Target,
    sound: SoundSettings,
    deliver: DeliverSettings,
) -> Mix:
    """How the lines go into the film: levels, ducking, and the gain that the result is expected to need.

    `speech` is the film's dialogue: the narrator stands at its level, and no hold keeps it down.
    """
    raised_db = narrator_db(before.dialogue_lufs, before.programme.integrated_lufs)
    setup = MixSetup(source.layout, (), sound.ducking, source.rate_hz, sound.pan)
    laid = Mix(source, before, tuple(spoken), tuple(speech), (), setup, raised_db, goal, 0.0, deliver.bits)
    ceiling_db = loudness_profile(sound.loudness).ceiling_db - (AAC_MARGIN_DB if deliver.track == "m4a" else 0.0)
    laid = laid.ducked_for(Levels(0.0, ceiling_db))
    return replace(laid, first_db=_expected_db(before, spoken, raised_db, laid.setup, speech, goal))


def _expected_db(
    before: Metered,
    spoken: Sequence[SpokenLine],
    raised_db: float,
    setup: MixSetup,
    speech: Sequence[Span],
    goal: Target,
) -> float:
    """The gain that reaches the target if the limiter has nothing to do, in steps."""
    if goal.lufs is None:
        return 0.0
    energies = expected_energies(before.energies, spoken, raised_db, setup.ducks, setup.ducking, setup.rate_hz)
    if goal.gate == "dialogue":
        energies = energies[inside_spans(speech, len(energies))]
    gain = 0.0
    for _ in range(3):  # what the absolute gate leaves out depends on the gain
        level = integrated_lufs(energies * 10 ** (gain / 10))
        gain += goal.lufs - level if math.isfinite(level) else 0.0
    return in_steps(gain)
