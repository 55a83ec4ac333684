"""Where stretches of a described track are in a film, and at which rate: each is looked for in all of the film, and the
chain of places that goes on best through both is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.alignment.features import STEPS_HZ, Features, Timeline
from audiodesc.alignment.model import PAL

COARSE = 8
"""Steps of 10 ms in one step of the search through all of the film."""

WINDOW_S = (2.0, 20.0)
"""A stretch that is looked for is so long, as the film is short or long."""

PER_FILM = 8
WEAK_SCORE = 0.2
LEAST_SCORE = 0.3
"""A correlation below is none, where the sound itself does not say so. Measured: windows of 20 s of another film reach
0.19 at their best place, windows of 4 s 0.29 in half a minute; of the same film under a narrator, coded at 32 kbit/s,
0.4 to 0.95."""

CLEAR_SCORE = 0.6
TELLING_S = 8.0
"""In a shorter stretch the features may be alike by chance: the sound itself must be, where they are not very much."""

CANDIDATES = 3
TRIED = 14
"""Stretches by which a rate is chosen."""

USUAL_RATES = (1.0, float(PAL), float(1 / PAL))
"""Tried first. A window does not notice the thousandth of NTSC."""

GRID: tuple[float, ...] = tuple(0.94 + 0.0025 * step for step in range(49))
"""Rates that are tried where none of the usual ones fits."""

SURE = 0.45
MOST_RATES, APART = 3, 0.006
"""So many rates are tried to the end for a short film, no two of them nearer than this share."""

PREFERRED = 1.1
"""A usual rate is taken before another that fits a tenth better."""

JUMP_S = 0.03
CREEP = 0.002
"""Places go on where their offsets differ by no more than `JUMP_S` and this share of the time between them."""

BREAK = 0.8
"""What a break costs in the chain: as much as two stretches that are found well."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the described track around `described_s`, found around `film_s`, with their correlation."""

    described_s: float
    film_s: float
    score: float


@dataclass(frozen=True, slots=True)
class Chain:
    """Places that go on without a break, in order, at one rate."""

    places: tuple[Found, ...]
    rate: float


Sure = Callable[[Found, float], float]


