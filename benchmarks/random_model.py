"""The models of two profiles with random weights: of the real size, or tiny."""

from __future__ import annotations

from typing import Any

import torch
import transformers as t
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from audiodesc.describers import prompts
from audiodesc.describers.models.attention import kinds_for, use_windows_at_once
from audiodesc.describers.models.hardware import this_machine
from audiodesc.describers.models.loading import LoadedModel

MARKS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
Sizes = dict[str, dict[str, Any]]
"""Of the parts of a model, as its published configuration has them."""

QWEN25: Sizes = {
    "text_config": {
        "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
        "num_key_value_heads": 4, "vocab_size": 152064,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]},
    },
    "vision_config": {
        "hidden_size": 1280, "intermediate_size": 3420, "depth": 32, "num_heads": 16, "out_hidden_size": 3584,
        "fullatt_block_indexes": [7, 15, 23, 31], "window_size": 112,
    },
}  # fmt: skip
QWEN35: Sizes = {
    "text_config": {
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e7, "mrope_section": [11, 11, 10],
                            "mrope_interleaved": True, "partial_rotary_factor": 0.25},
    },
    "vision_config": {"out_hidden_size": 4096},
}  # fmt: skip
"""The rest is what transformers takes where nothing is said."""

SMALL = {"hidden_size": 64, "intermediate_size": 128}
TINY_TEXT = {**SMALL, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 1024}
TINY_VISION = {**SMALL, "depth": 2, "num_heads": 4, "out_hidden_size": 64}
TINY: dict[str, Sizes] = {
    "qwen2.5-vl-7b": {
        "text_config": {**TINY_TEXT, "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3]}},
        "vision_config": {**TINY_VISION, "fullatt_block_indexes": [1], "window_size": 112},
    },
    "qwen3.5-9b": {
        "text_config": {
            **TINY_TEXT, "head_dim": 16, "layer_types": ["linear_attention", "full_attention"],
            "linear_key_head_dim": 16, "linear_value_head_dim": 16, "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "rope_parameters": {"rope_type": "default", "mrope_section": [4, 2, 2], "mrope_interleaved": True,
                                "partial_rotary_factor": 1.0},
        },
        "vision_config": {**TINY_VISION, "num_position_embeddings": 64},
    },
}  # fmt: skip
REAL: dict[str, Sizes] = {"qwen3.5-9b": QWEN35, "qwen2.5-vl-7b": QWEN25}
"""Profiles whose model can be built here, `auto`'s default first."""


def random_model(*, tiny: bool, profile: str = "qwen3.5-9b") -> LoadedModel:
    """The model of a profile, on the GPU in bfloat16 where there is one, as the product would compute with it."""
    tokenizer = _tokenizer()
    ids = {
        f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{mark}|>")
        for name, mark in (
            ("image", "image_pad"),
            ("video", "video_pad"),
            ("vision_start", "vision_start"),
            ("vision_end", "vision_end"),
        )
    }
    sizes = (TINY if tiny else REAL)[profile]
    ends = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id}
    older = profile.startswith("qwen2.5")
    config = (t.Qwen2_5_VLConfig if older else t.Qwen3_5Config)(
        text_config={**sizes["text_config"], **ends},
        vision_config=sizes["vision_config"],
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **ids,
    )
    cuda = torch.cuda.is_available()
    device = "cuda" if cuda else "cpu"
    torch.manual_seed(0)
    with torch.device(device):
        model = t.AutoModelForImageTextToText.from_config(
            config, dtype=torch.bfloat16 if cuda else torch.float32, attn_implementation=kinds_for(this_machine())[0]
        )
    use_windows_at_once(model)
    model.generation_config.eos_token_id = [tokenizer.eos_token_id]  # a list, as of a model that is loaded from files
    processor = (
        t.Qwen2_5_VLProcessor(t.Qwen2VLImageProcessor(), tokenizer, t.Qwen2VLVideoProcessor(), chat_template=CHAT)
        if older
        else t.Qwen3VLProcessor(
            t.Qwen2VLImageProcessor(patch_size=16), tokenizer, t.Qwen3VLVideoProcessor(), chat_template=CHAT
        )
    )
    return LoadedModel(model.eval(), processor, True, device)


def _tokenizer() -> PreTrainedTokenizerFast:
    """Learnt from the prompts themselves: a text has about as many tokens as with the real one."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    texts = [*prompts.prompt_texts().values(), *prompts.EXAMPLES["en"]]
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=list(MARKS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts * 3, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, padding_side="left", eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
