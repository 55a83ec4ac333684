"""An offer -> everywhere that each of its candidates may be said, and what that costs."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audiodesc.model import Gap, Span
from audiodesc.planning.costs import AHEAD_MS, CROSSING, EARLY, HURRIED, LATEST_MS, LEANED, SOUND, STALE
from audiodesc.planning.offers import Candidate, Offer

STEP_MS = 250
"""A line may begin as planned, with a pause, each quarter of a second of it, at each cut, so that it ends with its
pause, and where it was to begin when later lines were told."""


@dataclass(frozen=True, slots=True)
class Way:
    """A candidate at a place, and what that costs by itself."""

    offer: int
    candidate: Candidate
    pause: Span
    start_ms: int
    end_ms: int
    cost: int


def ways(number: int, offer: Offer, gaps: Sequence[Gap], cuts: Sequence[int]) -> Iterator[Way]:
    """All that may be done with an offer but silence."""
    wanted_ms = offer.segment.wanted_ms
    for gap in gaps[bisect_right(gaps, wanted_ms, key=lambda gap: gap.span.end_ms) :]:
        if gap.span.start_ms > _latest_ms(offer):
            return
        for candidate in offer.candidates:
            for takes_ms in sorted({candidate.natural_ms, candidate.fastest_ms}, reverse=True):
                worse = offer.worth - candidate.worth + surprise(candidate.text, offer)
                worse += HURRIED * (takes_ms < candidate.natural_ms) + SOUND * (gap.kind != "silence")
                for start in _starts(offer, gap.span, takes_ms, cuts):
                    moved = STALE * max(0, start - wanted_ms) + EARLY * max(0, wanted_ms - start)
                    crosses = bisect_left(cuts, start + takes_ms) > bisect_right(cuts, start)
                    cost = worse + moved + CROSSING * crosses
                    yield Way(number, candidate, gap.span, start, start + takes_ms, cost)


def _starts(offer: Offer, pause: Span, takes_ms: int, cuts: Sequence[int]) -> list[int]:
    wanted_ms = offer.segment.wanted_ms
    earliest = wanted_ms - AHEAD_MS if offer.segment.until_ms is None else wanted_ms
    first, last = max(pause.start_ms, earliest), min(pause.end_ms - takes_ms, _latest_ms(offer))
    grid = range(first + (pause.start_ms - first) % STEP_MS, last + 1, STEP_MS)
    single = [wanted_ms, pause.end_ms - takes_ms, *([offer.leaned.start_ms] if offer.leaned else [])]
    inside = cuts[bisect_left(cuts, first) : bisect_right(cuts, last)]
    return sorted({*grid, *inside, *(time_ms for time_ms in single if first <= time_ms <= last)})


def _latest_ms(offer: Offer) -> int:
    """When a line may begin at the latest."""
    until_ms = offer.segment.until_ms
    return offer.segment.wanted_ms + LATEST_MS if until_ms is None else until_ms


def surprise(text: str, offer: Offer) -> int:
    """What it costs that the lines after it were told on something else."""
    return LEANED if offer.leaned and text != offer.leaned.text else 0
