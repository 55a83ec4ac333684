"""Questions with frames and portraits -> a model's input tensors, and an estimate of the memory that they need."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from audiodesc.describers.models.loading import LoadedModel
from audiodesc.describers.models.patches import CLIPS, RAW, as_bytes, patches, without_content
from audiodesc.describers.queries import FollowUp
from audiodesc.model import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGN = re.compile(r"[^\w\s]")  # what marks have, and the plain words and spaces in some tokenizers' lists have not

QWEN = "qwen"
"""These models take frames of any size and number in one batch, and portraits beside a video."""

WITH_PORTRAITS: Final = frozenset({"gemma4", "internvl", "minicpmv4_6", "video_llama_3"})
"""Kinds besides the Qwens' that take single pictures beside a video. The others take none: a GLM has one mark for both,
SmolVLM2, LLaVA-NeXT-Video and Molmo2 refuse them."""

_WHOLE: Final = {"max_slice_nums": 1}
OF_KIND: Final[Mapping[str, Mapping[str, Any]]] = {
    "internvl": {"images_kwargs": {"crop_to_patches": False}},  # else twelve times as many tokens
    "minicpmv4_6": {"use_image_id": False, "images_kwargs": _WHOLE, "videos_kwargs": _WHOLE},  # else up to ten times
    "molmo2": {"videos_kwargs": {"do_rescale": True, "do_normalize": True}},  # its class does neither by itself
}
"""Further settings of single kinds' processors, as their makers set them for video: pictures are not cut up."""

SMALLEST_PIXELS = 4 * 28 * 28
"""Of a picture for a Qwen: a few patches, where its own preparation would enlarge it to a hundred."""

LARGEST_PIXELS = 768 * 28 * 28
"""Of a frame or a portrait for a Qwen, whose makers give it no larger frames."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text about frames, which may be none; `portraits` are names with the content of PNG or JPEG files.

    `chat` is false for a base model: the text is what it goes on with. `begin` is how the answer begins.
    The model's own marks of time count from `start_ms`, or from the first frame. `follow_ups` are what was answered and
    asked after the text.
    """

    text: str
    frames: tuple[Frame, ...] = ()
    portraits: tuple[tuple[str, bytes], ...] = ()
    chat: bool = True
    begin: str = ""
    start_ms: int | None = None
    follow_ups: tuple[FollowUp, ...] = ()


def prepared(loaded: LoadedModel, questions: Sequence[Question]) -> dict[str, Any]:
    """The input for a batch, as tensors on the CPU, padded on the left; all have frames, or none has.

    Where `takes_any_mix` is false all have the same number of frames. Pictures are in the model's own precision.
    """
    clips = [video(loaded, question.frames) for question in questions if question.frames]
    raw = bool(clips) and takes_any_mix(loaded)
    inputs = dict(_processed(loaded, questions, [without_content(clip) for clip in clips] if raw else clips))
    if questions[0].begin:
        _begin(loaded, inputs, questions[0].begin)
    if raw:
        del inputs["pixel_values_videos"]  # patches of no content
    ready = {name: _ready(loaded, name, tensor) for name, tensor in inputs.items()}
    return ready | ({CLIPS: [_ready(loaded, CLIPS, as_bytes(clip)) for clip in clips]} if raw else {})


def _begin(loaded: LoadedModel, inputs: dict[str, Any], text: str) -> None:
    """The first tokens of every answer, after the question; what counts tokens beside them is made as long."""
    import torch

    begin = torch.tensor(loaded.tokenizer.encode(text, add_special_tokens=False))
    rows, length = inputs["input_ids"].shape
    for name, tensor in inputs.items():
        if tensor.shape == (rows, length):
            fill = {"input_ids": begin, "attention_mask": torch.ones_like(begin)}.get(name, torch.zeros_like(begin))
            inputs[name] = torch.cat([tensor, fill.expand(rows, -1).to(tensor.dtype)], dim=1)


def _ready(loaded: LoadedModel, name: str, tensor: Any) -> Any:
    """Only pictures are cast, for a time step in bfloat16 would put frames in the wrong place; bytes `on_device`."""
    if name.startswith("pixel_values") and tensor.is_floating_point():
        tensor = tensor.to(loaded.model.dtype)
    return tensor if loaded.device == "cpu" else tensor.pin_memory()


