"""A describer with a language model that a test has in its hand: what it sees and writes is said, what it was asked is
kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from audiodesc.describers.base import Describer, Failure, LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.queries import AnswersQueries, Query, Reply, Said
from audiodesc.describers.writing import write_line
from audiodesc.model import FrameRequest, Span, VideoClip

FACTS = "1. WHO: a woman 2. DOES: she lifts a letter from a table and reads it 4. PLACE: a kitchen, evening"


class Answering(Describer):
    """Writes the lines of `answers` one after the other, the last again and again; one that is a text is the model's
    whole answer. `looked` are the spans at which it looked, and how many frames it had; `prompts` what it was asked."""

    fingerprint = "answering/1 tiny"
    label = "answering"
    frames = FrameRequest(1, 1, 8, 160 * 120)
    takes_wishes = True

    def __init__(self, *answers: Sequence[str] | str, facts: str | Failure = FACTS) -> None:
        self.answers, self.facts = list(answers), facts
        self.looked: list[tuple[Span, int]] = []
        self.prompts: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        for number, clip in enumerate(clips):
            self.looked.append((clip.span, len(clip.frames)))
            yield number, self.facts

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return write_line(self._answer, request, FilmContext())

    def evidence(self, facts: str) -> str:
        return facts

    def _answer(self, prompt: str) -> str:
        self.prompts.append(prompt)
        self.meanwhile()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, str) else json.dumps({"lines": list(answer)})


class Replying(Answering, AnswersQueries):
    """Answers each query with what `reply` says of it, perhaps a failure; `queries` are what it was asked."""

    def __init__(self, reply: Callable[[Query], str | Reply | Failure]) -> None:
        super().__init__(())
        self.reply = reply
        self.queries: list[Query] = []

    def answer_queries(self, queries: Iterable[Query]) -> Iterator[tuple[int, Reply | Failure]]:
        for number, query in enumerate(queries):
            yield number, self._reply(query)

    def answer_aloud(self, query: Query, said: Said) -> Reply | Failure:
        """Said word by word."""
        answer = self._reply(query)
        words = answer.text.split() if isinstance(answer, Reply) else []
        for count in range(1, len(words)):
            said(" ".join(words[:count]))
        return answer

    def _reply(self, query: Query) -> Reply | Failure:
        self.queries.append(query)
        answer = self.reply(query)
        return Reply(answer) if isinstance(answer, str) else answer
