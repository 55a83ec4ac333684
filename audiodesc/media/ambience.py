"""The sound of a film while it stands still: its own last seconds as a seamless loop, or the loop dying away, or
silence; and whether these seconds can be looped without anybody noticing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audiodesc.model import Samples

LONGEST_S, SHORTEST_S = 3.0, 0.5
"""So much of the sound before a stop is looped at most; with less, what repeats would be noticed."""

FADE_S = 0.08
"""Two parts of a loop fade into each other in this time."""

SEARCHED_S = 0.1
"""A part begins where it goes on best from the one before, within this."""

SOFT_S = 0.01
"""What only begins or ends does so in this time, without a click."""

DIES_S, RISES_S = 0.5, 0.3
"""How long `dying` takes to go, and to come back."""


def silence(before: Samples, after: Samples, count: int, rate_hz: int) -> Iterator[Samples]:
    """`count` samples of silence. What came `before` and what comes `after` end and begin within 10 ms of it: the film
    itself is not touched. Shapes (channels, samples)."""
    soft = min(round(SOFT_S * rate_hz), count // 2, before.shape[1], after.shape[1])
    down = _ramp(soft)
    yield after[:, :soft] * (1 - down)
    for size in _blocks(count - 2 * soft, rate_hz):
        yield np.zeros((len(before), size), np.float32)
    yield before[:, before.shape[1] - soft :] * down


def looped(before: Samples, after: Samples, count: int, rate_hz: int) -> Iterator[Samples]:
    """`count` samples made of what came `before` the stop, shape (channels, samples), for between it and what comes
    `after`, of which the beginning (80 ms or less) fades away. The last part is the end of `before` as it is, so that
    the film goes on from there. A loop's parts follow one another where they are most alike, and are as loud at their
    joins as beside them.
    """
    length = before.shape[1]
    fade = min(after.shape[1], round(FADE_S * rate_hz), length // 4, count // 2)
    searched = min(round(SEARCHED_S * rate_hz), length // 4)
    parts = max(2 if count >= 4 * fade else 1, -(-count // (length - fade - searched)))
    mono, tail, left = before.mean(axis=0), after[:, :fade], count
    for number in range(parts, 0, -1):
        size = left // number
        ends = _ends(mono, size, left, fade) if number == 2 else None
        at = length - size if number == 1 else _best(mono, tail.mean(axis=0), size, searched, ends)
        part = before[:, at : at + size].copy()
        part[:, :fade] = _crossed(tail, part[:, :fade])
        tail = before[:, at + size : at + size + fade]
        left -= size
        yield part


def dying(before: Samples, after: Samples, count: int, rate_hz: int) -> Iterator[Samples]:
    """The same loop, which dies away within 0.5 s and comes back over the last 0.3 s."""
    dies, rises = (min(round(seconds * rate_hz), count // 2) for seconds in (DIES_S, RISES_S))
    at = 0
    for part in looped(before, after, count, rate_hz):
        places = np.arange(at, at + part.shape[1])
        at += part.shape[1]
        down = np.clip(1 - places / max(1, dies), 0, 1)
        up = np.clip(1 - (count - places) / max(1, rises), 0, 1)
        gain = np.sin(np.maximum(down, up) * np.pi / 2) ** 2
        yield (part * gain).astype(np.float32)


def _blocks(count: int, size: int) -> Iterator[int]:
    yield from (min(size, count - start) for start in range(0, count, size))


def _ramp(count: int) -> Samples:
    """From 0 to 1, without corners."""
    rising: Samples = (np.sin((np.arange(count) + 0.5) / max(1, count) * np.pi / 2) ** 2).astype(np.float32)
    return rising


def _ends(mono: NDArray[np.float32], size: int, left: int, fade: int) -> NDArray[np.float32]:
    """The beginning of the last part, given the size of the one before it and what is left with both."""
    first = len(mono) - (left - size)
    ends: NDArray[np.float32] = mono[first : first + fade]
    return ends


def _best(
    mono: NDArray[np.float32],
    tail: NDArray[np.float32],
    size: int,
    searched: int,
    ends: NDArray[np.float32] | None,
) -> int:
    """Where a part of that size begins most like `tail`; where `ends` are given, it goes on most like these too."""
    fade = len(tail)
    likeness = _likeness(mono[: searched + fade], tail)
    if ends is not None:
        likeness = likeness + _likeness(mono[size : size + searched + fade], ends)
    return int(likeness.argmax()) if likeness.size else 0


def _likeness(places: NDArray[np.float32], part: NDArray[np.float32]) -> NDArray[np.float64]:
    """The correlation, −1 to 1, of a part with each stretch of its length."""
    if not len(part) or len(places) < len(part):
        return np.zeros(1)
    products = np.correlate(places.astype(float), part.astype(float), "valid")
    power = np.convolve(places.astype(float) ** 2, np.ones(len(part)), "valid") * float((part.astype(float) ** 2).sum())
    return np.asarray(products / np.sqrt(np.maximum(power, 1e-20)))


def _crossed(one: Samples, other: Samples) -> Samples:
    """From one sound to the other, as loud throughout whatever the two have in common."""
    angle = (np.arange(one.shape[1]) + 0.5) / max(1, one.shape[1]) * np.pi / 2
    power = float(np.sqrt((one.astype(float) ** 2).sum() * (other.astype(float) ** 2).sum()))
    alike = float((one.astype(float) * other).sum()) / power if power > 0 else 0.0
    level = np.sqrt(1 + max(alike, -0.5) * np.sin(2 * angle))
    crossed: Samples = ((one * np.cos(angle) + other * np.sin(angle)) / level).astype(np.float32)
    return crossed


WINDOW_S, STEP_S = 0.04, 0.02
BANDS = 16
UNEVEN_DB = 8.0
"""So far the level of an even sound swings at most, from its lowest tenth to its highest."""

ONSET_DB = 6.0
"""So much louder, over the mean of its bands, an even sound never gets from one window to the next."""


CREST = 7.0
"""The steepest step between two samples of noise is 5 times the mean one; that of a click, far more."""


def is_even(sound: Samples, rate_hz: int) -> bool:
    """Whether nothing in a sound stands out that would be noticed when it comes again: no beat, no click, no word.

    Wind, rain, a street, a room, a hum, a held chord are even; silence is.
    """
    mono = sound.mean(axis=0).astype(float)
    size, hop = round(WINDOW_S * rate_hz), round(STEP_S * rate_hz)
    if len(mono) < 4 * size:
        return False
    windows = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    power = np.abs(np.fft.rfft(windows * np.hanning(size), axis=1)) ** 2 / size
    edges = np.unique(np.geomspace(2, power.shape[1] - 1, BANDS + 1).astype(int))
    bands = np.add.reduceat(power, edges[:-1], axis=1)
    floor = max(1e-9, float(bands.sum(axis=1).mean()) * 1e-4)  # what is far below the rest is not heard
    levels = 10 * np.log10(np.maximum(bands, floor))
    whole = 10 * np.log10(np.maximum(bands.sum(axis=1), floor))
    swing = float(np.percentile(whole, 90) - np.percentile(whole, 10))
    onset = float(np.maximum(np.diff(levels, axis=0), 0).mean(axis=1).max())
    peak = float(whole.max() - np.median(whole))
    slope = np.abs(np.diff(mono))
    clicks = slope.max() > CREST * max(1e-6, float(np.sqrt((slope**2).mean())))
    return swing <= UNEVEN_DB and onset <= ONSET_DB and peak <= UNEVEN_DB and not clicks
