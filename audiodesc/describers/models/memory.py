"""How much memory a question needs, estimated from the size of its frames, and how much a batch may take."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from audiodesc.describers.models.loading import LoadedModel
from audiodesc.describers.models.questions import Question, prepared, takes_any_mix
from audiodesc.model import Frame

FREE_SHARE = 0.7
"""Of the memory that is free once the weights are loaded; the rest is for fragments."""

CPU_BYTES = 2_000_000_000
"""A batch that keeps few cores busy: the memory is not what limits there."""

WORDS_TOKENS = 2048
"""Of a question's words and its answer, about."""

TOWER_BYTES, QWEN_TOWER_BYTES = 400, 220
"""For each pixel, at the widest place of what sees: a CLIP tower keeps all its layers, a Qwen's does not."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a model takes: tokens for each pixel or for each frame, bytes for each token and for each pixel."""

    pixel_tokens: float
    frame_tokens: float
    token_bytes: int
    pixel_bytes: int

    def bytes_for(self, frames: Sequence[Frame]) -> int:
        """The cache of a question about these frames and of its answer, and the tower's work."""
        pixels = sum(frame.image.shape[0] * frame.image.shape[1] for frame in frames)
        tokens = WORDS_TOKENS + pixels * self.pixel_tokens + len(frames) * self.frame_tokens
        return int(tokens * self.token_bytes + pixels * self.pixel_bytes)


def needs(loaded: LoadedModel) -> Needs:
    """A Qwen's tokens follow the size of a frame; of all others a frame has as many, however large it is."""
    cache = cache_bytes(loaded.model.config)
    if not loaded.sees:
        return Needs(0, 0, cache, 0)
    if not takes_any_mix(loaded):
        return Needs(0, _frame_tokens(loaded), cache, TOWER_BYTES)
    video = loaded.processor.video_processor
    return Needs(
        1 / ((video.patch_size * video.merge_size) ** 2 * video.temporal_patch_size), 0, cache, QWEN_TOWER_BYTES
    )


def cache_bytes(config: Any) -> int:
    """Of a token: a key and a value of two bytes a number, for each layer and each head that has its own."""
    text = config.get_text_config(decoder=True)
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(text.num_hidden_layers * heads * size * 2 * 2)


def release_memory() -> None:
    """Give back the memory of models that nothing holds any more."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()


def batch_bytes(device: str) -> int:
    """The bytes that a batch may take there, once the weights are loaded and before the first question."""
    if device == "cpu":
        return CPU_BYTES
    import torch

    free, _ = torch.cuda.mem_get_info(device)
    return int(free * FREE_SHARE)


def _frame_tokens(loaded: LoadedModel) -> float:
    """Counted on a grey clip."""
    grey = tuple(Frame(1000 * number, np.full((64, 64, 3), 128, np.uint8)) for number in range(8))
    four, eight = (prepared(loaded, [Question("", grey[:count])])["input_ids"].shape[1] for count in (4, 8))
    return float(eight - four) / 4
