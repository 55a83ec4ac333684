"""A video-language model as a describer: observes in batches, and writes each line from what it observed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from audiodesc.core.cache import Store
from audiodesc.core.concurrency import SIDE_BY_SIDE, ahead, as_they_come
from audiodesc.describers.answers import facts_in
from audiodesc.describers.base import Describer, Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.answering import answer_aloud, answers_of
from audiodesc.describers.models.batching import BatchQueue, BatchRunner, batches
from audiodesc.describers.models.checking import read_json
from audiodesc.describers.models.cpu_time import observe_s, pace_by, shown_time, speed_here
from audiodesc.describers.models.generation import GREEDY
from audiodesc.describers.models.hardware import this_machine
from audiodesc.describers.models.loaded_models import LoadedModels, shared_models
from audiodesc.describers.models.loading import load_model, precision_for
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.questions import Question, takes_portraits
from audiodesc.describers.models.shot_facts import invalid_in, with_written_facts, written_facts
from audiodesc.describers.models.user_cache import keep_pace
from audiodesc.describers.models.weights import Weights
from audiodesc.describers.prompts import CONTINUE_NOTES, VERSION, observe_prompt
from audiodesc.describers.queries import AnswersQueries, Query, QueryKind, Reply, Said
from audiodesc.describers.writing import continued_line, write_line, write_story
from audiodesc.model import FrameRequest, VideoClip

if TYPE_CHECKING:
    from audiodesc.describers.server.writer import OtherServer

log = logging.getLogger(__name__)

LINE_TOKENS = 512
"""More than several candidates have, with what JSON puts around them; a model that goes on and on is stopped."""

WINDOW_BATCHES = 2
"""So many batches of clips are sorted by length at a time; their frames are all in memory."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A profile with its weights on disk."""

    profile: ModelProfile
    weights: Weights

    @property
    def fingerprint(self) -> str:
        """Weights that are rounded to 8 bits are another model; in another precision they are the same weights."""
        return f"{self.weights.name}{' int8' if _precision_of(self.weights.folder) == 'int8' else ''}"

    @property
    def kind(self) -> str:
        """Its architecture, as its config.json names it."""
        return str(read_json(self.weights.folder / "config.json").get("model_type", ""))


@cache
def _precision_of(folder: Path) -> str:
    return precision_for(folder, this_machine())


