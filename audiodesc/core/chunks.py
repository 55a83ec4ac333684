"""A film in chunks whose lines are written concurrently, so that a model or a server is asked for several at a time."""

from __future__ import annotations

from collections.abc import Sequence

from audiodesc.model import Segment

SIDE_BY_SIDE = 8
"""Chunks of a film whose lines take time. The same for every machine and server: which lines come before a line, and
so the answers in the cache, must not depend on it."""

FEWEST = 12
"""Segments of a chunk. Its first line is written without the lines before it: that must stay rare."""


def chunks(segments: Sequence[Segment], most: int) -> tuple[range, ...]:
    """The segments' numbers in up to `most` chunks of like length, each of them in order.

    One ends where the most film lies between two segments, near its even share, and never within a gap. Where no
    such place is, or for fewer than 12 segments each, there are fewer chunks.
    """
    count = max(1, min(most, len(segments) // FEWEST))
    near = len(segments) // (4 * count)
    starts = [0]
    for number in range(1, count):
        even = number * len(segments) // count
        places = [i for i in range(even - near, even + near + 1) if _between_ms(segments[i - 1], segments[i]) > 0]
        if places:
            starts.append(max(places, key=lambda i: (_between_ms(segments[i - 1], segments[i]), -abs(i - even))))
    return tuple(range(start, end) for start, end in zip(starts, [*starts[1:], len(segments)], strict=True))


def _between_ms(one: Segment, other: Segment) -> int:
    return other.gap.span.start_ms - one.gap.span.end_ms
