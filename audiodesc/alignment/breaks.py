"""Where one piece ends and the next begins: each reaches as far as film and described track sound alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audiodesc.alignment.features import AT_ONCE, STEPS_HZ, Timeline
from audiodesc.alignment.fine import Line
from audiodesc.alignment.model import Alignment, Piece
from audiodesc.core.intervals import runs

LEAST_SIMILARITY, LEAST_SHARE = 0.05, 0.2
"""A piece does not grow over a stretch that is less alike, or by less than this share as alike as it is itself. By
chance it is up to 0.1 on average where there is no noise, and 0.02 where there is."""

UNLIKE_S = 6.0
"""So much at a break may be unlike and is the described track's all the same: somebody narrates there."""

FOREIGN_S = 25.0
FOREIGN_SHARE, FOREIGN_SIMILARITY = 0.25, 0.1
"""What is no more than this alike, or this share as alike as most of its piece, for so long is another scene: nobody
narrates so long without a pause. Measured over 12 s: another scene 0.02 to 0.11; the same one under a narrator 0.6 and
more, with noise 10 dB below it 0.2."""

SMOOTH_S = 12.0
LEAST_PIECE_S = 2.0
LEAST_PIECE = 0.1
"""A piece that is less alike was found by chance."""

SAME_RATE = 0.002
"""Of pieces of one track: they drift, but none is of another speed."""


Series = NDArray[np.float64]


def pieces(film: Timeline, described: Timeline, lines: Sequence[Line], film_s: float, described_s: float) -> Alignment:
    """The lines, in order of the described track, as pieces that reach as far as they can; film and track last so many
    seconds."""
    bounds = [Bounds(line, film_s, described_s) for line in lines]
    starts, ends = [0.0] * len(lines), [0.0] * len(lines)
    middles = [line.film_s((line.first_s + line.last_s) / 2) for line in lines]
    if lines:
        starts[0] = _outer(film, described, lines[0], bounds[0].first_s, middles[0], is_end=False)
        ends[-1] = _outer(film, described, lines[-1], bounds[-1].end_s, middles[-1], is_end=True)
    for i in range(len(lines) - 1):
        ends[i], starts[i + 1] = _between(film, described, (lines[i], lines[i + 1]), (middles[i], middles[i + 1]))
    found = [
        Piece(start, end, max(0.0, line.described_s(start)), line.rate)
        for line, start, end in zip(lines, starts, ends, strict=True)
        if end - start >= LEAST_PIECE_S
    ]
    kept = [part for one in found for part in _alike(film, described, one)]
    return Alignment(tuple(kept), film_s, described_s)


class Bounds:
    """From where to where of the film a line can reach, in seconds: both have sound there."""

    def __init__(self, line: Line, film_s: float, described_s: float) -> None:
        self.first_s = max(0.0, line.film_s(0.0))
        self.end_s = min(film_s, line.film_s(described_s))


def similarity(film: Timeline, described: Timeline, line: Line, first_s: float, end_s: float) -> Series:
    """How alike both are at each step of the film between two times: 1 on average where they are the same, 0 where they
    are not."""
    count = max(0, round((end_s - first_s) * STEPS_HZ))
    products, scales = np.empty(count, np.float32), np.empty(count, np.float32)
    for first in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - first)
        at_s = first_s + first / STEPS_HZ
        ours = film.changes(at_s * STEPS_HZ, size, 1)
        theirs = described.changes(line.described_s(at_s) * STEPS_HZ, size, 1 / line.rate)
        products[first : first + size] = (ours * theirs).sum(axis=0)
        scales[first : first + size] = np.sqrt((np.square(ours).sum(axis=0) + np.square(theirs).sum(axis=0)) / 2)
    usual = float(np.median(scales)) + 1e-9 if count else 1.0
    return np.asarray(products / np.maximum(scales, usual) / usual, np.float64).clip(-3, 3)


def _gains(film: Timeline, described: Timeline, line: Line, first_s: float, end_s: float) -> Series:
    """Above 0 where a line should reach over a step, and below where it should not."""
    own = similarity(film, described, line, line.film_s(line.first_s), line.film_s(line.last_s))
    usual = float(own.mean()) if len(own) else 0.0
    return similarity(film, described, line, first_s, end_s) - max(LEAST_SIMILARITY, LEAST_SHARE * usual)


