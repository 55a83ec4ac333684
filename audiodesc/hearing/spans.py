"""Chances of speech -> where somebody speaks, and where nobody does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.hearing.silero import FRAME_MS
from audiodesc.model import Span
from audiodesc.spans import joined

SURE = 0.4
LEAVES = 0.25
"""Speech reaches SURE somewhere and lasts as long as the chance stays above LEAVES. With these, no more than 0.02 % of
the speech placed in noise and music, down to 5 dB above it, lay in a pause (benchmarks/gaps.py); silero-vad's own
0.5 and 0.35 are made for cutting recordings, where a lost word-end costs less."""

POSSIBLE = 0.1
"""Below it nobody speaks."""

JOINED_MS = 100
SHORTEST_MS = 200
"""Breaks up to JOINED_MS are part of the speech; what is then shorter than SHORTEST_MS is no speech (silero-vad takes
100 and 250; a spoken "No." has 210)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Spans in order, apart from each other: `speech` is surely speech, outside `possible` nobody speaks."""

    speech: tuple[Span, ...] = ()
    possible: tuple[Span, ...] = ()


def heard(chances: bytes, duration_ms: int) -> Heard:
    """Where people speak in a film that lasts so long, by the chances that `listen` gave. Speech is always possible."""
    values = np.frombuffer(chances, np.uint8) / 255
    sure = [run for run in _runs(values >= LEAVES) if values[slice(*run)].max() >= SURE]
    speech = [span for span in joined(_times(sure, duration_ms), JOINED_MS) if span.duration_ms >= SHORTEST_MS]
    possible = _times(_runs(values >= POSSIBLE), duration_ms)
    return Heard(tuple(speech), tuple(joined([*possible, *speech])))


def _runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a row of truths is true, as half-open stretches."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _times(runs: list[tuple[int, int]], duration_ms: int) -> list[Span]:
    return [Span(a * FRAME_MS, min(b * FRAME_MS, duration_ms)) for a, b in runs if a * FRAME_MS < duration_ms]
