"""Answers of a describer that are none: counted by their kind, and too many of them end the run.

What a describer of somebody else's gives is checked here: what breaks the protocol is one line that names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from unicodedata import category

from audiodesc.core.formatting import number_of
from audiodesc.describers.base import Describer, Failure, FailureKind, LineRequest, StoryRequest
from audiodesc.errors import AudiodescError
from audiodesc.model import Note, Observation, Outcome, VideoClip
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


def observed_by(describer: Describer, clips: Iterable[VideoClip], count: int) -> Iterator[tuple[int, str | Failure]]:
    """What a describer observes in so many clips. Raises AudiodescError for what is no answer about one of them, and
    at the end: it is asked for more only where an answer is missing."""
    made: Any = describer.observe(clips)
    if not isinstance(made, Iterable):
        raise _breaks_protocol(describer, f"observe() gives {_shown(made)}, which holds no answers")
    for one in made:
        match one:
            case (int(number), str() | Failure()) if 0 <= number < count:
                yield one
            case _:
                wanted = f"no number from 0 to {count - 1} with facts or a failure"
                raise _breaks_protocol(describer, f"observe() gives {_shown(one)}, {wanted}")
    raise _breaks_protocol(describer, f"observe() does not give an answer about each of {number_of(count, 'clip')}")


def lines_by(describer: Describer, request: LineRequest) -> list[str]:
    """The candidates of a describer, each in one line without control characters. Raises AudiodescError for what is no
    sequence of texts."""
    made: Any = describer.write_lines(request)
    if isinstance(made, str) or not isinstance(made, Iterable):
        raise _breaks_protocol(describer, f"write_lines() gives {_shown(made)}, no sequence of texts")
    lines = list(made)
    if wrong := [line for line in lines if not isinstance(line, str)]:
        raise _breaks_protocol(describer, f"write_lines() gives {_shown(wrong[0])} among the lines, no text")
    return [in_one_line(line) for line in lines]


def summary_by(describer: Describer, request: StoryRequest) -> str:
    """The story so far of a describer. Raises AudiodescError for what is no text."""
    made: Any = describer.summarise(request)
    if not isinstance(made, str):
        raise _breaks_protocol(describer, f"summarise() gives {_shown(made)}, no text")
    return in_one_line(made)


def in_one_line(text: str) -> str:
    """The text without line breaks, control characters and halves of characters."""
    return " ".join("".join(" " if category(c) in ("Cc", "Cs") else c for c in text).split())


def _shown(value: object) -> str:
    is_short = isinstance(value, str | int | float | tuple | None)
    return in_one_line(f"{value!r:.60}") if is_short else type(value).__name__


def _breaks_protocol(describer: Describer, fault: str) -> AudiodescError:
    return AudiodescError(
        f"the describer {describer.label}: {fault}", "choose another (--describer), and tell those who made this one"
    )


def failure_notes(outcomes: Sequence[Outcome], observed: Sequence[Observation] = ()) -> Iterator[Note]:
    """One for the looks, one for the second looks, one for the lines."""
    looks = [one.failure for one in outcomes if one.failure and not one.facts]
    lines = [one.failure for one in outcomes if one.failure and one.facts]
    asked = sum(1 for one in outcomes if one.facts)
    yield from _note("look", looks, len(outcomes), "look")
    missed = [one.missed for one in observed if one.missed]
    yield from _note("look", missed, len(missed) + sum(1 for one in observed if one.again), "second look")
    yield from _note("describe", lines, asked, "line")


def _note(stage: str, failures: Sequence[object], total: int, noun: str) -> Iterable[Note]:
    if failures:
        yield Note(stage, f"{counted_failures(failures, total, noun)}; the next run asks for them anew")


def no_answer(failure: Failure) -> AudiodescError:
    """The error where one answer was asked for, and there is none."""
    words = f": {in_one_line(failure.words)[:LONGEST_WORDS]}" if failure.words else ""
    return AudiodescError(
        f"the describer gave no answer ({failure}{words})", failure.remedy or f"ask again, or {REMEDIES[failure.kind]}"
    )
