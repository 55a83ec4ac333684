"""Decoded sound -> frames without hole or overlap, each where its timestamp puts it; jitter moves nothing."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

import av
import numpy as np

AGREE = 8
"""So many timestamps in a row must agree before sound is moved after them: FFmpeg gives some frames of Vorbis a stamp
that is 10 ms to 40 ms late, and there are encoders whose stamps are never quite right."""

DRIFT_MS = 10
"""How far stamps may creep away from the count of samples before sound is moved after them: each time is heard."""

Splice = Callable[[Fraction, Fraction], None]
"""Is called for each splice: with its time in the film in seconds, and with the seconds of silence that are put in
there or, below 0, of sound that are left out."""


def gap_filled(
    frames: Iterable[av.AudioFrame], zero_s: Fraction, duration_ms: int, spliced: Splice | None = None
) -> Iterator[av.AudioFrame]:
    """The frames one after another, the first at the film's zero, `zero_s` on the file's time line.

    A hole becomes silence, up to the film's end at `duration_ms`. What lies before zero or overlaps what came
    before is left out. Stamps that only jitter move nothing. Frames come without timestamps. `spliced` is called for
    each splice after the first sound.
    """
    at, rate, before = 0, 0, 0  # samples given so far, on the film's clock; how far off the last stamp was
    joined = begun = False  # joined: what was given goes on, nothing was left out just now
    queue, jitter = FrameQueue(frames), Jitter()
    while (frame := queue.first()) is not None:
        if rate != frame.sample_rate:
            at, rate, before = (round(at * frame.sample_rate / rate) if rate else 0), frame.sample_rate, 0
            jitter = Jitter()
        first = offset_samples(frame, zero_s, at)
        if not first:  # nearly all go on exactly where the last ended
            before, joined, begun = 0, True, True
            at += frame.samples
            queue.drop()
            frame.pts = None
            yield frame
            continue
        rounding = _rounding(frame) if joined else 0
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
            offs.append(offset_samples(frame, zero_s, here))
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


LASTS_S = 30
"""A small deviation that is taken back within this time is jitter, however long it stood; one that stays is a hole or
an overlap. WebM of Lavf 52 and 53 stamps Vorbis with its end, so that stamps change with the length of the blocks."""

SMALL_MS = (60, 250)
"""What is small: two packets, but so much at least and at most. Two stamps of which each is off by less than a packet
differ by less than two."""

PROVEN = 3
"""So many single stamps that are off make a stream one that jitters."""

MIDDLE = 64
"""So many frames, by their median, give the place of sound whose stamps jitter."""

CERTAIN, LONGEST_S = 0.49, 1e6
"""A float is at most 1e-9 of a second off up to so many seconds, less than 0.001 samples: within so many samples of a
whole number it is that number to which the exact time is rounded."""


class FrameQueue:
    """Frames in order; as many of those to come can be looked at as are asked for."""

    def __init__(self, frames: Iterable[av.AudioFrame]) -> None:
        self._left = iter(frames)
        self._waiting: deque[av.AudioFrame] = deque()

    def first(self) -> av.AudioFrame | None:
        """The next one, None at the end."""
        if not self._waiting and (frame := next(self._left, None)) is not None:
            self._waiting.append(frame)
        return self._waiting[0] if self._waiting else None

    def next(self, count: int) -> list[av.AudioFrame]:
        """So many of the next ones, fewer at the end."""
        return [frame for _, frame in zip(range(count), self.coming(), strict=False)]

    def coming(self) -> Iterator[av.AudioFrame]:
        """All to come, read as they are asked for."""
        number = 0
        while True:
            if number == len(self._waiting):
                frame = next(self._left, None)
                if frame is None:
                    return
                self._waiting.append(frame)
            yield self._waiting[number]
            number += 1

    def drop(self) -> None:
        """Take the first one out."""
        self._waiting.popleft()


@dataclass
class Jitter:
    """By how many samples stamps were seen to be early (a negative number) and late, and to come back."""

    early: int = 0
    late: int = 0
    _singles: list[int] = field(default_factory=list)
    _moved: int = 0

    def single(self, frame: av.AudioFrame, off: int) -> None:
        """Take in that this frame's stamp was off, and those after it were not."""
        if len(self._singles) < PROVEN:
            self._singles += [off] if abs(off) <= _small(frame) else []
            offs = self._singles if len(self._singles) == PROVEN else []
        else:
            offs = [off] if abs(off) <= _small(frame) else []
        self.early, self.late = min([self.early, *offs]), max([self.late, *offs])

    @property
    def is_known(self) -> bool:
        """Whether any was seen."""
        return self.early != self.late

    def lasting(self, queue: FrameQueue, zero_s: Fraction, at: int, rounding: int) -> bool:
        """Whether the next frame's stamp is off for good, and not only by as much as comes back."""
        low = high = first = rate = count = 0
        here = at
        for frame in queue.coming():
            count += 1
            off = offset_samples(frame, zero_s, here)
            if here == at:
                first, rate = off, frame.sample_rate
                if self.early - rounding <= first <= self.late + rounding:
                    return False
                if abs(first) <= _small(frame) and self._is_back(first, rounding):
                    self.early, self.late = min(self.early, first), max(self.late, first)
                    return False
            if rate != frame.sample_rate or here - at > LASTS_S * rate or abs(off) > _small(frame):
                return True
            if frame.pts is not None and (abs(off) <= rounding or (off < 0) != (first < 0)):
                self.early, self.late = min(self.early, low), max(self.late, high)
                return False
            low, high = min(low, off), max(high, off)
            here += frame.samples
        return not self.is_known or count >= MIDDLE  # of the end of such a stream too little is known

    def _is_back(self, off: int, rounding: int) -> bool:
        """Whether sound that was moved for what seemed to stay would now be moved back."""
        return off * self._moved < 0 and abs(off + self._moved) <= rounding

    def middle(self, queue: FrameQueue, zero_s: Fraction, at: int, off: int) -> int:
        """By how much sound is to be moved whose stamps are `off` for good: where they jitter, to the middle."""
        if not self.is_known:
            self._moved = off
            return off
        offs, here = [], at
        for frame in queue.next(MIDDLE):
            found = offset_samples(frame, zero_s, here)
            if frame.pts is not None and abs(found - off) <= _small(frame):
                offs.append(found)
            here += frame.samples
        self._moved = round(median(offs)) if offs else off
        return self._moved


def _small(frame: av.AudioFrame) -> int:
    least_ms, most_ms = SMALL_MS
    rate = frame.sample_rate
    return min(most_ms * rate // 1000, max(least_ms * rate // 1000, 2 * frame.samples))


def offset_samples(frame: av.AudioFrame, zero_s: Fraction, at: int) -> int:
    """By how many samples the frame's stamp is later than `at`, rounded; exact, for floats count only where no rounding
    of theirs can matter."""
    time_s, rate = frame.time, frame.sample_rate
    if time_s is None or math.isnan(time_s):  # no stamp, or nothing to count it in
        return 0
    zero = zero_s.numerator / zero_s.denominator
    about = (time_s - zero) * rate
    nearest = math.floor(about + 0.5)
    if abs(about - nearest) < CERTAIN and abs(time_s) + abs(zero) < LONGEST_S:
        return nearest - at
    return math.floor(((frame.pts or 0) * (frame.time_base or 0) - zero_s) * rate + Fraction(1, 2)) - at
