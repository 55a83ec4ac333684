"""Questions -> answers in batches: like sizes together, as large as memory allows, from any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property
from itertools import groupby, islice
from threading import Lock
from typing import Any, TypeVar
from zlib import crc32

from audiodesc.describers.base import Failure
from audiodesc.describers.models.generation import CLOSED_THOUGHT, GREEDY, Aloud, Sampler, Sampling, Writing
from audiodesc.describers.models.loading import LoadedModel, first_line, is_out_of_memory
from audiodesc.describers.models.memory import Needs, batch_bytes, needs
from audiodesc.describers.models.questions import Question, on_device, prepared, takes_any_mix
from audiodesc.describers.queries import Said
from audiodesc.errors import AudiodescError
from audiodesc.model import Frame, VideoClip

T = TypeVar("T")

Answerer = Callable[[Sequence[Question]], Sequence[str | Failure]]
"""One answer for each question, in order."""


class BatchRunner:
    """A loaded model that is asked from any thread, one batch at a time.

    `most` questions share a batch (by default, as the device allows). `cache`: "dynamic" grows with an answer;
    "static" is laid out once, which lets torch compile each step, anew for each length of input. `sampling` is how a
    first answer's tokens are chosen.
    """

    def __init__(
        self,
        name: str,
        loaded: LoadedModel,
        most: int | None = None,
        cache: str = "dynamic",
        sampling: Sampling = GREEDY,
    ) -> None:
        self._name, self._loaded, self._cache, self._sampling = name, loaded, cache, sampling
        self._most = most or (2 if loaded.device == "cpu" else 16)
        self._fitting: int | None = None
        self._lock = Lock()
        self._tokenizing = Lock()  # a fast tokenizer keeps how it pads: two threads would change it under each other
        self._forms: dict[str, list[set[int]]] = {}

    def batch(self) -> tuple[int, int]:
        """How many questions are asked at a time, and how many bytes they may need together, as far as is known."""
        return self._most, self._batch_bytes if self._fitting is None else self._fitting

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
            with self._tokenizing:
                return prepared(self._loaded, questions)
        except Exception as error:
            raise self._fault(questions, error) from error

    def answer(self, questions: Sequence[Question], inputs: Any, longest_tokens: int) -> Iterator[str | Failure]:
        """The answers, in order, without thoughts. One that is cut off, empty or a loop is asked for once more, with
        more tokens and drawn at random, and is a `Failure` where it stays so.

        Where the memory is too small the batch is halved, down to one by one. Raises AudiodescError where it is too
        small for one question, or the model fails.
        """

        def generated(some: Sequence[Question], given: Any) -> list[str | Failure]:
            return self._generated(some, given, longest_tokens, self._sampling)

        for some, answered in self._parts(questions, inputs, generated):
            yield from self._again(some, answered, longest_tokens)

    def choose(self, questions: Sequence[Question], inputs: Any, choices: str) -> Iterator[Sequence[float]]:
        """How likely each of the letters is as the first token of each answer, among themselves: shares of 1."""
        for _, shares in self._parts(questions, inputs, lambda _, given: self._letters(given, choices)):
            yield from shares

    def ask_aloud(self, question: Question, longest_tokens: int, said: Said) -> str | Failure:
        """The answer to one question, which `said` is given while it is written; put once more where it is none."""
        inputs = self.prepare([question])
        try:
            answers = self._generated([question], inputs, longest_tokens, self._sampling, said)
        except (RuntimeError, MemoryError) as error:
            raise self._fault([question], error) from error
        return next(self._again([question], answers, longest_tokens))

    def _parts(
        self, questions: Sequence[Question], inputs: Any, answer: Callable[[Sequence[Question], Any], list[T]]
    ) -> Iterator[tuple[Sequence[Question], list[T]]]:
        """Parts of a batch, in order, with what `answer` makes of them."""
        import torch

        try:
            yield questions, answer(questions, inputs)
            return
        except Exception as error:
            if not is_out_of_memory(error) or len(questions) == 1:
                raise self._fault(questions, error) from error
        torch.cuda.empty_cache()
        half = (len(questions) + 1) // 2
        self._remember(questions, half)
        for some in (questions[:half], questions[half:]):
            yield from self._parts(some, self.prepare(some), answer)

    def _again(
        self, questions: Sequence[Question], answers: list[str | Failure], longest_tokens: int
    ) -> Iterator[str | Failure]:
        """The answers, those that were none asked for once more: thoughts are closed beforehand, a cut one gets more
        tokens, and all are drawn, for the likeliest words would be the same again."""
        failed = {number: answer for number, answer in enumerate(answers) if isinstance(answer, Failure)}
        if failed:
            thinks = any(failure.kind == "thoughts" for failure in failed.values())
            some = [replace(questions[number], begin=CLOSED_THOUGHT if thinks else "") for number in failed]
            tokens, sampling = 2 * longest_tokens, self._sampling.again
            second = self._parts(
                some, self.prepare(some), lambda part, given: self._generated(part, given, tokens, sampling)
            )
            for number, answer in zip(failed, (one for _, part in second for one in part), strict=True):
                answers[number] = answer
        yield from answers

    def ask(self, question: Question, longest_tokens: int) -> str | Failure:
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
    def _batch_bytes(self) -> int:
        return batch_bytes(self._loaded.device)

    def _letters(self, inputs: Any, choices: str) -> list[Sequence[float]]:
        import torch

        forms = self._tokens_of(choices)
        shared = set.intersection(*forms) if len(forms) > 1 else set()
        with self._lock, torch.inference_mode():
            out = self._loaded.model.generate(
                **on_device(self._loaded, inputs),
                max_new_tokens=1,
                do_sample=False,
                output_logits=True,
                return_dict_in_generate=True,
            )
            logits = out.logits[0].float().cpu()
        scores = torch.stack([logits[:, sorted(one - shared)].logsumexp(dim=1) for one in forms], dim=1)
        shares: list[Sequence[float]] = scores.softmax(dim=1).tolist()
        return shares

    def _tokens_of(self, choices: str) -> list[set[int]]:
        """The tokens that each of the letters may be."""
        encode = self._loaded.tokenizer.encode
        if choices not in self._forms:
            with self._tokenizing:
                forms = [[encode(form, add_special_tokens=False)[:1] for form in (one, f" {one}")] for one in choices]
                self._forms[choices] = [{token for first in of_one for token in first} for of_one in forms]
        return self._forms[choices]

    def _generated(
        self,
        questions: Sequence[Question],
        inputs: Any,
        longest_tokens: int,
        sampling: Sampling,
        said: Said | None = None,
    ) -> list[str | Failure]:
        import torch

        model = self._loaded.model
        ends = model.generation_config.eos_token_id or []
        writing = Writing(self._loaded.tokenizer, ends, inputs, longest_tokens)
        chosen = [] if sampling == GREEDY else [Sampler(sampling, [_seed(question) for question in questions])]
        with self._lock, torch.inference_mode():
            out = model.generate(
                **on_device(self._loaded, inputs),
                max_new_tokens=writing.most_tokens,
                stopping_criteria=[writing],
                logits_processor=chosen,
                cache_implementation=self._cache if self._cache != "dynamic" else None,
                streamer=Aloud(self._loaded.tokenizer, said) if said else None,
            ).cpu()
        return writing.answers(out)

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


def _seed(question: Question) -> int:
    """The same for the same question, whatever else is asked."""
    return crc32(f"{question.text}{question.begin}{[frame.time_ms for frame in question.frames]}".encode())


def batches(
    items: Iterable[T],
    weight: Callable[[T], int],
    limits: Callable[[], tuple[int, int]],
    window: int,
    kind: Callable[[T], Any] = lambda item: 0,
) -> Iterator[Sequence[tuple[int, T]]]:
    """Numbered items in batches: of each `window` batches' worth the lightest first.

    Only items of one `kind` share a batch. `limits` is asked for each batch, for it may shrink: how many items it
    holds at most, and how much they may weigh together when each is padded to the heaviest; one that is heavier than
    that goes alone. The first window is one batch long, so that the first answers come soon.
    """
    left = enumerate(items)
    size = limits()[0]
    while some := list(islice(left, size)):
        some.sort(key=lambda entry: (kind(entry[1]), weight(entry[1])))
        for _, alike in groupby(some, key=lambda entry: kind(entry[1])):
            yield from _cut(list(alike), weight, limits)
        size = limits()[0] * window


def _cut(
    entries: Sequence[tuple[int, T]], weight: Callable[[T], int], limits: Callable[[], tuple[int, int]]
) -> Iterator[Sequence[tuple[int, T]]]:
    first = 0
    while first < len(entries):
        most, heaviest = limits()
        end = first + 1
        while end < min(len(entries), first + most) and weight(entries[end][1]) * (end + 1 - first) <= heaviest:
            end += 1
        yield entries[first:end]
        first = end


class BatchQueue:
    """A thread that finds the model idle answers all queued questions in one batch; later ones are the next batch.

    `answer` gives one answer for each of its questions, in order. Which of them share a batch depends on time: in half
    precision an answer may then differ from one that was given alone.
    """

    def __init__(self, answer: Answerer) -> None:
        self._answer = answer
        self._turn, self._door = Lock(), Lock()
        self._waiting: list[tuple[Question, Future[str | Failure]]] = []

    @property
    def waiting(self) -> int:
        """How many questions are not yet in a batch."""
        return len(self._waiting)

    def ask(self, question: Question) -> str | Failure:
        """Its answer. Raises what `answer` raised for the batch that it was in."""
        mine: Future[str | Failure] = Future()
        with self._door:
            self._waiting.append((question, mine))
        with self._turn:
            if not mine.done():
                with self._door:
                    batch, self._waiting = self._waiting, []
                _resolve(batch, self._answer)
        return mine.result()


def _resolve(batch: Sequence[tuple[Question, Future[str | Failure]]], answer: Answerer) -> None:
    try:
        answers = list(zip(batch, answer([question for question, _ in batch]), strict=True))
    except BaseException as error:  # handed to the threads that wait
        for _, future in batch:
            future.set_exception(error)
        return
    for (_, future), text in answers:
        future.set_result(text)
