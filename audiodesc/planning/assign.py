"""Candidate lines, measured in the voice -> which is spoken, and where, so that none overlap.

Candidates come one observation after the other while a film is described, and each line is written with the lines
before it as they stood then. What later lines were written after is therefore kept unless another choice is better by
more than `costs.CHANGED`; and lines keep the order of their segments, so that nothing is taken up before it was brought
in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from audiodesc.core.formatting import seconds
from audiodesc.model import Gap, Segment, Span
from audiodesc.planning.costs import (
    AHEAD_MS,
    BREATH_MS,
    CHANGED,
    CROSSING,
    EARLY,
    HURRIED,
    LATEST_MS,
    LONGEST_WORDS,
    SOUND,
    STALE,
    WORD,
    WORTH,
    close,
)
from audiodesc.planning.fit import SEPARATION_MS, Length, is_hopeless

STEP_MS = 250
"""A line may begin as planned, with a gap, each quarter of a second of it, at each cut, so that it ends with its gap,
and where it was to begin when later lines were written."""


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
class Assumed:
    """What the lines after it were written after: the text ("" for silence), and where it was then to begin."""

    text: str
    start_ms: int


@dataclass(frozen=True, slots=True)
class Option:
    """A segment and its candidates, richest first; `assumed` is None where no line was written after it."""

    segment: Segment
    candidates: tuple[Candidate, ...]
    assumed: Assumed | None = None

    @property
    def worth(self) -> int:
        return max((one.worth for one in self.candidates), default=0)


def measured(texts: Iterable[str], room_ms: int, length: Length, fastest: float) -> tuple[Candidate, ...]:
    """The texts down to the first that fits the room at the natural rate, without those that the voice cannot speak
    and those that are too long for any gap.

    A text is measured at the fastest rate only where that might make it fit its own room. The richer comes first,
    and none is worth more than one before it.
    """
    made: list[Candidate] = []
    worth = WORTH + WORD * LONGEST_WORDS
    for text in dict.fromkeys(text for text in texts if text.strip()):
        if is_hopeless(text, room_ms, fastest):
            continue
        try:
            natural = length(text, 1.0)
            hurried = length(text, fastest) if room_ms < natural <= room_ms * fastest * 1.1 else natural
        except ValueError:
            continue
        worth = min(worth, WORTH + WORD * len(text.split()))
        made.append(Candidate(text, natural, min(natural, hurried), worth))
        if natural <= room_ms:
            break
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Placement:
    """A candidate at a start, and what that costs by itself; `number` is that of its option."""

    number: int
    candidate: Candidate
    gap: Span
    start_ms: int
    end_ms: int
    cost: int


def placements(number: int, option: Option, gaps: Sequence[Gap], cuts: Sequence[int]) -> Iterator[Placement]:
    """Everywhere that each candidate of an option may be spoken."""
    wanted_ms = option.segment.wanted_ms
    for gap in gaps[bisect_right(gaps, wanted_ms, key=lambda gap: gap.span.end_ms) :]:
        if gap.span.start_ms > _latest_ms(option):
            return
        for candidate in option.candidates:
            for takes_ms in sorted({candidate.natural_ms, candidate.fastest_ms}, reverse=True):
                worse = option.worth - candidate.worth + change_cost(candidate.text, option)
                worse += HURRIED * (takes_ms < candidate.natural_ms) + SOUND * (gap.kind != "silence")
                for start in _starts(option, gap.span, takes_ms, cuts):
                    moved = STALE * max(0, start - wanted_ms) + EARLY * max(0, wanted_ms - start)
                    crosses = bisect_left(cuts, start + takes_ms) > bisect_right(cuts, start)
                    cost = worse + moved + CROSSING * crosses
                    yield Placement(number, candidate, gap.span, start, start + takes_ms, cost)


def _starts(option: Option, pause: Span, takes_ms: int, cuts: Sequence[int]) -> list[int]:
    wanted_ms = option.segment.wanted_ms
    earliest = wanted_ms - AHEAD_MS if option.segment.until_ms is None else wanted_ms
    first, last = max(pause.start_ms, earliest), min(pause.end_ms - takes_ms, _latest_ms(option))
    grid = range(first + (pause.start_ms - first) % STEP_MS, last + 1, STEP_MS)
    single = [wanted_ms, pause.end_ms - takes_ms, *([option.assumed.start_ms] if option.assumed else [])]
    inside = cuts[bisect_left(cuts, first) : bisect_right(cuts, last)]
    return sorted({*grid, *inside, *(time_ms for time_ms in single if first <= time_ms <= last)})


def _latest_ms(option: Option) -> int:
    """When a line may begin at the latest."""
    until_ms = option.segment.until_ms
    return option.segment.wanted_ms + LATEST_MS if until_ms is None else until_ms


def change_cost(text: str, option: Option) -> int:
    """What it costs that the lines after it were written after another text."""
    return CHANGED if option.assumed and text != option.assumed.text else 0


@dataclass(frozen=True, slots=True)
class LineChoice:
    """What is spoken of an option, and where.

    It begins where `room` does, and fits in it at the natural or at the fastest rate; the separation from the next
    line is not in it. Where nothing is spoken, `candidate` is None and `reason` says why.
    """

    option: Option
    candidate: Candidate | None
    room: Span
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """What the options so far cost, the last line, and those before it; the narrator is free at `end_ms`."""

    cost: int
    end_ms: int
    last: Placement | None = None
    before: Chain | None = None


LONG_AGO = Chain(0, -1_000_000)


def assign(options: Sequence[Option], gaps: Sequence[Gap], cuts: Sequence[int] = ()) -> tuple[LineChoice, ...]:
    """For each option its candidate and start, or why nothing is spoken: the cheapest choice at the costs of `costs`.

    Options come in the order of their planned starts, and lines keep it. Each lies in one gap, 250 ms from the next
    line, and begins at most 12 s after its planned start, or up to 2.5 s before it in the same gap. Of choices that
    cost the same, the one that ends first is taken; then the one that speaks the last option, in richer words, sooner.
    """
    chains: Sequence[Chain] = [LONG_AGO]
    for number, option in enumerate(options):
        chains = _still_different(chains, option.segment.wanted_ms - AHEAD_MS)
        silent = option.worth + change_cost("", option)
        possible = list(placements(number, option, gaps, cuts))
        before = {start: _before(chains, start) for start in {one.start_ms for one in possible}}
        spoken = [Chain(b[0] + one.cost, one.end_ms, one, b[1]) for one in possible if (b := before[one.start_ms])]
        chains = _undominated(spoken, [replace(chain, cost=chain.cost + silent) for chain in chains])
    return tuple(_choices(chains[-1], options, gaps, cuts))


def _still_different(chains: Sequence[Chain], earliest_ms: int) -> Sequence[Chain]:
    """Of those that ended so long before any start to come that it no longer matters when, only the cheapest."""
    rested = bisect_right(chains, earliest_ms - BREATH_MS, key=lambda chain: chain.end_ms)
    return chains[max(0, rested - 1) :]


def _before(chains: Sequence[Chain], start_ms: int) -> tuple[int, Chain] | None:
    """What is cheapest before a line at this moment, with the rest; None where the narrator is not free in time."""
    free = bisect_right(chains, start_ms - SEPARATION_MS, key=lambda chain: chain.end_ms)
    rested = bisect_right(chains, start_ms - BREATH_MS, key=lambda chain: chain.end_ms)
    near = chains[max(0, rested - 1) : free]
    costs = [chain.cost + close(start_ms - chain.end_ms, BREATH_MS) for chain in near]
    return min(zip(costs, near, strict=True), key=lambda pair: pair[0], default=None)


def _undominated(spoken: Sequence[Chain], silent: Sequence[Chain]) -> list[Chain]:
    """Those that no other beats in both cost and end; by end, so that each is cheaper than the one before."""
    kept: list[Chain] = []
    for chain in sorted([*spoken, *silent], key=lambda chain: (chain.end_ms, chain.cost)):
        if not kept or chain.cost < kept[-1].cost:
            kept.append(chain)
    return kept


def _choices(best: Chain, options: Sequence[Option], gaps: Sequence[Gap], cuts: Sequence[int]) -> Iterator[LineChoice]:
    spoken: dict[int, Placement] = {}
    chain: Chain | None = best
    while chain and chain.last:
        spoken[chain.last.number] = chain.last
        chain = chain.before
    ends = {one.number: after.start_ms - SEPARATION_MS for after, one in pairwise(spoken.values())}
    for number, option in enumerate(options):
        if placement := spoken.get(number):
            end = min(placement.gap.end_ms, ends.get(number, placement.gap.end_ms))
            yield LineChoice(option, placement.candidate, Span(placement.start_ms, end))
        else:
            nowhere = Span(option.segment.wanted_ms, option.segment.wanted_ms)
            yield LineChoice(option, None, nowhere, _why_not(option, any(placements(number, option, gaps, cuts))))


def _why_not(option: Option, somewhere: bool) -> str:
    if not option.candidates:
        return "nothing worth saying"
    if somewhere:
        return "the lines around it need the time"
    takes_ms = min(one.fastest_ms for one in option.candidates)
    return f"it takes {seconds(takes_ms)} s, and no pause within {LATEST_MS // 1000} s has as much"
