"""How well cues match speech, and the shift with which they match best.

The measure is the correlation (phi) of two functions of time, "a cue stands" and "speech is heard", over the film and
what cue time lies outside it: 1 where they are the same, 0 by chance. ffsubsync and alass measure alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
        return lasting(self.spans)

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


def apart(spans: Iterable[Span], farthest_ms: float) -> Spans:
    """Spans in order, each cut where the next one begins: where they begin is what tells most.

    What lies farther is left out: a wrong time of 900 hours costs no memory.
    """
    ordered = as_array(sorted(spans))
    ordered = np.minimum(ordered[ordered[:, 0] < farthest_ms], farthest_ms)
    ordered[:-1, 1] = np.minimum(ordered[:-1, 1], ordered[1:, 0])
    return ordered[ordered[:, 1] > ordered[:, 0]]


def lasting(spans: Spans) -> float:
    return float((spans[:, 1] - spans[:, 0]).sum())


def score(cues: Spans, speech: Speech) -> float:
    """Phi of cues as they stand."""
    hit = float(speech.within(cues, np.zeros(1)).sum())
    inside = lasting(np.clip(cues, 0, speech.duration_ms))
    return float(_phi(np.array(hit), np.array(inside), lasting(cues), speech))


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
    scores = _phi(hit_ms, inside_ms, lasting(cues), speech)
    scores[inside_ms < INSIDE * lasting(cues)] = -1.0
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
