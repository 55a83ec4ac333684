"""Complete folders of video-language models that are tiny and know nothing: random weights, 0.7 to 2.1 MB each.

Each loads with `AutoProcessor` and `AutoModelForImageTextToText` alone, `tiny_text_model` with `AutoTokenizer` and
`AutoModelForCausalLM`. One call prepares the input for all four that see, seen with transformers 5.23:

    message = [{"role": "user", "content": [{"type": "video", "video": frames}, {"type": "text", "text": "…"}]}]
    times = {"fps": 1000, "total_num_frames": 6000, "duration": 6.0, "frames_indices": [375, 1125, …]}
    inputs = processor.apply_chat_template(
        [message], tokenize=True, return_dict=True, add_generation_prompt=True, return_tensors="pt",
        processor_kwargs={"padding": True, "do_sample_frames": False, "video_metadata": [[times]]},
    )

`frames` are PIL pictures or uint8 arrays of shape (height, width, 3). What each is particular about:

Qwen2.5-VL  `do_resize=False` needs sides that are multiples of 28; without it frames are enlarged to 100,352 pixels.
Qwen3-VL    multiples of 32; refuses a single frame; lengthens `frames_indices` itself where their number is odd;
            writes the frames' times into the prompt.
LLaVA-NeXT-Video  all clips of a batch must have the same number of frames; content must be a list of parts. Its
            tokenizer puts <s> before every text, and its template does not.
SmolVLM2    refuses `do_resize=False`, and pictures beside a video; as many `frames_indices` as frames; writes the
            times and the batch's largest number of frames into the prompt; needs num2words. As published, its
            template has no place for a video and its tokenizer no such mark: the processor brings its own.
All         `fps=[2.0]`, which `process_vision_info(..., return_video_kwargs=True)` gives, raises; so does a prompt
            that holds one of the marks below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from audiodesc.describers import prompts

HIDDEN = 64
LAYERS: Mapping[str, int] = {"hidden_size": HIDDEN, "intermediate_size": 128, "num_hidden_layers": 2}
HEADS: Mapping[str, int] = {"num_attention_heads": 4}
TOWER: Mapping[str, int] = {"hidden_size": HIDDEN, "intermediate_size": 128, "depth": 2, "num_heads": 4}
"""Of a Qwen's tower, which has names of its own for the same."""

QWEN_MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
              "<|video_pad|>")  # fmt: skip
LLAVA_MARKS = ("<unk>", "<s>", "</s>", "<pad>", "<image>", "<video>")
SMOL_MARKS = (
    "<|im_start|>",
    "<|im_end|>",
    "<end_of_utterance>",
    "<image>",
    "<fake_token_around_image>",
    "<global-img>",
)

