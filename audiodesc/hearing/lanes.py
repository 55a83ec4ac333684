"""A film's sound as a hearer of speech wants it: mono, 16 kHz, in pieces of even length and level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import av
import numpy as np
import soxr

from audiodesc.hearing.silero import FRAME, RATE_HZ, Mono
from audiodesc.media import sound
from audiodesc.model import Samples

PIECE = 512 * FRAME
"""Samples in a piece: 16.4 s."""

LEVEL_DB = -23.0
MOST_GAIN_DB = 30.0
"""A piece whose loudest second (its RMS) is below this level is raised to it. Speech at -40 and -55 dBFS is then
heard as well as at -23; without it a quiet film's lines are missed (benchmarks/gaps.py)."""

CANCELLED = 0.02
"""Channels whose mean has less than this share of their power cancel each other out (one is wired the wrong way
round): the loudest of them is heard then. Unrelated channels keep a share of 1 in their number, 0.125 at least."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of all lanes, shape (lanes, PIECE), silent after the sound's end, and the gain in dB for each lane."""

    samples: Samples
    gains_db: Mono


def centre(layout: str) -> int | None:
    """The number of the centre channel, where it is one of several."""
    names = [channel.name for channel in av.AudioLayout(layout).channels]
    return names.index("FC") if "FC" in names and len(names) > 1 else None


def lanes(blocks: Iterable[Samples], layout: str) -> Iterator[Samples]:
    """The sound at 16 kHz: all channels as one, and, where there is one, the centre alone; shape (lanes, samples).

    Dialogue is clearest in the centre, but may be spoken beside it, or the centre be empty.
    """
    middle = centre(layout)
    stream = soxr.ResampleStream(sound.RATE_HZ, RATE_HZ, 1 if middle is None else 2, dtype="float32")
    for block in blocks:
        chosen = [_together(block)] if middle is None else [_together(block), block[middle]]
        yield _resampled(stream, np.stack(chosen, axis=1))
    yield _resampled(stream, np.zeros((0, 1 if middle is None else 2), np.float32), last=True)


def _together(block: Samples) -> Mono:
    mean: Mono = block.mean(axis=0)
    powers = np.square(block).mean(axis=1)
    if np.square(mean).mean() < CANCELLED * powers.mean():
        mean = block[int(powers.argmax())]
    return mean


def _resampled(stream: soxr.ResampleStream, samples: Samples, *, last: bool = False) -> Samples:
    """Samples go in and out as soxr has them, (samples, lanes), flat for one lane."""
    given = samples[:, 0] if samples.shape[1] == 1 else samples
    out = stream.resample_chunk(np.ascontiguousarray(given), last=last)
    return np.ascontiguousarray(out.reshape(-1, samples.shape[1]).T)


def pieces(stream: Iterable[Samples]) -> Iterator[Piece]:
    """The same sound in even pieces. A short rest keeps the gain of what came before: it is most often a fade."""
    gains: Mono | None = None
    for samples in _even(stream):
        if gains is None or samples.shape[1] >= PIECE // 2:
            gains = _gains_db(samples)
        yield Piece(np.pad(samples, ((0, 0), (0, PIECE - samples.shape[1]))), gains)


def _even(stream: Iterable[Samples]) -> Iterator[Samples]:
    waiting: list[Samples] = []
    size = 0
    for block in stream:
        waiting.append(block)
        size += block.shape[1]
        while size >= PIECE:
            whole = np.concatenate(waiting, axis=1)
            yield whole[:, :PIECE]
            waiting, size = [whole[:, PIECE:]], size - PIECE
    if size:
        yield np.concatenate(waiting, axis=1)


def _gains_db(samples: Samples) -> Mono:
    edges = [0, *range(RATE_HZ, samples.shape[1] - RATE_HZ // 2, RATE_HZ), samples.shape[1]]
    powers = [np.square(samples[:, a:b]).mean(axis=1) for a, b in pairwise(edges)]
    loudest_db = 10 * np.log10(np.max(powers, axis=0, initial=1e-12))
    return np.asarray(np.clip(LEVEL_DB - loudest_db, 0, MOST_GAIN_DB), np.float32)


def levelled(last: Piece, now: Piece, following: Piece, lane: int, ahead: int) -> Mono:
    """One lane of a piece at its level, with `ahead` frames of the following one; gains glide between the middles."""
    samples = np.concatenate((now.samples[lane], following.samples[lane, : ahead * FRAME]))
    gains = [piece.gains_db[lane] for piece in (last, now, following)]
    if max(gains) == 0:
        return samples
    frames = samples.reshape(-1, FRAME)
    places = np.arange(len(frames)) * (FRAME / PIECE)
    factors = 10 ** (np.interp(places, (-0.5, 0.5, 1.5), gains) / 20)
    return np.asarray(frames * factors.astype(np.float32)[:, np.newaxis]).reshape(-1)
