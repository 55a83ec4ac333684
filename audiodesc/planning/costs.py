"""What a plan is measured by: a narrator's pace, and what each fault costs. All stands in one place, so that a person
can argue with it.

The unit of cost is a millisecond of a listener's patience: 1 is to hear of one change of place 1 ms late.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from audiodesc.model import Span
from audiodesc.settings import CheckSettings, Density, PlanSettings

DENSITY: Density = PlanSettings().density

# The pace: lines are planned by it, and scripts are judged by it.
#
# Measured on what people described (nine scripts with captions, 128 lines, 56 pauses of 2 s and more): of a pause in
# which they speak they leave at most 5.5 s; three pauses they leave out, the longest of 4.8 s; and the next line begins
# within 8.4 s of where a rest of 2 s or more does (but once of thirteen times: 30 s).

REST_MS = 6_500
"""The rest that a listener wants between two lines, and the most that lines leave of their pause unasked. With it, a
film without dialogue has 6 to 7 lines a minute; human describers give 3.4 to 7.5 in any film."""

WAIT_MS = 10_000
"""A change of place is described in time by a line that begins no later than this after it. Later, or with no line at
all, the gap in which it was seen was not used (WCAG 2, failure F113)."""

USABLE_MS = CheckSettings().usable_ms
"""The shortest pause that should not be empty: "less than 2 seconds" is F113's own example of one too short."""

FLURRY_MS = 3_000
"""A cut within so long of another brings nothing of its own: nobody can tell more."""

# Limits: what is never done.

WATCH_MS = 30_000
"""How far back a line may look for what has not been described yet. What is older is lost."""

AHEAD_MS = 2_500
"""How far past its start a line may look into its own pause: a listener should hear of an action when it
happens, not long before."""

LATEST_MS = 12_000
"""How long after its planned start a line may still be spoken: it does not know what is seen meanwhile."""

LONGEST_WORDS = 20
"""The most that one line is planned for: 17 words is the 95th percentile of human lines."""

# What is seen. Weights are in tenths of a change of place.

CUT = 10
"""A cut is a change of place (see `scene_changes`)."""

STEADY_MS = 1_000
"""So long a piece of a shot weighs 1, unless the picture stands still: in 10 s people do as much as a cut brings."""

GLANCE_MS = 1_000
"""What is seen for less than this before a line stops looking is left to the next line."""

LOST = 20_000
"""The most that a change costs: who hears of it 20 s late has done without, and never to hear is no worse."""

MISSED = 10_000
"""A change of place in a usable pause that no line tells in time (see `untold`), besides its wait: nobody can
say that there was no room. Sparse lines may miss it."""

AFTER_MS = 5_000
"""What is not described when the film ends: as if it were described 5 s later. The story is over."""

# What a line costs wherever it is.

LINES: Mapping[Density, int] = {"sparse": 10_000, "normal": 3_000, "full": 1_500}
"""A line takes attention from the film."""

RESTS_MS: Mapping[Density, int] = {"sparse": 12_000, "normal": REST_MS, "full": 2_000}
"""The rest that is wanted between two lines. With it, a film without dialogue has 4, 6 to 7 or 8 to 10 lines a
minute, the most where cuts are frequent (benchmarks/plan.py). Sparse rests longer than describers do: `check` tells."""

SOUND = 6_000
"""A line over music or a sound: worth 6 s of waiting for silence, if one change is waiting."""

CROSSING = 2_000
"""A line that is heard across a cut: worth waiting 2 s for the cut, if one change is waiting."""

ADRIFT = 1_500
"""A line that begins neither with its pause nor at a cut: nothing calls for it just then."""

USUAL_MS = 2_500
"""How long a line lasts while nobody knows it: the usual 7 words at 170 words a minute."""

EASY_MS, SHORT = 3_000, 2
"""Each ms that a pause is shorter than a usual line with a breath around it costs 2: a listener needs time, and
under about 2 s many lines do not fit (WCAG)."""

RICH_MS, PLAIN = 6_000, 2
"""Each 2 ms of room below what nearly every line fits in (17 words) cost 1: less can be described."""

# What a written line costs where it is spoken.

STALE = 2
"""Each ms that a line is spoken later than planned: twice as bad as in the plan, where it would know better."""

EARLY = 2
"""Each ms that a line is spoken earlier than planned: it gives away what is not seen yet."""

WORTH = LATEST_MS * STALE
"""A line of any text: as late as `LATEST_MS` it is worth nothing."""

WORD = 350
"""Each word more in a candidate: the time that it takes at 170 words a minute."""

BREATH_MS = 2_000
"""The rest wanted between two lines whose lengths are known: less sounds like one long line."""

HURRIED = 1_500
"""A line spoken faster than is natural: cheaper than five words less, dearer than a short wait."""

CHANGED = 3_000
"""Another text, or silence, than what the lines after it were written after: they may repeat it or miss it."""


def short(room_ms: int) -> int:
    """What it costs to have so little time for a line."""
    return SHORT * max(0, EASY_MS - room_ms) + max(0, RICH_MS - room_ms) // PLAIN


def close(rest_ms: int, wanted_ms: int) -> int:
    """What a rest between two lines costs that is shorter than wanted: 1 for each ms."""
    return max(0, wanted_ms - rest_ms)


def scene_changes(cuts: Sequence[int]) -> Iterator[int]:
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
