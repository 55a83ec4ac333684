"""What writes the lines of what a server's model observed: the same model, another one of a server, or one here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final, Protocol

from audiodesc.core.style import says
from audiodesc.describers.base import DescriberOptions, Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.rules import RECENT
from audiodesc.describers.server.chat import Chat
from audiodesc.describers.server.connection import text
from audiodesc.describers.server.faults import LimitError
from audiodesc.describers.writing import write_line, write_story

LONGER_CONTEXT: Final = (
    "give the model that writes a longer context (vLLM: --max-model-len 32768; Ollama: OLLAMA_CONTEXT_LENGTH=32768; "
    "LM Studio: the model's context length)"
)


class TooLongError(NoAnswerError):
    """A question of text that is too long for the model's context."""

    def __init__(self, words: str) -> None:
        super().__init__(Failure("cut", "the model's context", words, LONGER_CONTEXT))


class LineWriter(Protocol):
    """Writes lines; what its answers depend on is in its fingerprint."""

    @property
    def fingerprint(self) -> str: ...

    def write_lines(self, request: LineRequest) -> Sequence[str]: ...

    def summarise(self, request: StoryRequest) -> str: ...


class ServerWriter:
    """A model of a server as a writer; `free` bounds the requests at a time, `tokens` an answer; `place`
    stands for the address of another server in the fingerprint.

    A question that is too long for the model's context is put once more with less in it. Raises TooLongError where that
    is too long too.
    """

    def __init__(self, chat: Chat, context: FilmContext, free: BoundedSemaphore, tokens: int, place: str = "") -> None:
        self._chat, self._context, self._free, self._tokens = chat, context, free, tokens
        self._place = place

    @property
    def fingerprint(self) -> str:
        return f"{self._chat.named} {self._tokens}{self._place}"

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        try:
            return write_line(self._line, request, self._context)
        except TooLongError:
            less = replace(request, previous_lines=(), summary="")
            lines = write_line(self._line, less, self._context)
            recent = request.previous_lines[-RECENT:]  # the model was not told of them
            return tuple(line for line in lines if not any(says(one, line) for one in recent))

    def summarise(self, request: StoryRequest) -> str:
        try:
            return write_story(self._line, request, self._context)
        except TooLongError:
            latest = request.dialogue[(len(request.dialogue) + 1) // 2 :]
            return write_story(self._line, replace(request, dialogue=latest), self._context)

    def _line(self, prompt: str) -> str:
        try:
            with self._free:
                return self._chat.answer([text(prompt)], self._tokens)
        except LimitError as error:
            raise TooLongError(error.words) from error


@dataclass(frozen=True, slots=True)
class WantedWriter:
    """The model that is to write, and what makes it on this machine; "" for the one that observes, or the writer of
    its profile if the server has that."""

    name: str = ""
    here: Callable[[str], LineWriter] | None = None


ITSELF: Final = WantedWriter()


def runs_here(name: str) -> bool:
    """Whether a writer model is one for this machine: a profile, by its name or path, or a folder."""
    return name in shipped() or name.endswith(".toml") or Path(name).is_dir()


def name_there(name: str) -> str:
    """What a server calls a writer model: of a profile, its repository."""
    return shipped()[name].repository if name in shipped() else name


def wanted_writer(options: DescriberOptions) -> WantedWriter:
    """What the options say; it is made, and its weights are fetched, where it turns out to run here."""

    def here(name: str) -> LineWriter:
        from audiodesc.describers.models.video_model import line_model

        return line_model(name, options)

    return WantedWriter(options.writer_model, here)
