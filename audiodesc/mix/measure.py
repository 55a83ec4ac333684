"""Loudness of the film's sound as it goes into the mix, and its waveform.

Ten numbers a second stand for a sound: the blocks that ITU-R BS.1770 gates, 400 ms long and 100 ms apart. Their
energies add up where two uncorrelated sounds are mixed, and follow a gain: the loudness of a mix is known before it is
made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.core import cache
from audiodesc.core.concurrency import Worker
from audiodesc.core.progress import Progress
from audiodesc.media.loudness import BLOCK, SILENCE_LUFS, STEPS_HZ, Loudness, Meter
from audiodesc.media.opening import of_unchanged
from audiodesc.media.sound import RATE_HZ, length, read_sound
from audiodesc.media.stopping import SoundStop, stopped_sound
from audiodesc.mix.mixer import to_stereo
from audiodesc.model import AudioTrack, Film, Samples, Span
from audiodesc.settings import StopSound

Series = NDArray[np.float64]
"""Energies (linear, 1 is 0 LUFS) of the blocks that end at 0.1 s, 0.2 s …"""

GATE_LU = 10.0
"""BS.1770's relative gate: so far below the mean, a block does not count."""


def series(momentary_lufs: Sequence[float]) -> Series:
    """Energies of what a meter measured."""
    return np.asarray(10.0 ** (np.asarray(momentary_lufs, float) / 10))


def lufs(energy: float) -> float:
    """An energy as loudness; −inf for silence."""
    level = 10 * math.log10(energy) if energy > 0 else -math.inf
    return level if level > SILENCE_LUFS else -math.inf


def integrated_lufs(energies: Series) -> float:
    """The gated loudness (BS.1770-5) of these blocks; −inf for silence."""
    loud = energies[energies > 10 ** (SILENCE_LUFS / 10)]
    if not loud.size:
        return -math.inf
    gated = loud[loud > loud.mean() * 10 ** (-GATE_LU / 10)]
    return lufs(float(gated.mean()))


