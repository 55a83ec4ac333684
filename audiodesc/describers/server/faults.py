"""What a server refuses, and each fault with its own remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from audiodesc.describers.server.address import Connection
from audiodesc.describers.server.connection import Refused, TooLate
from audiodesc.errors import AudiodescError, MissingToolError, UsageError

if TYPE_CHECKING:
    import openai

LONGEST_WORDS = 300
"""Characters that are shown of what a server says."""

LONGEST_NAME = 100
"""Characters that are shown of a model's name."""

MOST_MODELS = 20
"""Are named where the server does not have the one that was wanted."""

START = "start it (vLLM: `vllm serve MODEL`; Ollama: `ollama serve`) and check its address, which mostly ends in /v1"

Limit = Literal["pictures", "context", "size"]
"""What a request may have too much of: pictures, tokens, bytes."""

REMEDIES: Final[dict[Limit, str]] = {
    "pictures": "let it take more (vLLM: --limit-mm-per-prompt '{\"image\": 48}'), or choose another model",
    "context": "give it a longer context (vLLM: --max-model-len 32768; Ollama: OLLAMA_CONTEXT_LENGTH=32768; LM Studio: "
    "the model's context length), or smaller frames: --option server.max_pixels=200000",
    "size": "let it, or the proxy before it, take larger requests, or send smaller frames: "
    "--option server.max_pixels=200000",
}

_COUNT = re.compile(
    r"at most (\d+) (?:image|picture|video|multimodal|audio)|(?:up to|limit of|max\w*) (\d+) images?", re.I
)
_PICTURES = re.compile(
    r"at most \d+ (?:image|picture|video|multimodal)|too many (?:image|picture|video)s?|limit.mm.per.prompt|"
    r"(?:only|just) (?:one|a single|1) (?:image|picture)|(?:up to|limit of|max\w*) \d+ images?|multiple images",
    re.I,
)
_CONTEXT = re.compile(
    r"context[ _-]?(?:length|window|size)|max_model_len|\bn_ctx\b|(?:prompt|input|request|message)s? (?:\([^)]*\) )?"
    r"(?:is|are|was) (?:too long|longer than)|exceeds? [^.]{0,60}(?:context|tokens)|too many tokens|"
    r"max_tokens[^.]{0,20}too large",
    re.I,
)


class LimitError(UsageError):
    """A request that has too much of something for the server; `count` is how many pictures it takes, 0 if unknown."""

    def __init__(self, limit: Limit, words: str, count: int = 0) -> None:
        super().__init__(f"the server does not take the request: {words}", REMEDIES[limit])
        self.args = (limit, words, count)
        self.limit, self.words, self.count = limit, words, count


def limit_error(status: int, words: str) -> LimitError | None:
    """The limit that an answer with an HTTP status of 400 or more is about, by what it says; None for none."""
    if status == 413:
        return LimitError("size", words or "it is too large")
    if _PICTURES.search(words):
        found = _COUNT.search(words)
        return LimitError("pictures", words, int(next(filter(None, found.groups()))) if found else 0)
    return LimitError("context", words) if _CONTEXT.search(words) else None


def fault_of(error: openai.OpenAIError, to: Connection) -> AudiodescError:
    """What went wrong, in the server's words and without what is secret, and what to do about it.

    A model that is not there has a fault of its own: `no_model`.
    """
    import openai

    match error:
        case TooLate():
            remedy = "give it more time with --option server.timeout_s=600, or fewer requests at a time with --parallel"
            return AudiodescError(f"the server {error}", remedy)
        case Refused():
            fault, _, remedy = str(error).partition(": ")
            return UsageError(f"the server {fault}", remedy or START)
        case openai.APITimeoutError() | openai.APIConnectionError():
            why = to.hidden(str(error.__cause__ or error))[:LONGEST_WORDS]
            return MissingToolError(f"the server cannot be reached ({why})", START)
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            fault = "the server refuses the key" if to.key else "the server asks for a key"
            return UsageError(fault, f"set the environment variable {to.key_from} to a key that it accepts")
        case openai.APIStatusError(status_code=429):
            remedy = "wait, then run again: what it answered is kept; --parallel 1 sends fewer requests at a time"
            return AudiodescError(f"the server allows no more requests: {words_of(error, to)}", remedy)
        case openai.APIStatusError(status_code=status) if status < 500:
            fault = f"the server does not take the request: {words_of(error, to)}"
            return UsageError(fault, "choose another model")
    return AudiodescError(f"the server fails: {words_of(error, to)}", "look at its log, then run again")


def no_model(name: str, models: tuple[str, ...], to: Connection) -> UsageError:
    """That the server does not have the model, with what it has, if it says so; else the address is likely wrong."""
    if name in models or not models:
        return UsageError(f"the server has no model {name!r}, or the address is wrong", START)
    more = ", …" if len(models) > MOST_MODELS else ""
    return UsageError(f"the server has no model {name!r}", f"choose one of: {listed(models, to)}{more}")


def listed(models: Sequence[str], to: Connection) -> str:
    """The names of the first models for a message, without what is secret."""
    return ", ".join(to.hidden(name)[:LONGEST_NAME] for name in models[:MOST_MODELS])


def words_of(error: openai.OpenAIError, to: Connection) -> str:
    """What the server said, without what opens it."""
    return words_in(getattr(error, "body", None) or error, to)


def words_in(body: Any, to: Connection) -> str:
    """The same of the body of an error."""
    said = body["message"] if isinstance(body, dict) and "message" in body else body
    try:
        return to.hidden(str(said)[:50_000])[:LONGEST_WORDS]
    except RecursionError:
        return "words that cannot be read"
