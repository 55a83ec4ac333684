"""Questions with frames and portraits -> a model's input tensors, and an estimate of the memory that they need."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiodesc.describers.models.loading import LoadedModel
from audiodesc.model import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGN = re.compile(r"[^\w\s]")  # what marks have, and the plain words and spaces in some tokenizers' lists have not

QWEN = "qwen"
"""These models take frames of any size and number in one batch, and portraits beside a video."""

SMALLEST_PIXELS = 4 * 28 * 28
"""Of a picture for a Qwen: a few patches, where its own preparation would enlarge it to a hundred."""

LARGEST_PIXELS = 768 * 28 * 28
"""Of a frame or a portrait for a Qwen, whose makers give it no larger frames."""

FREE_SHARE = 0.7
"""Of the memory that is free once the weights are loaded; the rest is for fragments."""

CPU_BYTES = 2_000_000_000
"""A batch that keeps few cores busy: the memory is not what limits there."""

WORDS_TOKENS = 2048
"""Of a question's words and its answer, about."""

TOWER_BYTES, QWEN_TOWER_BYTES = 400, 220
"""For each pixel, at the widest place of what sees: a CLIP tower keeps all its layers, a Qwen's does not."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text about frames, which may be none; `portraits` are names with the content of PNG or JPEG files.

    `chat` is false for a base model: the text is what it goes on with.
    """

    text: str
    frames: tuple[Frame, ...] = ()
    portraits: tuple[tuple[str, bytes], ...] = ()
    chat: bool = True


def prepared(loaded: LoadedModel, questions: Sequence[Question]) -> dict[str, Any]:
    """The input for a batch, as tensors on the CPU, padded on the left; all have frames, or none has.

    Where `takes_any_mix` is false all have the same number of frames. Pictures are in the model's own numbers.
    """
    return {name: _ready(loaded, name, tensor) for name, tensor in _processed(loaded, questions).items()}


def _ready(loaded: LoadedModel, name: str, tensor: Any) -> Any:
    """Only pictures are cast: a time step in bfloat16 would put frames in the wrong place."""
    if name.startswith("pixel_values"):
        tensor = tensor.to(loaded.model.dtype)
    return tensor if loaded.device == "cpu" else tensor.pin_memory()


def _processed(loaded: LoadedModel, questions: Sequence[Question]) -> Any:
    options: dict[str, Any] = {"padding": True}
    if questions[0].frames:
        options |= {"do_sample_frames": False, "video_metadata": [[times(one.frames)] for one in questions]}
        if takes_any_mix(loaded):
            options["do_resize"] = False
    if not questions[0].chat:
        return _to_go_on_with(loaded, questions, options)
    return loaded.processor.apply_chat_template(
        [_conversation(loaded, question) for question in questions],
        chat_template=_elsewhere(loaded),
        tokenize=True,
        return_dict=True,
        add_generation_prompt=True,
        return_tensors="pt",
        enable_thinking=False,  # what the templates of models that think know it by
        **({"processor_kwargs": options} if loaded.sees else options),
    )


def _elsewhere(loaded: LoadedModel) -> str | None:
    """The form of a conversation where a folder keeps it with the tokenizer and the processor has none.

    A processor's own is left to it: SmolVLM's puts one with video in place of the published one, which has none.
    """
    own = getattr(loaded.processor, "chat_template", None)
    return None if own else loaded.tokenizer.chat_template


def _conversation(loaded: LoadedModel, question: Question) -> list[dict[str, Any]]:
    if not loaded.sees:
        return [{"role": "user", "content": _plain(loaded, question.text)}]
    parts: list[dict[str, Any]] = []
    if takes_any_mix(loaded):
        for name, content in question.portraits:
            parts.append(_words(loaded, f"Portrait of {name}:"))
            parts.append({"type": "image", "image": portrait(loaded, content)})
    if question.frames:
        parts.append({"type": "video", "video": video(loaded, question.frames)})
    return [{"role": "user", "content": [*parts, _words(loaded, question.text)]}]


def _words(loaded: LoadedModel, text: str) -> dict[str, Any]:
    return {"type": "text", "text": _plain(loaded, text)}


def _to_go_on_with(loaded: LoadedModel, questions: Sequence[Question], options: dict[str, Any]) -> Any:
    """A base model has no form for a conversation: the text stands alone, after the mark for the video."""
    texts = [_plain(loaded, question.text) for question in questions]
    if questions[0].frames:
        mark = loaded.processor.video_token
        if takes_any_mix(loaded):
            mark = f"<|vision_start|>{mark}<|vision_end|>"
        texts = [f"{mark}\n{text}" for text in texts]
        options["videos"] = [video(loaded, question.frames) for question in questions]
    return loaded.processor(text=texts, return_tensors="pt", **options)


def _plain(loaded: LoadedModel, text: str) -> str:
    """Without the model's own marks: subtitles are somebody's words, and must not end our question."""
    own = [getattr(loaded.processor, f"{part}_token", None) for part in ("image", "video")]
    marks = [mark for mark in (*loaded.tokenizer.added_tokens_encoder, *own) if mark and _SIGN.search(mark)]
    for mark in sorted(marks, key=len, reverse=True):
        text = text.replace(mark, " ")
    return text


def takes_any_mix(loaded: LoadedModel) -> bool:
    """Whether clips of different lengths and sizes may share a batch."""
    return loaded.kind.startswith(QWEN)


def times(frames: Sequence[Frame]) -> dict[str, Any]:
    """When each frame is seen: models count frames of a video, so it is one of 1,000 frames a second.

    A new dict for each call, for processors write into it.
    """
    moments = [frame.time_ms - frames[0].time_ms for frame in frames]
    step_ms = moments[-1] // (len(frames) - 1) if len(frames) > 1 else 1000
    lasts_ms = moments[-1] + step_ms
    if len(moments) == 1:
        moments *= 2
    return {"fps": 1000, "total_num_frames": lasts_ms, "duration": lasts_ms / 1000, "frames_indices": moments}


def video(loaded: LoadedModel, frames: Sequence[Frame]) -> list[Image]:
    """A clip's frames, at least two."""
    from PIL import Image

    twice = frames if len(frames) > 1 else [*frames, *frames]  # Qwen3-VL refuses a single one
    return [_fitted(loaded, Image.fromarray(frame.image)) for frame in twice]


def portrait(loaded: LoadedModel, content: bytes) -> Image:
    """The picture in the content of a PNG or JPEG file."""
    from PIL import Image

    return _fitted(loaded, Image.open(io.BytesIO(content)).convert("RGB"))


def _fitted(loaded: LoadedModel, picture: Image) -> Image:
    """In a size that is a whole number of a Qwen's patches; its own preparation would count all frames as one.

    For a model that cuts a square out of the middle, on a black square.
    """
    if not takes_any_mix(loaded):
        cuts = getattr(loaded.processor.video_processor, "do_center_crop", False)
        return _squared(picture) if cuts else picture
    from PIL.Image import Resampling
    from qwen_vl_utils.vision_process import smart_resize

    factor = loaded.processor.video_processor.patch_size * loaded.processor.video_processor.merge_size
    most = max(SMALLEST_PIXELS, picture.width * picture.height)
    height, width = smart_resize(picture.height, picture.width, factor, SMALLEST_PIXELS, min(most, LARGEST_PIXELS))
    return picture.resize((width, height), Resampling.BICUBIC)


def _squared(picture: Image) -> Image:
    from PIL import ImageOps

    side = max(picture.size)
    return ImageOps.pad(picture, (side, side))


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