def on_device(loaded: LoadedModel, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What `prepared` made, on the model's device, with the patches of frames in the model's own precision."""
    device = loaded.model.device
    given = {name: tensor.to(device, non_blocking=True) for name, tensor in inputs.items() if name != CLIPS}
    if CLIPS in inputs:
        clips = [clip.to(device, non_blocking=True) for clip in inputs[CLIPS]]
        given["pixel_values_videos"] = patches(loaded.processor.video_processor, clips).to(loaded.model.dtype)
    return given


def _processed(loaded: LoadedModel, questions: Sequence[Question], clips: Sequence[Any]) -> Any:
    options: dict[str, Any] = {"padding": True}
    if questions[0].frames:
        when = [[times(one.frames, one.start_ms)] for one in questions]
        options |= {"do_sample_frames": False, "video_metadata": when}
        if takes_any_mix(loaded):
            options |= {"do_resize": False, "videos_kwargs": RAW}
    options |= OF_KIND.get(loaded.kind, {}) if questions[0].frames else {}
    if not questions[0].chat:
        return _to_go_on_with(loaded, questions, options | ({"videos": list(clips)} if clips else {}))
    return loaded.processor.apply_chat_template(
        [_conversation(loaded, one, clip) for one, clip in zip_longest(questions, clips)],
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


def _conversation(loaded: LoadedModel, question: Question, clip: Any) -> list[dict[str, Any]]:
    if not loaded.sees:
        texts = [{"role": "user", "content": _plain(loaded, question.text)}]
        return [*texts, *({**one, "content": one["content"][0]["text"]} for one in _followed(loaded, question))]
    parts: list[dict[str, Any]] = []
    if takes_portraits(loaded.kind):
        for name, content in question.portraits:
            parts.append(_words(loaded, f"Portrait of {name}:"))
            parts.append({"type": "image", "image": portrait(loaded, content)})
    if question.frames:
        parts.append({"type": "video", "video": clip})
    return [{"role": "user", "content": [*parts, _words(loaded, question.text)]}, *_followed(loaded, question)]


def _followed(loaded: LoadedModel, question: Question) -> Iterator[dict[str, Any]]:
    for one in question.follow_ups:
        yield {"role": "assistant", "content": [_words(loaded, one.answer)]}
        yield {"role": "user", "content": [_words(loaded, one.question)]}


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


def takes_portraits(kind: str) -> bool:
    """Whether a model of that kind takes single pictures beside a video."""
    return kind.startswith(QWEN) or kind in WITH_PORTRAITS


def times(frames: Sequence[Frame], start_ms: int | None = None) -> dict[str, Any]:
    """When each frame is seen, from `start_ms` on, or from the first of them: models count frames of a video, so it is
    one of 1,000 frames a second.

    A new dict for each call, for processors write into it.
    """
    start_ms = frames[0].time_ms if start_ms is None else start_ms
    moments = [frame.time_ms - start_ms for frame in frames]
    step_ms = (moments[-1] - moments[0]) // (len(frames) - 1) if len(frames) > 1 else 1000
    lasts_ms = moments[-1] + step_ms
    if len(moments) == 1:
        moments *= 2
    return {"fps": 1000, "total_num_frames": lasts_ms, "duration": lasts_ms / 1000, "frames_indices": moments}


def video(loaded: LoadedModel, frames: Sequence[Frame]) -> Any:
    """A clip's frames, at least two: an array of shape (frames, height, width, 3) for a Qwen, else pictures."""
    from PIL import Image

    twice = frames if len(frames) > 1 else [*frames, *frames]  # Qwen3-VL refuses a single one
    if not takes_any_mix(loaded):
        return [_whole(loaded, Image.fromarray(frame.image)) for frame in twice]
    height, width = _patched_size(loaded, *twice[0].image.shape[:2])
    stacked = np.empty((len(twice), height, width, 3), np.uint8)
    for frame, place in zip(twice, stacked, strict=True):
        _resize(frame.image, place)
    return stacked


def _resize(image: NDArray[np.uint8], place: NDArray[np.uint8]) -> None:
    """Into `place`, whose size it takes."""
    if image.shape == place.shape:
        place[:] = image
        return
    shrinks = image.shape[0] > place.shape[0]
    cv2.resize(image, place.shape[1::-1], dst=place, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def portrait(loaded: LoadedModel, content: bytes) -> Image:
    """The picture in the content of a PNG or JPEG file."""
    from PIL import Image
    from PIL.Image import Resampling

    picture = Image.open(io.BytesIO(content)).convert("RGB")
    if not takes_any_mix(loaded):
        return _whole(loaded, picture)
    height, width = _patched_size(loaded, picture.height, picture.width)
    return picture.resize((width, height), Resampling.BICUBIC)


def _patched_size(loaded: LoadedModel, height: int, width: int) -> tuple[int, int]:
    """A whole number of a Qwen's patches; its own preparation would count all frames as one."""
    from qwen_vl_utils.vision_process import smart_resize

    factor = loaded.processor.video_processor.patch_size * loaded.processor.video_processor.merge_size
    most = min(max(SMALLEST_PIXELS, width * height), LARGEST_PIXELS)
    fitted: tuple[int, int] = smart_resize(height, width, factor, SMALLEST_PIXELS, most)
    return fitted


def _whole(loaded: LoadedModel, picture: Image) -> Image:
    """On a black square for a model that cuts a square out of the middle."""
    return _squared(picture) if getattr(loaded.processor.video_processor, "do_center_crop", False) else picture


def _squared(picture: Image) -> Image:
    from PIL import ImageOps

    side = max(picture.size)
    return ImageOps.pad(picture, (side, side))
