"""A video-language model as a describer: it looks in batches, and makes each line of what it saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from audiodesc.core.chunks import SIDE_BY_SIDE
from audiodesc.core.concurrency import ahead
from audiodesc.describers.about import About
from audiodesc.describers.answers import seen
from audiodesc.describers.models.answering import Answerer
from audiodesc.describers.models.batches import batches
from audiodesc.describers.models.loading import load
from audiodesc.describers.models.profiles import ModelProfile, Prompt
from audiodesc.describers.models.questions import Question
from audiodesc.describers.models.shotfacts import read_shot_facts, told_facts
from audiodesc.describers.models.together import Together
from audiodesc.describers.models.weights import Weights
from audiodesc.describers.prompts import (
    GO_ON_LOOK,
    LOOK,
    LOOK_FIELDS,
    LOOK_NARRATOR,
    VERSION,
    look_prompt,
)
from audiodesc.describers.writer import go_on_line, write_line
from audiodesc.model import FrameRequest, LineRequest, VideoClip

TELL_TOKENS = 128
"""More than any line has; a model that goes on and on is stopped."""

WINDOW_BATCHES = 2
"""So many batches of clips are sorted by length at a time; their frames are all in memory."""

DENSE_WORDS = 12
"""A line of so many words has room for looks and light as well."""

QUESTIONS: dict[Prompt, str] = {"plain": LOOK, "narrator": LOOK_NARRATOR, "fields": LOOK_FIELDS}


@dataclass(frozen=True, slots=True)
class Model:
    """A profile with its weights on disk."""

    profile: ModelProfile
    weights: Weights

    @property
    def fingerprint(self) -> str:
        return f"{self.weights.repository}@{self.weights.revision}"


class VideoModel:
    """A `Describer`. Models are loaded at the first question: a film whose answers are all kept needs none.

    `eyes` looks; `pen` makes the lines, and may be the same or a model of text alone. `answerer` brings a model
    into memory. Raises what `loading.load` raises.
    """

    def __init__(
        self, eyes: Model, pen: Model, about: About, answerer: Callable[[Model], Answerer] | None = None
    ) -> None:
        self._eyes, self._pen, self._about = eyes, pen, about
        self._load = answerer or _load
        self._portraits = tuple((one.name, one.portrait) for one in about.cast if one.portrait)
        self._loading = Lock()
        self._loaded: dict[Model, Answerer] = {}
        self._asked = Together(self._answers)

    @property
    def fingerprint(self) -> str:
        eyes = self._eyes.profile
        asked = f"{eyes.prompt}{'' if eyes.chat else ' base'} {eyes.look_tokens}"
        by = f"{self._eyes.fingerprint} {asked} {self._pen.fingerprint}"
        return f"{by} prompts/{VERSION} about/{self._about.fingerprint}"

    @property
    def frames(self) -> FrameRequest:
        return self._eyes.profile.frames

    @property
    def lines_at_once(self) -> int:
        return SIDE_BY_SIDE

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        """Facts, batch by batch, short clips first; "" where nothing is seen.

        While the model works on one batch the next is decoded and prepared on other threads.
        """
        answerer = self._answerer(self._eyes)
        for numbers, questions, inputs in ahead(self._batches(answerer, clips), 1):
            answers = answerer.answer(questions, inputs, self._eyes.profile.look_tokens) if questions else [""]
            for number, answer in zip(numbers, answers, strict=True):
                yield number, seen(answer)

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        if self._eyes.profile.prompt == "fields":
            facts, _ = read_shot_facts(request.facts)
            request = replace(request, facts=told_facts(facts, dense=request.max_words >= DENSE_WORDS))
        if self._pen.profile.chat:
            return write_line(self._ask, request, self._about)
        return go_on_line(self._ask, request)

    def doubts(self, facts: str) -> Sequence[str]:
        """What is not valid in an answer that should have been JSON."""
        return read_shot_facts(facts)[1] if self._eyes.profile.prompt == "fields" and facts else ()

    def _batches(
        self, answerer: Answerer, clips: Iterable[VideoClip]
    ) -> Iterator[tuple[list[int], list[Question], Any]]:
        """Numbers of clips, questions about them, and their input; a clip without frames comes alone, unasked."""
        for batch in batches(clips, answerer.weight, answerer.batch, WINDOW_BATCHES, answerer.kind_of):
            numbers, seen_clips = zip(*batch, strict=True)
            if seen_clips[0].frames:
                questions = [self._question(clip) for clip in seen_clips]
                yield list(numbers), questions, answerer.prepare(questions)
            else:
                yield from (([number], [], None) for number in numbers)

    def _question(self, clip: VideoClip) -> Question:
        profile = self._eyes.profile
        if not profile.chat:
            return Question(GO_ON_LOOK, clip.frames, chat=False)
        times = [frame.time_ms for frame in clip.frames]
        text = look_prompt(clip.span, times, clip.cues, self._about, QUESTIONS[profile.prompt])
        return Question(text, clip.frames, self._portraits)

    def _ask(self, prompt: str) -> str:
        return self._asked.ask(Question(prompt, chat=self._pen.profile.chat))

    def _answers(self, questions: Sequence[Question]) -> Sequence[str]:
        answerer = self._answerer(self._pen)
        most = answerer.batch()[0]
        parts = [questions[first : first + most] for first in range(0, len(questions), most)]
        return [answer for part in parts for answer in answerer.answer(part, answerer.prepare(part), TELL_TOKENS)]

    def _answerer(self, model: Model) -> Answerer:
        """Loaded once, whichever thread asks first."""
        with self._loading:
            if model not in self._loaded:
                self._loaded[model] = self._load(model)
            return self._loaded[model]


def _load(model: Model) -> Answerer:
    return Answerer(model.profile.name, load(model.weights, sees=model.profile.prompt != "none"))
