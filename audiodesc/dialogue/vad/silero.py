"""silero-vad: how likely it is that somebody speaks, for each 32 ms of mono sound.

The model beside this module is the file `silero_vad/data/silero_vad_16k_sequence.onnx` of the wheel of silero-vad 6.2.3
on PyPI, byte for byte: SHA-256 9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85. Its licence, MIT, is
`silero_vad.LICENSE`. It is shipped because that wheel requires torch, which the model itself does not need.

The model reads frames of 512 samples with the 64 samples before them, and carries a state from frame to frame. It is
given a film's sound as mono mixes at 16 kHz, in chunks of even length and level.

A mono mix is a weighted sum of channels in which speech may be clearer than in any other: all channels as one, the
centre, the difference of two channels of a pair (what is left of a voice that is out of phase, or of the sides under a
loud middle), and each channel alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from audiodesc.core.environment import again_command
from audiodesc.core.onnx import session
from audiodesc.errors import MissingToolError
from audiodesc.media import sound
from audiodesc.media.sound import channel_names
from audiodesc.model import Samples

RATE_HZ = 16_000
FRAME = 512
"""Samples in a frame."""

FRAME_MS = 32

BEFORE = 64
STATE = 128
MODEL = Path(__file__).with_name("silero_vad_16k_sequence.onnx")

Mono = NDArray[np.float32]
Probabilities = NDArray[np.float32]
"""For each frame, from 0 to 1."""


class Forward:
    """Runs the model over a stream in order, chunk by chunk; a chunk is a whole number of frames."""

    def __init__(self) -> None:
        self._before = np.zeros(BEFORE, np.float32)
        self._state = _untouched()

    def run(self, samples: Mono) -> Probabilities:
        hidden, cell = self._state
        inputs = {"input": _frames(self._before, samples), "h": hidden, "c": cell}
        probabilities, *self._state = _session().run(["speech_probs", "hn", "cn"], inputs)
        self._before = samples[-BEFORE:].copy()
        return np.asarray(probabilities, np.float32)


def backward(samples: Mono) -> Probabilities:
    """The probabilities of a chunk that is run from its end: it knows what follows, but not what came before."""
    return Forward().run(np.ascontiguousarray(samples[::-1]))[::-1]


def _frames(before: Mono, samples: Mono) -> Mono:
    frames = samples.reshape(-1, FRAME)
    contexts = np.vstack((before, frames[:-1, -BEFORE:]))
    return np.hstack((contexts, frames))


def _untouched() -> list[NDArray[np.float32]]:
    return [np.zeros((1, 1, STATE), np.float32), np.zeros((1, 1, STATE), np.float32)]


@cache
def _session() -> Any:
    if not MODEL.is_file():
        raise MissingToolError("the model that hears speech is missing", again_command())
    return session(MODEL)  # on one thread: more are slower, for the frames go one by one


CHUNK = 512 * FRAME
"""Samples in a chunk: 16.4 s."""

BLOCK = 16 * FRAME
"""Samples in a block, of which the level is measured: 0.5 s."""

BLOCKS = CHUNK // BLOCK

LEVEL_DB = -23.0
MOST_GAIN_DB = 30.0
NEAR = 4
"""Sound whose loudest block within NEAR blocks (2 s) on both sides is below LEVEL_DB (its RMS) is raised to it, by
MOST_GAIN_DB at most. Speech at -40 and -55 dBFS is then heard as well as at -23, also beside louder speech; without it
soft lines are missed (benchmarks/gaps.py, first_rule.py)."""

EMPHASIS = 0.95
"""Of the filter (first difference) that weighs sound as speech is heard: below 150 Hz it is 24 dB down and more."""

SILENT = 1e-10
"""The power, -100 dBFS, below which nobody is heard, and the model is not asked."""

MASKED = 10 ** (-40 / 10)
"""A mix whose power is less than this share of the loudest mix's is masked by that."""

COPY = 0.03
"""A mix is a copy of another where no more than this share of its power is not in that one too (up to its sign)."""

