"""One model of one server: a question -> the answer, asked again where it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from audiodesc.core.environment import install_command
from audiodesc.core.fetching import unusable_proxy
from audiodesc.describers.base import Failure, FailureKind, NoAnswerError
from audiodesc.describers.faulty_answers import without_thinking
from audiodesc.describers.models.generation import GREEDY, Sampling
from audiodesc.describers.queries import FollowUp, Said, whole_words
from audiodesc.describers.server.address import Connection
from audiodesc.describers.server.completion import read_answer
from audiodesc.describers.server.connection import Part
from audiodesc.describers.server.faults import START, LimitError, fault_of, limit_error, no_model, words_of
from audiodesc.describers.server.refused_settings import PLAIN, refused_settings
from audiodesc.describers.server.streaming import passed_on
from audiodesc.errors import AudiodescError, MissingToolError, UsageError

if TYPE_CHECKING:
    import openai

RETRIES = 4
CONNECT_S = 10.0

ATTEMPTS = 3
"""So often a question is put before its answer is a failure."""

MOST_TOKENS = 8192
"""Of one answer, however often it was cut off."""

UNTHINKING: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "ollama": {"reasoning_effort": "none", "think": False},  # its chat/completions reads the first alone
        "openai": {},
        "": {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}},
    }
)
"""What keeps a model from reasoning, by the kind of server; "" for all others. The template of a Qwen reads
`enable_thinking`, that of a Granite `thinking`, and any other neither."""

ALL_FRAMES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {"vllm": {"media_io_kwargs": {"video": {"num_frames": -1}}}}
)
"""What keeps a server from taking some frames of a video only, by its kind: vLLM takes 32, evenly. Older versions of it
do not read this in a request: they are started with --media-io-kwargs."""

MALFORMED = (ValueError, AttributeError, TypeError, LookupError, RecursionError, MemoryError)
"""What reading an answer of another form raises."""

AT_LIMIT = frozenset({"cut", "thoughts"})
"""Kinds of failures that more tokens might have helped."""

IN_PIECES: Final[Mapping[str, Any]] = MappingProxyType({"stream": True, "stream_options": {"include_usage": True}})
"""Asks for an answer in pieces, and for the number of its tokens at their end."""

MOST_COUNTED = 10_000_000
"""Tokens of one question with its answer; what a server says beyond that is not counted."""

_REMEDIES: Final[Mapping[FailureKind, str]] = MappingProxyType(
    {
        "cut": "give its answers more room with --option server.observe_tokens=16384, those with lines with "
        "server.line_tokens, or the server a longer context",
        "empty": "look at the server's log, or choose another model",
        "loop": "choose another model, or a less quantised form of this one",
        "thoughts": "turn the model's reasoning off in the server, or choose one that does not reason",
        "refused": "choose another model",
    }
)


@dataclass(frozen=True, slots=True)
class ServerModel:
    """A model as the server's list has it; `tokens` of its context, 0 where that is not said."""

    name: str
    owner: str = ""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class _Manner:
    """How an answer is asked for."""

    tokens: int
    sampled: bool = False
    thinks: bool = False

    def after(self, kind: FailureKind) -> _Manner:
        """How it is asked for again after an answer that was none."""
        if kind in ("cut", "thoughts"):
            return replace(self, tokens=min(2 * self.tokens, max(MOST_TOKENS, self.tokens)), thinks=False)
        return replace(self, sampled=True, thinks=False)


