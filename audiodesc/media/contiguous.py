"""Decoded sound -> frames without hole or overlap, each where its time stamp puts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

import av
import numpy as np

from audiodesc.media.jitter import Jitter, Queue, off_by

AGREE = 8
"""So many time stamps in a row must agree before sound is moved after them: FFmpeg gives some frames of Vorbis a stamp
that is 10 ms to 40 ms late, and there are encoders whose stamps are never quite right."""

DRIFT_MS = 10
"""How far stamps may creep away from the count of samples before sound is moved after them: each time is heard."""

Splice = Callable[[Fraction, Fraction], None]
"""Is called for each splice: with its time in the film in seconds, and with the seconds of silence that are put in
there or, below 0, of sound that are left out."""


def contiguous(
    frames: Iterable[av.AudioFrame], zero_s: Fraction, duration_ms: int, spliced: Splice | None = None
) -> Iterator[av.AudioFrame]:
    """The frames one after another, the first at the film's zero, `zero_s` on the file's time line.

    A hole becomes silence, up to the film's end at `duration_ms`. What lies before zero or overlaps what came
    before is left out. Stamps that only jitter move nothing. Frames come without time stamps. `spliced` is called for
    each splice after the first sound.
    """
    at, rate, before = 0, 0, 0  # samples given so far, on the film's clock; how far off the last stamp was
    joined = begun = False  # joined: what was given goes on, nothing was left out just now
    queue, jitter = Queue(frames), Jitter()
    while (frame := queue.first()) is not None:
        if rate != frame.sample_rate:
            at, rate, before = (round(at * frame.sample_rate / rate) if rate else 0), frame.sample_rate, 0
            jitter = Jitter()
        first, rounding = off_by(frame, zero_s, at), _rounding(frame) if joined else 0
        off = 0 if abs(first) <= rounding else _agreed(queue.next(AGREE), zero_s, at, joined)
        if begun and not off and abs(first) > rounding:
            jitter.single(frame, first)
        if joined and abs(off - before) <= rounding and abs(off) <= rate * DRIFT_MS // 1000:
            off = 0  # it came slowly
        if begun and off:
            off = jitter.lasting(queue, zero_s, at, rounding) and jitter.middle(queue, zero_s, at, off)
        before = first - off
        silent = min(off, duration_ms * rate // 1000 - at)
        if begun and spliced and (silent > 0 or off < 0):
            spliced(Fraction(at, rate), Fraction(max(off, -frame.samples) if off < 0 else silent, rate))
        for silence in _silence(frame, silent):
            at += silence.samples
            yield silence
        queue.drop()
        rest = frame if off >= 0 else _without_start(frame, -off)
        joined = rest is not None
        if rest is None:
            continue
        begun = True
        at += rest.samples
        rest.pts = None
        yield rest


def _agreed(window: Sequence[av.AudioFrame], zero_s: Fraction, at: int, joined: bool) -> int:
    """By how many samples the stamps of all frames say that the first belongs later; 0 where they disagree.

    Rounded stamps differ a little: the middle of them is nearer to the truth than any.
    """
    offs, here = [], at
    for frame in window:
        if frame.sample_rate != window[0].sample_rate:
            break
        if frame.pts is not None:
            offs.append(off_by(frame, zero_s, here))
        here += frame.samples
    rounding = _rounding(window[0])
    if not offs or (joined and min(map(abs, offs)) <= rounding) or min(offs) * max(offs) < 0:
        return 0
    nearest = min(offs, key=abs)
    alike = [off for off in offs if abs(off - nearest) <= rounding]
    middle = (min(alike) + max(alike)) // 2
    whole = round(middle / window[0].samples) * window[0].samples  # a hole is mostly lost packets
    return whole if joined and abs(whole - middle) <= rounding // 2 else middle


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
