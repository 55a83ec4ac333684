"""Where an aligned track narrates, and how loud it is: both sounds are compared in a few bands, in steps of 20 ms.

A narrator adds sound to the film's, or the film is lower there than elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audiodesc.alignment.features import RATE_HZ, Mono, band_powers
from audiodesc.alignment.fine import at_rate
from audiodesc.alignment.model import Alignment, Piece
from audiodesc.core.intervals import joined, runs
from audiodesc.model import Span

HOP = RATE_HZ // 50
STEP_MS = 1000 * HOP // RATE_HZ
CHUNK_S = 60.0
BINS_DB = np.arange(-60.0, 60.5, 0.5)
UNDER_LOUD_DB = 45.0
"""What is so far under the loud parts of a band is not compared: coders and noise rule there."""

LOUD_DB = 20.0
"""How far under these the level of the film in the track is measured."""

ADDED_DB = 5.0
"""Sound that is so much louder than the film's, in the mean of the bands, has a voice in it."""

STILL_DB = 2.0
LOWERED_DB = -3.0
CLOSE_MS = 600
"""A shorter pause is inside a line."""

SHORTEST_MS = 300
SMOOTH = 7
"""Steps over which the comparison is smoothed."""

REACH = 15
"""Steps by which a narrated stretch reaches beyond what is sure, as long as both differ."""

AROUND_MS = 40

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Narrated:
    """`spans` are where the track narrates, in the film's times. `gain_db` brings the film in it to the level that the
    film has itself; NaN where nothing says."""

    spans: tuple[Span, ...]
    gain_db: float


def narrated(film: Mono, described: Mono, alignment: Alignment) -> Narrated:
    """Where an aligned track narrates."""
    chunks = [chunk for piece in alignment.pieces for chunk in _chunks(film, described, piece)]
    if not chunks:
        return Narrated((), float("nan"))
    ours = np.concatenate([one.film for one in chunks], axis=1)
    theirs = np.concatenate([one.described for one in chunks], axis=1)
    gains = np.array([_gain(*band) for band in zip(ours, theirs, strict=True)])
    theirs *= gains[:, None].astype(np.float32)
    floors = np.maximum(_loud(ours) * 10 ** (-UNDER_LOUD_DB / 10), 3 * np.percentile(theirs, 10, axis=1, keepdims=True))
    differs = (10 * np.log10((theirs + floors) / (ours + floors))).clip(-12, 20)
    gain_db = 10 * float(np.log10(np.median(gains)))
    spans, at = [], 0
    for one in chunks:
        part = differs[:, at : at + one.film.shape[1]]
        at += one.film.shape[1]
        spans += [Span(one.start_ms + a * STEP_MS, one.start_ms + b * STEP_MS) for a, b in _narrated_steps(part)]
    lines = [one for one in joined(spans, CLOSE_MS) if one.duration_ms >= SHORTEST_MS]
    return Narrated(tuple(_widened(lines, alignment)), gain_db)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Powers of both, shape (bands, steps), from `start_ms` of the film on."""

    start_ms: int
    film: NDArray[np.float32]
    described: NDArray[np.float32]


def _chunks(film: Mono, described: Mono, piece: Piece) -> Iterator[_Chunk]:
    at = piece.start_s
    while at < piece.end_s - 0.1:
        end = min(piece.end_s, at + CHUNK_S)
        first, count = round(at * RATE_HZ), round((end - at) * RATE_HZ)
        begin = max(0, round((at - piece.offset_s) / piece.rate * RATE_HZ))
        theirs = at_rate(described[begin : begin + round(count / piece.rate)], piece.rate)
        ours = film[first : first + count]
        size = min(len(ours), len(theirs)) // HOP * HOP
        if size:
            powers = [band_powers(np.asarray(one[: size - 1]), HOP) for one in (ours, theirs)]
            yield _Chunk(round(at * 1000), *powers)
        at = end


def _loud(powers: NDArray[np.float32]) -> Series:
    """The power of each band that is exceeded for a tenth of the time, shape (bands, 1)."""
    return np.asarray(np.percentile(powers, 90, axis=1, keepdims=True), np.float64) + 1e-12


def _gain(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    """The gain of power that brings a band of the track to the film's: the one that is right most often, for that of
    the film alone is always the same, and a narrator's is any."""
    loud = ours > np.percentile(ours, 90) * 10 ** (-LOUD_DB / 10)
    ratios = 10 * np.log10((ours[loud] + 1e-12) / (theirs[loud] + 1e-12))
    if not len(ratios):
        return 1.0
    counts = np.convolve(np.histogram(ratios, BINS_DB)[0].astype(float), [0.25, 0.5, 0.25], "same")
    middle = BINS_DB[int(counts.argmax())] + 0.25
    near = ratios[np.abs(ratios - middle) <= 1]
    return float(10 ** ((np.median(near) if len(near) else middle) / 10))


def _narrated_steps(differs: Series) -> list[tuple[int, int]]:
    """(first step, step after the last) of each stretch with a narrator."""
    if differs.shape[1] < SMOOTH:
        return []
    kernel = np.ones(SMOOTH) / SMOOTH
    mean = np.convolve(differs.mean(axis=0), kernel, "same")
    added, lowered = mean > ADDED_DB, mean < LOWERED_DB
    wide = np.abs(mean) > STILL_DB
    found = []
    for a, b in runs(wide):
        core = np.flatnonzero(added[a:b] | lowered[a:b])
        if added[a:b].any() or lowered[a:b].sum() >= SMOOTH:
            found.append((max(a, a + int(core[0]) - REACH), min(b, a + int(core[-1]) + 1 + REACH)))
    return found


def _widened(spans: list[Span], alignment: Alignment) -> Iterator[Span]:
    end_ms = round(alignment.film_s * 1000)
    for one in spans:
        yield Span(max(0, one.start_ms - AROUND_MS), min(end_ms, one.end_ms + AROUND_MS))
