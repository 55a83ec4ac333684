"""The streaming pass: the mix goes once through all that writes and measures it, again where it missed its level."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.intervals import runs
from audiodesc.core.progress import Progress
from audiodesc.media.loudness import BLOCK, STEPS_HZ, Meter
from audiodesc.media.sound import RATE_HZ
from audiodesc.mix import Mix
from audiodesc.mix.levels import AAC_MARGIN_DB, Target, gain_to_target_db, in_steps
from audiodesc.mix.measure import Metered, Peaks, Series, Waveform, bins, metered, series
from audiodesc.mix.mixer import Levels
from audiodesc.mix.outputs import Outputs, Sink
from audiodesc.model import Samples, Span

HEARD = 10 ** (-80 / 20)
"""−80 dBFS: quieter is no sound of a narrator."""


class Overlap:
    """Counts, over a narration pushed block by block, the milliseconds that hold sound, and of those the ones
    inside dialogue. `finish` counts an unfinished last millisecond."""

    def __init__(self, dialogue: Sequence[Span], rate_hz: int = RATE_HZ) -> None:
        self._starts = np.array([span.start_ms for span in dialogue], np.int64)
        self._ends = np.array([span.end_ms for span in dialogue], np.int64)
        self._rate_hz = rate_hz
        self._at_ms = 0
        self._rest = np.zeros(0, np.float32)
        self.heard_ms = 0
        self.overlap_ms = 0

    def push(self, narration: Samples) -> None:
        """Take a block, shape (1, samples)."""
        flat = np.concatenate([self._rest, narration[0]])
        whole_ms = (self._sample(self._at_ms) + len(flat)) * 1000 // self._rate_hz - self._at_ms
        size = self._sample(self._at_ms + whole_ms) - self._sample(self._at_ms)
        self._rest = flat[size:]
        self._count(flat[:size], whole_ms)

    def finish(self) -> None:
        """Count what is left."""
        if self._rest.size:
            self._count(self._rest, 1)
        self._rest = self._rest[:0]

    def _sample(self, ms: int) -> int:
        """The first sample of a millisecond."""
        return -(-ms * self._rate_hz // 1000)

    def _count(self, flat: NDArray[np.float32], count: int) -> None:
        first, self._at_ms = self._at_ms, self._at_ms + count
        if not flat.any():
            return
        starts = -(-(first + np.arange(count)) * self._rate_hz // 1000) - self._sample(first)
        heard = np.maximum.reduceat(np.abs(flat), starts) > HEARD
        inside = np.zeros(count, bool)
        near = (self._ends > first) & (self._starts < first + count)
        for start, end in zip(self._starts[near] - first, self._ends[near] - first, strict=True):
            inside[max(0, start) : end] = True
        self.heard_ms += int(heard.sum())
        self.overlap_ms += int((heard & inside).sum())


class Excerpts:
    """Measures a sound that is pushed block by block, but only around `changed`: stretches of it as (first sample,
    sample after the last). `known` are the blocks of momentary loudness of all of it, right outside these.
    """

    def __init__(self, known: Series, changed: Iterable[tuple[int, int]], layout: str, rate_hz: int) -> None:
        self._known, self._at = known, 0
        self._meter = Meter(layout, rate_hz, peaks=False)
        step = rate_hz // STEPS_HZ
        self._wanted, heard = np.zeros(len(known), bool), np.zeros(len(known), bool)
        for first, end in changed:
            begin, stop = max(0, first // step), (end - 1) // step + BLOCK + 1
            self._wanted[begin:stop] = True
            heard[max(0, begin - BLOCK) : stop] = True  # a step more on both sides: the filter remembers
        self._heard = np.flatnonzero(heard)
        self._runs = deque((first * step, end * step) for first, end in runs(heard))

    def push(self, samples: Samples) -> None:
        """Take a block, shape (channels, samples)."""
        start, self._at = self._at, self._at + samples.shape[1]
        while self._runs and self._runs[0][0] < self._at:
            first, end = self._runs[0]
            part = samples[:, max(0, first - start) : end - start]
            if part.shape[1]:
                self._meter.push(part)
            if end > self._at:
                return
            self._runs.popleft()

    def result(self) -> Series:
        """The blocks of the whole sound; ends it."""
        self._meter.result()
        measured = self._known.copy()
        measured[self._heard] = series(self._meter.momentary_lufs)
        return np.where(self._wanted, measured, self._known)


TOO_FAR_LU = 0.2
"""So far from the target, the mix is written again."""

REACHED_LU = 0.3
MOST_MIXES = 3
SQUEEZED_DB = 1.0
"""Where the limiter takes more than this, the mix is measured before it is written: it gets less loud by that."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where narration would be over `dialogue` of any kind, where the film's `speech` is, whose loudness is measured,
    and where `subtitles` of speech stood before the sound changed them."""

    dialogue: Sequence[Span] = ()
    speech: Sequence[Span] = ()
    subtitles: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What one mix came out as: `decoded_peak_db` is the highest of its lossy files, None where there is none, and
    `peaking` says which kind of file that is; `heard_ms` is of narration, `overlap_ms` of it over dialogue,
    `subtitled_ms` under subtitles; `mixed` and `narration` are what the page draws; `spoken` and
    `ducked` are the blocks of momentary loudness of the narrator and of the film under it, as they are written."""

    levels: Levels
    after: Metered
    decoded_peak_db: float | None
    heard_ms: int
    overlap_ms: int
    subtitled_ms: int
    mixed: Waveform
    narration: Waveform
    spoken: Series
    ducked: Series
    peaking: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the result is, from its samples."""

    mix: Mix
    before: Metered
    places: Places
    written: Written

    @property
    def reached(self) -> bool:
        """Whether the result is as loud as it was to be; true where it was to stay as it is."""
        off = _off(self.written.after, self.mix.target)
        return abs(off) <= REACHED_LU

    @property
    def reading_lufs(self) -> float:
        """What is held against the target."""
        return _reading(self.written.after, self.mix.target)


def stream(
    sound: Mix, before: Metered, ceiling_db: float, places: Places, outputs: Outputs, show: Progress
) -> Measured:
    """Mix into the outputs, and measure what is written.

    `ceiling_db` (dBTP) holds for lossy files as they are decoded again: where one comes out above, they are limited
    again by so much more, alone where the track is lossless; a mix that comes out at another loudness is raised again.
    """
    lower_db = ceiling_db - AAC_MARGIN_DB
    levels = Levels(sound.first_db, ceiling_db, lower_db if outputs.has_copy else None)
    if outputs.is_lossy:
        levels = Levels(sound.first_db, lower_db)
    if sound.target.lufs is not None and before.programme.true_peak_db + sound.first_db > ceiling_db + SQUEEZED_DB:
        levels = _at_target(sound, levels, places.speech)
    for _ in range(MOST_MIXES):
        sound = sound.ducked_for(levels)
        written = _pass(sound, before, levels, places, outputs, show)
        better = _better(written, sound.target, ceiling_db)
        if better == levels:
            break
        levels = better
    return Measured(sound, before, places, written)


def _at_target(sound: Mix, levels: Levels, speech: Sequence[Span]) -> Levels:
    """The levels at which the mix is as loud as wanted, measured without writing it."""

    def measured(gain_db: float) -> float:
        meter = Meter(sound.source.layout, sound.source.rate_hz, peaks=False)
        for part in sound(replace(levels, programme_db=gain_db, coded_db=None)):
            if part.track.shape[1]:
                meter.push(part.track)
        return _reading(metered(meter.result(), meter.momentary_lufs, speech), sound.target)

    gain_db = gain_to_target_db(sound.target.lufs or 0.0, levels.programme_db, measured)
    return replace(levels, programme_db=in_steps(gain_db))


def _better(written: Written, goal: Target, ceiling_db: float) -> Levels:
    """The levels for another try; the same where none is needed."""
    levels, off = written.levels, _off(written.after, goal)
    if abs(off) > TOO_FAR_LU:
        levels = replace(levels, programme_db=in_steps(levels.programme_db + off))
    over = -math.inf if written.decoded_peak_db is None else written.decoded_peak_db - ceiling_db
    if over <= 0:
        return levels
    if levels.coded_db is None:
        return replace(levels, ceiling_db=in_steps(levels.ceiling_db - over - 0.1, down=True))
    return replace(levels, coded_db=in_steps(levels.coded_db - over - 0.1, down=True))


def _off(after: Metered, goal: Target) -> float:
    """What is missing to the target, in LU; 0 where there is none, or nothing to be heard."""
    reading = _reading(after, goal)
    return goal.lufs - reading if goal.lufs is not None and math.isfinite(reading) else 0.0


def _reading(after: Metered, goal: Target) -> float:
    return after.dialogue_lufs if goal.gate == "dialogue" else after.programme.integrated_lufs


def _pass(sound: Mix, before: Metered, levels: Levels, places: Places, outputs: Outputs, show: Progress) -> Written:
    # Only the files are coded beside this thread: what is decoded, mixed and measured in many small steps takes as long
    # on several threads, which wait for each other at each step, and more memory.
    source = sound.source
    proof, under = (Overlap(spans, source.rate_hz) for spans in (places.dialogue, places.subtitles))
    whole, done = Meter(source.layout, source.rate_hz), 0
    voice, low = _stems(sound, before, levels)
    mixed, spoken = (Peaks(*bins(source.duration_ms), source.rate_hz) for _ in range(2))
    sinks: list[Sink] = []
    with ExitStack() as stack:
        for sink in outputs.sinks(sound):
            stack.enter_context(sink.file)
            sinks.append(sink)
        for part in sound(levels):
            for sink in sinks:
                if (block := sink.signal(part)) is not None:
                    sink.file.push(block)
            if part.track.shape[1]:
                whole.push(part.track)
            for meter in (voice, proof, under, spoken):
                meter.push(part.narration)
            low.push(part.film)
            mixed.push(part.track)
            done += part.narration.shape[1]
            show("mix", done // source.rate_hz, source.duration_ms // 1000)
    proof.finish()
    under.finish()
    after = metered(whole.result(), whole.momentary_lufs, places.speech)
    decoded = [(sink.file.decoded_peak_db, sink.kind) for sink in sinks if sink.file.decoded_peak_db is not None]
    peak_db, kind = max(decoded, default=(None, ""))
    drawn = mixed.result(), spoken.result()
    overlaps = proof.heard_ms, proof.overlap_ms, under.overlap_ms
    return Written(levels, after, peak_db, *overlaps, *drawn, voice.result(), low.result(), kind)


def _stems(sound: Mix, before: Metered, levels: Levels) -> tuple[Excerpts, Excerpts]:
    """The narration and the ducked film: away from the lines the one is silence, the other the film at its gain."""
    source, film = sound.source, before.energies * 10 ** (levels.programme_db / 10)
    return (
        Excerpts(np.zeros(len(film)), sound.changed, "mono", source.rate_hz),
        Excerpts(film, sound.changed, source.layout, source.rate_hz),
    )