Powers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk of all mixes, shape (mixes, CHUNK), silent after the sound's end, and the power of each block, shape
    (mixes, BLOCKS)."""

    samples: Samples
    powers: Powers


@dataclass(frozen=True, slots=True)
class ChannelMixes:
    """How mixes are made of channels: `weights` of shape (mixes, channels); `sides` are the numbers of those that are
    differences. The first is all channels as one."""

    weights: Samples
    sides: range


def channel_mixes(layout: str) -> ChannelMixes:
    """All channels as one, the centre, each other channel alone, and the sides of each pair."""
    names = channel_names(layout)
    each = np.eye(len(names), dtype=np.float32)
    if len(names) == 1:
        return ChannelMixes(each, range(0))
    alone = sorted(range(len(names)), key=lambda number: names[number] != "FC")
    sides = [(each[a] - each[b]) / 2 for a, b in _pairs(names)]
    rows = [each.mean(axis=0), *each[alone], *sides]
    return ChannelMixes(np.stack(rows), range(len(rows) - len(sides), len(rows)))


def _pairs(names: list[str]) -> list[tuple[int, int]]:
    """The numbers of the channels that are left and right of one kind; without such names, of each two in order."""
    named = [
        (n, names.index(f"{name[:-1]}R"))
        for n, name in enumerate(names)
        if f"{name[:-1]}R" in names and name[-1:] == "L"
    ]
    return named or [(n, n + 1) for n in range(0, len(names) - 1, 2)]


def mono_mixes(blocks: Iterable[Samples], layout: str) -> Iterator[Samples]:
    """The sound at 16 kHz; shape (mixes, samples)."""
    mix = channel_mixes(layout).weights
    count = mix.shape[1]
    stream = soxr.ResampleStream(sound.RATE_HZ, RATE_HZ, count, dtype="float32")
    for block in blocks:
        yield mix @ _resampled(stream, block)
    yield mix @ _resampled(stream, np.zeros((count, 0), np.float32), last=True)


def _resampled(stream: soxr.ResampleStream, samples: Samples, *, last: bool = False) -> Samples:
    """soxr takes and gives (samples, channels), flat for one channel."""
    given = samples[0] if len(samples) == 1 else samples.T
    out = stream.resample_chunk(np.ascontiguousarray(given), last=last)
    return np.ascontiguousarray(out.reshape(-1, len(samples)).T)


def audio_chunks(stream: Iterable[Samples]) -> Iterator[Chunk]:
    """The same sound in even chunks."""
    for samples in _even(stream):
        whole = np.pad(samples, ((0, 0), (0, CHUNK - samples.shape[1])))
        yield Chunk(whole, _powers(whole, BLOCK))


def _even(stream: Iterable[Samples]) -> Iterator[Samples]:
    waiting: list[Samples] = []
    size = 0
    for block in stream:
        waiting.append(block)
        size += block.shape[1]
        while size >= CHUNK:
            whole = np.concatenate(waiting, axis=1)
            yield whole[:, :CHUNK]
            waiting, size = [whole[:, CHUNK:]], size - CHUNK
    if size:
        yield np.concatenate(waiting, axis=1)


def _powers(samples: Samples, size: int) -> Powers:
    parts = samples.reshape(len(samples), -1, size)
    return np.asarray(np.einsum("lbs,lbs->lb", parts, parts) / size, np.float64)


@dataclass(frozen=True, slots=True)
class Screened:
    """The numbers of the mixes in which speech may be heard that is not heard as well in an earlier one, and the power
    of the loudest mix in each block, weighed as speech is heard."""

    mixes: list[int]
    powers: Powers


def screened(samples: Samples) -> Screened:
    """Those mixes of a chunk that are neither silent nor masked by others all the time, nor copies of others."""
    weighed = np.diff(samples, axis=1, prepend=samples[:, :1]) + (1 - EMPHASIS) * samples
    powers = _powers(weighed, BLOCK)
    loudest = powers.max(axis=0)
    heard = powers > np.maximum(SILENT, MASKED * loudest)
    chosen: list[int] = []
    for mix in map(int, np.flatnonzero(heard.any(axis=1))):
        if not any(_is_copy(weighed[[mix, one]], powers[[mix, one]], heard[mix]) for one in chosen):
            chosen.append(mix)
    return Screened(chosen, loudest)


def _is_copy(samples: Samples, powers: Powers, where: NDArray[np.bool_]) -> bool:
    """Whether the first of two mixes is, in these blocks, a multiple of the second."""
    one, other = samples.reshape(2, -1, BLOCK)[:, where]
    common = np.einsum("bs,bs->b", one, other) / BLOCK
    own, others = powers[:, where]
    return bool((own - common**2 / np.maximum(others, SILENT) <= COPY * own).all())


def levelled(last: Chunk, now: Chunk, following: Chunk, mix: int, ahead: int) -> Mono:
    """One mix of a chunk at its level, with `ahead` frames of the following one; gains glide from block to block."""
    samples = np.concatenate((now.samples[mix], following.samples[mix, : ahead * FRAME]))
    powers = np.concatenate([chunk.powers[mix] for chunk in (last, now, following)])
    padded = np.pad(powers, NEAR, constant_values=0)
    loudest = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR + 1).max(axis=1)
    gains = np.clip(LEVEL_DB - 10 * np.log10(np.maximum(loudest, 1e-12)), 0, MOST_GAIN_DB)
    frames = samples.reshape(-1, FRAME)
    places = (np.arange(len(frames)) + 0.5) * (FRAME / BLOCK) + BLOCKS - 0.5
    factors = 10 ** (np.interp(places, np.arange(3 * BLOCKS), gains) / 20)
    return np.asarray(frames * factors.astype(np.float32)[:, np.newaxis]).reshape(-1)
