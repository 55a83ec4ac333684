"""Decoded sound -> frames without hole or overlap, each where its time stamp puts it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import av
import numpy as np

AGREE = 8
"""So many time stamps in a row must agree before sound is moved after them: FFmpeg gives some frames of Vorbis a stamp
that is 10 ms to 40 ms late, and there are encoders whose stamps are never quite right."""

DRIFT_MS = 10
"""How far stamps may creep away from the count of samples before sound is moved after them: each time is heard."""


def contiguous(frames: Iterable[av.AudioFrame], zero_s: Fraction, duration_ms: int) -> Iterator[av.AudioFrame]:
    """The frames one after another, the first at the film's zero, `zero_s` on the file's time line.

    A hole becomes silence, up to the film's end at `duration_ms`. What lies before zero or overlaps what came
    before is left out. Frames come without time stamps.
    """
    at, rate, before = 0, 0, 0  # samples given so far, on the film's clock; how far off the last stamp was
    joined = False  # what was given goes on: not at the beginning, nor where something was left out
    for window in _windows(frames):
        frame = window[0]
        if rate != frame.sample_rate:
            at, rate, before = (round(at * frame.sample_rate / rate) if rate else 0), frame.sample_rate, 0
        first, rounding = _off(frame, zero_s, at), _rounding(frame) if joined else 0
        off = 0 if abs(first) <= rounding else _agreed(window, zero_s, at, joined)
        if joined and abs(off - before) <= rounding and abs(off) <= rate * DRIFT_MS // 1000:
            off = 0  # it came slowly
        before = first - off
        for silence in _silence(frame, min(off, duration_ms * rate // 1000 - at)):
            at += silence.samples
            yield silence
        rest = frame if off >= 0 else _without_start(frame, -off)
        joined = rest is not None
        if rest is None:
            continue
        at += rest.samples
        rest.pts = None
        yield rest


def _windows(frames: Iterable[av.AudioFrame]) -> Iterator[deque[av.AudioFrame]]:
    """Each frame with those that follow it, `AGREE` in all where there are so many."""
    window: deque[av.AudioFrame] = deque()
    for frame in frames:
        window.append(frame)
        if len(window) == AGREE:
            yield window
            window.popleft()
    while window:
        yield window
        window.popleft()


def _agreed(window: Sequence[av.AudioFrame], zero_s: Fraction, at: int, joined: bool) -> int:
    """By how many samples the stamps of all frames say that the first belongs later; 0 where they disagree.

    Rounded stamps differ a little: the middle of them is nearer to the truth than any.
    """
    offs, here = [], at
    for frame in window:
        if frame.sample_rate != window[0].sample_rate:
            break
        if frame.pts is not None:
            offs.append(_off(frame, zero_s, here))
        here += frame.samples
    rounding = _rounding(window[0])
    if not offs or (joined and min(map(abs, offs)) <= rounding) or min(offs) * max(offs) < 0:
        return 0
    nearest = min(offs, key=abs)
    alike = [off for off in offs if abs(off - nearest) <= rounding]
    middle = (min(alike) + max(alike)) // 2
    whole = round(middle / window[0].samples) * window[0].samples  # a hole is mostly lost packets
    return whole if joined and abs(whole - middle) <= rounding // 2 else middle


def _off(frame: av.AudioFrame, zero_s: Fraction, at: int) -> int:
    """By how many samples the frame's stamp is later than `at`, rounded; in integers, for it is asked often."""
    if frame.pts is None or frame.time_base is None:
        return 0
    base, rate = frame.time_base, frame.sample_rate
    over = base.denominator * zero_s.denominator
    under = (frame.pts * base.numerator * zero_s.denominator - zero_s.numerator * base.denominator) * rate
    return (2 * under + over) // (2 * over) - at


def _rounding(frame: av.AudioFrame) -> int:
    """How many samples a stamp may be off because its container counts in ticks."""
    base = frame.time_base or Fraction(0)
    return max(1, -(-base.numerator * frame.sample_rate // base.denominator))


def _silence(like: av.AudioFrame, samples: int) -> Iterator[av.AudioFrame]:
    """Silent frames of at most a second, in the format of another; none for a negative number."""
    while samples > 0:
        size = min(samples, like.sample_rate)
        samples -= size
        channels = like.layout.nb_channels
        shape = (channels, size) if like.format.is_planar else (1, channels * size)
        zero = 128 if like.format.name.startswith("u8") else 0
        yield _frame(np.full(shape, zero, like.to_ndarray().dtype), like)


def _without_start(frame: av.AudioFrame, samples: int) -> av.AudioFrame | None:
    """The frame less its first samples; None if nothing is left."""
    if samples >= frame.samples:
        return None
    step = 1 if frame.format.is_planar else frame.layout.nb_channels
    return _frame(np.ascontiguousarray(frame.to_ndarray()[:, samples * step :]), frame)


def _frame(samples: np.ndarray, like: av.AudioFrame) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples, format=like.format.name, layout=like.layout.name)
    frame.sample_rate = like.sample_rate
    return frame
