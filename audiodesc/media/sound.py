"""A film's sound as an even stream on the film's clock."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from audiodesc.media.opening import open_film
from audiodesc.media.samples import from_frame
from audiodesc.model import AudioTrack, Film, Samples

RATE_HZ = 48_000
BLOCK = RATE_HZ
"""Samples in a block: one second."""

MOST_PLANES = 7
"""Of more, PyAV cannot reach the planes: such frames are packed first."""

JITTER_MS = 10
"""Time stamps may be this far off before they mean a hole or an overlap: containers round them (Matroska to
1 ms), and encoders to their frames."""


def length(film: Film) -> int:
    """How many samples at 48 kHz the film lasts."""
    return film.duration_ms * RATE_HZ // 1000


def read_sound(film: Film, track: AudioTrack) -> Iterator[Samples]:
    """The track at 48 kHz in its own layout, in blocks of at most one second, exactly as long as the film.

    Time stamps are honoured: the n-th sample is the n-th of the film. A late start and holes are silence;
    what lies before the film's zero, after its end, or overlaps what came before, is left out.
    """
    total = length(film)
    done = 0
    for block in _blocks(film, track):
        if done + block.shape[1] > total:
            block = block[:, : total - done]
        if block.shape[1]:
            done += block.shape[1]
            yield block
        if done >= total:
            return
    channels = av.AudioLayout(track.layout).nb_channels
    while done < total:
        size = min(BLOCK, total - done)
        done += size
        yield np.zeros((channels, size), np.float32)


def _blocks(film: Film, track: AudioTrack) -> Iterator[Samples]:
    """Blocks of at most a second. Sound that changes its rate or layout midway goes on through a new resampler."""
    graph: Graph | None = None
    form, pushed = None, 0
    for frame in _contiguous(film, track):
        if form != (form := _form(frame)) and graph:
            graph.push(None)
            yield from _pull(graph)
            graph = None
        graph = graph or _resampler(frame, track)
        graph.push(frame)
        pushed += frame.samples
        if pushed >= frame.sample_rate:  # asking in vain after each frame would cost more than the resampling
            pushed = 0
            yield from _pull(graph)
    if graph:
        graph.push(None)
        yield from _pull(graph)


def _form(frame: av.AudioFrame) -> tuple[str, int, str]:
    return frame.format.name, frame.sample_rate, frame.layout.name


def _pull(graph: Graph) -> Iterator[Samples]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)  # noqa: S101 — an audio graph gives nothing else
        samples = from_frame(frame)
        if not np.isfinite(samples).all():  # sound stored as floating point may hold anything
            samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        yield samples


def _resampler(frame: av.AudioFrame, track: AudioTrack) -> Graph:
    graph = Graph()
    graph.link_nodes(
        graph.add_abuffer(
            format=frame.format.name,
            sample_rate=frame.sample_rate,
            layout=frame.layout.name,
            time_base=Fraction(1, frame.sample_rate),
        ),
        graph.add("aformat", f"sample_fmts=flt:sample_rates={RATE_HZ}:channel_layouts={track.layout}"),
        graph.add("asetnsamples", f"n={BLOCK}:p=0"),
        graph.add("abuffersink"),
    ).configure()
    return graph


def _contiguous(film: Film, track: AudioTrack) -> Iterator[av.AudioFrame]:
    """Decoded frames without hole or overlap, the first at the film's zero."""
    at, rate = 0, 0  # samples given so far, on the film's clock
    for frame in _decoded(film, track):
        at, rate = (at * frame.sample_rate // rate if rate else 0), frame.sample_rate
        if frame.pts is not None and frame.time_base is not None:
            off = _sample(frame.pts, frame.time_base, film.zero_s, rate) - at
            tolerance = 0 if at == 0 else rate * JITTER_MS // 1000
            if off > tolerance:
                for silence in _silence(frame, min(off, film.duration_ms * rate // 1000 - at)):
                    at += silence.samples
                    yield silence
            elif -off > tolerance:
                rest = _without_start(frame, -off)
                if rest is None:
                    continue
                frame = rest
        at += frame.samples
        frame.pts = None
        yield frame


def _sample(pts: int, time_base: Fraction, zero_s: Fraction, rate: int) -> int:
    """The sample of the film's clock at which a time stamp stands, rounded; in integers, for it is asked often."""
    over = time_base.denominator * zero_s.denominator
    under = (pts * time_base.numerator * zero_s.denominator - zero_s.numerator * time_base.denominator) * rate
    return (2 * under + over) // (2 * over)


def _decoded(film: Film, track: AudioTrack) -> Iterator[av.AudioFrame]:
    packer: av.AudioResampler | None = None
    with open_film(film.path) as container:
        stream = container.streams[track.index]
        assert isinstance(stream, av.AudioStream)  # noqa: S101 — the probe listed it as one
        for packet in container.demux(stream):
            for frame in _frames(packet):
                if frame.layout.nb_channels <= MOST_PLANES or not frame.format.is_planar:
                    yield frame
                    continue
                packer = packer or av.AudioResampler("flt")
                yield from packer.resample(frame)


def _frames(packet: av.Packet[av.AudioStream]) -> list[av.AudioFrame]:
    try:
        return packet.decode()
    except (av.error.InvalidDataError, av.error.ArgumentError):
        return []  # a damaged packet is a hole, and the next time stamp tells how long


def _silence(like: av.AudioFrame, samples: int) -> Iterator[av.AudioFrame]:
    """Silent frames of at most a second, in the format of another."""
    while samples > 0:
        size = min(samples, like.sample_rate)
        samples -= size
        channels = like.layout.nb_channels
        shape = (channels, size) if like.format.is_planar else (1, channels * size)
        yield _frame(np.zeros(shape, like.to_ndarray().dtype), like)


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
