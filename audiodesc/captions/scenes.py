"""A film -> its scenes, by a rule about cuts and dialogue alone: it does not know what is seen."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from audiodesc.footage import Footage
from audiodesc.model import Span

QUIET_MS: Final = 4_000
"""From a cut at which a scene begins to the dialogue before and after it, at least."""

SHORTEST_MS: Final = 30_000
"""Of a scene; our own choice, as is the other: too many scenes are a worse list than too few."""

MOST: Final = 200

RULE: Final = (
    f"a scene begins at a cut with no dialogue within {QUIET_MS // 1000} s, {SHORTEST_MS // 1000} s or more after the "
    "one before; of cuts that are nearer to each other, at the one farthest from dialogue"
)


def scenes(footage: Footage) -> tuple[Span, ...]:
    """The scenes of a film, in order, without gaps, by `RULE`."""
    end_ms = footage.film.duration_ms
    edges = [0, end_ms]
    for quiet_ms, cut in sorted(_quiet(footage), key=lambda one: (-one[0], one[1])):
        place = bisect_right(edges, cut)
        near = place in (0, len(edges)) or min(cut - edges[place - 1], edges[place] - cut) < SHORTEST_MS
        if quiet_ms >= QUIET_MS and not near and len(edges) <= MOST:
            insort(edges, cut)
    return tuple(Span(start, end) for start, end in pairwise(edges))


def _quiet(footage: Footage) -> Iterator[tuple[int, int]]:
    """How long nobody speaks before and after each cut, the lesser of both in ms, and the cut."""
    speech = sorted(cue.span for cue in footage.cues if cue.kind in ("speech", "lyrics"))
    starts = [span.start_ms for span in speech]
    ends = [0]
    for span in speech:
        ends.append(max(ends[-1], span.end_ms))
    for cut in footage.found.cuts:
        number = bisect_right(starts, cut)
        before_ms = cut - ends[number] if number else footage.film.duration_ms
        after_ms = starts[number] - cut if number < len(starts) else footage.film.duration_ms
        yield max(0, min(before_ms, after_ms)), cut
