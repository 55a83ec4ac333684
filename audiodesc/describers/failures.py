"""Why an answer of a model is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from audiodesc.errors import AudiodescError

FailureKind = Literal["cut", "empty", "loop", "thoughts", "refused", "unreadable"]
"""Why an answer of a model is none: it was cut off at a limit, is empty, repeats itself without end, holds nothing but
the model's thoughts, declines, or is not in the form that was asked for."""

FAILURES: Final[Mapping[FailureKind, str]] = {
    "cut": "cut off",
    "empty": "empty",
    "loop": "repeated without end",
    "thoughts": "thoughts alone",
    "refused": "refused",
    "unreadable": "not in the form that was asked for",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is none, after the describer has asked again where that could help.

    `limit` is what it ran into ("2,048 tokens"), `words` what the server or the model itself said of it, `remedy` what
    a user can do, as an imperative; each "" where there is nothing to say.
    """

    kind: FailureKind
    limit: str = ""
    words: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return f"{FAILURES[self.kind]}{f' at {self.limit}' if self.limit else ''}"


class NoAnswerError(AudiodescError):
    """A model gave no answer that can be used: one line is lost, and the run goes on."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words or str(failure), failure.remedy)
        self.args = (failure,)
        self.failure = failure
