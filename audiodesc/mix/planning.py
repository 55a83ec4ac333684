"""Before anything is mixed: how deep the film goes down under each line, and how loud the mix will be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.media.loudness import STEPS_HZ, Meter
from audiodesc.mix.ducking import USUAL_DB, Duck, Ducking, gain
from audiodesc.mix.momentary import BLOCK, Series, level_lufs, series
from audiodesc.mix.narration import clip_at, limited, place
from audiodesc.model import Samples, Span, SpokenLine

FINE_HZ = 100
"""The gain curve is followed in steps of 10 ms."""

HIDDEN_DB = 3.0
"""A true peak stands no further above the highest sample of speech."""


@dataclass(frozen=True, slots=True)
class Voiced:
    """A line as it will be heard, before the result's gain: `first` and `end` in samples of the mix, and how loud."""

    first: int
    end: int
    level_lufs: float


@dataclass(frozen=True, slots=True)
class Under:
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


def voiced(
    spoken: Sequence[SpokenLine], narrator_db: float, rate_hz: int, ceiling_db: float = math.inf
) -> list[Voiced]:
    """The lines as they will be heard, in order of time: raised, and their true peaks kept under `ceiling_db`."""
    return sorted((_voiced(speech, narrator_db, rate_hz, ceiling_db) for speech in spoken), key=lambda line: line.first)


def _voiced(speech: SpokenLine, narrator_db: float, rate_hz: int, ceiling_db: float) -> Voiced:
    first, end = place(speech, rate_hz)
    clip = _clip(speech, narrator_db, rate_hz)
    if clip.size and np.abs(clip).max() > 10 ** ((ceiling_db - HIDDEN_DB) / 20):  # else it does nothing
        clip = limited(clip[0], ceiling_db)[None]
    return Voiced(first, end, _level(clip, rate_hz))


def _clip(speech: SpokenLine, narrator_db: float, rate_hz: int) -> Samples:
    return clip_at(speech, rate_hz)[None] * np.float32(10 ** (narrator_db / 20))


def _level(clip: Samples, rate_hz: int) -> float:
    """A clip shorter than the blocks of BS.1770 is as loud as if it went on; of a longer one whole steps count."""
    block, step = BLOCK * rate_hz // STEPS_HZ, rate_hz // STEPS_HZ
    if 0 < clip.shape[1] < block:
        clip = np.tile(clip, -(-block // clip.shape[1]) + 1)
    meter = Meter("mono", rate_hz, peaks=False)
    meter.push(clip[:, : clip.shape[1] // step * step])
    return meter.result().integrated_lufs


def under(lines: Sequence[Voiced], film: Series, ducking: Ducking, rate_hz: int) -> list[Under]:
    """Each line with the film under it, and how far the film is to go down there."""
    found = []
    for line in lines:
        film_lufs = level_lufs(film, Span(line.first * 1000 // rate_hz, line.end * 1000 // rate_hz))
        found.append(Under(line.first, line.end, line.level_lufs, film_lufs, _depth(line, film_lufs, ducking)))
    return found


def _depth(line: Voiced, film_lufs: float, ducking: Ducking) -> float:
    if isinstance(ducking.depth_db, float | int):
        return ducking.depth_db
    least = 0.0 if ducking.depth_db is None else USUAL_DB
    heard = math.isfinite(film_lufs) and math.isfinite(line.level_lufs)
    needed = line.level_lufs - film_lufs - ducking.ratio_lu if heard else 0.0
    return max(ducking.cap_db, min(least, needed))


def mixed(
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

    The meter's first blocks, which it does not give, are reckoned with the silence before.
    """
    per_step = rate_hz // STEPS_HZ
    step, before = divmod(place(speech, rate_hz)[0], per_step)
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
