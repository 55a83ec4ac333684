"""More tiny models with random weights, one for each further kind that has a profile; see `tiny`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import transformers as t
from models.tiny import (
    HEADS,
    HIDDEN,
    LAYERS,
    QWEN_CHAT,
    QWEN_MARKS,
    TOWER,
    _edges,
    _ids,
    _random,
    _texts,
    byte_tokenizer,
    qwen_marks,
    qwen_tokenizer,
    save,
)

ROPE: Mapping[str, Any] = {"rope_type": "default", "rope_theta": 10_000.0}
MROPE: Mapping[str, Any] = {**ROPE, "mrope_section": [4, 2, 2], "mrope_interleaved": True}
HALF = [0.5, 0.5, 0.5]


def _qwen3_processor(tokenizer: Any) -> Any:
    return t.Qwen3VLProcessor(
        t.Qwen2VLImageProcessor(patch_size=16, image_mean=HALF, image_std=HALF, size=_edges(65_536, 2**24)),
        tokenizer,
        t.Qwen3VLVideoProcessor(size=_edges(4_096, 25_165_824)),
        chat_template=QWEN_CHAT,
    )


def tiny_qwen35(folder: Path) -> Path:
    """Three linear layers for each full one, as published."""
    tokenizer = qwen_tokenizer(_texts(), 700)
    text = {**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, "rope_parameters": dict(MROPE),
            "layer_types": ["linear_attention", "full_attention"], "linear_key_head_dim": 16,
            "linear_value_head_dim": 16, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
            **_ids(tokenizer)}  # fmt: skip
    config = t.Qwen3_5Config(
        text_config=text,
        vision_config={**TOWER, "out_hidden_size": HIDDEN, "num_position_embeddings": 64},
        **qwen_marks(tokenizer),
    )
    return save(folder, _random(t.Qwen3_5ForConditionalGeneration, config), _qwen3_processor(tokenizer))


def tiny_qwen3_vl_moe(folder: Path) -> Path:
    tokenizer = qwen_tokenizer(_texts(), 700)
    text = {**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, "rope_parameters": dict(MROPE),
            "moe_intermediate_size": 32, "num_experts": 4, "num_experts_per_tok": 2, **_ids(tokenizer)}  # fmt: skip
    config = t.Qwen3VLMoeConfig(
        text_config=text,
        vision_config={**TOWER, "out_hidden_size": HIDDEN, "deepstack_visual_indexes": [0],
                       "num_position_embeddings": 64},
        **qwen_marks(tokenizer),
    )  # fmt: skip
    return save(folder, _random(t.Qwen3VLMoeForConditionalGeneration, config), _qwen3_processor(tokenizer))


GLM_MARKS = ("<|endoftext|>", "<|user|>", "<|assistant|>", "<|observation|>", "<|begin_of_image|>", "<|end_of_image|>",
             "<|image|>", "<|begin_of_video|>", "<|end_of_video|>", "<|video|>", "<|begin_of_box|>",
             "<|end_of_box|>")  # fmt: skip
GLM_CHAT = """\
{% for message in messages %}<|{{ message['role'] }}|>
{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}\
{% if part['type'] == 'image' %}<|begin_of_image|><|image|><|end_of_image|>\
{% elif part['type'] == 'video' %}<|begin_of_video|><|video|><|end_of_video|>\
{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}{% endfor %}\
{% if add_generation_prompt %}<|assistant|>
{% endif %}"""


def _glm(folder: Path, text: Mapping[str, Any], config_of: Any, model: Any, processor: Any, videos: Any) -> Path:
    roles = {"eos_token": "<|user|>", "pad_token": "<|endoftext|>"}
    tokenizer = byte_tokenizer(_texts(), 700, GLM_MARKS, roles)
    marks = {"image_token_id": "<|image|>", "video_token_id": "<|video|>", "image_start_token_id": "<|begin_of_image|>",
             "image_end_token_id": "<|end_of_image|>", "video_start_token_id": "<|begin_of_video|>",
             "video_end_token_id": "<|end_of_video|>"}  # fmt: skip
    config = config_of(
        text_config={**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, **text, **_ids(tokenizer)},
        vision_config={**TOWER, "out_hidden_size": HIDDEN, "image_size": 112, "patch_size": 14},
        **{name: tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items()},
    )
    made = processor(t.Glm4vImageProcessor(), tokenizer, videos(), chat_template=GLM_CHAT)
    return save(folder, _random(model, config), made)


GLM_ROPE = {**ROPE, "mrope_section": [4, 2, 2], "partial_rotary_factor": 1.0}


def tiny_glm46v(folder: Path) -> Path:
    return _glm(folder, {"model_type": "glm4v_text", "rope_parameters": GLM_ROPE}, t.Glm46VConfig,
                t.Glm46VForConditionalGeneration, t.Glm46VProcessor, t.Glm46VVideoProcessor)  # fmt: skip


def tiny_glm4v_moe(folder: Path) -> Path:
    experts = {"moe_intermediate_size": 32, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1,
               "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1, "rope_parameters": GLM_ROPE}  # fmt: skip
    return _glm(folder, experts, t.Glm4vMoeConfig, t.Glm4vMoeForConditionalGeneration, t.Glm4vProcessor,
                t.Glm4vVideoProcessor)  # fmt: skip


INTERN_MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>")
INTERN_CHAT = """\
{% for message in messages %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}\
{% if part['type'] == 'image' %}<IMG_CONTEXT>
{% elif part['type'] == 'video' %}<video>
{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def tiny_internvl(folder: Path) -> Path:
    roles = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    tokenizer = byte_tokenizer(_texts(), 700, INTERN_MARKS, roles)
    tokenizer = _named(tokenizer, start_image_token="<img>", end_image_token="</img>",
                       context_image_token="<IMG_CONTEXT>", video_token="<video>")  # fmt: skip
    config = t.InternVLConfig(
        text_config={"model_type": "qwen2", **LAYERS, **HEADS, "num_key_value_heads": 2, **_ids(tokenizer)},
        vision_config={**LAYERS, **HEADS, "image_size": [56, 56], "patch_size": [14, 14]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    side = {"height": 56, "width": 56}
    processor = t.InternVLProcessor(
        t.GotOcr2ImageProcessor(size=side, crop_to_patches=False),
        tokenizer,
        t.InternVLVideoProcessor(size=side),
        image_seq_length=4,
        chat_template=INTERN_CHAT,
    )
    return save(folder, _random(t.InternVLForConditionalGeneration, config), processor)


def _named(tokenizer: Any, **marks: str) -> Any:
    """With marks that its config names, as those of published models."""
    roles = {"eos_token": tokenizer.eos_token, "pad_token": tokenizer.pad_token}
    return t.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer, padding_side="left", **roles,
        extra_special_tokens=marks,
    )  # fmt: skip


GEMMA_MARKS = ("<pad>", "<eos>", "<bos>", "<|turn>", "<turn|>", "<|image>", "<image|>", "<|image|>", "<|video|>",
               "<|audio>", "<audio|>", "<|audio|>")  # fmt: skip
GEMMA_CHAT = """\
{{ '<bos>' }}{% for message in messages %}<|turn>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}\
{% if part['type'] == 'image' %}<|image|>{% elif part['type'] == 'video' %}<|video|>\
{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<turn|>
{% endfor %}{% if add_generation_prompt %}<|turn>model
{% endif %}"""


def tiny_gemma4(folder: Path) -> Path:
    plain = byte_tokenizer(_texts(), 700, GEMMA_MARKS, {"eos_token": "<turn|>", "pad_token": "<pad>"})
    marks = {"image_token": "<|image|>", "video_token": "<|video|>", "audio_token": "<|audio|>",
             "boi_token": "<|image>", "eoi_token": "<image|>", "boa_token": "<|audio>",
             "eoa_token": "<audio|>"}  # fmt: skip
    tokenizer = _named(plain, **marks)
    ids = {f"{name}_id": tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items() if name != "eoa_token"}
    config = t.Gemma4Config(
        text_config={**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 16,
                     "layer_types": ["sliding_attention", "full_attention"], "hidden_size_per_layer_input": 0,
                     "num_kv_shared_layers": 0, "vocab_size_per_layer_input": len(tokenizer), **_ids(tokenizer)},
        vision_config={**LAYERS, **HEADS, "num_key_value_heads": 4, "head_dim": 16, "position_embedding_size": 256},
        audio_config=None,
        **ids,
    )  # fmt: skip
    processor = t.Gemma4Processor(
        t.Gemma4AudioFeatureExtractor(),
        t.Gemma4ImageProcessor(max_soft_tokens=70),
        tokenizer,
        t.Gemma4VideoProcessor(),
        chat_template=GEMMA_CHAT,
    )
    return save(folder, _random(t.Gemma4ForConditionalGeneration, config), processor)


def tiny_video_llama3(folder: Path) -> Path:
    tokenizer = byte_tokenizer(_texts(), 700, [*QWEN_MARKS, "<image>", "<video>"],
                               {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})  # fmt: skip
    tokenizer = _named(tokenizer, image_token="<image>", video_token="<video>")
    config = t.VideoLlama3Config(
        text_config={"model_type": "qwen2", **LAYERS, **HEADS, "num_key_value_heads": 2, **_ids(tokenizer)},
        vision_config={**LAYERS, **HEADS, "patch_size": 14},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_id=tokenizer.convert_tokens_to_ids("<video>"),
    )
    chat = QWEN_CHAT.replace("<|vision_start|><|image_pad|><|vision_end|>", "<image>").replace(
        "<|vision_start|><|video_pad|><|vision_end|>", "<video>"
    )
    processor = t.VideoLlama3Processor(
        t.VideoLlama3ImageProcessor(), tokenizer, t.VideoLlama3VideoProcessor(), chat_template=chat
    )
    return save(folder, _random(t.VideoLlama3ForConditionalGeneration, config), processor)


OMNI_MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_bos|>", "<|vision_eos|>", "<|IMAGE|>",
              "<|VIDEO|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")  # fmt: skip
OMNI_CHAT = (
    QWEN_CHAT.replace("<|vision_start|>", "<|vision_bos|>")
    .replace("<|vision_end|>", "<|vision_eos|>")
    .replace("<|image_pad|>", "<|IMAGE|>")
    .replace("<|video_pad|>", "<|VIDEO|>")
)


def _omni(folder: Path, whole_of: Any, thinker_of: Any, processor_of: Any, model: str, parts: Any) -> Path:
    """The part that sees, under the names that it has in a folder with a voice besides."""
    from safetensors.torch import load_file, save_file

    plain = byte_tokenizer(_texts(), 700, OMNI_MARKS, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})
    marks = {"image_token": "<|IMAGE|>", "video_token": "<|VIDEO|>", "audio_token": "<|AUDIO|>",
             "vision_bos_token": "<|vision_bos|>", "vision_eos_token": "<|vision_eos|>",
             "audio_bos_token": "<|audio_bos|>", "audio_eos_token": "<|audio_eos|>"}  # fmt: skip
    tokenizer = _named(plain, **marks)
    ids = {name: tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items()}
    config = whole_of(
        thinker_config={
            **parts(tokenizer),
            **{f"{part}_token_{'index' if model == 'Qwen2_5Omni' else 'id'}": ids[f"{part}_token"]
               for part in ("audio", "image", "video")},
            "vision_start_token_id": ids["vision_bos_token"], "vision_end_token_id": ids["vision_eos_token"],
            "audio_start_token_id": ids["audio_bos_token"], "audio_end_token_id": ids["audio_eos_token"],
            "pad_token_id": tokenizer.pad_token_id,
        }
    )  # fmt: skip
    side = config.thinker_config.vision_config.patch_size
    processor = processor_of(
        t.Qwen2VLImageProcessor(patch_size=side), t.Qwen2VLVideoProcessor(patch_size=side), t.WhisperFeatureExtractor(),
        tokenizer, chat_template=OMNI_CHAT,
    )  # fmt: skip
    save(folder, _random(thinker_of, config.thinker_config), processor)
    tensors = load_file(folder / "model.safetensors")
    voice = {"talker.thinker_to_talker_proj.bias": next(iter(tensors.values())).clone()}
    whole = {f"thinker.{name}": tensor for name, tensor in tensors.items()} | voice
    save_file(whole, folder / "model.safetensors", {"format": "pt"})
    config.architectures = [f"{model}ForConditionalGeneration"]
    config.save_pretrained(folder)
    return folder


