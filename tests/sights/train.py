"""Trains the tiny Qwen2.5-VL in `model/`: it sees a red or blue circle move left or right, and says so.

    python tests/sights/train.py [FOLDER]

About three minutes; the same seed gives the same model on the same machine. Its tokenizer knows a dozen words and
drops all others, so that the product's own prompts are some twenty tokens long: what has to be learnt is to see, and
to say again what "What is seen" holds and not what the listener was told before. Train again if those words change.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sights.circles import KINDS, SIZE, Kind, picture  # noqa: E402

from audiodesc.describers.base import LineRequest  # noqa: E402
from audiodesc.describers.context import FilmContext  # noqa: E402
from audiodesc.describers.prompts import line_prompt, observe_prompt, retry_prompt  # noqa: E402
from audiodesc.describers.rules import BrokenRule  # noqa: E402
from audiodesc.model import Frame, Span, VideoClip  # noqa: E402

STEPS, BATCH, RATE, EXAMPLES = 400, 16, 3e-3, 600
MARKS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"),
)
WORDS = ("A", "red", "blue", "circle", "moves", "left", "right", ".", "What is seen")
KNOWN = r"\bA(?= (?:red|blue)\b)|\b(?:red|blue|circle|moves|left|right)\b|(?<=left)\.|(?<=right)\.|What is seen"
ANSWER = 7
"""Tokens: six words and the end."""

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif part['type'] == 'video' %}"
    "<|vision_start|><|video_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    vocabulary = {word: number for number, word in enumerate((*MARKS, *WORDS, "?"))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(KNOWN), "removed", invert=True)
    made.decoder = decoders.WordPiece(cleanup=True)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        padding_side="left",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token="?",
        additional_special_tokens=list(MARKS[3:]),
    )


def untrained() -> tuple[Any, Any]:
    """The model and its processor."""
    words = tokenizer()
    marks = {"image": "image_pad", "video": "video_pad", "vision_start": "vision_start", "vision_end": "vision_end"}
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 4, "vocab_size": len(words), "max_position_embeddings": 4096,
            "bos_token_id": None, "eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1000.0, "mrope_section": [4, 2, 2]},
        },
        vision_config={
            "depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "out_hidden_size": 64,
            "fullatt_block_indexes": [1], "window_size": 112,
        },
        tie_word_embeddings=False,
        **{f"{name}_token_id": words.convert_tokens_to_ids(f"<|{mark}|>") for name, mark in marks.items()},
    )  # fmt: skip
    size = {"shortest_edge": 28 * 28, "longest_edge": 16 * SIZE * SIZE}
    processor = transformers.Qwen2_5_VLProcessor(
        transformers.Qwen2VLImageProcessor(size=size),
        words,
        transformers.Qwen2VLVideoProcessor(size=size),
        chat_template=CHAT,
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config), processor


def varied(kind: Kind, random: np.random.Generator) -> NDArray[np.uint8]:
    """Eight frames: another height, size, light and noise, and now and then only a part of the way."""
    begins, ends = random.uniform(0, 0.3), random.uniform(0.7, 1)
    steps = np.clip(np.linspace(begins, ends, 8) + random.normal(0, 0.015, 8), 0, 1)
    height, radius = random.uniform(0.35, 0.65), random.uniform(0.15, 0.24)
    frames = np.stack([picture(kind, step, height=height, radius=radius) for step in steps])
    light = random.uniform(0.85, 1.15) * (frames - 128) + 128 + random.uniform(-25, 25, 3)
    noisy = light + random.normal(0, random.uniform(0, 10), frames.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def looked_at(random: Random) -> str:
    """The question of a look."""
    start = random.randint(0, 5_000_000)
    span = Span(start, start + random.randint(2_000, 20_000))
    image = np.zeros((1, 1, 3), np.uint8)
    frames = tuple(Frame(start + span.duration_ms * i // 8, image) for i in range(8))
    return observe_prompt(VideoClip(span, frames), FilmContext())


def told_of(kind: Kind, random: Random) -> str:
    """The question for a line, with lines that the listener was told before; now and then the second question."""
    told = tuple(random.choice(KINDS).line for _ in range(random.randint(0, 6)))
    brief = LineRequest(kind.line, random.randint(5, 40), "en", told)
    if random.random() < 0.2:
        return retry_prompt(brief, FilmContext(), random.choice(KINDS).line, [BrokenRule("length", "it has 9 words")])
    return line_prompt(brief, FilmContext())


def examples(processor: Any, random: Random, noise: np.random.Generator, *, look: bool) -> Any:
    """Inputs for all questions, with their answers; made once, for that is slow."""
    kinds = [random.choice(KINDS) for _ in range(EXAMPLES)]
    texts, videos = [], []
    for kind in kinds:
        content: list[dict[str, Any]] = [{"type": "video"}] if look else []
        content.append({"type": "text", "text": looked_at(random) if look else told_of(kind, random)})
        asked = [{"role": "user", "content": content}]
        question = processor.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        texts.append(f"{question}{kind.line}<|im_end|>")
        if look:
            videos.append(varied(kind, noise))
    times = {"fps": 1000, "total_num_frames": 8000, "duration": 8.0}
    options = {
        "videos": videos,
        "video_metadata": [{**times, "frames_indices": list(range(0, 8000, 1000))} for _ in kinds],
        "do_sample_frames": False,
        "do_resize": False,
    }
    return processor(text=texts, padding=True, return_tensors="pt", **(options if look else {}))


def some(inputs: Any, chosen: Sequence[int]) -> dict[str, Any]:
    """These of all questions, with labels: only the answers count."""
    part = {name: tensor[list(chosen)] for name, tensor in inputs.items() if name != "pixel_values_videos"}
    if "pixel_values_videos" in inputs:
        pixels = inputs["pixel_values_videos"]
        each = pixels.reshape(len(inputs["input_ids"]), -1, pixels.shape[-1])
        part["pixel_values_videos"] = each[list(chosen)].flatten(0, 1)
    labels = part["input_ids"].clone()
    labels[:, :-ANSWER] = -100
    return part | {"labels": labels}


def train(seed: int = 1) -> tuple[Any, Any]:
    torch.manual_seed(seed)
    random, noise = Random(seed), np.random.default_rng(seed)
    model, processor = untrained()
    model.train()
    seen, told = (examples(processor, random, noise, look=look) for look in (True, False))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.1)
    for step in range(STEPS):
        for inputs in (seen, told):
            loss = model(**some(inputs, random.sample(range(EXAMPLES), BATCH))).loss
            loss.backward()
            if step % 20 == 0:
                print(f"{step} {'look' if inputs is seen else 'tell'} {loss.item():.3f}", flush=True)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        plan.step()
    return model.eval(), processor


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "model"
    model, processor = train()
    model.generation_config = transformers.GenerationConfig(
        do_sample=False, eos_token_id=processor.tokenizer.eos_token_id, pad_token_id=processor.tokenizer.pad_token_id
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


if __name__ == "__main__":
    main()