QWEN_SYSTEM = """\
{% if messages[0]['role'] != 'system' %}<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif %}"""
QWEN_CHAT = """\
{% for message in messages %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}\
{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>\
{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>\
{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
LLAVA_CHAT = """\
{% for message in messages %}{{ message['role'].upper() + ': ' }}\
{% for part in message['content'] if part['type'] != 'text' %}{{ '<' + part['type'] + '>' + '\n' }}{% endfor %}\
{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] + ' ' }}{% endfor %}{% endfor %}\
{% if add_generation_prompt %}ASSISTANT:{% endif %}"""
SMOL_CHAT = """\
<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}\
{{ ':' if message['content'][0]['type'] == 'image' else ': ' }}{% for part in message['content'] %}\
{% if part['type'] == 'text' %}{{ part['text'] }}{% elif part['type'] == 'image' %}{{ '<image>' }}{% endif %}\
{% endfor %}<end_of_utterance>
{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"""


def tiny_qwen25_vl(folder: Path) -> Path:
    tokenizer = qwen_tokenizer(_texts(), 700)
    processor = transformers.Qwen2_5_VLProcessor(
        transformers.Qwen2VLImageProcessor(),
        tokenizer,
        transformers.Qwen2VLVideoProcessor(),
        chat_template=QWEN_SYSTEM + QWEN_CHAT,
    )
    return save(folder, qwen25_vl(tokenizer), processor)


def tiny_qwen3_vl(folder: Path) -> Path:
    tokenizer = qwen_tokenizer(_texts(), 700)
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 2, 2], "mrope_interleaved": True}
    config = transformers.Qwen3VLConfig(
        text_config={**LAYERS, **HEADS, "num_key_value_heads": 2, "head_dim": 16, "rope_parameters": rope,
                     **_ids(tokenizer)},
        vision_config={**TOWER, "out_hidden_size": HIDDEN, "deepstack_visual_indexes": [0],
                       "num_position_embeddings": 64},
        **qwen_marks(tokenizer),
    )  # fmt: skip
    half = [0.5, 0.5, 0.5]
    processor = transformers.Qwen3VLProcessor(
        transformers.Qwen2VLImageProcessor(patch_size=16, image_mean=half, image_std=half, size=_edges(65_536, 2**24)),
        tokenizer,
        transformers.Qwen3VLVideoProcessor(size=_edges(4_096, 25_165_824)),
        chat_template=QWEN_CHAT,
    )
    return save(folder, _random(transformers.Qwen3VLForConditionalGeneration, config), processor)


def tiny_llava_next_video(folder: Path) -> Path:
    roles = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    tokenizer = byte_tokenizer(_texts(), 700, LLAVA_MARKS, roles)
    begin = [("<s>", tokenizer.bos_token_id)]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=begin
    )
    places = [[56, 112], [112, 56], [112, 112]]
    config = transformers.LlavaNextVideoConfig(
        text_config={"model_type": "llama", **LAYERS, **HEADS, **_ids(tokenizer)},
        vision_config={"model_type": "clip_vision_model", **LAYERS, **HEADS, "image_size": 56, "patch_size": 14,
                       "projection_dim": HIDDEN},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=places,
    )  # fmt: skip
    frame = {"size": {"shortest_edge": 56}, "crop_size": {"height": 56, "width": 56}}
    processor = transformers.LlavaNextVideoProcessor(
        transformers.LlavaNextVideoVideoProcessor(**frame),
        transformers.LlavaNextImageProcessor(**frame, image_grid_pinpoints=places),
        tokenizer,
        chat_template=LLAVA_CHAT,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return save(folder, _random(transformers.LlavaNextVideoForConditionalGeneration, config), processor)


def tiny_smolvlm2(folder: Path) -> Path:
    roles = {"bos_token": "<|im_start|>", "eos_token": "<end_of_utterance>", "pad_token": "<|im_end|>"}
    tokenizer = byte_tokenizer(_texts(), 700, SMOL_MARKS, roles)
    config = transformers.SmolVLMConfig(
        text_config={"model_type": "llama", **LAYERS, **HEADS, **_ids(tokenizer)},
        vision_config={**LAYERS, **HEADS, "image_size": 64, "patch_size": 16},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    edge = {"longest_edge": 64}
    processor = transformers.SmolVLMProcessor(
        transformers.SmolVLMImageProcessor(size=edge, max_image_size=edge),
        tokenizer,
        transformers.SmolVLMVideoProcessor(
            size=edge, max_image_size=edge, video_sampling={"video_size": edge, "max_frames": 64, "fps": 1}
        ),
        image_seq_len=4,
        chat_template=SMOL_CHAT,
    )
    return save(folder, _random(transformers.SmolVLMForConditionalGeneration, config), processor)


def tiny_text_model(folder: Path) -> Path:
    """A Qwen2, which sees nothing."""
    tokenizer = qwen_tokenizer(_texts(), 700)
    tokenizer.chat_template = QWEN_SYSTEM + QWEN_CHAT
    config = transformers.Qwen2Config(**LAYERS, **HEADS, num_key_value_heads=2, **_ids(tokenizer))
    return save(folder, _random(transformers.Qwen2ForCausalLM, config), tokenizer)


def qwen25_vl(
    tokenizer: Any, text: Mapping[str, Any] | None = None, vision: Mapping[str, Any] | None = None, tied: bool = False
) -> Any:
    """A random model; `text` and `vision` are laid over the config of its parts."""
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 2, 2]}
    parts: dict[str, Any] = {**LAYERS, **HEADS, "num_key_value_heads": 4, "rope_parameters": rope, **_ids(tokenizer)}
    tower: dict[str, Any] = {**TOWER, "out_hidden_size": HIDDEN, "fullatt_block_indexes": [1]}
    config = transformers.Qwen2_5_VLConfig(
        text_config=parts | dict(text or {}),
        vision_config=tower | dict(vision or {}),
        tie_word_embeddings=tied,
        **qwen_marks(tokenizer),
    )
    return _random(transformers.Qwen2_5_VLForConditionalGeneration, config)


def qwen_tokenizer(texts: Iterable[str], size: int) -> Any:
    return byte_tokenizer(texts, size, QWEN_MARKS, {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})


def byte_tokenizer(texts: Iterable[str], size: int, marks: Sequence[str], roles: Mapping[str, str]) -> Any:
    """A byte-pair tokenizer of at most `size` tokens made from some texts; no text is unknown to it."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    bytes_ = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(marks), initial_alphabet=bytes_, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, padding_side="left", **roles)


def qwen_marks(tokenizer: Any) -> dict[str, int]:
    """Where a Qwen's config says which tokens stand for pictures and video."""
    marks = {"image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>",
             "vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>"}  # fmt: skip
    return {name: tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items()}


def save(folder: Path, model: Any, processor: Any) -> Path:
    """All files of a model that answers greedily; `processor` may be a tokenizer."""
    transformers.utils.logging.disable_progress_bar()
    tokenizer = getattr(processor, "tokenizer", processor)
    model.generation_config = transformers.GenerationConfig(
        do_sample=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        exponential_decay_length_penalty=(8, 8.0),  # random weights would never end an answer
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _random(kind: Any, config: Any) -> Any:
    """The same weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind(config).eval()


def _ids(tokenizer: Any) -> dict[str, int | None]:
    """The part of a text model's config that its tokenizer decides."""
    return {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _edges(fewest: int, most: int) -> dict[str, int]:
    """A Qwen's limits, in pixels in spite of their names."""
    return {"shortest_edge": fewest, "longest_edge": most}


def _texts() -> list[str]:
    return [*prompts.prompt_texts().values(), *prompts.EXAMPLES["en"]]
