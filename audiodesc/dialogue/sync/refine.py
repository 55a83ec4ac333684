"""The exact place of cues that are nearly where they belong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from audiodesc.dialogue.sync.correlate import Numbers, Spans, Speech, lasting

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
class Place:
    """Where cues belong: shifts from `low_ms` to `high_ms` are nearly as good as the best one, `shift_ms`."""

    low_ms: float
    shift_ms: float
    high_ms: float

    def least_move_ms(self, drifts: Numbers) -> float:
        """How far the farthest of cues that a rate moves so far is moved in all, with the shift that moves it least."""
        low, high = float(drifts.min()), float(drifts.max())
        shift = float(np.clip(-(low + high) / 2, self.low_ms, self.high_ms))
        return max(abs(low + shift), abs(high + shift))


def settled(cues: Spans, speech: Speech, shift_ms: float) -> Place:
    """A shift near the one given at which most cues begin with speech, of those at which they hold most of it.

    Cues stay after their speech, so that many shifts hold as much; but they begin with it.
    """
    shifts = shift_ms + np.arange(-NEAR_MS, NEAR_MS + 1, FINE_MS, dtype=np.float64)
    spoken = _spoken(speech)
    held = spoken.within(cues, shifts).sum(axis=0)
    good = shifts[_flat_part(held, FLAT * lasting(cues))]
    onsets = np.concatenate(([-np.inf], spoken.spans[:, 0] - LEAD_MS, [np.inf]))
    starts = cues[:, :1] + good
    place = np.searchsorted(onsets, starts).clip(1, len(onsets) - 1)
    away = np.minimum(starts - onsets[place - 1], onsets[place] - starts)
    best = good[np.exp(-0.5 * (away / ONSET_MS) ** 2).sum(axis=0).argmax()]
    return Place(float(good[0]), float(best), float(good[-1]))


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
