"""How a model writes an answer: its words drawn or the likeliest ones, loops stopped, thoughts given room and left out.

Nothing here imports torch at the top: transformers takes any callable as a logits processor or stopping criterion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from audiodesc.describers.base import Failure, FailureKind
from audiodesc.describers.faulty_answers import THOUGHT_CLOSES, THOUGHT_OPENS, without_thinking
from audiodesc.describers.queries import Said, whole_words

THOUGHT_TOKENS: Final = 2048
"""Tokens for the thoughts of a model that opens them, by itself or by its template, besides those of its answer."""

LOOK_EVERY: Final = 16
"""Steps between two looks at what is written: a look waits for the device."""

STALE_TOKENS, GRAM_TOKENS, GRAM_TIMES = 96, 6, 3
"""A loop: so many tokens in a row without one that was not there before, and the last few stand there so often."""

MOST_DRAWN: Final = 100
"""Of the likeliest tokens are drawn from where a profile sets no `top_k`."""

CLOSED_THOUGHT: Final = "<think>\n\n</think>\n\n"
"""An empty thought at the beginning of an answer keeps a model from opening one."""

_OPENED_BY_PROMPT = re.compile(rf"(?:{THOUGHT_OPENS.pattern})\s*$", re.IGNORECASE)
_OPENS = re.compile(rf"\s*(?:{THOUGHT_OPENS.pattern})", re.IGNORECASE)
_BOX = re.compile(r"<\|begin_of_box\|>(.*?)(?:<\|end_of_box\|>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen: the likeliest at `temperature` 0, else drawn from the `top_k` likeliest of those
    that have `top_p` of the probability. `presence_penalty` is taken from the score of each token already written;
    `repetition_penalty` divides that of each one written or asked with, which `generate` does by itself."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    presence_penalty: float = 0.0
    repetition_penalty: float = field(default=1.0, repr=False)

    def __str__(self) -> str:
        """For the fingerprint, which is older than the last of these numbers."""
        repeated = f" repetition/{self.repetition_penalty}" if self.repetition_penalty != 1 else ""
        return f"{self!r}{repeated}"

    @property
    def again(self) -> Sampling:
        """For a second try: drawn, and kept from repeating."""
        if not self.temperature:
            return Sampling(0.7, 0.8, 20, max(1.5, self.presence_penalty), self.repetition_penalty)
        return replace(self, presence_penalty=max(1.5, self.presence_penalty))


GREEDY: Final = Sampling()


class Sampler:
    """A logits processor after which the likeliest token is the one that was drawn.

    Each question has its own random numbers, so that its answer does not depend on which others share its batch.
    """

    def __init__(self, sampling: Sampling, seeds: Sequence[int]) -> None:
        import torch

        self._sampling = sampling
        self._random = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._written: Any = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """`input_ids` of shape (questions, tokens); `scores` of shape (questions, vocabulary)."""
        import torch

        if self._written is None:
            self._written = torch.zeros_like(scores, dtype=torch.bool)
        else:
            self._written.scatter_(1, input_ids[:, -1:], True)
        scores = scores - self._sampling.presence_penalty * self._written
        if not self._sampling.temperature:
            return scores
        count = min(self._sampling.top_k or MOST_DRAWN, scores.shape[1])
        best, tokens = (scores / self._sampling.temperature).topk(count, dim=1)
        share = best.softmax(dim=1)
        best[share.cumsum(dim=1) - share > self._sampling.top_p] = -torch.inf
        even = torch.stack([torch.rand(count, generator=random) for random in self._random]).to(scores.device)
        drawn = (best - (-even.clamp(1e-9, 1 - 1e-6).log()).log()).argmax(dim=1, keepdim=True)  # Gumbel's way
        return torch.full_like(scores, -torch.inf).scatter_(1, tokens.gather(1, drawn), 0.0)


class Writing:
    """A stopping criterion for each answer of a batch, and then what the answers are.

    Stops an answer that goes round in a loop, one whose thoughts find no end, and one that has `longest` tokens
    besides its thoughts. `begun` says whether the questions end in an opened thought.
    """

    def __init__(self, tokenizer: Any, ends: Sequence[int], inputs: Any, longest: int) -> None:
        self._tokenizer, self._ends, self._longest = tokenizer, frozenset(ends), longest
        self._prompt_tokens = inputs["input_ids"].shape[1]
        self._begun = bool(_OPENED_BY_PROMPT.search(tokenizer.decode(inputs["input_ids"][0, -8:])))
        self._closed_at: dict[int, int] = {}
        self._stopped: dict[int, FailureKind] = {}

    @property
    def most_tokens(self) -> int:
        """Of an answer with its thoughts."""
        return self._longest + THOUGHT_TOKENS

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """Which answers end here, as a tensor of booleans."""
        import torch

        count = input_ids.shape[1] - self._prompt_tokens
        if count == self._longest or count % LOOK_EVERY == 0:
            for row, tokens in enumerate(input_ids[:, self._prompt_tokens :].tolist()):
                if row not in self._stopped and self._ends.isdisjoint(tokens) and (kind := self._fault(row, tokens)):
                    self._stopped[row] = kind
        ended = [row in self._stopped for row in range(len(input_ids))]
        return torch.tensor(ended, device=input_ids.device)

    def _fault(self, row: int, tokens: Sequence[int]) -> FailureKind | None:
        if is_loop(tokens):
            return "loop"
        if row not in self._closed_at:
            text = self._tokenizer.decode(tokens)
            thinks = self._begun or _OPENS.match(text)
            if thinks and not THOUGHT_CLOSES.search(text):
                return "thoughts" if len(tokens) >= THOUGHT_TOKENS else None
            self._closed_at[row] = len(tokens) if thinks else 0
        return "cut" if len(tokens) - self._closed_at[row] >= self._longest else None

    def answers(self, out: Any) -> list[str | Failure]:
        """What was written, out of what `generate` returned: the answer alone, or why there is none."""
        return [self._answer(row, tokens) for row, tokens in enumerate(out[:, self._prompt_tokens :].tolist())]

    def _answer(self, row: int, tokens: Sequence[int]) -> str | Failure:
        end = next((place for place, token in enumerate(tokens) if token in self._ends), len(tokens))
        text = self._tokenizer.decode(tokens[:end])
        thought = self._begun or _OPENS.match(text)
        kind = self._stopped.get(row) if end == len(tokens) or row in self._stopped else None
        if kind:
            limit = THOUGHT_TOKENS if kind == "thoughts" else self._longest
            return Failure(kind, f"{limit:,} tokens" if kind != "loop" else "", remedy=_REMEDIES.get(kind, ""))
        if thought and not THOUGHT_CLOSES.search(text):
            return Failure("thoughts")
        answer = self._plain(THOUGHT_CLOSES.split(text)[-1] if thought else text)
        return answer or Failure("thoughts" if thought else "empty")

    def _plain(self, text: str) -> str:
        """Without a box around it, and without the model's own marks."""
        if boxed := _BOX.search(text):
            text = boxed[1]
        for mark in self._tokenizer.all_special_tokens:
            text = text.replace(mark, "")
        return text.strip()


