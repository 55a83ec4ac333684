"""Places to the millisecond: the sound itself of both is compared every few seconds, and lines are laid through what is
found, a new one where the described track jumps or runs at another rate from there on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from audiodesc.alignment.features import RATE_HZ, Mono
from audiodesc.alignment.model import KNOWN_RATES, NTSC
from audiodesc.alignment.search import CLEAR_SCORE, Chain, Found, fft_size, vertex

EVERY_S = 5.0
MOST_POINTS = 2_000
WINDOW_S = 3.0
REACH_S = 0.2
"""So far from where it is expected a place is looked for."""

LEAST_SCORE = 0.2
"""A correlation of the sound below is none: by chance 3 s reach 0.1 within 0.2 s."""

SURE_SCORE = 0.4
DOUBT_S = 0.03
LEAST_POINTS = 4
USUAL_POINTS = 24
GOOD_SHARE = 0.6
ON_LINE_S = 0.0015
"""A point that is no further from a line lies on it."""

NEAR_RATE = 0.004
MOST_LINES = 12
MOST_PAIRS = 400
LEAST_APART_S = 10.0
CHANGE = 2.0
"""What a change of lines costs: as much as two points that lie on none."""

Points = NDArray[np.float64]
"""Shape (points, 2): a time of the described track, and the same in the film, in seconds."""


Second = Callable[[int, float], NDArray[np.float32]]
"""A second of the described track from a sample on, on the film's clock at a rate."""


@dataclass(frozen=True, slots=True)
class Line:
    """The film's time as `offset_s` + `rate` × the described track's, as it was found from `first_s` to `last_s` of the
    described track."""

    offset_s: float
    rate: float
    first_s: float
    last_s: float

    def film_s(self, described_s: Any) -> Any:
        """A time, or an array of times, of the described track in the film."""
        return self.offset_s + self.rate * described_s

    def described_s(self, film_s: float) -> float:
        return (film_s - self.offset_s) / self.rate


def lines(film: Mono, described: Mono, chain: Chain, window_s: float) -> list[Line]:
    """The lines through the places of a chain, which were found by stretches of `window_s`."""
    coarse = np.array([(one.described_s, one.film_s) for one in chain.places])
    rates = [chain.rate, *(chain.rate * ntsc for ntsc in (float(NTSC), float(1 / NTSC)))]
    if len(coarse) >= LEAST_POINTS:
        rates.append(float(np.polyfit(coarse[:, 0], coarse[:, 1], 1)[0]))
    best: tuple[float, list[Line]] = (0.0, [])
    for rate in rates:  # at a wrong rate a window is blurred
        points = np.array(list(_points(film, described, coarse, rate, window_s))).reshape(-1, 2)
        if len(points) < max(LEAST_POINTS, 0.3 * len(coarse)):
            continue
        found = fitted_lines(points, rate)
        best = max(best, (_share(points, found), found), key=lambda one: one[0])
        if best[0] >= GOOD_SHARE:
            break
    if best[1]:
        return best[1]
    return fitted_lines(coarse, chain.rate)  # the sound itself differs, as of a track that was stretched in time


def _share(points: Points, found: Sequence[Line]) -> float:
    """How many of the points lie on the lines, lines beyond the first deducted."""
    away = [np.abs(points[:, 1] - one.film_s(points[:, 0])) for one in found]
    return float((np.min(away, axis=0) <= ON_LINE_S).mean()) - 0.1 * (len(found) - 1)


def _points(film: Mono, described: Mono, coarse: Points, rate: float, window_s: float) -> Iterator[tuple[float, float]]:
    first, last = coarse[0, 0] - window_s / 2, coarse[-1, 0] + window_s / 2
    count = int(min(MOST_POINTS, max(USUAL_POINTS, (last - first) / EVERY_S)))
    for centre in np.linspace(first + WINDOW_S / 2, last - WINDOW_S / 2, count):
        expected = _expected(coarse, rate, float(centre))
        if (found := _place(film, described, float(centre), expected, rate)) is not None:
            yield float(centre), found


def _expected(coarse: Points, rate: float, described_s: float) -> float:
    """By the places that were found on both sides of it."""
    offsets = coarse[:, 1] - rate * coarse[:, 0]
    near = np.abs(coarse[:, 0] - described_s).argsort()[:3]
    return float(np.median(offsets[near])) + rate * described_s


def _place(film: Mono, described: Mono, centre_s: float, expected_s: float, rate: float) -> float | None:
    """Where in the film the sound around a time of the described track is; None where it is not around there."""
    half = WINDOW_S / 2
    first = max(0, round((centre_s - half) * RATE_HZ))
    window = at_rate(described[first : first + round(WINDOW_S * RATE_HZ)], rate)
    at = expected_s + (first / RATE_HZ - centre_s) * rate - REACH_S
    begin = max(0, round(at * RATE_HZ))
    around = film[begin : begin + len(window) + round(2 * REACH_S * RATE_HZ)].astype(np.float32)
    found = best_lag(around, window)
    if found is None or found[1] < LEAST_SCORE:
        return None
    return (begin + found[0]) / RATE_HZ + (centre_s - first / RATE_HZ) * rate


