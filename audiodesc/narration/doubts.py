"""Doubts: what a line says and the facts do not carry, or only one of two looks has; for a person to look at first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

from audiodesc.describers.base import Describer
from audiodesc.describers.context import FilmContext
from audiodesc.describers.people import ledger
from audiodesc.model import Observation, Outcome, Segment
from audiodesc.narration.claims import carries, claims, missing, nothing_carried
from audiodesc.narration.failures import in_one_line
from audiodesc.settings import Doubting

DoubtKind = Literal["not_in_facts", "not_seen_again", "seen_once", "answer"]
"""A line has words that the facts do not carry, or that a second look does not; one look has what the other lacks; or
the describer itself doubts its answer. The gravest comes first."""

MOST_CLAIMS, LONGEST_CLAIM = 3, 160
"""Of each of two looks that are earlier of, and of their characters."""

MOST_WORDS = 8

_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ][^\W\d_]+")

ORDER: Final[tuple[DoubtKind, ...]] = get_args(DoubtKind)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person should look at a line: `words` are those of the line that are in doubt, () where it is no single
    ones; `message` says it in a sentence."""

    segment: Segment
    kind: DoubtKind
    message: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubter:
    """What holds the lines of a describer, in a language (BCP 47 tag), against what it saw. In the mode "off" it has no
    doubts of its own, and only "strict" keeps a line from being spoken."""

    describer: Describer
    context: FilmContext
    language: str
    mode: Doubting = "mark"

    def of_line(self, line: str, seen: Observation, earlier: Sequence[str]) -> Iterator[Doubt]:
        """The doubts about a line that is spoken after `earlier`."""
        facts, again = self._evidence(seen)
        named = _named(seen.segment, tuple(earlier), self.context)
        unknown = missing(line, facts, named, self.language) if facts else ()
        if unknown:
            yield Doubt(seen.segment, "not_in_facts", f"{_listed(unknown)}: not in what was seen", unknown)
        once = [one for one in missing(line, again, named, self.language) if one not in unknown] if again else []
        if once:
            yield Doubt(seen.segment, "not_seen_again", f"{_listed(once)}: not seen at a second look", tuple(once))

    def is_empty(self, line: str, seen: Observation, earlier: Sequence[str]) -> bool:
        """Whether a line has no content but what is in doubt."""
        named = _named(seen.segment, tuple(earlier), self.context)
        return any(nothing_carried(line, text, named, self.language) for text in self._evidence(seen) if text)

    def sorted(
        self, candidates: Sequence[str], seen: Observation, earlier: Sequence[str]
    ) -> tuple[list[str], list[str], list[str]]:
        """Candidates without a doubt, those with one, and those that are not to be spoken; each in their order."""
        sure: list[str] = []
        doubtful: list[str] = []
        refused: list[str] = []
        for line in candidates:
            if self.mode == "strict" and self.is_empty(line, seen, earlier):
                refused.append(line)
            else:
                (doubtful if any(self.of_line(line, seen, earlier)) else sure).append(line)
        return sure, doubtful, refused

    def reason(self, line: str, seen: Observation, earlier: Sequence[str]) -> str:
        """Why a line that is empty is not spoken."""
        return "; ".join(doubt.message for doubt in self.of_line(line, seen, earlier)) or "nothing in it was seen"

    def _evidence(self, seen: Observation) -> tuple[str, str]:
        """The facts and those of the second look; "" where there are none, or nothing is held against them."""
        if self.mode == "off":
            return "", ""
        return self.describer.evidence(seen.facts), self.describer.evidence(seen.again) if seen.again else ""

    def doubts(self, outcomes: Sequence[Outcome], observed: Sequence[Observation]) -> tuple[Doubt, ...]:
        """The doubts of a film, those of spoken lines first and of these the gravest; `outcomes` and `observed` are of
        the same segments, in order."""
        spoken = {one.segment for one in outcomes if one.speech}
        made: list[Doubt] = []
        earlier: list[str] = []
        for outcome, seen in zip(outcomes, observed, strict=True):
            if outcome.text:
                made += self.of_line(outcome.text, seen, earlier)
                made += (Doubt(outcome.segment, "seen_once", claim) for claim in self._seen_once(seen))
            if outcome.speech:
                earlier.append(outcome.text)
            said = map(in_one_line, self.describer.doubts(outcome.facts))
            made += (Doubt(outcome.segment, "answer", message) for message in said)
        return tuple(sorted(made, key=lambda doubt: (doubt.segment not in spoken, ORDER.index(doubt.kind))))

    def _seen_once(self, seen: Observation) -> Iterator[str]:
        """What one of the two looks has and the other does not."""
        first, again = self._evidence(seen)
        if again:
            for name, one, other in (("first", first, again), ("second", again, first)):
                alone = [claim for claim in claims(one) if not carries(claim, other)]
                yield from (f"only the {name} look has: {claim[:LONGEST_CLAIM]}" for claim in alone[:MOST_CLAIMS])


@lru_cache(maxsize=8)  # each candidate of a place is held against the same
def _named(segment: Segment, earlier: tuple[str, ...], context: FilmContext) -> str:
    """All that may have given a name, or the looks of somebody with one, by then."""
    cues = (*segment.dialogue_before, *segment.dialogue_after)
    return "\n".join(
        (
            context.text,
            *(f"{person.name} {person.looks}" for person in context.cast),
            *segment.known_speakers,
            *(f"{cue.speaker} {' '.join(cue.speakers)} {cue.text}" for cue in cues),
            *dict.fromkeys(name for line in earlier for name in _CAPITAL.findall(line)),
            *(str(one) for one in ledger(earlier, context) if one.name),
        )
    )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words[:MOST_WORDS])
