"""What goes before the model and needs no GPU: how long a frame takes to prepare, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import torch

from audiodesc.describers.models.loading import LoadedModel
from audiodesc.describers.models.questions import Question, prepared
from audiodesc.model import Frame

WANTED_PREPARATION_MS = 12
"""For a frame, at batch 16 on one core."""

WORDS = "What is seen in these seconds of a film, and who does what? " * 10


def preparation(loaded: LoadedModel, pixels: int, clips: int = 16, frames: int = 12) -> str:
    """How long a frame's preparation takes on one core, in a batch of clips whose frames have so many pixels."""
    threads = torch.get_num_threads()
    height = int((pixels * 9 / 16) ** 0.5)
    random = np.random.default_rng(1)
    image = random.integers(0, 255, (height, pixels // height, 3), dtype=np.uint8)
    clip = tuple(Frame(500 * number, image.copy()) for number in range(frames))
    questions = [Question(WORDS, clip)] * clips
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        taken = min(_seconds(lambda: prepared(loaded, questions)) for _ in range(3))
    finally:
        torch.set_num_threads(threads)
        cv2.setNumThreads(-1)
    ms = 1000 * taken / (clips * frames)
    met = "met" if ms <= WANTED_PREPARATION_MS else "not met"
    return f"preparation: {ms:.1f} ms a frame at batch {clips} on one core ({met}: {WANTED_PREPARATION_MS} ms)"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
