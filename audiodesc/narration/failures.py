"""Answers of a describer that are none: counted by their kind, and too many of them end the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from audiodesc.core.formatting import number_of
from audiodesc.describers.base import Failure, FailureKind
from audiodesc.errors import AudiodescError
from audiodesc.model import Note, Outcome
from audiodesc.settings import DescriberSettings

FAILED_SHARE = DescriberSettings().failed_share

REMEDIES: Mapping[FailureKind, str] = {
    "cut": "allow it more tokens, or turn its thinking off",
    "empty": "look at the log of what runs the model, or choose another model",
    "loop": "choose another model",
    "thoughts": "turn its thinking off, allow it more tokens, or choose another model",
    "refused": "choose another model",
    "unreadable": "choose another model",
}
"""Where a describer gives none of its own."""

LONGEST_WORDS = 300
"""Characters of a server's own words in a message."""


class Tally:
    """Failures of one kind of question ("look", "line") in a run that asks `total` of them."""

    def __init__(self, noun: str, total: int, share: float) -> None:
        self._noun, self._total, self._share = noun, total, share
        self._failures: list[Failure] = []

    def add(self, failure: Failure) -> None:
        """Count one. Raises AudiodescError, with the most common remedy, above the share."""
        self._failures.append(failure)
        if len(self._failures) <= self._share * self._total:
            return
        (kind, _), *_ = Counter(one.kind for one in self._failures).most_common()
        common = [one for one in self._failures if one.kind == kind]
        words = next((f" ({one.words[:LONGEST_WORDS]})" for one in common if one.words), "")
        remedy = next((one.remedy for one in common if one.remedy), REMEDIES[kind])
        fault = f"{counted_failures(self._failures, self._total, self._noun)}{words}"
        raise AudiodescError(fault, f"{remedy}; what was answered is kept, and --failed-share allows for more")


def counted_failures(failures: Sequence[object], total: int, noun: str) -> str:
    """Such as "4 of 90 looks gave no answer: 3 cut off at 2,048 tokens, 1 empty"."""
    kinds = ", ".join(f"{count} {name}" for name, count in Counter(map(str, failures)).most_common())
    return f"{len(failures)} of {number_of(total, noun)} gave no answer: {kinds}"


def failure_notes(outcomes: Sequence[Outcome]) -> Iterator[Note]:
    """One for the looks, one for the lines."""
    looks = [one.failure for one in outcomes if one.failure and not one.facts]
    lines = [one.failure for one in outcomes if one.failure and one.facts]
    asked = sum(1 for one in outcomes if one.facts)
    yield from _note("look", looks, len(outcomes), "look")
    yield from _note("describe", lines, asked, "line")


def _note(stage: str, failures: Sequence[object], total: int, noun: str) -> Iterable[Note]:
    if failures:
        yield Note(stage, f"{counted_failures(failures, total, noun)}; the next run asks for them anew")
