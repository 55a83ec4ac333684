"""What FFmpeg's filters do to a voice: the rumble below it, its loudest syllables, its peaks. Mono, in one piece."""

from __future__ import annotations

from fractions import Fraction

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

RUMBLE_HZ = 60
"""Below it there is no voice: a deep man's lowest tone is 80 Hz."""

Sound = NDArray[np.float32]


def without_rumble(sound: Sound, rate_hz: int) -> Sound:
    """Without what lies below the voice, 12 dB an octave; a steady offset goes too."""
    return _through(sound, rate_hz, ("highpass", f"f={RUMBLE_HZ}:p=2"))


def compressed(sound: Sound, rate_hz: int) -> Sound:
    """Speech of −23 LUFS with its loudest syllables brought nearer to the others: what rises 6 dB above −20 dBFS
    (RMS) comes out 3 dB above it, and what is softer is left alone."""
    return _through(sound, rate_hz, ("acompressor", "threshold=0.125:ratio=2:attack=10:release=120:detection=rms"))


def limited(sound: Sound, rate_hz: int, ceiling: float) -> Sound:
    """With no sample above `ceiling` (linear)."""
    return _through(sound, rate_hz, ("alimiter", f"limit={ceiling:.6f}:attack=5:release=50:level=0:latency=1"))


def _through(sound: Sound, rate_hz: int, step: tuple[str, str]) -> Sound:
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="flt", sample_rate=rate_hz, layout="mono", time_base=Fraction(1, rate_hz))
    back = graph.add("aformat", "sample_fmts=flt")
    graph.link_nodes(source, graph.add(*step), back, graph.add("abuffersink")).configure()
    frame = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32)[np.newaxis], format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate_hz, 0
    graph.push(frame)
    graph.push(None)
    parts = []
    while True:
        try:
            made = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            break
        assert isinstance(made, av.AudioFrame)  # noqa: S101 — an audio graph gives nothing else
        parts.append(made.to_ndarray().reshape(-1))
    return np.concatenate(parts).astype(np.float32)
