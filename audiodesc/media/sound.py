"""A film's sound as an even stream on the film's clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, groupby
from typing import Any

import av
import numpy as np
from av.filter import Graph
from av.stream import Discard
from numpy.typing import NDArray

from audiodesc.errors import FilmError
from audiodesc.media.discontinuities import lasting, on_clock
from audiodesc.media.gap_fill import gap_filled
from audiodesc.media.opening import demuxed, open_film
from audiodesc.media.track_extents import audible_from_ms
from audiodesc.model import AudioTrack, Film, Samples

PACKED = {"float32": "flt", "int32": "s32", "int16": "s16"}
"""NumPy's names of formats, and FFmpeg's."""

MOST_PLANES = 7
"""Of more, PyAV cannot reach the planes: such frames are packed."""


def float_form(layout: str) -> str:
    """FFmpeg's name of the format in which float samples travel: planar where that can be, for it is not rearranged."""
    return "fltp" if av.AudioLayout(layout).nb_channels <= MOST_PLANES else "flt"


def channel_names(layout: str) -> list[str]:
    """FFmpeg's names of a layout's channels, in order."""
    return [channel.name for channel in av.AudioLayout(layout).channels]


def to_frame(samples: NDArray[Any], layout: str, rate_hz: int) -> av.AudioFrame:
    """A frame from samples of shape (channels, samples): whole numbers packed, floats in their `float_form`.

    Raises ValueError for another number of channels.
    """
    if len(samples) != av.AudioLayout(layout).nb_channels:
        raise ValueError(f"{len(samples)} channels are not {layout}")
    form = float_form(layout) if samples.dtype == np.float32 else PACKED[samples.dtype.name]
    planes = np.ascontiguousarray(samples) if form == "fltp" else _packed(samples)
    frame = av.AudioFrame.from_ndarray(planes, format=form, layout=layout)
    frame.sample_rate = rate_hz
    return frame


def _packed(samples: NDArray[Any]) -> NDArray[Any]:
    """Shape (1, channels × samples), channel by channel: to transpose the whole would take six times as long."""
    packed = np.empty((samples.shape[1], len(samples)), samples.dtype)
    for i, channel in enumerate(samples):
        packed[:, i] = channel
    return packed.reshape(1, -1)


def from_frame(frame: av.AudioFrame) -> Samples:
    """The samples of a float frame, shape (channels, samples)."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    return np.ascontiguousarray(samples, np.float32)


RATE_HZ = 48_000
BLOCK = RATE_HZ
"""Samples in a block: one second."""

USUAL_S = Fraction(1, 25)
"""How long a packet lasts that does not say so."""

Failed = Callable[[Fraction, Fraction], None]
"""Is called with when in the film something is, and how long it lasts, in seconds."""

MOST = 1_000.0
"""Sound stored as floating point may hold anything; above 60 dB over full scale it is no sound."""


def length(film: Film, rate_hz: int = RATE_HZ) -> int:
    """How many samples the film lasts."""
    return film.duration_ms * rate_hz // 1000


def read_sound(film: Film, track: AudioTrack, rate_hz: int = RATE_HZ) -> Iterator[Samples]:
    """The track at `rate_hz` in its own layout, in blocks of at most one second, exactly as long as the film.

    Time stamps are honoured: the n-th sample is the n-th of the film. A late start and holes are silence;
    what lies before the film's zero, after its end, or overlaps what came before, is left out. Tracks that take turns
    are one after the other. Of a track that has parts, these are its channels, or where it is mono their mean.
    """
    if track.parts:
        alone = [replace(track, index=index, layout="mono", parts=(), turns=()) for index in track.parts]
        for channels in in_step([_alone(film, one, rate_hz) for one in alone], rate_hz):
            yield channels.mean(axis=0, keepdims=True) if track.layout == "mono" else channels
        return
    yield from _alone(film, track, rate_hz)


def in_step(tracks: Sequence[Iterator[Samples]], size: int) -> Iterator[Samples]:
    """Tracks of equal length as one with the channels of all, in blocks of `size` samples; the last may be shorter."""
    evened = [even(blocks, size) for blocks in tracks]
    for together in zip(*evened, strict=True):
        yield np.concatenate(together)


def even(blocks: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same sound in blocks of `size` samples; the last may be shorter."""
    waiting: list[Samples] = []
    held = 0
    for block in blocks:
        waiting.append(block)
        held += block.shape[1]
        if held >= size:
            whole = np.concatenate(waiting, axis=1)
            for start in range(0, held - held % size, size):
                yield whole[:, start : start + size]
            held %= size
            waiting = [whole[:, whole.shape[1] - held :]]
    if held:
        yield np.concatenate(waiting, axis=1)


def _alone(film: Film, track: AudioTrack, rate_hz: int) -> Iterator[Samples]:
    total = length(film, rate_hz)
    done = 0
    for block in _blocks(film, track, rate_hz):
        if done + block.shape[1] > total:
            block = block[:, : total - done]
        if block.shape[1]:
            done += block.shape[1]
            yield block
        if done >= total:
            return
    channels = av.AudioLayout(track.layout).nb_channels
    while done < total:
        size = min(rate_hz, total - done)
        done += size
        yield np.zeros((channels, size), np.float32)


