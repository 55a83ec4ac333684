"""The lines that are recorded, and a file's line: found by its id, its number, its timecode, or what the file says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from audiodesc.core.timecode import Timecode
from audiodesc.recordings.naming import Name, id_in

NEAR_MS = 500
"""A timecode is that of a line which begins no further away, where no other does."""


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line that may be recorded; `number` is its number in the script, 0 where it has none. In a film that stops for
    lines it is heard at `heard_ms`, of which the exported files and timelines have the timecode."""

    id: str
    number: int
    start_ms: int
    text: str
    heard_ms: int | None = None


@dataclass(frozen=True)
class Wanted:
    """All lines, and how the film's frames are numbered. Without `has_codes` that is not known: times say nothing."""

    lines: Sequence[WantedLine]
    count: Timecode = field(default_factory=Timecode)
    has_codes: bool = True

    @cached_property
    def by_id(self) -> Mapping[str, WantedLine]:
        return {line.id: line for line in self.lines}

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """By lower case."""
        return {line.id.casefold(): line.id for line in self.lines}

    @cached_property
    def by_number(self) -> Mapping[int, str]:
        return {line.number: line.id for line in self.lines if line.number}

    @cached_property
    def by_text(self) -> Mapping[str, list[WantedLine]]:
        found: dict[str, list[WantedLine]] = {}
        for line in self.lines:
            found.setdefault(same_words(line.text), []).append(line)
        return found

    def at(self, ms: float) -> str:
        """The id of the line that begins then: within a frame, else within half a second where no other does. Times of
        the film that stops for lines count before those of the film."""
        if not self.has_codes:
            return ""
        heard = {line.id: line.heard_ms for line in self.lines if line.heard_ms is not None}
        return self._near(ms, heard) or self._near(ms, {line.id: line.start_ms for line in self.lines})

    def _near(self, ms: float, starts: Mapping[str, int]) -> str:
        near = [id for id, start_ms in starts.items() if abs(start_ms - ms) <= NEAR_MS]
        exact = [id for id in near if abs(starts[id] - ms) <= 1000 / self.count.fps + 1]
        found = exact or near
        return found[0] if len(found) == 1 else ""

    def at_code(self, code: str) -> str:
        """The same of a timecode as "01:02:03:04"; "" for what is none of this film."""
        if not code:
            return ""
        head, _, frames = code.rpartition(":")
        try:
            return self.at(self.count.ms(f"{head};{frames}" if self.count.drops else code))
        except ValueError:
            return ""

    def by_name(self, name: Name, said: str = "") -> tuple[str, str]:
        """(id of the line, "") for a file of this name, which says itself that it is line `said`; ("", why not) where
        it is none, or may be several.

        An id in the name counts before all else. Of number, timecode and `said` two that agree count before the third;
        one alone where the others say nothing.
        """
        if id := id_in(name.rest, self.ids):
            return id, ""
        numbers = [self.by_number[number] for number in name.numbers if number in self.by_number]
        votes = dict(self._votes(name, numbers, said))
        if len(set(numbers)) > 1 and not votes:
            return "", f"has {len(numbers)} numbers in its name: {', '.join(map(str, name.numbers))}"
        tally = Counter(votes.values()).most_common()
        if not tally:
            return "", self._unknown(name)
        if len(tally) > 1 and tally[0][1] == tally[1][1]:
            return "", "may be several lines: " + ", ".join(f"by its {how} {id}" for how, id in votes.items())
        return tally[0][0], ""

    def _votes(self, name: Name, numbers: Sequence[str], said: str) -> Iterator[tuple[str, str]]:
        timed = self.at_code(name.code)
        if said in self.by_id:
            yield "content", said
        if timed:
            yield "timecode", timed
        if len(set(numbers)) == 1:
            yield "number", numbers[0]
        elif timed in numbers:
            yield "number", timed

    def _unknown(self, name: Name) -> str:
        if name.numbers:
            return f"has a number that no line has ({name.numbers[0]})"
        if name.code:
            return f"has a timecode at which no line begins ({name.code})"
        return "has neither the id, nor the number, nor the timecode of a line in its name"


def same_words(text: str) -> str:
    """A text by which two are the same for who speaks them: without case, punctuation and how spaces are set."""
    kept = "".join(letter if letter.isalnum() else "" if letter in "'’" else " " for letter in text.casefold())
    return " ".join(kept.split())
