"""The film's sound and the lines in their places -> a mix that can be played as often as needed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from audiodesc.core.concurrency import ahead
from audiodesc.mix.ducking import ducks, ramps
from audiodesc.mix.levels import AAC_MARGIN_DB, Target, loudness_profile, narrator_db
from audiodesc.mix.measure import Feed, Metered
from audiodesc.mix.mixer import Desk, Levels, Mixed, mix
from audiodesc.mix.momentary import inside, integrated_lufs
from audiodesc.mix.narration import Narration
from audiodesc.mix.planning import Under, mixed, under, voiced
from audiodesc.mix.sound_settings import SoundSettings
from audiodesc.model import Span, SpokenLine


@dataclass(frozen=True, slots=True)
class Mix:
    """All that the mix depends on; calling it again gives the same sound again.

    `ceiling_db` is what the narrator's peaks were to be kept under when the ducks were laid.
    """

    source: Feed
    before: Metered
    spoken: tuple[SpokenLine, ...]
    speech: tuple[Span, ...]
    lines: tuple[Under, ...]
    desk: Desk
    narrator_db: float
    target: Target
    first_db: float
    bits: int
    language: str = ""
    ceiling_db: float = math.nan

    @property
    def changed(self) -> Iterator[tuple[int, int]]:
        """(first sample, sample after the last) of the stretches in which film or narration are not as they come in:
        the lines, and the ramps around them."""
        down, up = ramps(self.desk.ducking, self.desk.rate_hz)
        return ((duck.first - down, duck.end + up) for duck in self.desk.ducks)

    def __call__(self, levels: Levels) -> Iterator[Mixed]:
        narration = Narration(self.spoken, self.narrator_db, _ceiling_db(levels), self.source.rate_hz)
        return mix(ahead(self.source.blocks(), 4), narration, self.desk, levels)

    def heard_at(self, levels: Levels) -> Mix:
        """The same with the film as far down as its ducking asks: a narrator whose peaks are kept under the ceiling of
        these levels is less loud than planned."""
        ceiling_db = _ceiling_db(levels)
        if ceiling_db == self.ceiling_db:
            return self
        rate_hz, ducking = self.source.rate_hz, self.desk.ducking
        lines = voiced(self.spoken, self.narrator_db, rate_hz, ceiling_db)
        beside = under(lines, self.before.energies, ducking, rate_hz)
        said = [(span.start_ms * rate_hz // 1000, span.end_ms * rate_hz // 1000) for span in self.speech]
        places, depths = [(line.first, line.end) for line in beside], [line.depth_db for line in beside]
        down = ducks(places, depths, ducking, rate_hz, said)
        told = tuple(replace(line, depth_db=duck.depth_db) for line, duck in zip(beside, down, strict=True))
        return replace(self, lines=told, desk=replace(self.desk, ducks=down), ceiling_db=ceiling_db)


def _ceiling_db(levels: Levels) -> float:
    """What the narrator's peaks are kept under, before the result is raised."""
    return levels.ceiling_db - levels.programme_db


def planned(
    source: Feed,
    before: Metered,
    spoken: Sequence[SpokenLine],
    speech: Sequence[Span],
    goal: Target,
    sound: SoundSettings,
) -> Mix:
    """How the lines go into the film: levels, ducking, and the gain that the result is expected to need.

    `speech` is the film's dialogue: the narrator stands at its level, and no hold keeps it down.
    """
    raised_db = narrator_db(before.dialogue_lufs, before.programme.integrated_lufs)
    desk = Desk(source.layout, (), sound.ducking, source.rate_hz, sound.pan)
    lies = Mix(source, before, tuple(spoken), tuple(speech), (), desk, raised_db, goal, 0.0, sound.bits)
    ceiling_db = loudness_profile(sound.loudness).ceiling_db - (AAC_MARGIN_DB if sound.track == "m4a" else 0.0)
    lies = lies.heard_at(Levels(0.0, ceiling_db))
    return replace(lies, first_db=_expected_db(before, spoken, raised_db, lies.desk, speech, goal))


def _expected_db(
    before: Metered, spoken: Sequence[SpokenLine], raised_db: float, desk: Desk, speech: Sequence[Span], goal: Target
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
