"""Two sounds -> how the one lies on the other, or why they do not go together."""

from __future__ import annotations

from audiodesc.alignment.breaks import in_order, pieces
from audiodesc.alignment.features import RATE_HZ, Mono, Timeline, log_powers
from audiodesc.alignment.fine import lines, sound_score
from audiodesc.alignment.model import Alignment
from audiodesc.alignment.search import Found, chains, rates, window_s


def aligned(film: Mono, described: Mono) -> Alignment:
    """How a described track lies on a film; no pieces where nothing of it is there."""
    ours, theirs = Timeline(log_powers(film)), Timeline(log_powers(described))
    wide_s = window_s(len(film) / RATE_HZ, len(described) / RATE_HZ)

    def surely(found: Found, rate: float) -> float:
        return sound_score(film, described, found, rate, wide_s)

    def at_rate(rate: float) -> Alignment:
        placed = chains(ours, theirs, rate, surely)
        found = [line for chain in placed for line in lines(film, described, chain, wide_s)]
        return pieces(ours, theirs, in_order(found), len(film) / RATE_HZ, len(described) / RATE_HZ)

    tried = (at_rate(rate) for rate in rates(ours, theirs))
    return max(tried, key=lambda one: one.matched_s * one.similarity)
