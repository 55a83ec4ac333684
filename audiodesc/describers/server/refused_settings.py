"""Which settings of a request a server refuses, so that it is sent again without them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import openai

PLAIN = frozenset({"temperature", "max_tokens", "max_completion_tokens", "top_p", "presence_penalty"})
"""Settings of OpenAI's own; all others are extras of single servers, but for the next."""

_STREAM = frozenset({"stream", "stream_options"})
"""Ask for an answer in pieces, so that a loop is seen while it is written; `streaming` puts them together."""


def refused_settings(error: openai.APIStatusError, words: str, sent: set[str]) -> frozenset[str]:
    """The settings for which a request was refused: those that are named, else all that are not OpenAI's own, else that
    it be answered in pieces."""
    if error.status_code not in (400, 422) or getattr(error, "code", None) == "content_filter":
        return frozenset()
    named = {name for name in sent if name == str(getattr(error, "param", "")) or _names(words, name)}
    if named & {"temperature", "max_tokens"}:
        return frozenset(sent - _STREAM)  # models that reason take neither, nor the rest
    return frozenset(named or sent - PLAIN - _STREAM or sent & _STREAM)


def _names(words: str, setting: str) -> bool:
    """Whether a server's words are about a setting: "streaming" is about `stream`, "upstream" and "stream_options" are
    not."""
    return re.search(rf"(?<![a-z]){setting}(?!_)", words, re.IGNORECASE) is not None
