"""Trains the tiny Qwen2.5-VL in `model/`: it sees a red or blue circle move left or right, says so, and answers
questions about its colour and its way.

    python tests/sights/train.py [FOLDER]

Two stages: it learns to see, and then, from where it stands, to answer. `--answers` begins there, with the model that
the folder holds; the kept one had that twice. Some ten minutes. Its tokenizer knows some thirty words and drops all
others, so that the product's own prompts are some twenty tokens long: what has to be learnt is to see, to say again
what "What is seen" holds and not what the listener was told before, and what is asked: which of two words, which
letter, or yes or no. Train again if those words change. Whether the first stage finds the way, which only the order of
the frames tells, depends on the seed and the machine: if the loss of a look stays at 0.1, take another seed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, get_args

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sights.circles import COLOURS, KINDS, SIZE, Kind, picture  # noqa: E402

from audiodesc.captions.prompts import caption_prompt  # noqa: E402
from audiodesc.captions.values import Style, Wanted  # noqa: E402
from audiodesc.describers.base import LineRequest  # noqa: E402
from audiodesc.describers.context import FilmContext  # noqa: E402
from audiodesc.describers.prompts import OBSERVE_FIELDS, line_prompt, observe_prompt, retry_prompt  # noqa: E402
from audiodesc.describers.rules import BrokenRule  # noqa: E402
from audiodesc.model import Cue, Frame, Span, VideoClip  # noqa: E402
from audiodesc.project.conversations import Turn  # noqa: E402
from audiodesc.project.lines import ProjectLine  # noqa: E402
from audiodesc.questions.around import Around  # noqa: E402
from audiodesc.questions.prompting import chat_prompt  # noqa: E402
from audiodesc.questions.question import Question  # noqa: E402
from audiodesc.search.look_questions import TEXTS  # noqa: E402

STEPS, BATCH, RATE, EXAMPLES = 400, 16, 3e-3, 600
ANSWER_STEPS, MORE = 500, 4
"""Of the second stage; and so many times the examples of what else is learnt by heart."""
MARKS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"),
)
FIELDS = ('{"subjects": [{"appearance": "', '", "action": "', '", "is_main_subject": true}]}')
ASKED = ("The question:", "The next question:", "What colour", "Which way", "Is it seen", "Answer with one word")
SAID = ("NOT SEEN:", "yes", "no")
UNKNOWN = "<|unknown|>"
SEEN = ("A", "red", "blue", "circle", "moves", "left", "right", ".", "What is seen")
ANSWERED = ("B", "C", "D", "E", *ASKED, *SAID, *FIELDS)
"""The words of the second stage."""

KNOWN = "|".join(
    (
        *map(re.escape, FIELDS),
        r"\bA(?= (?:red|blue)\b)|\b[A-E](?=\)|:|\z)|\b(?:red|blue|circle|moves|left|right)\b",
        r"(?<=left)\.|(?<=right)\.|(?<=red)\.|(?<=blue)\.",
        *("What is seen", *ASKED, r"NOT SEEN:\z", r"(?<=assistant\n)(?:yes|no)\z"),
    )
)

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif part['type'] == 'video' %}"
    "<|vision_start|><|video_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    vocabulary = {word: number for number, word in enumerate((*MARKS, *SEEN, UNKNOWN, *ANSWERED))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(KNOWN), "removed", invert=True)
    made.decoder = decoders.WordPiece(cleanup=True)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        padding_side="left",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token=UNKNOWN,
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


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation about a clip, or about nothing that is seen: what is asked and answered in turn."""

    kind: Kind
    turns: tuple[tuple[str, str], ...]
    sees: bool = True


def looked_at(kind: Kind, random: Random) -> Example:
    """The question of a look."""
    start = random.randint(0, 5_000_000)
    return Example(kind, ((observe_prompt(_shown(start, random), FilmContext()), kind.line),))


