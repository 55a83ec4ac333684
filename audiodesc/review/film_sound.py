"""A stretch of a film's sound as it goes into the mix, without all that comes before it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
import numpy as np

from audiodesc.media.opening import demuxed, open_film
from audiodesc.media.sound import float_form, from_frame
from audiodesc.mix.measure import Feed
from audiodesc.mix.mixer import to_stereo
from audiodesc.model import Film, Samples

RUN_UP_S: Final = 1
"""Decoding begins so much earlier: a lossy coder's first frames after a jump are not yet right."""


def stretch(source: Feed, first: int, stop: int) -> Samples:
    """The samples `first` to `stop` of a feed, shape (channels, samples): those of `Feed.blocks`, to a sample where its
    rate is not the film's. Films whose timestamps start anew, and tracks that take turns, are read from the beginning.
    """
    stop = max(first, min(stop, source.samples))
    track = source.track
    if track is None:
        return np.zeros((1, stop - first), np.float32)
    if source.film.discontinuities or track.turns:
        return _from_the_beginning(source, first, stop)
    if track.parts:
        parts = [_alone(source.film, index, "mono", source.rate_hz, first, stop) for index in track.parts]
        whole: Samples = np.concatenate(parts)
        sound = whole.mean(axis=0, keepdims=True) if track.layout == "mono" else whole
    else:
        sound = _alone(source.film, track.index, track.layout, source.rate_hz, first, stop)
    return sound if source.layout == track.layout else np.asarray(to_stereo(track.layout) @ sound, np.float32)


def _from_the_beginning(source: Feed, first: int, stop: int) -> Samples:
    at, parts = 0, []
    for block in source.blocks():
        if at + block.shape[1] > first:
            parts.append(block[:, max(0, first - at) : stop - at])
        at += block.shape[1]
        if at >= stop:
            break
    channels = av.AudioLayout(source.layout).nb_channels
    return np.concatenate(parts, axis=1) if parts else np.zeros((channels, 0), np.float32)


def _alone(film: Film, index: int, layout: str, rate_hz: int, first: int, stop: int) -> Samples:
    out = np.zeros((av.AudioLayout(layout).nb_channels, stop - first), np.float32)
    for at, block in _decoded(film, index, layout, rate_hz, first, stop):
        begin, end = max(first, at), min(stop, at + block.shape[1])
        if begin < end:
            out[:, begin - first : end - first] = block[:, begin - at : end - at]
    return out


def _decoded(film: Film, index: int, layout: str, rate_hz: int, first: int, stop: int) -> Iterator[tuple[int, Samples]]:
    """(sample at which it begins, the samples) of what is decoded around the stretch."""
    resampler = av.AudioResampler(float_form(layout), layout, rate_hz)
    at: int | None = None
    with open_film(film) as container:
        stream = container.streams[index]
        assert isinstance(stream, av.AudioStream)  # noqa: S101 — the probe listed it as one
        early = Fraction(first, rate_hz) - RUN_UP_S
        if early > 0:  # a jump to 0 would leave out what AAC has before it
            container.seek(int((early + film.zero_s) * av.time_base))
        for packet in demuxed(container, [stream]):
            for frame in _frames(packet):
                if frame.pts is None or not frame.time_base:
                    continue
                start = round((frame.pts * frame.time_base - film.zero_s) * rate_hz)
                if start >= stop:
                    return
                if at is None or abs(start - at) > rate_hz // 50:  # the first, or behind a hole
                    at = start
                for made in resampler.resample(frame):
                    block = from_frame(made)
                    yield at, block
                    at += block.shape[1]


def _frames(packet: av.Packet[av.AudioStream]) -> list[av.AudioFrame]:
    try:
        return list(packet.decode())
    except (av.error.FFmpegError, ValueError):  # a damaged packet is a hole
        return []