def tiny_qwen25_omni(folder: Path) -> Path:
    def parts(tokenizer: Any) -> dict[str, Any]:
        rope = {**ROPE, "mrope_section": [4, 2, 2]}
        return {
            "text_config": {**LAYERS, **HEADS, "num_key_value_heads": 2, "rope_parameters": rope, **_ids(tokenizer)},
            "vision_config": {**TOWER, "out_hidden_size": HIDDEN, "fullatt_block_indexes": [1]},
            "audio_config": {"d_model": 32, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32,
                             "output_dim": HIDDEN},
        }  # fmt: skip

    return _omni(folder, t.Qwen2_5OmniConfig, t.Qwen2_5OmniThinkerForConditionalGeneration, t.Qwen2_5OmniProcessor,
                 "Qwen2_5Omni", parts)  # fmt: skip


def tiny_qwen3_omni(folder: Path) -> Path:
    def parts(tokenizer: Any) -> dict[str, Any]:
        return {
            "text_config": {**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, "rope_parameters": dict(MROPE),
                            "moe_intermediate_size": 32, "num_experts": 4, "num_experts_per_tok": 2,
                            **_ids(tokenizer)},
            "vision_config": {**TOWER, "out_hidden_size": HIDDEN, "deepstack_visual_indexes": [0],
                              "num_position_embeddings": 64},
            "audio_config": {"d_model": 32, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32,
                             "output_dim": HIDDEN, "downsample_hidden_size": 16},
        }  # fmt: skip

    return _omni(folder, t.Qwen3OmniMoeConfig, t.Qwen3OmniMoeThinkerForConditionalGeneration,
                 t.Qwen3OmniMoeProcessor, "Qwen3OmniMoe", parts)  # fmt: skip