class VideoModel(Describer, AnswersQueries):
    """Models are loaded at the first question: a film whose answers are all in the cache needs none. Describers of one
    process share them.

    `observer` observes; `writer` writes the lines, and may be the same, a text model, or, with `elsewhere`, one of a
    server. Where the memory does not hold both, the one makes room for the other. `runner` brings a model into memory,
    for this describer alone; `remarks` are for the notes. Without a GPU the first look tells how long a film of
    `film_s` seconds takes; 0: that is not said. Raises what `loading.load` raises.
    """

    def __init__(
        self,
        observer: LocalModel,
        writer: LocalModel,
        context: FilmContext,
        runner: Callable[[LocalModel], BatchRunner] | None = None,
        elsewhere: OtherServer | None = None,
        remarks: Sequence[str] = (),
        film_s: float = 0.0,
    ) -> None:
        self._film_s = film_s
        self._observer, self._writer, self._context = observer, writer, context
        self._elsewhere, self._remarks = elsewhere, remarks
        self._models = LoadedModels(runner) if runner else shared_models(_load)
        self._portraits = tuple((one.name, one.portrait) for one in context.cast if one.portrait)
        self._asked = BatchQueue(self._answers)

    @property
    def fingerprint(self) -> str:
        observer = self._observer.profile
        sampled = f" {observer.sampling}" if observer.sampling != GREEDY else ""
        sampled += f" soft/{observer.max_soft_tokens}" if observer.max_soft_tokens else ""
        asked = f"{observer.asked}{'' if observer.chat else ' base'} {observer.observe_tokens}{sampled}"
        by = f"{self._observer.fingerprint} {asked} {(self._elsewhere or self._writer).fingerprint}"
        return f"{by} prompts/{VERSION} context/{self._context.fingerprint}"

    @property
    def label(self) -> str:
        return self._observer.weights.repository

    @property
    def limits(self) -> str:
        if not self._portraits or takes_portraits(self._observer.kind):
            return ""
        return "takes no portraits: it knows the cast by their looks in words"

    @property
    def frames(self) -> FrameRequest:
        return self._observer.profile.frames

    @property
    def lines_at_once(self) -> int:
        return SIDE_BY_SIDE

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        """Facts, batch by batch, short clips first; "" for a clip without frames.

        While the model works on one batch the next is decoded and prepared on other threads.
        """
        runner = self._runner(self._observer)
        for numbers, questions, inputs in ahead(self._batches(runner, clips), 1):
            started = perf_counter()
            answers = runner.answer(questions, inputs, self._observer.profile.observe_tokens) if questions else [""]
            for number, answer in zip(numbers, answers, strict=True):
                yield number, facts_in(answer) if isinstance(answer, str) and answer else answer
            if questions and self._film_s:
                self._report_time((perf_counter() - started) / len(questions))

    def _report_time(self, look_s: float) -> None:
        """Once, without a GPU: how long the film takes by its first look; later runs know it too."""
        machine, film_s, self._film_s = this_machine(), self._film_s, 0.0
        if machine.gpu or not self._observer.profile.active_parameters:
            return
        if pace := pace_by(self._observer.profile, look_s, speed_here(machine)):
            keep_pace(self._observer.weights.name, pace)
            name, takes = self._observer.profile.name, shown_time(pace * film_s)
            log.info("%s needs about %s for this film, by its first look", name, takes)

    @property
    def takes_wishes(self) -> bool:
        return self._elsewhere is not None or self._writer.profile.chat

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        request = with_written_facts(self._observer.profile.prompt, request)
        if self._elsewhere:
            return self._elsewhere.write_lines(request)
        if self._writer.profile.chat:
            return write_line(self._ask, request, self._context)
        return continued_line(self._ask, request)

    def summarise(self, request: StoryRequest) -> str:
        if self._elsewhere:
            return self._elsewhere.summarise(request)
        return write_story(self._ask, request, self._context) if self._writer.profile.chat else ""

    @contextmanager
    def session(self, store: Store) -> Iterator[None]:
        """The server that has the writer is tried before the work."""
        if self._elsewhere:
            self._elsewhere.meet(store)
        yield

    def notes(self) -> Sequence[str]:
        return self._remarks

    def doubts(self, facts: str) -> Sequence[str]:
        """What is not valid in an answer that should have been JSON."""
        return invalid_in(self._observer.profile.prompt, facts)

    def evidence(self, facts: str) -> str:
        """What the writer is given of the facts."""
        return written_facts(self._observer.profile.prompt, facts)

    @property
    def query_kind(self) -> QueryKind:
        return "chat" if self._observer.profile.chat else "base"

    @property
    def gives_shares(self) -> bool:
        return True

    @property
    def takes_portraits(self) -> bool:
        return self._observer.profile.chat and takes_portraits(self._observer.kind)

    def answer_queries(self, queries: Iterable[Query]) -> Iterator[tuple[int, Reply | Failure]]:
        """What is seen is answered by the model that observes, all else by the one that writes."""
        for sees, some in groupby(enumerate(queries), key=lambda one: one[1].clip is not None):
            if self._elsewhere and not sees:
                yield from _by_number(self._elsewhere.reply, some)
            else:
                by = self._observer if sees else self._writer
                yield from answers_of(self._runner(by), some, chat=by.profile.chat, window=WINDOW_BATCHES)

    def queries_take_s(self, count: int) -> float | None:
        machine, profile = this_machine(), self._observer.profile
        if machine.gpu or not profile.active_parameters:
            return None
        return count * observe_s(profile, speed_here(machine))

    def answer_aloud(self, query: Query, said: Said) -> Reply | Failure:
        if self._elsewhere and query.clip is None:
            return self._elsewhere.reply(query, said)
        by = self._writer if query.clip is None else self._observer
        return answer_aloud(self._runner(by), query, said, chat=by.profile.chat)

    def _batches(
        self, runner: BatchRunner, clips: Iterable[VideoClip]
    ) -> Iterator[tuple[list[int], list[Question], Any]]:
        """Numbers of clips, questions about them, and their input; a clip without frames comes alone, unasked."""
        for batch in batches(clips, runner.weight, runner.batch, WINDOW_BATCHES, runner.kind_of):
            numbers, seen_clips = zip(*batch, strict=True)
            if seen_clips[0].frames:
                questions = [self._question(clip) for clip in seen_clips]
                yield list(numbers), questions, runner.prepare(questions)
            else:
                yield from (([number], [], None) for number in numbers)

    def _question(self, clip: VideoClip) -> Question:
        profile = self._observer.profile
        if not profile.chat:
            return Question(CONTINUE_NOTES, clip.frames, chat=False, start_ms=clip.span.start_ms)
        text = observe_prompt(clip, self._context, profile.question)
        return Question(text, clip.frames, self._portraits, start_ms=clip.span.start_ms)

    def _ask(self, prompt: str) -> str:
        answer = self._asked.ask(Question(prompt, chat=self._writer.profile.chat))
        if isinstance(answer, Failure):
            raise NoAnswerError(answer)
        return answer

    def _answers(self, questions: Sequence[Question]) -> Sequence[str | Failure]:
        runner = self._runner(self._writer)
        most = runner.batch()[0]
        parts = [questions[first : first + most] for first in range(0, len(questions), most)]
        return [answer for part in parts for answer in runner.answer(part, runner.prepare(part), LINE_TOKENS)]

    def _runner(self, model: LocalModel) -> BatchRunner:
        """Loaded once, whichever thread asks first."""
        return self._models.runner(model)


def _by_number(
    reply: Callable[[Query], Reply | Failure], queries: Iterable[tuple[int, Query]]
) -> Iterator[tuple[int, Reply | Failure]]:
    replies = as_they_come(lambda one: (one[0], reply(one[1])), queries, SIDE_BY_SIDE)
    return (one for _, one in replies)


def _load(model: LocalModel) -> BatchRunner:
    profile = model.profile
    loaded = load_model(model.weights, sees=profile.sees)
    if profile.max_soft_tokens and profile.sees:
        loaded.processor.video_processor.max_soft_tokens = profile.max_soft_tokens
    if profile.repetition_penalty != 1:
        loaded.model.generation_config.repetition_penalty = profile.repetition_penalty
    return BatchRunner(profile.name, loaded, sampling=profile.sampling)