def _outer(film: Timeline, described: Timeline, line: Line, bound_s: float, middle_s: float, *, is_end: bool) -> float:
    """How far the first piece reaches to the beginning, or the last to the end."""
    first_s, end_s = (middle_s, bound_s) if is_end else (bound_s, middle_s)
    alike = _gains(film, described, line, first_s, end_s)
    if not len(alike):
        return bound_s
    gains = np.concatenate([[0.0], np.cumsum(alike if is_end else alike[::-1])])
    steps = int(gains.argmax())
    left_s = (len(alike) - steps) / STEPS_HZ
    reached_s = 0.0 if left_s <= UNLIKE_S else left_s
    return bound_s - reached_s if is_end else bound_s + reached_s


def _between(
    film: Timeline, described: Timeline, lines: tuple[Line, Line], middles: tuple[float, float]
) -> tuple[float, float]:
    """(end of the one, start of the other) in the film, where both are as alike as they can be. Neither the film nor
    the described track goes back."""
    one, other = lines
    first_s, end_s = middles
    before = np.concatenate([[0.0], np.cumsum(_gains(film, described, one, first_s, end_s))])
    after = _gains(film, described, other, first_s, end_s)
    after = np.concatenate([np.cumsum(after[::-1])[::-1], [0.0]])
    count = min(len(before), len(after))
    apart = max(0, round((other.film_s(one.described_s(first_s)) - first_s) * STEPS_HZ))
    if apart >= count:
        return first_s + (count - 1) / STEPS_HZ, end_s
    joined = before[: count - apart] + after[apart:count]
    best_joined = int(joined.argmax())
    latest = np.maximum.accumulate(after[:count][::-1])[::-1]
    where = count - 1 - np.maximum.accumulate(np.where(after[:count][::-1] >= latest[::-1], np.arange(count), 0))[::-1]
    free = before[: count - apart] + latest[apart:]
    end = int(free.argmax())
    start = int(where[end + apart])
    if (start - end - apart) / STEPS_HZ <= UNLIKE_S:
        end, start = best_joined, best_joined + apart
    return first_s + end / STEPS_HZ, first_s + start / STEPS_HZ


def _alike(film: Timeline, described: Timeline, piece: Piece) -> Iterator[Piece]:
    """The piece without what is unlike for long in it, and how alike the parts are."""
    line = Line(piece.offset_s, piece.rate, 0, 0)
    alike = similarity(film, described, line, piece.start_s, piece.end_s)
    width = round(SMOOTH_S * STEPS_HZ)
    foreign = np.zeros(len(alike), bool)
    if len(alike) > FOREIGN_S * STEPS_HZ:
        sums = np.concatenate([[0.0], np.cumsum(alike)])
        smooth = (sums[width:] - sums[:-width]) / width
        for first, end in runs(smooth < max(FOREIGN_SIMILARITY, FOREIGN_SHARE * float(np.median(smooth)))):
            if end - first >= (FOREIGN_S - SMOOTH_S) * STEPS_HZ:
                foreign[first + width // 4 : end + width * 3 // 4] = True
    for first, end in runs(~foreign):
        if end - first >= LEAST_PIECE_S * STEPS_HZ:
            start_s = piece.start_s + first / STEPS_HZ
            end_s = piece.end_s if end == len(alike) else piece.start_s + end / STEPS_HZ
            mean = float(np.clip(alike[first:end].mean(), 0, 1))
            if mean < LEAST_PIECE:
                continue
            yield replace(piece, start_s=start_s, end_s=end_s, described_s=line.described_s(start_s), similarity=mean)


def in_order(found: Sequence[Line]) -> list[Line]:
    """Those of the lines that go on through both at about one rate, the longer of two that do not."""
    kept: list[Line] = []
    longest = max(found, key=lambda one: one.last_s - one.first_s, default=None)
    alike = [one for one in found if longest and abs(one.rate / longest.rate - 1) < SAME_RATE]
    for line in sorted(alike, key=lambda one: one.first_s):
        while kept and line.film_s(line.last_s) <= kept[-1].film_s(kept[-1].last_s):
            if kept[-1].last_s - kept[-1].first_s >= line.last_s - line.first_s:
                break
            kept.pop()
        else:
            kept.append(line)
    return kept
