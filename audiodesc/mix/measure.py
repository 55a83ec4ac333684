"""The film's sound as it goes into the mix, and what is measured of it beforehand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from audiodesc.core import cache
from audiodesc.core.concurrency import Worker, ahead
from audiodesc.core.progress import Progress
from audiodesc.media.loudness import STEPS_HZ, Loudness, Meter
from audiodesc.media.sound import length, read_sound
from audiodesc.media.unchanged import of_unchanged
from audiodesc.mix.channels import to_stereo
from audiodesc.mix.momentary import Series, inside, integrated_lufs, series
from audiodesc.model import AudioTrack, Film, Samples, Span

SILENT = Loudness(-math.inf, 0.0, -math.inf, -math.inf)

OWN_RATES = (32_000, 44_100, 48_000, 64_000, 88_200, 96_000)
"""Rates in Hz that a result keeps from the film: AAC knows them, and below the first a narrator loses consonants."""

LISTENING = 3
"""Version of what is measured beforehand."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The sound that is mixed: a film's track (None: silence) in the layout and at the rate of the result."""

    film: Film
    track: AudioTrack | None
    layout: str
    rate_hz: int

    @property
    def samples(self) -> int:
        return length(self.film, self.rate_hz)

    def blocks(self) -> Iterator[Samples]:
        """Blocks of at most a second, exactly as long as the film."""
        if not self.track:
            for start in range(0, self.samples, self.rate_hz):
                yield np.zeros((1, min(self.rate_hz, self.samples - start)), np.float32)
        elif self.layout == self.track.layout:
            yield from read_sound(self.film, self.track, self.rate_hz)
        else:
            matrix = to_stereo(self.track.layout)
            yield from (matrix @ block for block in read_sound(self.film, self.track, self.rate_hz))


def feed(film: Film, track: AudioTrack | None, rate_hz: int | None, downmix: str | None) -> Feed:
    """The film's sound at `rate_hz`, None for its own rate, which is 48 kHz where a result cannot keep it.

    A film without sound is mono. `downmix` is "stereo" or None for the film's own channels.
    """
    own = track.rate_hz if track and track.rate_hz in OWN_RATES else 48_000
    layout = track.layout if track else "mono"
    return Feed(film, track, downmix if track and downmix else layout, rate_hz or own)


@dataclass(frozen=True, slots=True)
class Metered:
    """What was measured of some sound: as a whole, its dialogue alone, and its blocks of momentary loudness."""

    programme: Loudness
    dialogue_lufs: float
    energies: Series


def metered(programme: Loudness, momentary_lufs: Sequence[float], speech: Sequence[Span]) -> Metered:
    """A measurement, given where the dialogue is."""
    energies = series(momentary_lufs)
    return Metered(programme, integrated_lufs(energies[inside(speech, len(energies))]), energies)


def measure(source: Feed, speech: Sequence[Span], store: cache.Store, show: Progress) -> Metered:
    """Measure the film's sound; found again in the store. The dialogue may change without another pass."""
    if source.track is None:
        return metered(SILENT, [-120.0] * (source.film.duration_ms * STEPS_HZ // 1000), ())
    track, made = source.track, (source.layout, source.rate_hz)
    name = cache.key("listen", LISTENING, film=source.film.fingerprint, track=track, made=made)

    def made_anew() -> dict[str, Any]:
        programme, momentary = of_unchanged(source.film, _measured(source, show))
        return {"programme": asdict(programme), "momentary": [round(lufs, 2) for lufs in momentary]}

    programme, momentary = store.made(name, _as_measured, made_anew)
    return metered(programme, momentary, speech)


def _as_measured(kept: Any) -> tuple[Loudness, list[float]]:
    momentary = [_level(lufs) for lufs in kept["momentary"]]
    return Loudness(**{name: _level(value) for name, value in kept["programme"].items()}), momentary


def _level(value: Any) -> float:
    if type(value) not in (int, float) or math.isnan(value):
        raise ValueError(f"{value!r} is no level")
    return float(value)


def _measured(source: Feed, show: Progress) -> tuple[Loudness, tuple[float, ...]]:
    meter, done = Meter(source.layout, source.rate_hz), 0
    with Worker("measure", meter.push) as beside:
        for block in ahead(source.blocks(), 4):
            beside.push(block)
            done += block.shape[1]
            show("listen", done // source.rate_hz, source.film.duration_ms // 1000)
    return meter.result(), meter.momentary_lufs
