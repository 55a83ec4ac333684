"""What each fault of a plan costs, in one place, so that a person can argue with it.

The unit is a millisecond of a listener's patience: 1 is to hear of one change of place 1 ms late.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from audiodesc.planning.pacing import REST_MS

Density = Literal["sparse", "normal", "full"]

# Limits: what is never done.

WATCH_MS = 30_000
"""How far back a line may look for what has not been told yet. What is older is lost."""

AHEAD_MS = 2_500
"""How far past its start a line may look into its own pause: a listener should hear of an action when it
happens, not long before."""

LATEST_MS = 12_000
"""How long after its planned start a line may still be spoken: it does not know what is seen meanwhile."""

LONGEST_WORDS = 20
"""The most that one line is planned for: 17 words is the 95th percentile of human lines."""

# What is seen. Weights are in tenths of a change of place.

CUT = 10
"""A cut is a change of place (see `rests.places`)."""

STEADY_MS = 1_000
"""So long a piece of a shot weighs 1, unless the picture stands still: in 10 s people do as much as a cut brings."""

GLANCE_MS = 1_000
"""What is seen for less than this before a line stops looking is left to the next line."""

LOST = 20_000
"""The most that a change costs: who hears of it 20 s late has done without, and never to hear is no worse."""

MISSED = 10_000
"""A change of place in a usable pause that no line tells in time (see `rests.untold`), besides its wait: nobody can
say that there was no room. Sparse lines may miss it."""

AFTER_MS = 5_000
"""What is not told when the film ends: as if it were told 5 s later. The story is over."""

# What a line costs wherever it is.

LINES: Mapping[str, int] = {"sparse": 10_000, "normal": 3_000, "full": 1_500}
"""A line takes attention from the film."""

RESTS_MS: Mapping[str, int] = {"sparse": 12_000, "normal": REST_MS, "full": 2_000}
"""The rest that is wanted between two lines. With it, a film without dialogue has 4, 6 to 7 or 8 to 10 lines a
minute, the most where cuts are frequent (benchmarks/plan.py). Sparse rests longer than describers do: `check` tells."""

DENSITIES = tuple(LINES)

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
"""Each 2 ms of room below what nearly every line fits in (17 words) cost 1: less can be told."""

# What a written line costs where it is spoken.

STALE = 2
"""Each ms that a line is spoken later than planned: twice as bad as in the plan, where it would know better."""

EARLY = 2
"""Each ms that a line is spoken earlier than planned: it gives away what is not seen yet."""

TOLD = LATEST_MS * STALE
"""Saying anything at all: so late that it is worth nothing is where `LATEST_MS` ends."""

WORD = 350
"""Each word more in a candidate: the time that it takes at 170 words a minute."""

BREATH_MS = 2_000
"""The rest wanted between two lines whose lengths are known: less sounds like one long line."""

HURRIED = 1_500
"""A line spoken faster than is natural: cheaper than five words less, dearer than a short wait."""

LEANED = 3_000
"""Another text, or silence, than what the lines after it were told on: they may repeat it or miss it."""


def short(room_ms: int) -> int:
    """What it costs to have so little time for a line."""
    return SHORT * max(0, EASY_MS - room_ms) + max(0, RICH_MS - room_ms) // PLAIN


def close(rest_ms: int, wanted_ms: int) -> int:
    """What a rest between two lines costs that is shorter than wanted: 1 for each ms."""
    return max(0, wanted_ms - rest_ms)
