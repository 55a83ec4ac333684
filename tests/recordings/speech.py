"""Sound that stands in for a person's: spoken by the built-in voice, with noise, hum and faults of known size."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from audiodesc.model import Samples
from audiodesc.speak import profile, voice

RATE = 48_000
TEXTS = (
    "A woman runs over the bridge, and waves to him.",
    "At night, the old house burns; people run from it and shout in the street below.",
    "Rain falls on the empty square.",
)


@cache
def spoken(text: str = TEXTS[0]) -> Samples:
    """A text as the built-in voice says it: −23 LUFS, 48 kHz, shape (samples,)."""
    return voice(profile("espeak-en-gb")).say(text, 1.0).samples


def in_room(text: str = TEXTS[0], noise_db: float = -70.0, seconds: float = 0.5, seed: int = 1) -> Samples:
    """The same with room tone around and under it, of this level in dBFS (RMS)."""
    quiet = np.zeros(round(seconds * RATE), np.float32)
    sound = np.concatenate([quiet, spoken(text), quiet])
    return sound + noise(len(sound), noise_db, seed)


def noise(count: int, db: float, seed: int = 1) -> Samples:
    return (np.random.default_rng(seed).normal(size=count) * 10 ** (db / 20)).astype(np.float32)


def tone(count: int, hz: float, db: float) -> Samples:
    """Of this level in dBFS (RMS)."""
    wave: Samples = np.sin(2 * np.pi * hz * np.arange(count) / RATE).astype(np.float32)
    return wave * np.float32(np.sqrt(2) * 10 ** (db / 20))


def write(
    path: Path, samples: Samples, rate: int = RATE, codec: str = "pcm_s24le", channels: int = 1, form: str = ""
) -> Path:
    """A file of sound: mono samples in each channel, or as they are, shape (channels, samples)."""
    block = samples if samples.ndim == 2 else np.tile(samples, (channels, 1))
    layout = {1: "mono", 2: "stereo", 8: "7.1"}[len(block)]
    with av.open(str(path), "w", format=form or None) as file:
        stream: Any = file.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block.T.reshape(1, -1), np.float32), format="flt", layout=layout
        )
        frame.sample_rate, frame.pts = rate, 0
        shaped = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate).resample(frame)
        size = stream.codec_context.frame_size or len(samples.T)
        fifo = av.AudioFifo()
        for one in shaped:
            one.pts = None
            fifo.write(one)
        at = 0
        while (part := fifo.read(size, partial=True)) is not None:
            part.pts, at = at, at + part.samples
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path