MINICPM_MARKS = {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>", "image_start_token": "<image>",
                 "image_end_token": "</image>", "slice_start_token": "<slice>", "slice_end_token": "</slice>",
                 "image_id_start_token": "<image_id>", "image_id_end_token": "</image_id>"}  # fmt: skip
MINICPM_CHAT = QWEN_CHAT.replace("<|vision_start|>", "").replace("<|vision_end|>", "\n")


def tiny_minicpmv46(folder: Path) -> Path:
    marks = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", *MINICPM_MARKS.values())
    plain = byte_tokenizer(_texts(), 700, marks, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})
    ids = {f"{name}_id": plain.convert_tokens_to_ids(mark) for name, mark in MINICPM_MARKS.items()}
    tokenizer = _named(plain, **MINICPM_MARKS)
    rope = {**MROPE, "partial_rotary_factor": 1.0}
    text = {"model_type": "qwen3_5_text", **LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16,
            "rope_parameters": rope, "layer_types": ["linear_attention", "full_attention"], "linear_key_head_dim": 16,
            "linear_value_head_dim": 16, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
            **_ids(tokenizer)}  # fmt: skip
    config = t.MiniCPMV4_6Config(
        text_config=text,
        vision_config={**LAYERS, **HEADS, "image_size": 112, "patch_size": 14},
        insert_layer_id=0,
        image_token_id=ids["image_token_id"],
        video_token_id=ids["video_token_id"],
    )
    processor = t.MiniCPMV4_6Processor(
        t.MiniCPMV4_6ImageProcessor(scale_resolution=112),
        t.MiniCPMV4_6VideoProcessor(scale_resolution=112),
        tokenizer,
        chat_template=MINICPM_CHAT,
    )
    return save(folder, _random(t.MiniCPMV4_6ForConditionalGeneration, config), processor)


