"""silero-vad: how likely it is that somebody speaks, for each 32 ms of mono sound.

The model beside this module is the file `silero_vad/data/silero_vad_16k_sequence.onnx` of the wheel of silero-vad 6.2.3
on PyPI, byte for byte: SHA-256 9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85. Its licence, MIT, is
`silero_vad.LICENSE`. It is shipped because that wheel requires torch, which the model itself does not need.

The model reads frames of 512 samples with the 64 samples before them, and carries a state from frame to frame.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.installation import again_command
from audiodesc.errors import MissingToolError

RATE_HZ = 16_000
FRAME = 512
"""Samples in a frame."""

FRAME_MS = 32

BEFORE = 64
STATE = 128
MODEL = Path(__file__).with_name("silero_vad_16k_sequence.onnx")

Mono = NDArray[np.float32]
Chances = NDArray[np.float32]
"""For each frame, from 0 to 1."""


class Forward:
    """Hears a stream in order, piece by piece; a piece is a whole number of frames."""

    def __init__(self) -> None:
        self._before = np.zeros(BEFORE, np.float32)
        self._state = _untouched()

    def hear(self, samples: Mono) -> Chances:
        hidden, cell = self._state
        inputs = {"input": _frames(self._before, samples), "h": hidden, "c": cell}
        chances, *self._state = _session().run(["speech_probs", "hn", "cn"], inputs)
        self._before = samples[-BEFORE:].copy()
        return np.asarray(chances, np.float32)


def backward(samples: Mono) -> Chances:
    """The chances of a piece that is heard from its end: it knows what follows, but not what came before."""
    return Forward().hear(np.ascontiguousarray(samples[::-1]))[::-1]


def _frames(before: Mono, samples: Mono) -> Mono:
    frames = samples.reshape(-1, FRAME)
    contexts = np.vstack((before, frames[:-1, -BEFORE:]))
    return np.hstack((contexts, frames))


def _untouched() -> list[NDArray[np.float32]]:
    return [np.zeros((1, 1, STATE), np.float32), np.zeros((1, 1, STATE), np.float32)]


@cache
def _session() -> Any:
    import onnxruntime  # type: ignore[import-untyped]

    if not MODEL.is_file():
        raise MissingToolError("the model that hears speech is missing", again_command())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # more are slower: the frames go one by one
    options.log_severity_level = 3  # the exporter left unused weights in it, of which each start would tell
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
