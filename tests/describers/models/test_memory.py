"""What a question takes, for models whose numbers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audiodesc.model import Frame

pytest.importorskip("torch")
pytest.importorskip("transformers")

import transformers
from models import tiny

from audiodesc.describers.models.loading import load_model
from audiodesc.describers.models.memory import cache_bytes, needs
from audiodesc.describers.models.questions import Question, prepared
from audiodesc.describers.models.weights import Weights


def frames(count: int, side: int = 112) -> tuple[Frame, ...]:
    return tuple(Frame(1000 * i, np.zeros((side, side, 3), np.uint8)) for i in range(count))


def test_the_cache_of_a_token_is_as_the_makers_configs_say() -> None:
    llava = transformers.LlavaNextVideoConfig(
        text_config={"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32}
    )
    qwen = transformers.Qwen2_5_VLConfig(
        text_config={"hidden_size": 3584, "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4}
    )
    assert cache_bytes(llava) == 32 * 32 * 128 * 4 == 524_288
    assert cache_bytes(qwen) == 28 * 4 * 128 * 4 == 57_344


@pytest.mark.parametrize("kind", ["tiny_qwen25_vl", "tiny_qwen3_vl", "tiny_llava_next_video", "tiny_smolvlm2"])
def test_more_frames_take_the_tokens_that_the_processor_makes_of_them(kind: str, tmp_path: Path) -> None:
    loaded = load_model(Weights(getattr(tiny, kind)(tmp_path / kind), kind, "1"))
    model = needs(loaded)

    def tokens(count: int) -> int:
        return int(prepared(loaded, [Question("", frames(count, 224))])["input_ids"].shape[1])

    pixels = 224 * 224
    reckoned = 8 * (pixels * model.pixel_tokens + model.frame_tokens)
    assert reckoned == pytest.approx(tokens(12) - tokens(4), rel=0.35)  # Qwen3-VL writes times besides
    assert model.bytes_for(frames(12)) > model.bytes_for(frames(4)) > model.bytes_for(())
