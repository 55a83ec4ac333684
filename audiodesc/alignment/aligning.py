"""Two sounds -> how the one lies on the other, or why they do not go together."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audiodesc.alignment.breaks import in_order, pieces
from audiodesc.alignment.features import RATE_HZ, Mono, Timeline, log_powers
from audiodesc.alignment.fine import at_rate, lines, sound_score
from audiodesc.alignment.model import Alignment
from audiodesc.alignment.search import Found, chains, rates, window_s


def aligned(film: Mono, described: Mono) -> Alignment:
    """How a described track lies on a film; no pieces where nothing of it is there."""
    ours, theirs = Timeline(log_powers(film)), Timeline(log_powers(described))
    wide_s = window_s(len(film) / RATE_HZ, len(described) / RATE_HZ)

    @lru_cache(maxsize=64)  # several places are looked at for the same stretch, one after another
    def second(first: int, rate: float) -> NDArray[np.float32]:
        return at_rate(described[first : first + RATE_HZ], rate)

    def surely(found: Found, rate: float) -> float:
        return sound_score(film, second, found, rate, wide_s)

    def tried_at(rate: float) -> Alignment:
        placed = chains(ours, theirs, rate, surely)
        found = [line for chain in placed for line in lines(film, described, chain, wide_s)]
        return pieces(ours, theirs, in_order(found), len(film) / RATE_HZ, len(described) / RATE_HZ)

    tried = (tried_at(rate) for rate in rates(ours, theirs))
    return max(tried, key=lambda one: one.matched_s * one.similarity)
