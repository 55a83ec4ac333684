"""A tower's windows in one call give what one call for each gives; which kind of attention is taken where."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.describers.models.attention import AT_ONCE, TOWERS, by_length, described, kinds_for, windows_at_once
from audiodesc.describers.models.hardware import Machine
from audiodesc.model import Frame

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers
from models import tiny, tiny_kinds

from audiodesc.describers.models.loading import LoadedModel, load_model
from audiodesc.describers.models.questions import Question, on_device, prepared
from audiodesc.describers.models.weights import Weights

WITH_WINDOWS = ("qwen25_vl", "qwen3_vl", "qwen35", "qwen3_vl_moe", "qwen25_omni", "qwen3_omni", "glm46v", "glm4v_moe",
                "video_llama3", "minicpmv46")  # fmt: skip
AMPERE = Machine("RTX 4090", 24, 24, "cuda:0", "bfloat16")
TURING = Machine("T4", 16, 16, "cuda:0", "float16")


def loaded(kind: str, folder: Path) -> LoadedModel:
    make = getattr(tiny, f"tiny_{kind}", None) or getattr(tiny_kinds, f"tiny_{kind}")
    return load_model(Weights(make(folder / kind), kind, "1"))


def frames(count: int, height: int, width: int) -> tuple[Frame, ...]:
    random = np.random.default_rng(count)
    return tuple(Frame(500 * i, random.integers(0, 255, (height, width, 3), dtype=np.uint8)) for i in range(count))


def one_by_one(ends: list[int], query: Any, key: Any, value: Any) -> Any:
    """The definition: softmax of the scaled products, window by window."""
    made = []
    for start, end in pairwise(ends):
        q, k, v = (tensor[0, :, start:end] for tensor in (query, key, value))
        made.append((q @ k.transpose(1, 2) * 0.3).softmax(-1) @ v)
    return torch.cat(made, dim=1).transpose(0, 1)[None]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any))
@settings(max_examples=40, deadline=None)
def test_windows_of_any_lengths_attend_each_within_itself(lengths: list[int]) -> None:
    ends = [0, *np.cumsum(lengths).tolist()]
    query, key, value = torch.randn(3, 1, 2, ends[-1], 4, generator=torch.Generator().manual_seed(1))
    wanted = one_by_one(ends, query, key, value)
    places = torch.tensor(ends, dtype=torch.int32)
    made, _ = windows_at_once(None, query, key, value, None, cu_seq_lens_q=places, scaling=0.3, max_length_q=9)
    torch.testing.assert_close(made, wanted, atol=1e-5, rtol=0)
    packed = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    torch.testing.assert_close(by_length(packed, ends, 0.3)[None], wanted, atol=1e-5, rtol=0)


@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept context:DeprecationWarning")
@pytest.mark.parametrize("kind", WITH_WINDOWS)
def test_a_model_with_windows_answers_as_with_the_loop(kind: str, tmp_path: Path) -> None:
    """Clips of two sizes: windows of several lengths; and as many calls as there are lengths, for each layer."""
    model = loaded(kind, tmp_path)
    config = model.model.config
    assert config.model_type in TOWERS
    assert config._attn_implementation == config.get_text_config()._attn_implementation == "sdpa"
    assert config.vision_config._attn_implementation == AT_ONCE
    same = model.kind in ("glm46v", "glm4v_moe", "video_llama_3", "minicpmv4_6")
    clips = [frames(4, 84, 140), frames(4, 84, 140) if same else frames(6, 140, 196)]
    inputs = on_device(model, prepared(model, [Question("What?", clip) for clip in clips]))
    calls = []
    for name in (AT_ONCE, "sdpa"):
        model.model.set_attn_implementation({"vision_config": name})
        with (
            patch.object(
                torch.nn.functional,
                "scaled_dot_product_attention",
                wraps=torch.nn.functional.scaled_dot_product_attention,
            ) as asked,
            torch.inference_mode(),
        ):
            calls.append((model.model(**inputs).logits, asked.call_count))
    (at_once, few), (looped, many) = calls
    torch.testing.assert_close(at_once, looped, atol=1e-5, rtol=1e-5)
    assert few < many


@pytest.mark.parametrize("kind", ["smolvlm2", "llava_next_video", "internvl", "gemma4", "molmo2"])
def test_only_towers_with_windows_are_told_of_them(kind: str, tmp_path: Path) -> None:
    config = loaded(kind, tmp_path).model.config
    assert config.model_type not in TOWERS
    assert config.vision_config._attn_implementation == "sdpa"


@pytest.mark.parametrize("installed", [True, False])
def test_flash_attention_is_tried_where_it_is_installed_and_the_gpu_can(
    monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr(transformers.utils, "is_flash_attn_2_available", lambda: installed)
    assert kinds_for(AMPERE)[0] == ("flash_attention_2" if installed else "sdpa")
    assert ("flash_attention_2;" in described(AMPERE)) is installed
    assert installed or "flash-attn is not installed" in described(AMPERE)
    for machine, said in ((TURING, "T4 is too old"), (Machine(), "sdpa")):
        assert tuple(kinds_for(machine)) == ("sdpa", "eager")
        assert said in described(machine)
    assert described(Machine(fault="no model can run without torch")) == ""
