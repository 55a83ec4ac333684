"""Questions with pictures -> what a model takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audiodesc.describers.models.loading import Loaded
from audiodesc.describers.models.pictures import portrait, takes_any_mix, times, video
from audiodesc.model import Frame

_SIGN = re.compile(r"[^\w\s]")  # what marks have, and the plain words and spaces in some tokenizers' lists have not


@dataclass(frozen=True, slots=True)
class Question:
    """A text about frames, which may be none; `portraits` are names with the content of PNG or JPEG files.

    `chat` is false for a base model: the text is what it goes on with.
    """

    text: str
    frames: tuple[Frame, ...] = ()
    portraits: tuple[tuple[str, bytes], ...] = ()
    chat: bool = True


def prepared(loaded: Loaded, questions: Sequence[Question]) -> dict[str, Any]:
    """The input for a batch, as tensors on the CPU, padded on the left; all have frames, or none has.

    Where `takes_any_mix` is false all have the same number of frames. Pictures are in the model's own numbers.
    """
    return {name: _ready(loaded, name, tensor) for name, tensor in _processed(loaded, questions).items()}


def _ready(loaded: Loaded, name: str, tensor: Any) -> Any:
    """Only pictures are cast: a time step in bfloat16 would put frames in the wrong place."""
    if name.startswith("pixel_values"):
        tensor = tensor.to(loaded.model.dtype)
    return tensor if loaded.device == "cpu" else tensor.pin_memory()


def _processed(loaded: Loaded, questions: Sequence[Question]) -> Any:
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


def _elsewhere(loaded: Loaded) -> str | None:
    """The form of a conversation where a folder keeps it with the tokenizer and the processor has none.

    A processor's own is left to it: SmolVLM's puts one with video in place of the published one, which has none.
    """
    own = getattr(loaded.processor, "chat_template", None)
    return None if own else loaded.tokenizer.chat_template


def _conversation(loaded: Loaded, question: Question) -> list[dict[str, Any]]:
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


def _words(loaded: Loaded, text: str) -> dict[str, Any]:
    return {"type": "text", "text": _plain(loaded, text)}


def _to_go_on_with(loaded: Loaded, questions: Sequence[Question], options: dict[str, Any]) -> Any:
    """A base model has no form for a conversation: the text stands alone, after the mark for the video."""
    texts = [_plain(loaded, question.text) for question in questions]
    if questions[0].frames:
        mark = loaded.processor.video_token
        if takes_any_mix(loaded):
            mark = f"<|vision_start|>{mark}<|vision_end|>"
        texts = [f"{mark}\n{text}" for text in texts]
        options["videos"] = [video(loaded, question.frames) for question in questions]
    return loaded.processor(text=texts, return_tensors="pt", **options)


def _plain(loaded: Loaded, text: str) -> str:
    """Without the model's own marks: subtitles are somebody's words, and must not end our question."""
    own = [getattr(loaded.processor, f"{part}_token", None) for part in ("image", "video")]
    marks = [mark for mark in (*loaded.tokenizer.added_tokens_encoder, *own) if mark and _SIGN.search(mark)]
    for mark in sorted(marks, key=len, reverse=True):
        text = text.replace(mark, " ")
    return text
