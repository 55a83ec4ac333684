"""How well cues match speech, and the shift with which they match best.

The measure is the correlation (phi) of two functions of time, "a cue stands" and "speech is heard", over the film and
what cue time lies outside it: 1 where they are the same, 0 by chance. ffsubsync and alass measure alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Span

Numbers = NDArray[np.float64]
Spans = NDArray[np.float64]
"""Half-open, in ms, in order and apart; shape (n, 2)."""

FARTHEST_MS = 610_000
"""Ten minutes, and a little for where within its cue speech begins."""

STEP_MS = 100
INSIDE = 0.8
"""No shift may leave less than this share of the cue time inside the film."""


@dataclass(frozen=True)
class Speech:
    """When a film of `duration_ms` is heard to speak."""

    spans: Spans
    duration_ms: int

    @cached_property
    def total_ms(self) -> float:
        return total_ms(self.spans)

    def until(self, times: Numbers) -> Numbers:
        """How much speech is heard before each of these times, in ms."""
        done = np.cumsum(self.spans[:, 1] - self.spans[:, 0])
        known = np.column_stack((np.concatenate(([0], done[:-1])), done))
        return np.asarray(np.interp(times, self.spans.ravel(), known.ravel()))

    def within(self, cues: Spans, shifts: Numbers) -> Numbers:
        """How much speech each cue holds at each shift, in ms; shape (cues, shifts)."""
        held: Numbers = self.until(cues[:, 1:] + shifts) - self.until(cues[:, :1] + shifts)
        return held


@dataclass(frozen=True, slots=True)
class Match:
    """Cues from number `border` on are shifted by `late_ms`, the others by `early_ms`; `score` is phi."""

    score: float
    early_ms: float
    late_ms: float
    border: int = 0

    def moved(self, cues: Spans) -> Spans:
        return np.concatenate((cues[: self.border] + self.early_ms, cues[self.border :] + self.late_ms))


def as_array(spans: Iterable[Span]) -> Spans:
    return np.array([(span.start_ms, span.end_ms) for span in spans], np.float64).reshape(-1, 2)


def separated(spans: Iterable[Span], farthest_ms: float) -> Spans:
    """Spans in order, each cut where the next one begins: where they begin is what tells most.

    What lies farther is left out: a wrong time of 900 hours costs no memory.
    """
    ordered = as_array(sorted(spans))
    ordered = np.minimum(ordered[ordered[:, 0] < farthest_ms], farthest_ms)
    ordered[:-1, 1] = np.minimum(ordered[:-1, 1], ordered[1:, 0])
    return ordered[ordered[:, 1] > ordered[:, 0]]


def total_ms(spans: Spans) -> float:
    return float((spans[:, 1] - spans[:, 0]).sum())


def score(cues: Spans, speech: Speech) -> float:
    """Phi of cues as they stand."""
    hit = float(speech.within(cues, np.zeros(1)).sum())
    inside = total_ms(np.clip(cues, 0, speech.duration_ms))
    return float(_phi(np.array(hit), np.array(inside), total_ms(cues), speech))


def _phi(hit_ms: Numbers, inside_ms: Numbers, cue_ms: float, speech: Speech) -> Numbers:
    whole = speech.duration_ms + cue_ms - inside_ms
    spread = cue_ms * np.maximum(0, 1 - cue_ms / whole) * speech.total_ms * (1 - speech.total_ms / whole)
    found = (hit_ms - cue_ms * speech.total_ms / whole) / np.sqrt(np.maximum(spread, 1))
    return np.where(spread > 1, np.minimum(found, 1), 0.0)  # the sides of a break may overlap and hold more than all


def best_shift(cues: Spans, speech: Speech) -> Match:
    """The one shift, to STEP_MS, with which the cues match best; a score of -1 where none keeps them in the film."""
    cue_bins, speech_bins = _binned(cues), _binned(speech.spans)
    film = max(len(speech_bins), speech.duration_ms // STEP_MS + 1)
    far = FARTHEST_MS // STEP_MS
    steps = np.arange(-min(far, len(cue_bins)), min(far, film) + 1)
    hit_ms = _correlated(speech_bins, cue_bins, 1 << (film + len(cue_bins)).bit_length())[steps] * STEP_MS
    before = np.concatenate(([0.0], np.cumsum(cue_bins))) * STEP_MS
    inside_ms = before[np.clip(film - steps, 0, len(cue_bins))] - before[np.clip(-steps, 0, len(cue_bins))]
    scores = _phi(hit_ms, inside_ms, total_ms(cues), speech)
    scores[inside_ms < INSIDE * total_ms(cues)] = -1.0
    best = int(scores.argmax())
    shift_ms = float(steps[best] * STEP_MS)
    return Match(float(scores[best]), shift_ms, shift_ms)


def _correlated(still: Numbers, moved: Numbers, size: int) -> Numbers:
    """For each number of steps that one is moved, the product of the two; backward moves count from the end."""
    return np.fft.irfft(np.fft.rfft(still, size) * np.conj(np.fft.rfft(moved, size)), size)


def _binned(spans: Spans) -> Numbers:
    """The share of each STEP_MS that is covered."""
    edges = np.arange(int(spans[-1, 1] // STEP_MS) + 2, dtype=np.float64) * STEP_MS
    return np.diff(Speech(spans, 0).until(edges)) / STEP_MS


NEAR_MS = 1000
FINE_MS = 10

FLAT = 0.01
"""Shifts at which the cues hold less speech than the best by no more than this share of their time are as good."""

EARLY_MS = 100
LATE_MS = 80
"""Speech is heard so much before it begins, and after its end: medians on clips made of known words
(benchmarks/gaps.py)."""

LEAD_MS = 40
"""Subtitles come in a picture before their speech."""

ONSET_MS = 100
"""How near a cue begins to its speech, as the standard deviation that counts."""


@dataclass(frozen=True, slots=True)
class BestShift:
    """Where cues belong: shifts from `low_ms` to `high_ms` are nearly as good as the best one, `shift_ms`."""

    low_ms: float
    shift_ms: float
    high_ms: float

    def least_move_ms(self, drifts: Numbers) -> float:
        """How far the farthest of cues that a rate moves so far is moved in all, with the shift that moves it least."""
        low, high = float(drifts.min()), float(drifts.max())
        shift = float(np.clip(-(low + high) / 2, self.low_ms, self.high_ms))
        return max(abs(low + shift), abs(high + shift))


def refined(cues: Spans, speech: Speech, shift_ms: float) -> BestShift:
    """A shift near the one given at which most cues begin with speech, of those at which they hold most of it.

    Cues stay after their speech, so that many shifts hold as much; but they begin with it.
    """
    shifts = shift_ms + np.arange(-NEAR_MS, NEAR_MS + 1, FINE_MS, dtype=np.float64)
    spoken = _spoken(speech)
    held = spoken.within(cues, shifts).sum(axis=0)
    good = shifts[_flat_part(held, FLAT * total_ms(cues))]
    onsets = np.concatenate(([-np.inf], spoken.spans[:, 0] - LEAD_MS, [np.inf]))
    starts = cues[:, :1] + good
    place = np.searchsorted(onsets, starts).clip(1, len(onsets) - 1)
    away = np.minimum(starts - onsets[place - 1], onsets[place] - starts)
    best = good[np.exp(-0.5 * (away / ONSET_MS) ** 2).sum(axis=0).argmax()]
    return BestShift(float(good[0]), float(best), float(good[-1]))


def _spoken(speech: Speech) -> Speech:
    """The speech from where it begins to where it ends."""
    spans = speech.spans + np.array((EARLY_MS, -LATE_MS))
    spans[:, 1] = spans.max(axis=1)
    return replace(speech, spans=spans)


def _flat_part(held: Numbers, slack: float) -> slice:
    """The places around the best one where no less than that is held."""
    best = int(held.argmax())
    lacking = np.flatnonzero(held < held[best] - slack)
    left, right = lacking[lacking < best], lacking[lacking > best]
    return slice(int(left[-1]) + 1 if len(left) else 0, int(right[0]) if len(right) else len(held))


DRAWS = 24
LEAST_SPREAD = 0.01

BEGINS_MS = 200
"""How near a cue begins to its speech, as the standard deviation that counts."""

BEGIN = 0.55
BEYOND = 4.0
"""So large a share of right cues, and so many spreads more than by chance, begins with speech. With conversations of
1, 3 and 10 minutes of which half has cues, they begin so by 0.7 and more, and 3.4 spreads; wrong ones by up to 0.52,
and 3.7."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Mean and spread of the scores, as Fisher's z, of the matches that a search finds for cues at random places."""

    mean: float
    spread: float

    def beaten_by(self, score: float) -> float:
        """How many spreads a score is beyond chance, times its square: so strong matches of few cues and weaker ones of
        many count alike, and a weak one of few, which there are many of, does not."""
        return (fisher_z(score) - self.mean) / self.spread * max(0.0, score) ** 2


