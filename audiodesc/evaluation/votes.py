"""People's votes on the lines of several describers: blind, in an order drawn by a seed, kept as they are given, and
counted once all are.

Nobody is shown who wrote which line before the last vote. Each voter has an order of their own, and sees each line as
often on the one side as chance has it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

from audiodesc.core.cache import Store
from audiodesc.core.files import read_whole
from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.evaluation.comparing import Comparison
from audiodesc.evaluation.tally import Tally, Verdict, tally
from audiodesc.model import Span

FILE: Final = "votes"
VERSION: Final = 1
LARGEST: Final = 50_000_000
LONGEST_NAME: Final = 80

Side = Literal["left", "right", "equal"]


@dataclass(frozen=True, slots=True)
class Ballot:
    """Two lines for one moment, of the describers `first` and `second` by their numbers; `swapped`: the second's is
    shown on the left. `key` is the same as long as both lines and their writers are."""

    key: str
    span: Span
    first: int
    second: int
    texts: tuple[str, str]
    swapped: bool

    @property
    def shown(self) -> tuple[str, str]:
        """The lines on the left and on the right."""
        return (self.texts[1], self.texts[0]) if self.swapped else self.texts

    def side_of(self, verdict: Verdict) -> Side:
        if verdict not in ("first", "second"):
            return "equal"
        return "left" if (verdict == "second") == self.swapped else "right"

    def verdict_of(self, side: Side) -> Verdict:
        if side == "equal":
            return "equal"
        return "second" if (side == "left") == self.swapped else "first"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often one describer's line was preferred to another's, by all voters who gave all their votes."""

    first: str
    second: str
    tally: Tally
    voters: int


def ballots(comparison: Comparison, voter: str, seed: int, most: int) -> tuple[Ballot, ...]:
    """What a voter is asked, in their order: of each two describers the moments at which they say something else, at
    most so many, drawn at random. All voters are asked about the same ones."""
    names = [model.name for model in comparison.models]
    found = [
        (moment, first, second)
        for moment in comparison.moments
        for first, second in combinations(range(len(names)), 2)
        if _plain(moment.texts[first]) != _plain(moment.texts[second])
    ]
    drawn = random.Random(f"{seed}").sample(found, min(most, len(found)))  # noqa: S311 — repeatable on purpose
    order = random.Random(f"{seed} {voter}")  # noqa: S311
    order.shuffle(drawn)
    made = []
    for moment, first, second in drawn:
        texts = (moment.texts[first], moment.texts[second])
        of = [moment.span.start_ms, moment.span.end_ms, names[first], names[second], *texts]
        key = hashlib.sha256(json.dumps(of).encode()).hexdigest()[:24]
        made.append(Ballot(key, moment.span, first, second, texts, order.random() < 0.5))
    return tuple(made)


class Poll:
    """The votes on a comparison, in the file `votes.json` of its folder; asked from any thread.

    Raises InputError for a file of votes that cannot be read: it is a person's work, and is never written over then.
    UsageError where there is nothing to vote on.
    """

    def __init__(self, comparison: Comparison, folder: Path, seed: int, most: int) -> None:
        if not 1 <= most <= 10_000:
            raise UsageError(f"--most-votes is {most}", "give 1 to 10,000")
        self.comparison, self._folder = comparison, folder
        self._seed, self._most, self._lock = seed, most, Lock()
        self._votes = _read(folder / f"{FILE}.json")
        if not self.ballots(""):
            raise UsageError(f"all lines in {folder} are the same", "compare other describers")

    def ballots(self, voter: str) -> tuple[Ballot, ...]:
        """What a voter is asked, in their order."""
        return ballots(self.comparison, voter, self._seed, self._most)

    def given(self, voter: str) -> dict[str, Verdict]:
        """The voter's votes on what is asked, by the keys of the ballots."""
        with self._lock:
            votes = dict(self._votes.get(voter, {}))
        return {one.key: votes[one.key] for one in self.ballots(voter) if one.key in votes}

    def is_done(self, voter: str) -> bool:
        """Whether all votes are given."""
        return len(self.given(voter)) == len(self.ballots(voter))

    def vote(self, voter: str, number: int, side: Side) -> None:
        """Keep a vote, on the disk before this returns; one that was given is replaced, until all are.

        Raises UsageError for a vote after the last, when all is shown, and OutputError where it cannot be kept.
        """
        if not voter.strip() or len(voter) > LONGEST_NAME:
            raise UsageError("a vote has no voter", "give a name of at most 80 characters")
        if self.is_done(voter):
            raise UsageError("all votes are given, and who wrote what was shown", "another person can vote: --author")
        one = self.ballots(voter)[number]
        with self._lock:
            kept = _read(self._folder / f"{FILE}.json")  # another server may have written there
            votes = {**kept, voter: {**kept.get(voter, {}), one.key: one.verdict_of(side)}}
            content = {"version": VERSION, "written": datetime.now(UTC).isoformat(timespec="seconds"), "votes": votes}
            try:
                Store(self._folder).put(FILE, ".json", json.dumps(content, ensure_ascii=False, indent=1).encode())
            except OSError as error:
                raise OutputError(f"the vote cannot be kept ({error.strerror})", "make room, and vote again") from error
            self._votes = votes

    def outcomes(self) -> tuple[Outcome, ...]:
        """Of each two describers, counted over the voters who gave all their votes."""
        names = [model.name for model in self.comparison.models]
        done = [voter for voter in list(self._votes) if self.is_done(voter)]
        found = []
        for first, second in combinations(range(len(names)), 2):
            verdicts: list[Verdict] = []
            for voter in done:
                given = self.given(voter)
                verdicts += [
                    given[one.key] for one in self.ballots(voter) if (one.first, one.second) == (first, second)
                ]
            if verdicts:
                found.append(Outcome(names[first], names[second], tally(verdicts), len(done)))
        return tuple(found)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _read(path: Path) -> Mapping[str, Mapping[str, Verdict]]:
    """The votes of a file, by voter and ballot; none where there is no file."""
    try:
        value = json.loads(read_whole(path, LARGEST))
        return {str(voter): _verdicts(votes) for voter, votes in value["votes"].items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        remedy = "move it away, or mend it"
        raise InputError(f"{path} cannot be read as votes ({type(error).__name__})", remedy) from error


def _verdicts(votes: Any) -> Mapping[str, Verdict]:
    known: Sequence[Verdict] = ("first", "second", "equal")
    return {str(key): known[known.index(verdict)] for key, verdict in votes.items()}