def inside_spans(spans: Iterable[Span], count: int) -> NDArray[np.bool_]:
    """Which of `count` blocks lie in one of the spans, wholly; of a span that has none, the block at its middle."""
    chosen = np.zeros(count, bool)
    for span in spans:
        first = -(-span.start_ms * STEPS_HZ // 1000) + BLOCK - 1
        after = span.end_ms * STEPS_HZ // 1000
        if first < after:
            chosen[first:after] = True
        elif count and span.duration_ms:
            middle = (span.start_ms + span.end_ms) * STEPS_HZ // 2000
            chosen[min(count - 1, middle + BLOCK // 2 - 1)] = True
    return chosen


def level_lufs(energies: Series, span: Span) -> float:
    """The loudness of one span, without a gate, its ends to the nearest step; −inf for silence.

    The mean of all blocks in it would hardly count its ends. Blocks side by side count all of it alike, and where its
    length is no multiple of theirs, those from its beginning fade into those from its end.
    """
    first, after = (round(ms * STEPS_HZ / 1000) for ms in (span.start_ms, span.end_ms))
    if after - first < BLOCK:
        chosen = energies[inside_spans([span], len(energies))]
        return lufs(float(chosen.mean())) if chosen.size else -math.inf
    apart = np.arange((after - first) // BLOCK)
    ends = np.concatenate([first + BLOCK - 1 + BLOCK * apart, after - 1 - BLOCK * apart])
    weights = np.tile(len(apart) - apart, 2)[ends < len(energies)]
    chosen = energies[ends[ends < len(energies)]]
    return lufs(float(np.average(chosen, weights=weights))) if chosen.size else -math.inf


SILENT = Loudness(-math.inf, 0.0, -math.inf, -math.inf)

OWN_RATES = (32_000, 44_100, 48_000, 64_000, 88_200, 96_000)
"""Rates in Hz that a result keeps from the film: AAC knows them, and below the first a narrator loses consonants."""

LISTENING = 3
"""Version of what is measured beforehand."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The sound that is mixed: a film's track (None: silence) in the layout and at the rate of the result, with the
    film's `stops` in it, in which it is continued by `fill`. What lies before `skipped_ms` is left out: `film` then
    lasts as long as the part that is mixed."""

    film: Film
    track: AudioTrack | None
    layout: str
    rate_hz: int
    stops: tuple[SoundStop, ...] = ()
    fill: StopSound = "silence"
    skipped_ms: int = 0

    @property
    def samples(self) -> int:
        return length(self.film, self.rate_hz) + sum(stop.count for stop in self.stops)

    @property
    def duration_ms(self) -> int:
        """How long it lasts, its stops with it."""
        return self.samples * 1000 // self.rate_hz if self.stops else self.film.duration_ms

    def blocks(self) -> Iterator[Samples]:
        """Blocks of at most a second, exactly as long as the film with its stops."""
        if self.skipped_ms:
            whole = replace(self.film, duration_ms=self.skipped_ms + self.film.duration_ms)
            left = self.skipped_ms * self.rate_hz // 1000
            return _behind(replace(self, film=whole, skipped_ms=0).blocks(), left, self.samples)
        own = self._own_blocks()
        return stopped_sound(own, self.stops, self.rate_hz, self.fill) if self.stops else own

    def _own_blocks(self) -> Iterator[Samples]:
        if not self.track:
            samples = length(self.film, self.rate_hz)
            for start in range(0, samples, self.rate_hz):
                yield np.zeros((1, min(self.rate_hz, samples - start)), np.float32)
        elif self.layout == self.track.layout:
            yield from read_sound(self.film, self.track, self.rate_hz)
        else:
            matrix = to_stereo(self.track.layout)
            yield from (matrix @ block for block in read_sound(self.film, self.track, self.rate_hz))


def _behind(blocks: Iterator[Samples], left: int, count: int) -> Iterator[Samples]:
    """`count` samples of a sound behind the first that are `left` out."""
    for block in blocks:
        kept = block[:, left : left + count]
        left, count = max(0, left - block.shape[1]), count - kept.shape[1]
        if kept.shape[1]:
            yield kept
        if not count:
            return


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
    return Metered(programme, integrated_lufs(energies[inside_spans(speech, len(energies))]), energies)


def measure(source: Feed, speech: Sequence[Span], store: cache.Store, show: Progress) -> Metered:
    """Measure the film's sound; found again in the store. The dialogue may change without another pass."""
    if source.track is None:
        return metered(SILENT, [-120.0] * (source.duration_ms * STEPS_HZ // 1000), ())
    track, made = source.track, (source.layout, source.rate_hz)
    more = {"stops": source.stops, "fill": source.fill} if source.stops else {}
    name = cache.key("listen", LISTENING, film=source.film.fingerprint, track=track, made=made, **more)

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
        for block in source.blocks():
            beside.push(block)
            done += block.shape[1]
            show("listen", done // source.rate_hz, source.duration_ms // 1000)
    return meter.result(), meter.momentary_lufs


WIDTH = 1000
FINE_ROWS = 12
"""Up to so many rows the waveform is drawn finely."""
ROWS = ((30_000, 12), (60_000, 12), (120_000, 12), (300_000, 24), (600_000, 24), (1_800_000, 24), (3_600_000, 24))
"""How long a row may be, in ms, and the most rows of that length."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """The lowest and the highest sample, over all channels, of each stretch of `bin_us` microseconds; full scale ±1."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    bin_us: int


def row_ms(duration_ms: int) -> int:
    """How long a row is: the shortest of `ROWS` that is enough; a film that is shorter still is one row, in whole
    seconds."""
    length = next((length for length, most in ROWS if length * most >= duration_ms), ROWS[-1][0])
    return min(length, -(-duration_ms // 1000) * 1000)


def bins(duration_ms: int) -> tuple[int, int]:
    """How many stretches the picture's waveform has, and how long each is, in µs."""
    length, strokes = row_ms(duration_ms), WIDTH // step(duration_ms)
    return -(-duration_ms * strokes // length), length * 1000 // strokes


def step(duration_ms: int) -> int:
    """Units from one stroke of the waveform to the next."""
    return 1 if duration_ms <= FINE_ROWS * row_ms(duration_ms) else 2


class Peaks:
    """The lowest and the highest sample of each of `bins` stretches of `bin_us` microseconds.

    Memory is two numbers a bin, however long the sound is. What comes after the last bin is left out.
    """

    def __init__(self, bins: int, bin_us: int, rate_hz: int = RATE_HZ) -> None:
        self._bin_us = bin_us
        self._scaled = bin_us * rate_hz  # samples in a bin, times a million
        self._low = np.zeros(bins, np.float32)
        self._high = np.zeros(bins, np.float32)
        self._at = 0

    def push(self, samples: Samples) -> None:
        """Add a block, shape (channels, samples)."""
        start, self._at = self._at, self._at + samples.shape[1]
        bins = np.arange(self._bin(start), min(self._bin(self._at - 1) + 1, len(self._low)))
        if not bins.size or not samples.shape[1]:
            return
        firsts = np.maximum(-(-bins * self._scaled // 1_000_000) - start, 0)
        within = slice(bins[0], bins[-1] + 1)
        low = np.minimum.reduceat(samples, firsts, axis=1).min(axis=0)
        high = np.maximum.reduceat(samples, firsts, axis=1).max(axis=0)
        np.minimum(self._low[within], low, out=self._low[within])
        np.maximum(self._high[within], high, out=self._high[within])

    def result(self) -> Waveform:
        """What was collected so far."""
        return Waveform(self._low.copy(), self._high.copy(), self._bin_us)

    def _bin(self, sample: int) -> int:
        return sample * 1_000_000 // self._scaled