MOLMO_MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<im_patch>", "<im_col>", "<im_start>",
               "<low_res_im_start>", "<frame_start>", "<im_end>", "<frame_end>", "<im_low>", "<|image|>",
               "<|video|>")  # fmt: skip
MOLMO_CHAT = MINICPM_CHAT.replace("<|image_pad|>", "<|image|>").replace("<|video_pad|>", "<|video|>")


def tiny_molmo2(folder: Path) -> Path:
    roles = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    tokenizer = byte_tokenizer(_texts(), 700, MOLMO_MARKS, roles)
    marks = {"image_start_token_id": "<im_start>", "low_res_image_start_token_id": "<low_res_im_start>",
             "image_end_token_id": "<im_end>", "image_patch_id": "<im_patch>", "frame_start_token_id": "<frame_start>",
             "frame_end_token_id": "<frame_end>"}  # fmt: skip
    side = {"height": 56, "width": 56}
    config = t.Molmo2Config(
        text_config={**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, "additional_vocab_size": 16,
                     "rope_parameters": dict(ROPE), **_ids(tokenizer)},
        vision_config={**LAYERS, **HEADS, "num_key_value_heads": 4, "head_dim": 16, "image_size": [56, 56]},
        adapter_config={"vision_feature_layer": [1, 0], "hidden_size": HIDDEN, **HEADS, "num_key_value_heads": 4,
                        "head_dim": 16, "intermediate_size": 128, "text_hidden_size": HIDDEN},
        **{name: tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items()},
    )  # fmt: skip
    processor = t.Molmo2Processor(
        t.Molmo2ImageProcessor(size=side), t.Molmo2VideoProcessor(size=side), tokenizer, chat_template=MOLMO_CHAT
    )
    return save(folder, _random(t.Molmo2ForConditionalGeneration, config), processor)
