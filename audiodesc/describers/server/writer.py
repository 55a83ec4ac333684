"""What writes the lines of what a server's model observed: the same model, another one of a server, or one here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from audiodesc.core import cache
from audiodesc.core.style import says
from audiodesc.describers.base import DescriberOptions, Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.generation import GREEDY
from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.queries import Query, Reply, Said, chosen
from audiodesc.describers.rules import RECENT
from audiodesc.describers.server.address import WRITER_KEY, connection
from audiodesc.describers.server.chat import Chat
from audiodesc.describers.server.connection import text
from audiodesc.describers.server.faults import LimitError
from audiodesc.describers.server.limits import models_of, only_model
from audiodesc.describers.writing import LineWriter, write_line, write_story

if TYPE_CHECKING:
    from audiodesc.describers.server import ServerOptions

LINE_TOKENS = 2048
LONGER_CONTEXT: Final = (
    "give the model that writes a longer context (vLLM: --max-model-len 32768; Ollama: OLLAMA_CONTEXT_LENGTH=32768; "
    "LM Studio: the model's context length)"
)


class TooLongError(NoAnswerError):
    """A question of text that is too long for the model's context."""

    def __init__(self, words: str) -> None:
        super().__init__(Failure("cut", "the model's context", words, LONGER_CONTEXT))


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
    def chat(self) -> Chat:
        """The model that it asks."""
        return self._chat

    @property
    def fingerprint(self) -> str:
        return f"{self._chat.named} {self._tokens}{self._place}"

    @property
    def takes_wishes(self) -> bool:
        return True

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

    def reply(self, query: Query, said: Said | None = None) -> Reply | Failure:
        """The answer to a query about nothing that is seen. Raises what `Chat.answer` raises."""
        try:
            with self._free:
                asked = [text(query.text)]
                return chosen(self._chat.answer(asked, self._tokens, follow_ups=query.follow_ups, said=said), query)
        except LimitError as error:
            return TooLongError(error.words).failure
        except NoAnswerError as error:
            return error.failure

    def _line(self, prompt: str) -> str:
        try:
            with self._free:
                return self._chat.answer([text(prompt)], self._tokens)
        except LimitError as error:
            raise TooLongError(error.words) from error


def tokens_of(chat: Chat, writer: LineWriter) -> int | None:
    """Of a model that observes and of its writer, each model of a server once; None where no server counts them."""
    chats = {chat, writer.chat} if isinstance(writer, ServerWriter) else {chat}
    counted = [one.tokens for one in chats if one.tokens is not None]
    return sum(counted) if counted else None


class OtherServer(ServerWriter):
    """A writer on a server of its own; `model` is what the user names, "" for the server's only one, or `prefers`.

    Raises UsageError for a bad address; what `Chat` raises is raised where it is met.
    """

    def __init__(self, options: DescriberOptions, timeout_s: float, tokens: int, prefers: str = "") -> None:
        self._to = connection(options.writer_server, option="--writer-server", key_from=WRITER_KEY)
        self._prefers = name_there(prefers)
        profile = shipped().get(options.writer_model or prefers)
        sampling = profile.sampling if profile else GREEDY
        chat = Chat(self._to, name_there(options.writer_model), timeout_s=timeout_s, sampling=sampling)
        place = f" {self._to.hash}{f' {sampling}' if sampling != GREEDY else ''}"
        super().__init__(chat, options.context, BoundedSemaphore(options.parallel), tokens, place)

    def meet(self, store: cache.Store) -> None:
        """Find the model, and put one question, unless an earlier run did; what is found is kept in `store`."""
        if not self._chat.model:
            models = models_of(self._chat.models, self._to, self._to.hash, store)
            self._chat.model = only_model(models, self._prefers, self._to, "--writer-model")
        asked = cache.key("writer", 1, by=self.fingerprint)
        if store.read_json(asked, bool) is None:
            with suppress(NoAnswerError):
                self._line("Answer with one word: ready.")
            store.put_json(asked, True)


@dataclass(frozen=True, slots=True)
class WantedWriter:
    """The model that is to write, and what makes it on this machine, or on a server of its own; "" for the one that
    observes, or the writer of its profile if the server has that."""

    name: str = ""
    here: Callable[[str], LineWriter] | None = None
    there: OtherServer | None = None

    def is_served(self, name: str, models: Collection[str]) -> bool:
        """Whether the writer of that name, the wanted one or the profile's, is asked for of a server with models."""
        return name_there(name) in models or bool(self.name and not runs_here(name))


ITSELF: Final = WantedWriter()


def runs_here(name: str) -> bool:
    """Whether a writer model is one for this machine: a profile, by its name or path, or a folder."""
    return name in shipped() or name.endswith(".toml") or Path(name).is_dir()


def name_there(name: str) -> str:
    """What a server calls a writer model: of a profile, its repository."""
    return shipped()[name].repository if name in shipped() else name


def other_server(options: DescriberOptions, prefers: str) -> OtherServer:
    """The writer on a server of its own, for a model that observes here; the options of `server` hold for it too."""
    from audiodesc.core.plugins import own_options
    from audiodesc.describers.server import SERVER

    return _other_server(options, own_options(SERVER, options.own.get(SERVER.name, {})), prefers)


def _other_server(options: DescriberOptions, own: ServerOptions, prefers: str) -> OtherServer:
    return OtherServer(options, own.timeout_s, own.line_tokens or LINE_TOKENS, prefers)


def wanted_writer(options: DescriberOptions, own: ServerOptions, prefers: str = "") -> WantedWriter:
    """What the options say; it is made, and its weights are fetched, where it turns out to run here. `prefers` is the
    writer of the profile."""

    def here(name: str) -> LineWriter:
        from audiodesc.describers.models.from_options import line_model

        return line_model(name, options)

    there = _other_server(options, own, prefers) if options.writer_server else None
    return WantedWriter(options.writer_model, here, there)