def captioned(kind: Kind, random: Random) -> Example:
    """The question for a caption of any style."""
    clip = _shown(0, random)
    style: Style = random.choice(get_args(Style))
    first, action, last = FIELDS
    fields = f"{first} {kind.colour} circle {action} moves {kind.way} {last}"
    if random.random() < 0.2:
        return Example(kind, ((observe_prompt(clip, FilmContext(), OBSERVE_FIELDS), fields),))
    text = caption_prompt(clip.span, style, Wanted(style=style), FilmContext(), ())
    return Example(kind, ((text, fields if style == "fields" else kind.line),))


def _shown(start: int, random: Random) -> VideoClip:
    span = Span(start, start + random.randint(2_000, 20_000))
    image = np.zeros((1, 1, 3), np.uint8)
    return VideoClip(span, tuple(Frame(start + span.duration_ms * i // 8, image) for i in range(8)))


def asked_about(kind: Kind, random: Random) -> Example:
    """A question of a person, perhaps with another before it, with letters to choose from, or with lines that say
    something else."""
    span = Span(60_000, 60_000 + random.randint(2_000, 12_000))
    lines = tuple(
        ProjectLine(str(number), number * 1000, number * 1000, random.choice(KINDS).line)
        for number in range(random.randint(0, 3))
    )
    cues = (Cue(Span(59_000, 60_000), "Where is it?"),) * random.randint(0, 2)
    at_ms = random.choice((None, span.start_ms + 1000))
    known = Around(span, (span,), at_ms, dialogue=cues, lines=lines)
    asked = [random.choice(("colour", "way", "else")) for _ in range(random.choice((1, 1, 2)))]
    answers = [_answer(kind, what) for what in asked]
    before = [Turn(_question(what, random), text, span=span) for what, text in zip(asked[:-1], answers, strict=False)]
    choices: tuple[str, ...] = ()
    if asked[-1] != "else" and random.random() < 0.4:
        words = [*(COLOURS if asked[-1] == "colour" else ("left", "right")), "none of these"]
        choices = tuple(random.sample(words, len(words)))
        answers[-1] = "ABCDE"[choices.index(answers[-1].removesuffix("."))]
    prompt = chat_prompt(Question(_question(asked[-1], random), choices=choices), known, before)
    texts = [prompt.text, *(one.question for one in prompt.follow_ups)]
    return Example(kind, tuple(zip(texts, answers, strict=True)))


def _question(what: str, random: Random) -> str:
    if what == "else":
        return random.choice(("Who is it?", "What is the name of the dog?", "Why?"))
    return "What colour is the circle?" if what == "colour" else "Which way does it move?"


def _answer(kind: Kind, what: str) -> str:
    return {"colour": f"{kind.colour}.", "way": f"{kind.way}."}.get(what, "NOT SEEN:")


def sought_in(kind: Kind, random: Random) -> Example:
    """Whether something is seen: yes or no, as a letter or a word."""
    colour, way = random.choice((*COLOURS, "")), random.choice(("left", "right", "", ""))
    thing = random.choice(("circle", "circle", "circle", "cat"))
    wanted = " ".join(filter(None, ("a", colour, thing, f"that moves {way}" if way else "")))
    is_seen = thing == "circle" and colour in ("", kind.colour) and way in ("", kind.way)
    form = random.choice(("letters", "words"))
    sought = TEXTS["text"].strip().replace("{wanted}", f'"{wanted}"')
    text = TEXTS["question"].replace("{seconds}", "8.0").replace("{sought}", sought).replace("{form}", TEXTS[form])
    return Example(kind, ((text, {"letters": "AB", "words": ("yes", "no")}[form][not is_seen]),))


def told_of(kind: Kind, random: Random) -> Example:
    """The question for a line, with lines that the listener was told before; now and then the second question."""
    told = tuple(random.choice(KINDS).line for _ in range(random.randint(0, 6)))
    brief = LineRequest(kind.line, random.randint(5, 40), "en", told)
    if random.random() < 0.2:
        again = [BrokenRule("length", "it has 9 words")]
        return Example(
            kind, ((retry_prompt(brief, FilmContext(), random.choice(KINDS).line, again), kind.line),), False
        )
    return Example(kind, ((line_prompt(brief, FilmContext()), kind.line),), False)


Task = Callable[[Kind, Random], Example]


def examples(processor: Any, made: Task, random: Random, noise: np.random.Generator) -> Any:
    """Inputs for all questions, with their answers; made once, for that is slow."""
    count = EXAMPLES * (MORE if made is sought_in else 1)
    drawn = [made(random.choice(KINDS), random) for _ in range(count)]
    texts, videos = [], []
    for one in drawn:
        messages: list[dict[str, Any]] = []
        for number, (question, answer) in enumerate(one.turns):
            content: list[dict[str, Any]] = [{"type": "video"}] if one.sees and not number else []
            messages.append({"role": "user", "content": [*content, {"type": "text", "text": question}]})
            messages.append({"role": "assistant", "content": [{"type": "text", "text": answer}]})
        texts.append(processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=False))
        if one.sees:
            videos.append(varied(one.kind, noise))
    times = {"fps": 1000, "total_num_frames": 8000, "duration": 8.0}
    options = {
        "videos": videos,
        "video_metadata": [{**times, "frames_indices": list(range(0, 8000, 1000))} for _ in videos],
        "do_sample_frames": False,
        "do_resize": False,
    }
    return processor(text=texts, padding=True, return_tensors="pt", **(options if videos else {}))


def some(inputs: Any, chosen: Sequence[int], end: int) -> dict[str, Any]:
    """These of all questions, with labels: only the last answers count, from after the last question's `end`."""
    part = {name: tensor[list(chosen)] for name, tensor in inputs.items() if name != "pixel_values_videos"}
    if "pixel_values_videos" in inputs:
        pixels = inputs["pixel_values_videos"]
        each = pixels.reshape(len(inputs["input_ids"]), -1, pixels.shape[-1])
        part["pixel_values_videos"] = each[list(chosen)].flatten(0, 1)
    labels = part["input_ids"].clone()
    for row in labels:
        row[: int((row == end).nonzero()[-2]) + 1] = -100
    return part | {"labels": labels}


SEEING, ANSWERING = (looked_at, told_of), (looked_at, captioned, asked_about, sought_in, told_of)
"""The tasks of each stage."""


def train(seed: int = 1, seeing: Any = None) -> tuple[Any, Any]:
    """The model and its processor; `seeing` is a model of the first stage, None to begin with that."""
    torch.manual_seed(seed)
    random, noise = Random(seed), np.random.default_rng(seed)
    model, processor = untrained()
    if seeing is not None:
        model = seeing
        model.resize_token_embeddings(len(processor.tokenizer), mean_resizing=False)
    model.train()
    stages = [(SEEING, STEPS, RATE)] if seeing is None else []
    for tasks, steps, rate in [*stages, (ANSWERING, ANSWER_STEPS, RATE / 2)]:
        made = [(task, examples(processor, task, random, noise)) for task in tasks]
        learn(model, made, steps, rate, random, processor.tokenizer.eos_token_id)
    return model.eval(), processor


def learn(model: Any, tasks: Sequence[tuple[Task, Any]], steps: int, rate: float, random: Random, end: int) -> None:
    """So many steps, each with a batch of every task."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        for task, inputs in tasks:
            loss = model(**some(inputs, random.sample(range(len(inputs["input_ids"])), BATCH), end)).loss
            loss.backward()
            if step % 20 == 0:
                print(f"{step} {task.__name__} {loss.item():.3f}", flush=True)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        plan.step()


def main() -> None:
    torch.set_num_threads(1)
    folders = [Path(one) for one in sys.argv[1:] if not one.startswith("-")]
    folder = folders[0] if folders else HERE / "model"
    load = transformers.Qwen2_5_VLForConditionalGeneration.from_pretrained
    model, processor = train(seeing=load(folder) if "--answers" in sys.argv else None)
    model.generation_config = transformers.GenerationConfig(
        do_sample=False, eos_token_id=processor.tokenizer.eos_token_id, pad_token_id=processor.tokenizer.pad_token_id
    )
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


if __name__ == "__main__":
    main()