class Aloud:
    """A streamer of `generate` that gives an answer to `said` while it is written: in whole words, without thoughts and
    the model's own marks."""

    def __init__(self, tokenizer: Any, said: Said) -> None:
        self._tokenizer, self._said = tokenizer, said
        self._tokens: list[int] = []
        self._begun: bool | None = None

    def put(self, tokens: Any) -> None:
        """The prompt's tokens first, of shape (1, tokens), then each new one."""
        new = tokens.reshape(-1).tolist()
        if self._begun is None:
            self._begun = bool(_OPENED_BY_PROMPT.search(self._tokenizer.decode(new[-8:])))
            return
        self._tokens += new
        text = self._tokenizer.decode(self._tokens)
        if self._begun and not THOUGHT_CLOSES.search(text):
            return
        self._said(whole_words(without_thinking(text)))

    def end(self) -> None:
        """The answer itself is what `generate` returns."""


_REMEDIES: Final[dict[FailureKind, str]] = {
    "cut": "give a profile with more observe_tokens",
    "thoughts": "choose a model that answers without thinking first",
}


def is_loop(tokens: Sequence[int]) -> bool:
    """Whether an answer repeats itself: for a while nothing new, and its last few tokens stand there several times."""
    if len(tokens) <= STALE_TOKENS:
        return False
    last = tokens[-STALE_TOKENS:]
    if not set(last) <= set(tokens[:-STALE_TOKENS]):
        return False
    gram = list(tokens[-GRAM_TOKENS:])
    starts = range(len(tokens) - GRAM_TOKENS + 1)
    return sum(list(tokens[start : start + GRAM_TOKENS]) == gram for start in starts) >= GRAM_TIMES
