"""What a model could do at best on this machine, from what the machine itself shows, beside what it does.

Reading is bounded by arithmetic: two operations for each weight and token. Writing is bounded by memory: all weights of
the language model are read for each step, whatever the batch. Attention and the decoder come on top.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Limits:
    """Of a machine: operations and bytes a second, both measured."""

    operations: float
    bytes: float

    def __str__(self) -> str:
        return f"{self.operations / 1e12:.1f} TFLOP/s of matrices, {self.bytes / 1e9:.0f} GB/s of memory, measured"

    def seconds(self, model: Any, read: int, patches: int, steps: int) -> float:
        """The least time in which a model reads so many tokens and patches and makes so many steps of writing."""
        tower = sum(one.numel() for one in model.model.visual.parameters())
        every = sum(one.numel() for one in model.parameters())
        size = next(model.parameters()).element_size()
        arithmetic = 2 * (read * (every - tower) + patches * tower)
        return float(arithmetic / self.operations + steps * (every - tower) * size / self.bytes)


def measured(side: int) -> Limits:
    """Of this machine's GPU, or of its processor: square matrices of `side`, and copies of as large ones."""
    cuda = torch.cuda.is_available()
    one = torch.randn(side, side, device="cuda" if cuda else "cpu").to(torch.bfloat16 if cuda else torch.float32)
    return Limits(2 * side**3 / _least(lambda: one @ one), 2 * one.nbytes / _least(one.clone))


def _least(work: Callable[[], Any]) -> float:
    """Seconds, the best of ten."""
    best = float("inf")
    for _ in range(10):
        _wait()
        started = time.perf_counter()
        work()
        _wait()
        best = min(best, time.perf_counter() - started)
    return best


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