def chance(cues: Spans, search: Callable[[Spans], Match]) -> Chance:
    """What a search finds for cues of the same lengths in another order, with other pauses; the same ones each time."""
    random = np.random.default_rng(len(cues))
    found = [fisher_z(max(0.0, search(_drawn(cues, random)).score)) for _ in range(DRAWS)]
    return Chance(float(np.mean(found)), max(LEAST_SPREAD, float(np.std(found))))


def starts_match_speech(cues: Spans, speech: Speech) -> bool:
    """Whether the cues stand where people begin to speak, though much that is spoken may have none."""
    random = np.random.default_rng(len(cues))
    found = [onset_share(_drawn(cues, random), speech) for _ in range(4 * DRAWS)]
    least = np.mean(found) + BEYOND * max(LEAST_SPREAD, float(np.std(found)))
    return onset_share(cues, speech) >= max(BEGIN, float(least))


def onset_share(cues: Spans, speech: Speech) -> float:
    """The share of the cues that begin where people begin to speak."""
    onsets = np.concatenate(([-np.inf], speech.spans[:, 0] + EARLY_MS - LEAD_MS, [np.inf]))
    place = np.searchsorted(onsets, cues[:, 0]).clip(1, len(onsets) - 1)
    away = np.minimum(cues[:, 0] - onsets[place - 1], onsets[place] - cues[:, 0])
    return float(np.exp(-0.5 * (away / BEGINS_MS) ** 2).mean())


def fisher_z(score: float) -> float:
    """Fisher's z of a correlation: a step near 1 means more than one near 0."""
    return float(np.arctanh(np.clip(score, -0.999, 0.999)))


def _drawn(cues: Spans, random: np.random.Generator) -> Spans:
    lengths = random.permutation(cues[:, 1] - cues[:, 0])
    pauses = random.exponential(size=len(cues) - 1)
    pauses *= (cues[-1, 1] - cues[0, 0] - lengths.sum()) / pauses.sum()
    starts = cues[0, 0] + np.concatenate(([0.0], np.cumsum(lengths[:-1] + pauses)))
    return np.column_stack((starts, starts + lengths))
