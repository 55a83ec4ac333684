"""Questions -> answers, in batches as large as the memory allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from audiodesc.describers.models.loading import Loaded
from audiodesc.describers.models.questions import Question, prepared, takes_any_mix
from audiodesc.errors import AudiodescError
from audiodesc.model import Clip

BYTES_PER_PIXEL = 260
"""GPU memory for each pixel that a Qwen2.5-VL of 7B looks at: 1,568 pixels make a token, and a token takes 57 kB
of cache and, at the widest place of the tower that sees, about 350 kB. Reckoned, not measured: where it is too
little the batch is halved."""

FREE_SHARE = 0.7
"""Of the memory that is free once the weights are loaded; the rest is for answers and for fragments."""


class Answerer:
    """A loaded model that is asked from any thread, one batch at a time.

    `most` questions share a batch (by default, as the device allows). `cache`: "dynamic" grows with an answer;
    "static" is laid out once, which lets torch compile each step, anew for each length of input.
    """

    def __init__(self, name: str, loaded: Loaded, most: int | None = None, cache: str = "dynamic") -> None:
        self._name, self._loaded, self._most, self._cache = name, loaded, most, cache
        self._lock = Lock()

    @property
    def batch(self) -> tuple[int, int]:
        """How many questions are asked at a time, and how many pixels they may have together."""
        if self._loaded.device == "cpu":
            return self._most or 2, 8_000_000
        import torch

        free, _ = torch.cuda.mem_get_info(self._loaded.device)
        return self._most or 16, int(free * FREE_SHARE / BYTES_PER_PIXEL)

    def kind_of(self, clip: Clip) -> int:
        """Only clips of one kind may share a batch."""
        return min(1, len(clip.frames)) if takes_any_mix(self._loaded) else len(clip.frames)

    def prepare(self, questions: Sequence[Question]) -> Any:
        """The input for `answer`, which takes the processor's time and not the GPU's."""
        return prepared(self._loaded, questions)

    def answer(self, questions: Sequence[Question], inputs: Any, longest_tokens: int) -> Iterator[str]:
        """The answers, in order. Where the memory is too small the batch is halved, down to one by one.

        Raises AudiodescError where it is too small for one question.
        """
        import torch

        try:
            yield from self._answers(inputs, longest_tokens)
            return
        except torch.OutOfMemoryError as error:
            if len(questions) == 1:
                raise self._too_large(questions[0]) from error
        torch.cuda.empty_cache()
        half = (len(questions) + 1) // 2
        for some in (questions[:half], questions[half:]):
            yield from self.answer(some, self.prepare(some), longest_tokens)

    def ask(self, question: Question, longest_tokens: int) -> str:
        """The answer to one question."""
        return next(self.answer([question], self.prepare([question]), longest_tokens))

    def _answers(self, inputs: Any, longest_tokens: int) -> list[str]:
        import torch

        with self._lock, torch.inference_mode():
            model = self._loaded.model
            given = {
                name: tensor.to(model.device, model.dtype if tensor.is_floating_point() else None)
                for name, tensor in inputs.items()
            }
            kept = self._cache if self._cache != "dynamic" else None
            out = model.generate(**given, max_new_tokens=longest_tokens, cache_implementation=kept)
            new = out[:, given["input_ids"].shape[1] :].cpu()
        return [text.strip() for text in self._loaded.tokenizer.batch_decode(new, skip_special_tokens=True)]

    def _too_large(self, question: Question) -> AudiodescError:
        asked = f"{len(question.frames)} frames" if question.frames else "a question"
        return AudiodescError(
            f"{self._name}: the memory does not hold {asked}",
            "choose a smaller model (`audiodesc describers`), or a profile with fewer or smaller frames",
        )
