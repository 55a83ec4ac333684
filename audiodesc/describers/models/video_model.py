"""A video-language model as a describer: observes in batches, and writes each line from what it observed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any

from audiodesc.core.cache import Store
from audiodesc.core.concurrency import SIDE_BY_SIDE, ahead
from audiodesc.describers.answers import facts_in
from audiodesc.describers.base import Describer, DescriberOptions, Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.batching import BatchQueue, BatchRunner, batches
from audiodesc.describers.models.checking import answers_about_video, has_template, read_json
from audiodesc.describers.models.cpu_time import pace_by, shown_time, speed_here
from audiodesc.describers.models.generation import GREEDY
from audiodesc.describers.models.hardware import this_machine
from audiodesc.describers.models.loading import load_model, precision_for
from audiodesc.describers.models.memory import release_memory
from audiodesc.describers.models.profiles import ModelProfile, read_profile, shipped
from audiodesc.describers.models.questions import Question, takes_portraits
from audiodesc.describers.models.shot_facts import invalid_in, with_written_facts, written_facts
from audiodesc.describers.models.user_cache import keep_pace
from audiodesc.describers.models.weights import Weights, obtain
from audiodesc.describers.prompts import CONTINUE_NOTES, VERSION, observe_prompt
from audiodesc.describers.writing import continued_line, write_line, write_story
from audiodesc.errors import AudiodescError, UsageError
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


class VideoModel(Describer):
    """Models are loaded at the first question: a film whose answers are all in the cache needs none.

    `observer` observes; `writer` writes the lines, and may be the same, a text model, or, with `elsewhere`, one of a
    server. Where the memory does not hold both, the one makes room for the other. `runner` brings a model into memory;
    `remarks` are for the notes. Without a GPU the first look tells how long a film of `film_s` seconds takes; 0: that
    is not said. Raises what `loading.load` raises.
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
        self._load = runner or _load
        self._portraits = tuple((one.name, one.portrait) for one in context.cast if one.portrait)
        self._loading = Lock()
        self._loaded: dict[LocalModel, BatchRunner] = {}
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
        with self._loading:
            if model not in self._loaded:
                if self._loaded and not this_machine().holds(model.profile):
                    self._loaded.clear()
                    release_memory()
                self._loaded[model] = self._load(model)
            return self._loaded[model]


def _load(model: LocalModel) -> BatchRunner:
    profile = model.profile
    loaded = load_model(model.weights, sees=profile.sees)
    if profile.max_soft_tokens and profile.sees:
        loaded.processor.video_processor.max_soft_tokens = profile.max_soft_tokens
    if profile.repetition_penalty != 1:
        loaded.model.generation_config.repetition_penalty = profile.repetition_penalty
    return BatchRunner(profile.name, loaded, sampling=profile.sampling)


def video_model(profile: ModelProfile, options: DescriberOptions) -> VideoModel:
    """The describer that observes with the model of a profile, its weights fetched where that is allowed.

    Raises UsageError where the model reads no video, where the writer model is not known, and where weights may not be
    fetched; and what `obtain` raises.
    """
    observer = _on_disk(profile, options)
    if observer.profile.prompt == "none":
        raise UsageError(
            f"{observer.profile.name} sees no pictures", "give it as --writer-model, and another as --describer"
        )
    if options.writer_server:
        from audiodesc.describers.server.writer import other_server

        elsewhere = other_server(options, profile.writer_model)
        return VideoModel(observer, observer, options.context, elsewhere=elsewhere, film_s=options.film_s)
    writer, remark = _writer(observer, options)
    remarks = (remark,) if remark else ()
    return VideoModel(observer, writer, options.context, remarks=remarks, film_s=options.film_s)


def _writer(observer: LocalModel, options: DescriberOptions) -> tuple[LocalModel, str]:
    """The model that the user names, else that of the profile; where that cannot be had, the one that observes, unless
    it was trained on fields alone, and why."""
    name = options.writer_model or observer.profile.writer_model
    if name in ("", observer.profile.name):
        return observer, ""
    try:
        return _on_disk(_writer_profile(name), options, sees=None), ""
    except AudiodescError as error:
        if options.writer_model or observer.profile.prompt == "fields":
            raise
        remark = f"{observer.profile.name} writes the lines itself, for {name} cannot be had ({error})"
        return observer, f"{remark}; --writer-model names another, --writer-server one of a server"


def line_model(name: str, options: DescriberOptions) -> VideoModel:
    """A model that only writes lines of what another observed. Raises what `video_model` raises."""
    writer = _on_disk(_writer_profile(name), options)
    return VideoModel(writer, writer, options.context)


def _writer_profile(name: str) -> ModelProfile:
    """The profile of that name or at that path, or one for a repository or folder."""
    if name.endswith(".toml"):
        return read_profile(Path(name))
    if name in shipped():
        return shipped()[name]
    if "/" in name:
        return ModelProfile(name=name, repository=name)
    raise UsageError(f"there is no model {name!r}", f"choose one of: {', '.join(shipped())}; or give a folder")


def _on_disk(profile: ModelProfile, options: DescriberOptions, *, sees: bool | None = True) -> LocalModel:
    """The model with its weights on disk. One without a profile and without a chat template is a base model, and one
    that is only to write (`sees` is None) may be a model of text alone."""
    if profile.name != profile.repository:
        return LocalModel(profile, obtain(profile, options.downloads, options.progress, sees=profile.sees))
    weights = obtain(replace(profile, chat=False), options.downloads, options.progress, sees=sees)
    profile = replace(profile, chat=has_template(weights.folder))
    if sees is None and not answers_about_video(read_json(weights.folder / "config.json")):
        profile = replace(profile, prompt="none")
    return LocalModel(profile, weights)