class Matcher:
    """Finds stretches of features in all of a film."""

    def __init__(self, film: Timeline, window_s: float) -> None:
        self._film = film
        self.window_s = window_s
        self.length = round(window_s * STEPS_HZ / COARSE)
        self._coarse = film.changes(0, film.steps // COARSE, COARSE)
        count = self._coarse.shape[1]
        self._size = fft_size(count)
        self._spectra = np.fft.rfft(self._coarse, self._size, axis=1)
        energy = np.concatenate([[0.0], np.cumsum(np.square(self._coarse, dtype=np.float64).sum(axis=0))])
        around = np.maximum(energy[self.length :] - energy[: -self.length], 0) if count >= self.length else np.zeros(0)
        self._norms = np.sqrt(around)
        self._least = float(np.sqrt(energy[-1] / max(1, count) * self.length)) * 0.1  # where hardly anything happens

    def find(self, described: Timeline, centre_s: float, rate: float, most: int) -> list[Found]:
        """The best places of the stretch around a time, `most` of them, the best first; none where it is silent."""
        scores = self._scores(described, centre_s, rate)
        found = []
        for _ in range(most):
            best = int(scores.argmax())
            if scores[best] < WEAK_SCORE:
                break
            found.append(self._refined(described, centre_s, rate, best * COARSE, float(scores[best])))
            scores[max(0, best - 6) : best + 7] = -1
        return found

    def best(self, described: Timeline, centre_s: float, rate: float) -> float:
        """The correlation at the best place; 0 where there is none."""
        best = float(self._scores(described, centre_s, rate).max(initial=0.0))
        return best if best >= WEAK_SCORE else 0.0

    def _scores(self, described: Timeline, centre_s: float, rate: float) -> NDArray[Any]:
        """The correlation at each place of the film, 0 where the stretch is silent."""
        window = self._window(described, centre_s, rate, COARSE)
        norm = float(np.linalg.norm(window))
        if norm <= self._least or not self._norms.size:
            return np.zeros(1)
        spectrum = np.einsum("bf,bf->f", self._spectra, np.conj(np.fft.rfft(window, self._size, axis=1)))
        products = np.fft.irfft(spectrum, self._size)[: len(self._norms)]
        return np.asarray(products / np.maximum(self._norms * norm, self._least**2))

    def _window(self, described: Timeline, centre_s: float, rate: float, coarse: int) -> Features:
        count = self.length * COARSE // coarse
        step = coarse / rate
        return described.changes(centre_s * STEPS_HZ - step * count / 2, count, step)

    def _refined(self, described: Timeline, centre_s: float, rate: float, place: int, score: float) -> Found:
        """The place to a part of a step, by all steps."""
        window, reach = self._window(described, centre_s, rate, 1), COARSE + 4
        film = self._film.changes(place - reach, window.shape[1] + 2 * reach, 1)
        products = [float((film[:, i : i + window.shape[1]] * window).sum()) for i in range(2 * reach + 1)]
        best = int(np.argmax(products))
        at = place - reach + best + vertex(products, best)
        return Found(centre_s, (at + self.length * COARSE / 2) / STEPS_HZ, score)


def fft_size(length: int) -> int:
    """The length for transforms that find a stretch in a sound of this length: no less, as a place where all of the
    stretch is in the sound does not wrap round, and quick, as all its factors are small."""
    unit = 1 << max(0, length.bit_length() - 4)
    return -(-length // unit) * unit


def vertex(values: Sequence[float] | NDArray[np.float64], best: int) -> float:
    """How far the top of the parabola through a highest value and its neighbours is from it, −0.5 to 0.5."""
    if not 0 < best < len(values) - 1:
        return 0.0
    before, at, after = (float(values[i]) for i in (best - 1, best, best + 1))
    curve = before - 2 * at + after
    return max(-0.5, min(0.5, 0.5 * (before - after) / curve)) if curve < 0 else 0.0


def window_s(film_s: float, described_s: float) -> float:
    """How long the stretches are that are looked for."""
    return max(WINDOW_S[0], min(WINDOW_S[1], min(film_s, described_s) / PER_FILM))


def rates(film: Timeline, described: Timeline) -> tuple[float, ...]:
    """The rates at which a described track may be, the likeliest first: one, but for a short film several, whose
    stretches are too short to tell rates apart."""
    matcher, centres = _matcher(film, described)
    chosen = centres[np.linspace(0, len(centres) - 1, min(TRIED, len(centres))).round().astype(int)]

    def fits(rate: float) -> float:
        scores = sorted((matcher.best(described, float(centre), rate) for centre in chosen), reverse=True)
        return float(sum(scores[: max(1, len(scores) // 2)]))  # half may be narration, or scenes of another cut

    usual = {rate: fits(rate) * PREFERRED for rate in USUAL_RATES}
    best = max(usual, key=lambda rate: usual[rate])
    if matcher.window_s >= WINDOW_S[1] and usual[best] >= SURE * (len(chosen) // 2):
        return (best,)
    fitting = {rate: fits(rate) for rate in GRID} | usual
    found: list[float] = []
    for rate in sorted(fitting, key=lambda rate: -fitting[rate]):
        if all(abs(rate / other - 1) > APART for other in found):
            found.append(rate)
    return tuple(found[: 1 if matcher.window_s >= TELLING_S else MOST_RATES])


def chains(film: Timeline, described: Timeline, rate: float, surely: Sure) -> tuple[Chain, ...]:
    """Stretches of a described track at a rate in their places, in order; none where nothing of it is in the film.
    `surely` gives a correlation of the sound itself at a place that is in doubt."""
    matcher, centres = _matcher(film, described)
    found = []
    for one in (one for centre in centres for one in matcher.find(described, float(centre), rate, CANDIDATES)):
        score = one.score if one.score >= CLEAR_SCORE else surely(one, rate)
        if matcher.window_s >= TELLING_S:
            score = max(score, one.score)
        if score >= LEAST_SCORE:
            found.append(replace(one, score=score))
    return tuple(Chain(tuple(places), rate) for places in _chained(found, rate))


def _matcher(film: Timeline, described: Timeline) -> tuple[Matcher, NDArray[np.float64]]:
    """What finds stretches, and the middles of those that are looked for, in seconds."""
    lasts_s = described.steps / STEPS_HZ
    matcher = Matcher(film, window_s(film.steps / STEPS_HZ, lasts_s))
    half = matcher.window_s / 2
    return matcher, np.arange(half, max(half, lasts_s - half) + 1e-6, half)


def _chained(found: Iterable[Found], rate: float) -> list[list[Found]]:
    """The places that go on through both with the highest score, breaks deducted, in runs without a break."""
    nodes = sorted(found, key=lambda one: (one.described_s, one.film_s))
    if not nodes:
        return []
    described = np.array([one.described_s for one in nodes])
    film = np.array([one.film_s for one in nodes])
    offsets, gains = film - rate * described, np.array([one.score for one in nodes]) - LEAST_SCORE / 2
    best, before = gains - BREAK, np.full(len(nodes), -1)
    for i in range(1, len(nodes)):
        later = (described[:i] < described[i] - 1e-6) & (film[:i] < film[i])
        if not later.any():
            continue
        allowed = JUMP_S + CREEP * (described[i] - described[:i])
        costs = np.where(np.abs(offsets[:i] - offsets[i]) <= allowed, 0.0, BREAK)
        totals = np.where(later, best[:i] - costs, -np.inf)
        last = int(totals.argmax())
        if totals[last] > -BREAK:
            best[i], before[i] = totals[last] + gains[i], last
    i = int(best.argmax())
    if best[i] <= 0:
        return []
    order = []
    while i >= 0:
        order.append(i)
        i = int(before[i])
    runs: list[list[Found]] = []
    for i in reversed(order):
        goes_on = runs and abs(offsets[i] - offsets[last]) <= JUMP_S + CREEP * (described[i] - described[last])
        if goes_on:
            runs[-1].append(nodes[i])
        else:
            runs.append([nodes[i]])
        last = i
    return runs
