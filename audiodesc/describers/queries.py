"""What a person, or a command, asks a model in words about a part of a film, and what a describer has that answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

from audiodesc.describers.base import Failure
from audiodesc.errors import UsageError
from audiodesc.model import VideoClip

ANSWER_TOKENS: Final = 768
"""Of an answer, where nothing else is said: some 500 words."""

QueryKind = Literal["chat", "base", ""]
"""What is asked: a model of conversations, a base model, which only goes on with a text, or nothing."""

Said = Callable[[str], None]
"""Is given an answer as far as it is written, in whole words, again and again; what it raises ends the answer."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was answered in a conversation, and what was asked then."""

    answer: str
    question: str


@dataclass(frozen=True, slots=True)
class Query:
    """A text about the frames of a clip, or about nothing that is seen. For a base model it is what is gone on with.

    `portraits` are names with the content of PNG or JPEG files. `follow_ups` are the rest of a conversation that began
    with `text`; what the last of them asks is answered. With `choices`, single letters such as "ABCDE", the answer is
    one of them.
    """

    text: str
    clip: VideoClip | None = None
    portraits: tuple[tuple[str, bytes], ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    choices: str = ""
    longest_tokens: int = ANSWER_TOKENS


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; of a choice, `text` is the letter, and `shares` how likely each of the letters is, together 1, in
    their order; () where that is not known."""

    text: str
    shares: tuple[float, ...] = ()


UNSEEN: Final = Failure("empty", words="there is no picture at that time")
"""About a clip without frames."""


@runtime_checkable
class AnswersQueries(Protocol):
    """How to write a describer whose model can be asked anything in words: it inherits from this class too. Its
    `fingerprint` holds all that answers depend on besides the query; queries are answered within its `session`."""

    @property
    def query_kind(self) -> QueryKind:
        """How it is asked; "" where it turns out to have no model for that."""
        return "chat"

    @property
    def gives_shares(self) -> bool:
        """Whether its replies to a choice of letters say how likely each is."""
        return False

    @property
    def takes_portraits(self) -> bool:
        """Whether it is shown the portraits of a query."""
        return True

    def answer_queries(self, queries: Iterable[Query]) -> Iterator[tuple[int, Reply | Failure]]:
        """(number of a query, its answer), the first being 0, in any order, taken in batches and yielded as they come.

        A `Failure` is an answer that is none. Raises AudiodescError for what fails for good.
        """

    def queries_take_s(self, count: int) -> float | None:
        """Seconds that so many queries about clips take, as far as that can be estimated; None where it cannot."""
        return None

    def answer_aloud(self, query: Query, said: Said) -> Reply | Failure:
        """The answer to one query, which `said` is given while it is written; what comes back is what counts."""


def letter_in(answer: str, choices: str) -> str:
    """The one of the letters that an answer gives, such as "B", "(b) a dog" or "The answer is B."; "" for none."""
    one = f"([{choices}{choices.lower()}])"
    forms = (rf"\W*{one}\W*", rf"\W*{one}[).:\]].*", rf".*\b(?:answer|option|choice)\W+(?:is\W+)?{one}\b.*")
    for form in forms:
        if found := re.fullmatch(form, answer, re.DOTALL | re.IGNORECASE):
            return found[1].upper()
    return ""


def chosen(answer: str, query: Query) -> Reply | Failure:
    """An answer in words as a reply: of a choice, the letter in it. A `Failure` where there is none."""
    if not query.choices:
        return Reply(answer)
    letter = letter_in(answer, query.choices)
    return Reply(letter) if letter else Failure("unreadable", words=answer[:200])


def whole_words(text: str) -> str:
    """An answer that is being written without its last word, which may be a part of one."""
    return re.sub(r"\S+\Z", "", text).rstrip()


def check_answers(describer: object, label: str) -> AnswersQueries:
    """The describer as one that answers. Raises UsageError for one that has no model to be asked."""
    if isinstance(describer, AnswersQueries) and describer.query_kind:
        return describer
    raise UsageError(
        f"{label} has no model that could be asked", "give --describer or --server, see `audiodesc describers`"
    )