def sound_score(film: Mono, second: Second, found: Found, rate: float, window_s: float) -> float:
    """The best correlation of the sound itself in any second of a stretch that was found at a place: somebody may
    narrate in the others. By chance it is 0.2 at most."""
    best = 0.0
    for at in np.arange(0, window_s - 0.9, 0.5 if window_s < 8 else 1.0):
        first = round((found.described_s + (at - window_s / 2) / rate) * RATE_HZ)
        begin = round((found.film_s + at - window_s / 2 - DOUBT_S) * RATE_HZ)
        if first < 0 or begin < 0:
            continue
        window = second(first, rate)
        around = film[begin : begin + len(window) + round(2 * DOUBT_S * RATE_HZ)].astype(np.float32)
        if (lag := best_lag(around, window)) is not None and abs(lag[0] / RATE_HZ - DOUBT_S) < DOUBT_S * 0.9:
            best = max(best, lag[1])
        if best >= CLEAR_SCORE:
            break
    return best if best >= SURE_SCORE else 0.0


def at_rate(sound: Mono, rate: float) -> NDArray[np.float32]:
    """A stretch of the described track on the film's clock."""
    plain = sound.astype(np.float32)
    if abs(rate - 1) < 1e-6 or not len(plain):
        return plain
    return np.asarray(soxr.resample(plain, RATE_HZ, RATE_HZ * rate, quality="MQ"), np.float32)


def best_lag(around: NDArray[np.float32], window: NDArray[np.float32]) -> tuple[float, float] | None:
    """(samples, correlation): where in the sound `around` it a window fits best, to a part of a sample, either way up;
    None where one of them is too short or silent."""
    if len(window) < RATE_HZ // 4 or len(around) < len(window):
        return None
    steep, around = np.diff(window), np.diff(around)  # without what is low, which has no edges
    size = fft_size(len(around))
    products = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(steep, size)), size)
    products = products[: len(around) - len(steep) + 1]
    sums = np.concatenate([[0.0], np.cumsum(np.square(around, dtype=np.float64))])
    norms = np.sqrt((sums[len(steep) :] - sums[: -len(steep)]) * float(np.square(steep, dtype=np.float64).sum()))
    if not norms.max(initial=0) > 1:
        return None
    scores = np.abs(products) / np.maximum(norms, 0.01 * norms.max())
    best = int(scores.argmax())
    return best + vertex(scores, best), float(scores[best])


def fitted_lines(points: Points, rate: float) -> list[Line]:
    """The lines that points lie on, one after another: each is the one that most of those left over lie on, and a point
    goes to the line of its neighbours where it lies on none."""
    slopes = [rate, *(float(one) for one in KNOWN_RATES if 0 < abs(float(one) / rate - 1) < NEAR_RATE)]
    left, found = points, list[tuple[float, float]]()
    while len(found) < MOST_LINES and len(left) >= (LEAST_POINTS if found else 1):
        slope, offset, count = _commonest(left, [*dict.fromkeys(one for one, _ in found), *slopes])
        if found and count < LEAST_POINTS:
            break
        found.append((slope, offset))
        left = left[np.abs(left[:, 1] - offset - slope * left[:, 0]) > 2 * ON_LINE_S]
    made = []
    for number, first, last in _runs(points, found):
        slope, offset = found[number]
        made.append(Line(offset, slope, float(points[first, 0]), float(points[last, 0])))
    return made


def _commonest(points: Points, slopes: Sequence[float]) -> tuple[float, float, int]:
    """(rate, offset, points) of the line that most points lie on; one of these rates, unless another has many more."""
    x, y = points[:, 0], points[:, 1]
    known = max(((*_best_offset(y - slope * x), slope) for slope in slopes), key=lambda one: one[1])
    pairs = np.random.default_rng(len(points)).integers(0, len(points), (MOST_PAIRS, 2))
    pairs = pairs[np.abs(x[pairs[:, 0]] - x[pairs[:, 1]]) >= LEAST_APART_S]
    tried = (y[pairs[:, 0]] - y[pairs[:, 1]]) / (x[pairs[:, 0]] - x[pairs[:, 1]])
    tried = tried[np.abs(tried / slopes[0] - 1) < NEAR_RATE]
    frees = ((*_best_offset(y - slope * x), float(slope)) for slope in tried)
    free = max(frees, key=lambda one: one[1], default=known)
    if free[1] <= 1.1 * known[1] + 1:
        offset, count, slope = known
        return slope, offset, count
    offset, count, slope = free
    on = np.abs(y - offset - slope * x) <= ON_LINE_S
    slope, offset = (float(one) for one in np.polyfit(x[on], y[on], 1))
    return slope, offset, count


def _best_offset(offsets: NDArray[np.float64]) -> tuple[float, int]:
    """The middle of the most offsets that lie within `ON_LINE_S` of each other, and how many these are."""
    ordered = np.sort(offsets)
    counts = np.searchsorted(ordered, ordered + 2 * ON_LINE_S, side="right") - np.arange(len(ordered))
    best = int(counts.argmax())
    return float(np.median(ordered[best : best + counts[best]])), int(counts[best])


def _runs(points: Points, lines: Sequence[tuple[float, float]]) -> list[tuple[int, int, int]]:
    """(line, first point, last point): the lines that the points lie on, with the fewest changes."""
    away = np.array([np.abs(points[:, 1] - offset - slope * points[:, 0]) for slope, offset in lines])
    costs = np.minimum(away / (4 * ON_LINE_S), 1.0)
    total, came = costs[:, 0], []
    for column in costs.T[1:]:
        change = float(total.min()) + CHANGE
        came.append(np.where(total <= change, np.arange(len(lines)), int(total.argmin())))
        total = np.minimum(total, change) + column
    at = [int(total.argmin())]
    for row in reversed(came):
        at.append(int(row[at[-1]]))
    at.reverse()
    edges = [0, *(i for i in range(1, len(at)) if at[i] != at[i - 1]), len(at)]
    return [(at[first], first, end - 1) for first, end in pairwise(edges)]
