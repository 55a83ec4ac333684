"""The lines that may be said, measured in the voice -> which is said, and where, so that none overlap.

Candidates come one sight after the other while a film is being described, and each sight is told on the lines before
it as they stood then. What later lines were told on is therefore kept unless another choice is better by more than
`costs.LEANED`; and lines keep the order of their sights, so that nothing is taken up before it was brought in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from audiodesc.core.formatting import seconds
from audiodesc.model import Gap, Span
from audiodesc.planning.costs import AHEAD_MS, BREATH_MS, LATEST_MS, close
from audiodesc.planning.fit import SEPARATION_MS
from audiodesc.planning.offers import Candidate, Offer
from audiodesc.planning.ways import Way, surprise, ways


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said of an offer, and where.

    It begins where `room` does, and fits in it at the natural or at the fastest rate; the separation from the next
    line is not in it. Where nothing is said, `candidate` is None and `reason` says why.
    """

    offer: Offer
    candidate: Candidate | None
    room: Span
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """What the offers so far cost, the last that is said, and those before it; the narrator is free at `end_ms`."""

    cost: int
    end_ms: int
    last: Way | None = None
    before: Chain | None = None


LONG_AGO = Chain(0, -1_000_000)


def assign(offers: Sequence[Offer], gaps: Sequence[Gap], cuts: Sequence[int] = ()) -> tuple[Choice, ...]:
    """For each offer its candidate and place, or why nothing is said: the cheapest choice at the costs of `costs`.

    Offers come in the order of their planned starts, and lines keep it. Each lies in one pause, 250 ms from the next
    line, and begins at most 12 s after its planned start, or up to 2.5 s before it in the same pause. Of choices that
    cost the same, the one that ends first is taken; then the one that says the last sight, in the richer way, sooner.
    """
    chains: Sequence[Chain] = [LONG_AGO]
    for number, offer in enumerate(offers):
        chains = _still_different(chains, offer.segment.wanted_ms - AHEAD_MS)
        silent = offer.worth + surprise("", offer)
        options = list(ways(number, offer, gaps, cuts))
        before = {start: _before(chains, start) for start in {way.start_ms for way in options}}
        said = [Chain(b[0] + way.cost, way.end_ms, way, b[1]) for way in options if (b := before[way.start_ms])]
        chains = _undominated(said, [replace(chain, cost=chain.cost + silent) for chain in chains])
    return tuple(_choices(chains[-1], offers, gaps, cuts))


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


def _undominated(said: Sequence[Chain], silent: Sequence[Chain]) -> list[Chain]:
    """Those that no other beats in both cost and end; by end, so that each is cheaper than the one before."""
    kept: list[Chain] = []
    for chain in sorted([*said, *silent], key=lambda chain: (chain.end_ms, chain.cost)):
        if not kept or chain.cost < kept[-1].cost:
            kept.append(chain)
    return kept


def _choices(best: Chain, offers: Sequence[Offer], gaps: Sequence[Gap], cuts: Sequence[int]) -> Iterator[Choice]:
    said: dict[int, Way] = {}
    chain: Chain | None = best
    while chain and chain.last:
        said[chain.last.offer] = chain.last
        chain = chain.before
    ends = {one.offer: after.start_ms - SEPARATION_MS for after, one in pairwise(said.values())}
    for number, offer in enumerate(offers):
        if way := said.get(number):
            end = min(way.pause.end_ms, ends.get(number, way.pause.end_ms))
            yield Choice(offer, way.candidate, Span(way.start_ms, end))
        else:
            nowhere = Span(offer.segment.wanted_ms, offer.segment.wanted_ms)
            yield Choice(offer, None, nowhere, _why_not(offer, any(ways(number, offer, gaps, cuts))))


def _why_not(offer: Offer, somewhere: bool) -> str:
    if not offer.candidates:
        return "nothing worth saying"
    if somewhere:
        return "the lines around it need the time"
    takes_ms = min(one.fastest_ms for one in offer.candidates)
    return f"it takes {seconds(takes_ms)} s, and no pause within {LATEST_MS // 1000} s has as much"
