"""A question about a film, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from audiodesc.core.formatting import UNSEEN, clock, shortest
from audiodesc.errors import UsageError
from audiodesc.model import Span

Detail = Literal["short", "normal", "detail"]
"""How long an answer is to be: a few words, a sentence or two, or a paragraph."""

LONGEST_QUESTION: Final = 2_000
"""Characters of a question, and of a choice."""

LETTERS: Final = "ABCDEFGHIJ"
"""What choices are called, in their order."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks about a moment of a film, at `at_ms`, or about a `span`; where neither is given, the moment is
    found. With `spoilers` the answer may rest on what comes later. With `choices` it is one of them.

    Raises UsageError for an empty or too long question, for both a time and a span, and for one choice or too many.
    """

    text: str
    at_ms: int | None = None
    span: Span | None = None
    detail: Detail = "normal"
    spoilers: bool = False
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for one in (self.text, *self.choices):
            if not UNSEEN.sub("", one).strip():
                raise UsageError("a choice is empty" if self.text.strip() else "there is no question", "give one")
            if len(one) > LONGEST_QUESTION:
                raise UsageError(f"a question of {len(one):,} characters", f"give at most {LONGEST_QUESTION:,}")
        if self.at_ms is not None and self.span is not None:
            raise UsageError("a question about both a time and a span", "give one of them")
        if self.at_ms is not None and self.at_ms < 0:
            raise UsageError(f"a question about {self.at_ms} ms", "give a time of the film")
        if self.span is not None and not self.span.duration_ms:
            raise UsageError("a question about no part of the film", "give a beginning before the end")
        if self.detail not in get_args(Detail):
            raise UsageError(f"an answer as long as {self.detail!r}", f"give one of {', '.join(get_args(Detail))}")
        if len(self.choices) == 1 or len(self.choices) > len(LETTERS):
            raise UsageError(f"{len(self.choices)} choices", f"give 2 to {len(LETTERS)}")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; `text` is words for a person.

    It is about `moment`, None where it is about a picture; `found_by` says how that was found where the question gave
    no time, "" where it did. `times_ms` are the times in the moment that the answer names as those that it rests on; ()
    for the moment as a whole. `is_seen` is false where the answer is that this cannot be seen there.

    Of a choice, `letter` is the answer's, and `shares` says how likely each of the letters is, together 1, in their
    order; () where that is not known. `by` is what people call the model that answered, "" where none was asked.
    """

    text: str
    moment: Span | None = None
    found_by: str = ""
    times_ms: tuple[int, ...] = ()
    is_seen: bool = True
    letter: str = ""
    shares: tuple[float, ...] = ()
    by: str = ""

    @property
    def rests_on(self) -> str:
        """The times, or the moment, such as "12:31, 12:33" or "12:25 to 12:32"; "" for a picture."""
        if self.times_ms:
            return ", ".join(map(shortest, self.times_ms))
        return f"{clock(self.moment.start_ms)} to {clock(self.moment.end_ms)}" if self.moment else ""
