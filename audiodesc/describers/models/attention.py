"""Which kind of attention a model computes with, and a tower's windows of one length in one call of it.

A tower attends within single frames, or within windows of them: hundreds in a batch of clips. Without flash-attention
transformers asks torch for one after the other; here all of one length are asked for at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import groupby, pairwise
from typing import Any, Final

from audiodesc.describers.models.hardware import Machine

FLASH: Final = "flash_attention_2"

AT_ONCE: Final = "sdpa_of_flash_windows"
"""Our kind's name for transformers. It hands a kind that has "flash" in its name all windows together."""

TOWERS: Final = frozenset(
    {"qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe", "qwen2_5_omni_thinker",
     "qwen3_omni_moe_thinker", "glm4v", "glm4v_moe", "glm46v", "video_llama_3", "minicpmv4_6"}
)  # fmt: skip
"""Kinds of models whose towers attend within windows or frames."""


def kinds_for(machine: Machine) -> Sequence[str]:
    """The kinds of attention to try on a machine, the quickest first: what a model lacks, the next one does.

    flash-attention needs a GPU of the Ampere generation or later, which is one that computes with bfloat16.
    """
    quick = (FLASH,) if machine.device != "cpu" and machine.dtype == "bfloat16" and _has_flash() else ()
    return *quick, "sdpa", "eager"


def _has_flash() -> bool:
    from transformers.utils import is_flash_attn_2_available

    return bool(is_flash_attn_2_available())


def described(machine: Machine) -> str:
    """What a model computes with on this machine, and why, for a person; "" where it runs none."""
    if machine.fault:
        return ""
    if machine.device == "cpu":
        return "sdpa, torch's own attention: windows of one length at once"
    if machine.dtype != "bfloat16":
        return f"sdpa, torch's own attention: {machine.gpu} is too old for flash-attention"
    if kinds_for(machine)[0] == FLASH:
        return f"{FLASH}; sdpa, torch's own attention, where the model has no such"
    why = "cannot be used here" if find_spec("flash_attn") else "is not installed"
    return f"sdpa, torch's own attention: windows of one length at once; flash-attn {why}"


def use_windows_at_once(model: Any) -> None:
    """Let a loaded model's tower attend with `windows_at_once`, if it is one of `TOWERS` and computes with sdpa."""
    tower = getattr(model.config, "vision_config", None)
    if model.config.model_type in TOWERS and tower is not None and tower._attn_implementation == "sdpa":
        from transformers import AttentionInterface

        AttentionInterface.register(AT_ONCE, windows_at_once)
        model.set_attn_implementation({"vision_config": AT_ONCE})


def windows_at_once(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, cu_seq_lens_q: Any = None, **settings: Any
) -> tuple[Any, None]:
    """Attention within windows, as transformers asks for it.

    `query`, `key` and `value` have the shape (1, heads, tokens, size) and `cu_seq_lens_q` the places of the windows'
    ends, beginning with 0; the result has the shape (1, tokens, heads, size), and no weights. Without windows it is
    transformers' own sdpa.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if cu_seq_lens_q is None:
        whole: tuple[Any, None] = sdpa_attention_forward(module, query, key, value, attention_mask, **settings)
        return whole
    packed = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    within = by_length if query.is_cuda else by_run
    return within(packed, cu_seq_lens_q.tolist(), settings.get("scaling"), settings.get("dropout", 0.0))[None], None


def by_run(packed: Sequence[Any], ends: Sequence[int], scale: float | None = None, dropout: float = 0.0) -> Any:
    """Attention within windows, one call for each run of windows of one length; nothing is copied before it.

    `packed` are queries, keys and values, each of shape (tokens, heads, size), as is the result.
    """
    import torch

    made, start = [], ends[0]
    for length, windows in groupby(end - start for start, end in pairwise(ends)):
        end = start + length * sum(1 for _ in windows)
        if end > start:
            made.append(_attended([part[start:end] for part in packed], length, scale, dropout))
        start = end
    return made[0] if len(made) == 1 else torch.cat(made)


def by_length(packed: Sequence[Any], ends: Sequence[int], scale: float | None = None, dropout: float = 0.0) -> Any:
    """The same with one call for all windows of one length, which are brought together first: quicker where a call
    costs more than a copy, as on a GPU."""
    import torch

    starts: dict[int, list[int]] = {}
    for start, end in pairwise(ends):
        starts.setdefault(end - start, []).append(start)
    starts.pop(0, None)
    if len(starts) == 1:
        return _attended(packed, next(iter(starts)), scale, dropout)
    out = torch.empty_like(packed[2])
    for length, first in starts.items():
        within = torch.arange(length, device=out.device)
        rows = (torch.tensor(first, device=out.device)[:, None] + within).flatten()
        out[rows] = _attended([part[rows] for part in packed], length, scale, dropout)
    return out


def _attended(packed: Sequence[Any], length: int, scale: float | None, dropout: float) -> Any:
    """Attention within windows of one length that follow each other."""
    import torch

    windows = [part.unflatten(0, (-1, length)).transpose(1, 2) for part in packed]
    made = torch.nn.functional.scaled_dot_product_attention(*windows, dropout_p=dropout, scale=scale)
    return made.transpose(1, 2).flatten(0, 1)