def _blocks(film: Film, track: AudioTrack, rate_hz: int) -> Iterator[Samples]:
    """Blocks of at most a second. Sound that changes its rate or layout midway goes on through a new resampler."""
    for _, run in groupby(gap_filled(decoded(film, track), film.zero_s, film.duration_ms), _form):
        yield from _resampled(run, track, rate_hz)


def _form(frame: av.AudioFrame) -> tuple[str, int, str]:
    return frame.format.name, frame.sample_rate, frame.layout.name


def _resampled(run: Iterator[av.AudioFrame], track: AudioTrack, rate_hz: int) -> Iterator[Samples]:
    """Frames of one form at `rate_hz`, to the sample as long as they are."""
    first = next(run)
    graph, rate = _resampler(first, track, rate_hz), first.sample_rate
    pushed = waiting = given = 0
    for frame in chain([first], run):
        graph.push(frame)
        pushed += frame.samples
        waiting += frame.samples
        if waiting >= rate:  # asking in vain after each frame would cost more than the resampling
            waiting = 0
            for block in _pull(graph):
                given += block.shape[1]
                yield block
    graph.push(None)
    left = round(pushed * rate_hz / rate) - given
    for block in _pull(graph):
        yield block[:, :left]
        left = max(0, left - block.shape[1])
    if left:
        yield np.zeros((av.AudioLayout(track.layout).nb_channels, left), np.float32)


def _pull(graph: Graph) -> Iterator[Samples]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)  # noqa: S101 — an audio graph gives nothing else
        samples = from_frame(frame)
        if not -MOST <= samples.min(initial=0.0) <= samples.max(initial=0.0) <= MOST:  # also where one is no number
            samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -MOST, MOST)
        yield samples


def _resampler(frame: av.AudioFrame, track: AudioTrack, rate_hz: int) -> Graph:
    """Raises FilmError where FFmpeg does not know how to make one layout of the other."""
    graph = Graph()
    layout, rate, form = frame.layout.name, frame.sample_rate, float_form(track.layout)
    one = [graph.add("pan", "mono|c0=c0")] if frame.layout.nb_channels == 1 and track.layout == "mono" else []
    try:
        graph.link_nodes(
            graph.add_abuffer(format=frame.format.name, sample_rate=rate, layout=layout, time_base=Fraction(1, rate)),
            *one,  # whatever its label, at its level
            graph.add("aformat", f"sample_fmts={form}:sample_rates={rate_hz}:channel_layouts={track.layout}"),
            graph.add("asetnsamples", f"n={rate_hz}:p=0"),
            graph.add("abuffersink"),
        ).configure()
    except (av.error.FFmpegError, ValueError) as error:
        raise FilmError(
            f"the film's sound track {track.index} holds sound of {layout}, which cannot be made {track.layout}",
            "choose another with --audio-track, or convert it",
        ) from error
    return graph


def decoded(film: Film, track: AudioTrack, failed: Failed | None = None) -> Iterator[av.AudioFrame]:
    """The frames of a track, or of all that take turns with it, as they stand in the file, on its time line. `failed`
    is called for each packet that cannot be decoded."""
    packers: dict[tuple[str, int, str], av.AudioResampler] = {}
    begins = audible_from_ms(film, track)
    with open_film(film) as container:
        streams = [container.streams[index] for index in sorted(begins)]
        for other in container.streams:
            if other.index not in begins:
                other.discard = Discard.all  # else every packet of the picture is read, to be dropped
        for packet in on_clock(demuxed(container, streams), film.discontinuities):
            if len(begins) > 1 and packet.size and _time_ms(packet, film) < begins[packet.stream_index]:
                continue
            frames = _frames(packet)
            if failed and packet.size and (frames is None or any(frame.is_corrupt for frame in frames)):
                failed(*_place(packet, film))
            for frame in frames or ():
                if frame.layout.nb_channels <= MOST_PLANES or not frame.format.is_planar:
                    yield frame
                    continue
                yield from packers.setdefault(_form(frame), av.AudioResampler("flt")).resample(frame)


def _time_ms(packet: av.Packet[av.AudioStream], film: Film) -> float:
    time = packet.pts if packet.pts is not None else packet.dts
    return math.inf if time is None or not packet.time_base else float(time * packet.time_base - film.zero_s) * 1000


def _frames(packet: av.Packet[av.AudioStream]) -> list[av.AudioFrame] | None:
    """None for a damaged packet: it is a hole, and the next timestamp says how long."""
    try:
        return packet.decode()
    except av.error.FFmpegError:  # decoders have errors of their own: AC-3 at least ten
        return None


def _place(packet: av.Packet[Any], film: Film) -> tuple[Fraction, Fraction]:
    """When in the film a packet is heard, and for how long, in seconds."""
    time = packet.pts if packet.pts is not None else packet.dts or 0
    return time * (packet.time_base or 0) - film.zero_s, lasting(packet) or USUAL_S
