"""A server's completion -> the answer in it, or why there is none."""

from __future__ import annotations

from typing import Any

from audiodesc.describers.base import FailureKind
from audiodesc.describers.faulty_answers import failure_in, holds_thinking, repeats_itself, without_thinking
from audiodesc.describers.server.address import Connection
from audiodesc.describers.server.streaming import LOOP, REASONING

LONGEST_LETTERS = 500_000
"""Of an answer with its reasoning; a longer one comes from a model in a loop."""


_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "max_length", "model_length"})
"""The `finish_reason` of an answer that was cut off at a limit: "length" is OpenAI's own."""


def read_answer(completion: Any, to: Connection) -> tuple[str, FailureKind | None]:
    """The answer without its reasoning, or, with the kind of failure, what is said of it.

    Raises any of `MALFORMED` for a completion of another form.
    """
    if not completion.choices:
        return "it holds no choice", "empty"
    choice = completion.choices[0]
    message, finish = choice.message, str(choice.finish_reason)[:40]
    said = to.hidden(f"finish_reason: {finish}")
    if finish == "content_filter" or getattr(message, "refusal", None):
        return said, "refused"
    content = _text_in(message.content)
    if len(content) > LONGEST_LETTERS:
        return said, "loop"
    content = content.strip()
    text = without_thinking(to.hidden_in_answer(content))
    if repeats_itself(text or content) or (text and finish == LOOP):
        return said, "loop"
    if not text:
        return said, "thoughts" if _reasons(message, content) else "cut" if finish.lower() in _CUT else "empty"
    if finish.lower() in _CUT:
        return said, "cut"
    failure = failure_in(text)
    return (to.hidden(failure.words) or said, failure.kind) if failure else (text, None)


def _text_in(content: Any) -> str:
    """The text of a message, also of one in parts."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type", "text") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _reasons(message: Any, text: str) -> bool:
    """Whether a message with that text has reasoning: in the text, in a field of its own, or as a part."""
    parts = message.content if isinstance(message.content, list) else []
    kinds = {part.get("type") for part in parts if isinstance(part, dict)}
    own = any(getattr(message, name, None) for name in REASONING)
    return own or holds_thinking(text) or not kinds.isdisjoint({"thinking", "reasoning"})
