"""Time stamps of sound that are wrong now and then, and right on the whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median

import av

LASTS_S = 30
"""A small deviation that is taken back within this time is jitter, however long it stood; one that stays is a hole or
an overlap. WebM of Lavf 52 and 53 stamps Vorbis with its end, so that stamps change with the length of the blocks."""

SMALL_MS = (60, 250)
"""What is small: two packets, but so much at least and at most. Two stamps of which each is off by less than a packet
differ by less than two."""

PROVEN = 3
"""So many single stamps that are off make a stream one that jitters."""

MIDDLE = 64
"""So many frames, by their median, tell the place of sound whose stamps jitter."""


class Queue:
    """Frames in order; as many of those to come can be looked at as are asked for."""

    def __init__(self, frames: Iterable[av.AudioFrame]) -> None:
        self._left = iter(frames)
        self._waiting: deque[av.AudioFrame] = deque()

    def first(self) -> av.AudioFrame | None:
        """The next one, None at the end."""
        return next(self.coming(), None)

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

    def lasting(self, queue: Queue, zero_s: Fraction, at: int, rounding: int) -> bool:
        """Whether the next frame's stamp is off for good, and not only by as much as comes back."""
        low = high = first = rate = count = 0
        here = at
        for frame in queue.coming():
            count += 1
            off = off_by(frame, zero_s, here)
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

    def middle(self, queue: Queue, zero_s: Fraction, at: int, off: int) -> int:
        """By how much sound is to be moved whose stamps are `off` for good: where they jitter, to the middle."""
        if not self.is_known:
            self._moved = off
            return off
        offs, here = [], at
        for frame in queue.next(MIDDLE):
            found = off_by(frame, zero_s, here)
            if frame.pts is not None and abs(found - off) <= _small(frame):
                offs.append(found)
            here += frame.samples
        self._moved = round(median(offs)) if offs else off
        return self._moved


def _small(frame: av.AudioFrame) -> int:
    least, most = (ms * frame.sample_rate // 1000 for ms in SMALL_MS)
    return min(most, max(least, 2 * frame.samples))


def off_by(frame: av.AudioFrame, zero_s: Fraction, at: int) -> int:
    """By how many samples the frame's stamp is later than `at`, rounded; in integers, for it is asked often."""
    if frame.pts is None or frame.time_base is None:
        return 0
    base, rate = frame.time_base, frame.sample_rate
    over = base.denominator * zero_s.denominator
    under = (frame.pts * base.numerator * zero_s.denominator - zero_s.numerator * base.denominator) * rate
    return (2 * under + over) // (2 * over) - at
