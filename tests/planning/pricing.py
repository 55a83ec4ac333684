"""What a plan costs, reckoned line by line from what `costs` says; and the choice that looks at one pause at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from audiodesc.model import Gap, Segment, Span
from audiodesc.planning import costs
from audiodesc.planning.costs import AHEAD_MS, GLANCE_MS, USUAL_MS, WAIT_MS, scene_changes
from audiodesc.planning.starts import changes
from audiodesc.settings import Density

SHORTEST_MS = 1_200


def price(
    begins: Sequence[int],
    gaps: Sequence[Gap],
    cuts: Sequence[int],
    density: Density,
    still: Sequence[Span] = (),
    ends_ms: int = 0,
) -> int:
    """What lines that begin at these times cost: the docstrings of `costs`, line by line.

    The film ends with its last pause, or later.
    """
    seen = changes(cuts, gaps[-1].span.end_ms, still)
    weights = [b - a for a, b in pairwise(seen.weights)]
    tellable = _tellable(cuts, gaps) if density != "sparse" else []
    untold = list(zip(seen.times, weights, strict=True))
    total, free_ms = 0, None
    for i, start in enumerate(begins):
        gap = next(gap for gap in gaps if gap.span.start_ms <= start < gap.span.end_ms)
        end = min([gap.span.end_ms, *begins[i + 1 : i + 2]])
        horizon = min(gap.span.end_ms, start + AHEAD_MS - GLANCE_MS)
        told = [(time, weight) for time, weight in untold if time <= horizon]
        untold = untold[len(told) :]
        total += sum(w * max(0, start - time) for time, w in told if start - time <= costs.LOST) // 10
        total += sum(w for time, w in told if start - time > costs.LOST) * costs.LOST // 10
        total += sum(costs.MISSED for time in tellable if time < start - WAIT_MS)
        tellable = [time for time in tellable if time > horizon and time >= start - WAIT_MS]
        total += costs.LINES[density] + costs.short(end - start)
        total += costs.SOUND if gap.kind != "silence" else 0
        total += costs.ADRIFT if start not in (gap.span.start_ms, *cuts) else 0
        total += costs.CROSSING if any(start < cut < start + USUAL_MS for cut in cuts) else 0
        total += costs.close(start - free_ms, costs.RESTS_MS[density]) if free_ms is not None else 0
        free_ms = start + min(USUAL_MS, end - start)
    total += sum(costs.MISSED for time in tellable if max(ends_ms, gaps[-1].span.end_ms) - time > WAIT_MS)
    waits = [(w, gaps[-1].span.end_ms + costs.AFTER_MS - time) for time, w in untold]
    total += sum(w * ms for w, ms in waits if ms <= costs.LOST) // 10
    return total + sum(w for w, ms in waits if ms > costs.LOST) * costs.LOST // 10


def _tellable(cuts: Sequence[int], gaps: Sequence[Gap]) -> list[int]:
    """The changes of place in pauses, with 2 s left for a line."""
    return [
        cut for cut in scene_changes(cuts) if any(gap.span.start_ms <= cut <= gap.span.end_ms - 2_000 for gap in gaps)
    ]


def by_pause(gaps: Sequence[Gap], cuts: Sequence[int]) -> Iterator[int]:
    """Each pause by itself: a line at its start, a long one shared evenly, one for each 5 s, at a cut that is near."""
    for gap in gaps:
        count = max(1, round(gap.span.duration_ms / 5_000))
        last = gap.span.start_ms
        yield last
        for i in range(1, count):
            even = gap.span.start_ms + gap.span.duration_ms * i // count
            near = min((cut for cut in cuts if abs(cut - even) <= 1_250), key=lambda cut: abs(cut - even), default=even)
            if near - last >= SHORTEST_MS and gap.span.end_ms - near >= SHORTEST_MS:
                last = near
                yield last


def begins(segments: Sequence[Segment]) -> list[int]:
    return [segment.wanted_ms for segment in segments]
