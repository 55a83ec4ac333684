"""An answer that arrives piece by piece, as server-sent events: put together, and watched for a loop meanwhile.

What comes out has the form of an answer that was sent whole, so that nobody else need know how it arrived.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from audiodesc.describers.faulty_answers import COUNTED_LETTERS, repeats_itself
from audiodesc.describers.server.error_bodies import error_in

EVENTS: Final = "text/event-stream"
"""The content type of such an answer."""

LOOP: Final = "loop"
"""The `finish_reason` of an answer whose reading was ended because it repeats itself."""

LOOK_LETTERS: Final = 120
"""A loop is looked for after so many more characters."""

MOST_LETTERS: Final = 1_000_000
"""Of an answer with its reasoning, and of one event: one that is longer is ended as a loop is."""

REASONING: Final = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
"""What servers call a model's thoughts; only one of them is read of each event, for some send two."""


_LISTENER: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


@contextmanager
def passed_on(said: Callable[[str], None] | None) -> Iterator[None]:
    """Gives what this thread asks for meanwhile to `said`, as far as it has arrived; None: to nobody."""
    token = _LISTENER.set(said)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def listener() -> Callable[[str], None] | None:
    """Who is given the answer that this thread asks for."""
    return _LISTENER.get()


class StreamedAnswer:
    """Takes the bytes of a chat completion's events, in pieces of any size.

    `ended` says that no more need be read: the last event is there, the server has reported an error, or the answer
    goes round in a loop. Events of another form are passed over.
    """

    def __init__(self) -> None:
        self.ended = False
        self._rest = b""
        self._head: dict[str, Any] = {}
        self._text: dict[str, str] = {"content": "", "reasoning_content": "", "refusal": ""}
        self._finish: str | None = None
        self._error: Any = None
        self._looked = 0

    @property
    def text(self) -> str:
        """The answer as far as it has arrived, without what is marked as reasoning."""
        return self._text["content"]

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        *lines, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if not self.ended:
                self._line(line)
        if len(self._rest) > MOST_LETTERS:
            self._stop()

    def whole(self) -> bytes | None:
        """The answer as JSON, as a server sends it that does not stream; None for one that broke off."""
        if not self.ended:
            self._line(self._rest)
        if self._error is not None:
            return json.dumps({"error": self._error}).encode()
        if not (self.ended or self._finish):
            return None
        message = {"role": "assistant", **{name: text for name, text in self._text.items() if text}}
        choice = {"index": 0, "finish_reason": self._finish, "message": {"content": None, **message}}
        return json.dumps({**self._head, "object": "chat.completion", "choices": [choice]}).encode()

    def _line(self, line: bytes) -> None:
        name, _, data = line.partition(b":")
        if line.startswith(b"{"):  # a body of JSON, whatever its content type says
            data = line
        elif name.strip() not in (b"data", b"error"):
            return
        if data.strip() == b"[DONE]":
            self.ended = True
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            return
        if error := error_in(event) or (isinstance(event, dict) and event.get("error")):
            self._error, self.ended = error, True
        elif isinstance(event, dict):
            self._event(event)

    def _event(self, event: dict[str, Any]) -> None:
        self._head |= {name: event[name] for name in ("id", "created", "model", "usage") if event.get(name)}
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and choice.get("index", 0) in (0, None):
                self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> None:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._add("content", delta.get("content"))
            self._add("refusal", delta.get("refusal"))
            self._add("reasoning_content", next(filter(None, (delta.get(name) for name in REASONING)), ""))
        if isinstance(finish := choice.get("finish_reason"), str):
            self._finish = finish
        length = sum(map(len, self._text.values()))
        if length > MOST_LETTERS:
            self._stop()
        elif length - self._looked >= LOOK_LETTERS:
            self._looked = length
            if any(repeats_itself(text[-COUNTED_LETTERS:]) for text in self._text.values()):
                self._stop()

    def _add(self, name: str, piece: Any) -> None:
        """A piece of text, or of parts, of which some may be thoughts."""
        if isinstance(piece, str):
            self._text[name] += piece
        for part in piece if isinstance(piece, list) else ():
            if isinstance(part, dict) and isinstance(text := part.get("text"), str):
                self._text[name if part.get("type", "text") == "text" else "reasoning_content"] += text

    def _stop(self) -> None:
        self._finish, self.ended = LOOP, True