class Chat:
    """Puts questions to a model, from any thread.

    `start` starts the server, unless it runs already, and is called before each question. The settings of a request
    that the server does not know are left out from then on. With `thinks` the model may
    reason at the first attempt; its reasoning is never an answer.
    """

    def __init__(
        self,
        to: Connection,
        model: str,
        *,
        timeout_s: float,
        sampling: Sampling = GREEDY,
        thinks: bool = False,
        kind: str = "",
        start: Callable[[], None] | None = None,
    ) -> None:
        self.model, self.kind = model, kind or to.kind
        self._to, self._thinks, self._start, self._sampling = to, thinks, start, sampling
        self._client = _client(to, timeout_s)
        self._unknown: frozenset[str] = frozenset()
        self.tokens: int | None = None
        """Of all questions and answers so far, as the server counts them; None where it does not."""
        self._counting = Lock()

    @property
    def named(self) -> str:
        """The model's name without what is secret."""
        return self._to.hidden_in_answer(self.model)

    def models(self) -> tuple[ServerModel, ...]:
        """The server's list of models; () where it gives none. Raises MissingToolError where no server answers, and
        UsageError where it refuses the key and no model is named: some gateways show nobody their list."""
        import openai

        if self._start:
            self._start()
        try:
            listed = self._client.with_options(max_retries=0, timeout=CONNECT_S).models.list().data
            return tuple(_model(model) for model in listed if isinstance(model.id, str))
        except (openai.APIConnectionError, openai.AuthenticationError, openai.PermissionDeniedError) as error:
            if self.model and isinstance(error, openai.APIStatusError):
                return ()
            raise fault_of(error, self._to) from error
        except (openai.OpenAIError, *MALFORMED):
            return ()

    def answer(
        self,
        content: Sequence[Part],
        tokens: int,
        retries: int | None = None,
        follow_ups: Sequence[FollowUp] = (),
        said: Said | None = None,
    ) -> str:
        """The answer as text, without reasoning; it has at most `tokens` tokens at the first attempt. A server that
        fails or is busy is sent the same up to `retries` times more, by default `RETRIES`. `follow_ups` are what was
        answered and asked after `content`; `said` is given the answer while it arrives, if it does in pieces.

        Raises NoAnswerError where there is none after all attempts, LimitError where the request is too much for the
        server, UsageError where it refuses the key, the model or the request, MissingToolError where no server
        answers, and AudiodescError where it fails again and again.
        """
        if self._start:
            self._start()
        messages = [{"role": "user", "content": list(content)}, *_followed(follow_ups)]
        manner = _Manner(tokens, thinks=self._thinks)
        again = RETRIES if retries is None else retries
        failure = Failure("empty")
        for attempt in range(ATTEMPTS):
            try:
                with passed_on(said and _without_secrets(said, self._to)):
                    text, kind = self._once(messages, manner, again)
            except LimitError:
                if not attempt:
                    raise
                break  # there is no room for a longer answer
            if kind is None:
                return text
            failure = Failure(kind, f"{manner.tokens:,} tokens" if kind in AT_LIMIT else "", text, _REMEDIES[kind])
            if kind == "refused":
                break
            manner = manner.after(kind)
        raise NoAnswerError(failure)

    def _once(self, messages: Sequence[Part], manner: _Manner, retries: int) -> tuple[str, FailureKind | None]:
        """The answer, or, with the kind of failure, what the server says of it."""
        import openai

        try:
            return read_answer(self._completion(messages, self._settings(manner), retries), self._to)
        except openai.BadRequestError as error:
            if error.code == "content_filter":
                return words_of(error, self._to), "refused"
            raise fault_of(error, self._to) from error
        except openai.NotFoundError as error:
            raise no_model(self.model, tuple(one.name for one in self._known_models()), self._to) from error
        except openai.OpenAIError as error:
            raise fault_of(error, self._to) from error
        except MALFORMED as error:
            raise UsageError("the server does not speak OpenAI's protocol", START) from error

    def _known_models(self) -> tuple[ServerModel, ...]:
        try:
            return self.models()
        except AudiodescError:
            return ()

    def _settings(self, manner: _Manner) -> dict[str, Any]:
        unthinking = {} if manner.thinks else UNTHINKING.get(self.kind, UNTHINKING[""])
        sampling = self._sampling.again if manner.sampled else self._sampling
        chosen = {name: value for name, value in asdict(sampling).items() if value != getattr(GREEDY, name)}
        extras = {
            **unthinking,
            **ALL_FRAMES.get(self.kind, {}),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return {"temperature": 0.0, **chosen, "max_tokens": manner.tokens, **extras}

    def _completion(self, messages: Any, settings: Mapping[str, Any], retries: int) -> Any:
        """The completion, asked for with those of the settings that the server knows."""
        import openai

        unknown, client = self._unknown, self._client.with_options(max_retries=retries)
        while True:
            sent = {name: value for name, value in settings.items() if name not in unknown}
            if "stream" in unknown:
                sent.pop("stream_options", None)
            extra = {name: sent.pop(name) for name in set(sent) - PLAIN}
            if extra:
                sent["extra_body"] = extra
            try:
                made = client.chat.completions.create(model=self.model, messages=messages, **sent)
            except openai.APIStatusError as error:
                words = words_of(error, self._to)
                if limit := limit_error(error.status_code, words) if 400 <= error.status_code < 500 else None:
                    raise limit from error
                more = refused_settings(error, words, {*sent, *extra} - {"extra_body"})
                if not more:
                    raise
                unknown = unknown | more
            else:
                self._unknown |= unknown
                self._count(made)
                return made

    def _count(self, completion: Any) -> None:
        said = getattr(getattr(completion, "usage", None), "total_tokens", None)
        if isinstance(said, int) and 0 <= said <= MOST_COUNTED:
            with self._counting:
                self.tokens = (self.tokens or 0) + said


def _followed(follow_ups: Sequence[FollowUp]) -> Iterator[Part]:
    for one in follow_ups:
        yield {"role": "assistant", "content": one.answer}
        yield {"role": "user", "content": one.question}


def _without_secrets(said: Said, to: Connection) -> Said:
    """`said` for what a server wrote so far: whole words, for a part of a secret is none."""
    return lambda text: said(to.hidden_in_answer(whole_words(without_thinking(text))))


def _model(model: Any) -> ServerModel:
    tokens = getattr(model, "max_model_len", 0)
    owner = model.owned_by if isinstance(model.owned_by, str) else ""
    return ServerModel(model.id, owner[:40], tokens if isinstance(tokens, int) else 0)


def _client(to: Connection, timeout_s: float) -> openai.OpenAI:
    try:
        import openai

        from audiodesc.describers.server.connection import Bounded
    except ImportError as error:
        raise MissingToolError("a server is asked through the package openai", install_command("openai")) from error
    timeout = openai.Timeout(timeout_s, connect=CONNECT_S)
    try:
        return openai.OpenAI(
            base_url=to.url,
            api_key=to.key or "none",
            timeout=timeout,
            default_headers=to.headers,
            http_client=Bounded(timeout=timeout, trust_env=not to.is_local),
        )
    except (ValueError, ImportError) as error:
        raise unusable_proxy() from error
