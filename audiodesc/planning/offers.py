"""What may be said of each sight, measured in the voice, and what each is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audiodesc.model import Segment
from audiodesc.planning.costs import LONGEST_WORDS, TOLD, WORD
from audiodesc.planning.fit import Length, is_hopeless


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text, how long the voice takes for it at its natural and at its fastest rate, and its worth (see `costs`).

    `fastest_ms` is `natural_ms` where nobody asked for it faster.
    """

    text: str
    natural_ms: int
    fastest_ms: int
    worth: int


@dataclass(frozen=True, slots=True)
class Leaned:
    """What the lines after it were told on: the text ("" for silence), and where it was then to begin."""

    text: str
    start_ms: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A segment and what may be said of it, richest first; `leaned` is None where no line was told after it."""

    segment: Segment
    candidates: tuple[Candidate, ...]
    leaned: Leaned | None = None

    @property
    def worth(self) -> int:
        return max((one.worth for one in self.candidates), default=0)


def measured(texts: Iterable[str], room_ms: int, length: Length, fastest: float) -> tuple[Candidate, ...]:
    """The texts down to the first that fits the room at the natural rate, without those of which nothing is heard and
    those that are too long for any pause.

    A text is measured at the fastest rate only where that might make it fit its own room. The richer comes first,
    and none is worth more than one before it.
    """
    made: list[Candidate] = []
    worth = TOLD + WORD * LONGEST_WORDS
    for text in dict.fromkeys(text for text in texts if text.strip()):
        if is_hopeless(text, room_ms, fastest):
            continue
        try:
            natural = length(text, 1.0)
            hurried = length(text, fastest) if room_ms < natural <= room_ms * fastest * 1.1 else natural
        except ValueError:
            continue
        worth = min(worth, TOLD + WORD * len(text.split()))
        made.append(Candidate(text, natural, min(natural, hurried), worth))
        if natural <= room_ms:
            break
    return tuple(made)
