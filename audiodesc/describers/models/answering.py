"""Questions -> answers, in batches as large as the memory allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

from audiodesc.describers.models.faults import first_line, is_out_of_memory
from audiodesc.describers.models.loading import Loaded
from audiodesc.describers.models.memory import Needs, needs, room
from audiodesc.describers.models.pictures import takes_any_mix
from audiodesc.describers.models.questions import Question, prepared
from audiodesc.errors import AudiodescError
from audiodesc.model import Frame, VideoClip

THOUGHT_TOKENS = 2048
"""Room for the thoughts of a model that cannot be kept from thinking, beside that for its answer."""

_THINKS = re.compile(r"<think(?:ing)?>\s*$")


class Answerer:
    """A loaded model that is asked from any thread, one batch at a time.

    `most` questions share a batch (by default, as the device allows). `cache`: "dynamic" grows with an answer;
    "static" is laid out once, which lets torch compile each step, anew for each length of input.
    """

    def __init__(self, name: str, loaded: Loaded, most: int | None = None, cache: str = "dynamic") -> None:
        self._name, self._loaded, self._cache = name, loaded, cache
        self._most = most or (2 if loaded.device == "cpu" else 16)
        self._fitting: int | None = None
        self._lock = Lock()

    def batch(self) -> tuple[int, int]:
        """How many questions are asked at a time, and how many bytes they may need together, as far as is known."""
        return self._most, self._room if self._fitting is None else self._fitting

    def weight(self, clip: VideoClip) -> int:
        """The bytes that a question about a clip needs."""
        return self._needs.bytes_for(clip.frames)

    def kind_of(self, clip: VideoClip) -> int:
        """Only clips of one kind may share a batch."""
        return min(1, len(clip.frames)) if takes_any_mix(self._loaded) else len(clip.frames)

    def prepare(self, questions: Sequence[Question]) -> Any:
        """The input for `answer`, which takes the processor's time and not the GPU's.

        Raises AudiodescError where the model's own processor fails.
        """
        try:
            return prepared(self._loaded, questions)
        except Exception as error:
            raise self._fault(questions, error) from error

    def answer(self, questions: Sequence[Question], inputs: Any, longest_tokens: int) -> Iterator[str]:
        """The answers, in order. Where the memory is too small the batch is halved, down to one by one.

        Raises AudiodescError where it is too small for one question, or the model fails.
        """
        import torch

        try:
            yield from self._answers(inputs, longest_tokens)
            return
        except Exception as error:
            if not is_out_of_memory(error) or len(questions) == 1:
                raise self._fault(questions, error) from error
        torch.cuda.empty_cache()
        half = (len(questions) + 1) // 2
        self._remember(questions, half)
        for some in (questions[:half], questions[half:]):
            yield from self.answer(some, self.prepare(some), longest_tokens)

    def ask(self, question: Question, longest_tokens: int) -> str:
        """The answer to one question."""
        return next(self.answer([question], self.prepare([question]), longest_tokens))

    def _remember(self, questions: Sequence[Question], half: int) -> None:
        """Half of these is the most that is tried from now on."""
        heaviest = max(self._needs.bytes_for(question.frames) for question in questions)
        self._fitting = min(self.batch()[1], half * heaviest)

    @cached_property
    def _needs(self) -> Needs:
        return needs(self._loaded)

    @cached_property
    def _room(self) -> int:
        return room(self._loaded.device)

    def _answers(self, inputs: Any, longest_tokens: int) -> list[str]:
        import torch

        model, tokenizer = self._loaded.model, self._loaded.tokenizer
        thinks = _THINKS.search(tokenizer.decode(inputs["input_ids"][0, -8:]))
        with self._lock, torch.inference_mode():
            given = {name: tensor.to(model.device, non_blocking=True) for name, tensor in inputs.items()}
            kept = self._cache if self._cache != "dynamic" else None
            most = longest_tokens + (THOUGHT_TOKENS if thinks else 0)
            out = model.generate(**given, max_new_tokens=most, cache_implementation=kept)
            new = out[:, given["input_ids"].shape[1] :].cpu()
        opened = "<think>" if thinks else ""  # by the question; the answer only closes it
        return [opened + text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]

    def _fault(self, questions: Sequence[Question], error: Exception) -> AudiodescError:
        frames: tuple[Frame, ...] = questions[0].frames
        if is_out_of_memory(error):
            return AudiodescError(
                f"{self._name}: the memory does not hold {f'{len(frames)} frames' if frames else 'a question'}",
                "choose a smaller model (`audiodesc describers`), or a profile with fewer or smaller frames",
            )
        return AudiodescError(
            f"{self._name}: the model cannot answer ({first_line(error)})",
            "what it answered is kept; run again, or choose another model: `audiodesc describers`",
        )
