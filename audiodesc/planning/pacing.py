"""How long a narrator may keep silent: lines are planned by it, and scripts are judged by it.

Measured on what people described (nine scripts with captions, 128 lines, 56 pauses of 2 s and more): of a pause in
which they speak they leave at most 5.5 s; three pauses they leave out, the longest of 4.8 s; and the next line begins
within 8.4 s of where a rest of 2 s or more does (but once of thirteen times: 30 s).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from audiodesc.model import Span

REST_MS = 6_500
"""The rest that a listener wants between two lines, and the most that lines leave of their pause unasked. With it, a
film without dialogue has 6 to 7 lines a minute; human describers give 3.4 to 7.5 in any film."""

WAIT_MS = 10_000
"""A change of place is told in time by a line that begins no later than this after it. After that, or with no line at
all, the pause in which it was seen was not used (WCAG 2, failure F113)."""

USABLE_MS = 2_000
"""The shortest pause that should not be empty: "less than 2 seconds" is F113's own example of one too short."""

FLURRY_MS = 3_000
"""A cut within so long of another brings nothing of its own: nobody can tell more."""


def places(cuts: Sequence[int]) -> Iterator[int]:
    """The cuts that are a change of place, each 3 s or more after the last that is. The film's start is one."""
    last_ms = 0
    for cut in cuts:
        if cut - last_ms >= FLURRY_MS:
            yield cut
            last_ms = cut


def tellable(rest: Span, changes: Sequence[int], usable_ms: int = USABLE_MS) -> Sequence[int]:
    """The changes, given in order, with a usable part of the rest behind them: a line might tell of each at once."""
    return changes[bisect_left(changes, rest.start_ms) : bisect_right(changes, rest.end_ms - usable_ms)]


def untold(changes: Sequence[int], starts: Sequence[int], end_ms: int) -> list[int]:
    """The changes that no line tells in time: none begins within `WAIT_MS`, though the film goes on for so long.

    `starts` are those of the lines, in order; `end_ms` is the film's end.
    """
    return [
        change for change in changes if min([*starts[bisect_left(starts, change) :][:1], end_ms]) - change > WAIT_MS
    ]
