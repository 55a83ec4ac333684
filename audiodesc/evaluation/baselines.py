"""What any script is held against: its neighbour's copy, chance, and the human script itself."""

from __future__ import annotations

from collections.abc import Sequence

from audiodesc.evaluation.model import Pair, System


def systems(pairs: Sequence[Pair], seed: int) -> dict[System, list[str]]:
    """The texts that are scored, one for each pair, by whose they are."""
    found: dict[System, list[str]] = {"ours": [pair.ours for pair in pairs]}
    if any(pair.second is not None for pair in pairs):
        found["second"] = [pair.second or "" for pair in pairs]
    found["neighbour"] = copied_neighbour(pairs)
    found["chance"] = by_chance([pair.human for pair in pairs], seed)
    found["itself"] = [pair.human for pair in pairs]
    return found


def copied_neighbour(pairs: Sequence[Pair]) -> list[str]:
    """For each human cue the one before it in its film; "" for the first of a film."""
    last: dict[str, str] = {}
    copied = []
    for pair in pairs:
        copied.append(last.get(pair.film, ""))
        last[pair.film] = pair.human
    return copied


def by_chance(texts: Sequence[str], seed: int) -> list[str]:
    """For each text another one at random, each once: no text stands for itself where there are two or more; a single
    one has ""."""
    import numpy as np

    if len(texts) < 2:
        return [""] * len(texts)
    order = np.random.default_rng(seed).permutation(len(texts)).tolist()
    drawn = [""] * len(texts)
    for place, i in enumerate(order):
        drawn[i] = texts[order[place - 1]]
    return drawn
