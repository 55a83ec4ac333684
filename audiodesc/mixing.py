"""The film's sound and the lines in their places -> a mix that can be played as often as needed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audiodesc.metering import Feed, Metered
from audiodesc.mix.ducking import ducks, ramps
from audiodesc.mix.levels import Target, narrator_db
from audiodesc.mix.mixer import Desk, Levels, Mixed, mix
from audiodesc.mix.momentary import inside, integrated_lufs
from audiodesc.mix.narration import Narration
from audiodesc.mix.planning import Under, mixed, under, voiced
from audiodesc.mix.sound_settings import SoundSettings
from audiodesc.model import Span, Speech
from audiodesc.threads import ahead


@dataclass(frozen=True, slots=True)
class Mix:
    """All that the mix depends on; calling it again gives the same sound again."""

    source: Feed
    spoken: Sequence[Speech]
    lines: tuple[Under, ...]
    desk: Desk
    narrator_db: float
    target: Target
    first_db: float
    bits: int

    @property
    def changed(self) -> Iterator[tuple[int, int]]:
        """(first sample, sample after the last) of the stretches in which film or narration are not as they come in:
        the lines, and the ramps around them."""
        down, up = ramps(self.desk.ducking, self.desk.rate_hz)
        return ((duck.first - down, duck.end + up) for duck in self.desk.ducks)

    def __call__(self, levels: Levels) -> Iterator[Mixed]:
        ceiling_db = levels.ceiling_db - levels.programme_db
        narration = Narration(self.spoken, self.narrator_db, ceiling_db, self.source.rate_hz)
        return mix(ahead(self.source.blocks(), 4), narration, self.desk, levels)


def planned(
    source: Feed, before: Metered, spoken: Sequence[Speech], speech: Sequence[Span], goal: Target, sound: SoundSettings
) -> Mix:
    """How the lines go into the film: levels, ducking, and the gain that the result is expected to need.

    `speech` is the film's dialogue: the narrator stands at its level, and no hold keeps it down.
    """
    rate_hz, ducking = source.rate_hz, sound.ducking
    raised_db = narrator_db(before.dialogue_lufs, before.programme.integrated_lufs)
    beside = under(voiced(spoken, raised_db, rate_hz), before.energies, ducking, rate_hz)
    said = [(span.start_ms * rate_hz // 1000, span.end_ms * rate_hz // 1000) for span in speech]
    places, depths = [(line.first, line.end) for line in beside], [line.depth_db for line in beside]
    down = ducks(places, depths, ducking, rate_hz, said)
    desk = Desk(source.layout, down, ducking, rate_hz, sound.pan)
    beside = [replace(line, depth_db=duck.depth_db) for line, duck in zip(beside, down, strict=True)]
    first_db = _expected_db(before, spoken, raised_db, desk, speech, goal)
    return Mix(source, spoken, tuple(beside), desk, raised_db, goal, first_db, sound.bits)


def _expected_db(
    before: Metered, spoken: Sequence[Speech], raised_db: float, desk: Desk, speech: Sequence[Span], goal: Target
) -> float:
    """The gain that reaches the target if the limiter has nothing to do."""
    if goal.lufs is None:
        return 0.0
    energies = mixed(before.energies, spoken, raised_db, desk.ducks, desk.ducking, desk.rate_hz)
    if goal.gate == "dialogue":
        energies = energies[inside(speech, len(energies))]
    gain = 0.0
    for _ in range(3):  # what the absolute gate leaves out depends on the gain
        level = integrated_lufs(energies * 10 ** (gain / 10))
        gain += goal.lufs - level if math.isfinite(level) else 0.0
    return gain
