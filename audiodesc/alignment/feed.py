"""The described sound on the film's clock: as the described track has it where it is aligned, and elsewhere the film's
own, with soft joins. The film's own samples are never resampled; the described track's are, where its rate is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
import soxr

from audiodesc.alignment.model import Alignment, Piece
from audiodesc.alignment.sources import Sound
from audiodesc.media.sound import read_sound
from audiodesc.mix.measure import Feed
from audiodesc.mix.mixer import to_stereo
from audiodesc.model import Samples

FADE_S = 0.05
"""How long a join takes, inside the piece."""

SAME_RATE = 1e-9
READ_S = 1.0
RUN_UP = 4_096
"""Samples that a resampler is given before those that are wanted."""


@dataclass(frozen=True, slots=True)
class AlignedFeed(Feed):
    """As the film's sound (`ours`) goes into a mix, but with the `described` sound in its aligned pieces, raised by
    `gain_db`."""

    ours: Sound | None = None
    described: Sound | None = None
    alignment: Alignment | None = None
    gain_db: float = 0.0

    def _own_blocks(self) -> Iterator[Samples]:
        assert self.ours and self.described and self.alignment  # noqa: S101, PT018 — made by `aligned_feed` alone
        theirs = _Stream(self.described, self.layout, self.rate_hz)
        voice = _Pieces(theirs, self.alignment.pieces, self.rate_hz, np.float32(10 ** (self.gain_db / 20)))
        start = 0
        blocks = read_sound(self.ours.film, self.ours.track, self.rate_hz)
        for own in in_layout(blocks, self.ours.track.layout, self.layout):
            yield voice.over(own, start)
            start += own.shape[1]


def output_layout(film: str, described: str) -> str:
    """The channels of the result: the film's where the described track has as many, else stereo."""
    return film if av.AudioLayout(film).nb_channels == av.AudioLayout(described).nb_channels else "stereo"


def in_layout(blocks: Iterator[Samples], layout: str, wanted: str) -> Iterator[Samples]:
    """The blocks in another layout: mono in both channels of stereo, and more channels mixed down to them."""
    count = av.AudioLayout(layout).nb_channels
    if count == av.AudioLayout(wanted).nb_channels:
        yield from blocks
    elif count == 1:
        yield from (np.repeat(block, 2, axis=0) for block in blocks)
    else:
        matrix = to_stereo(layout)
        yield from (matrix @ block for block in blocks)


class _Stream:
    """The described track, from which stretches are taken in order."""

    def __init__(self, sound: Sound, layout: str, rate_hz: int) -> None:
        self.channels = av.AudioLayout(layout).nb_channels
        self._blocks = in_layout(read_sound(sound.film, sound.track, rate_hz), sound.track.layout, layout)
        self._held: Samples = np.zeros((self.channels, 0), np.float32)
        self._first = 0

    def take(self, first: int, count: int) -> Samples:
        """`count` samples from sample `first` on, silence beyond the ends; no stretch begins over a second before the
        end of one that was taken."""
        parts = [self._held]
        end = self._first + self._held.shape[1]
        while end < first + count and (block := next(self._blocks, None)) is not None:
            if end + block.shape[1] > first or end + block.shape[1] > self._first + RUN_UP:
                parts.append(block)
            end += block.shape[1]
        self._held = np.concatenate(parts, axis=1)
        self._first = end - self._held.shape[1]
        out = np.zeros((self.channels, count), np.float32)
        a, b = max(first, self._first), min(first + count, end)
        if a < b:
            out[:, a - first : b - first] = self._held[:, a - self._first : b - self._first]
        keep = max(0, first + count - 2 * RUN_UP - self._first)
        self._held, self._first = self._held[:, keep:], self._first + min(keep, self._held.shape[1])
        return out


class _Pieces:
    """The pieces one after another, laid over the film's blocks."""

    def __init__(self, stream: _Stream, pieces: tuple[Piece, ...], rate_hz: int, gain: np.float32) -> None:
        self._stream, self._rate_hz, self._gain = stream, rate_hz, gain
        self._waiting = list(pieces)
        self._reader: _PieceReader | None = None

    def over(self, own: Samples, start: int) -> Samples:
        """The film's block from sample `start` on, with what of the pieces is in it."""
        out, end = own, start + own.shape[1]
        while self._waiting:
            piece = self._waiting[0]
            first, last = round(piece.start_s * self._rate_hz), round(piece.end_s * self._rate_hz)
            if first >= end:
                break
            a, b = max(first, start), min(last, end)
            if a < b:
                self._reader = self._reader or _PieceReader(self._stream, piece, first, self._rate_hz)
                theirs = self._reader.read(b - a) * self._gain
                weight = self._weights(a, b, first, last)
                out = out.copy() if out is own else out
                part = out[:, a - start : b - start]
                part += (theirs - part) * weight
            if last > end:
                break
            self._waiting.pop(0)
            self._reader = None
        return out

    def _weights(self, a: int, b: int, first: int, last: int) -> Samples:
        """0 at the ends of a piece, 1 from `FADE_S` inside it on; a piece that begins or ends with the film has no join
        there that could be heard."""
        fade = max(1, min(round(FADE_S * self._rate_hz), (last - first) // 2))
        at = np.arange(a, b, dtype=np.float32)
        up = np.ones_like(at) if first == 0 else (at - first) / fade
        return np.minimum(np.minimum(up, (last - at) / fade), 1).astype(np.float32)


class _PieceReader:
    """The samples of one piece on the film's clock."""

    def __init__(self, stream: _Stream, piece: Piece, first: int, rate_hz: int) -> None:
        self._stream, self._rate = stream, piece.rate
        begins = (first / rate_hz - piece.offset_s) / piece.rate * rate_hz  # in samples of the described track
        if abs(piece.rate - 1) < SAME_RATE:
            self._resampler, self._at, self._skip = None, round(begins), 0
            return
        self._at = max(0, int(begins) - RUN_UP)
        self._skip = round((begins - self._at) * piece.rate)
        self._resampler = soxr.ResampleStream(rate_hz, rate_hz * piece.rate, stream.channels, "float32", "VHQ")
        self._ready: Samples = np.zeros((stream.channels, 0), np.float32)

    def read(self, count: int) -> Samples:
        """The next `count` samples."""
        if self._resampler is None:
            self._at += count
            return self._stream.take(self._at - count, count)
        while self._ready.shape[1] < count + self._skip:
            size = max(RUN_UP, round(count / self._rate))
            block = self._stream.take(self._at, size)
            self._at += size
            made = self._resampler.resample_chunk(np.ascontiguousarray(block.T))
            self._ready = np.concatenate([self._ready, made.reshape(-1, self._stream.channels).T], axis=1)
        out = self._ready[:, self._skip : self._skip + count]
        self._ready, self._skip = self._ready[:, self._skip + count :], 0
        return out
