"""What a narrator leaves unsaid: planned lines leave what is judged to be a describer's rest, and no more."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.judge import Criteria, Finding, judge
from audiodesc.model import Cue, Segment, Span
from audiodesc.planning import plan
from audiodesc.planning.costs import FLURRY_MS, LINES, REST_MS, RESTS_MS, WAIT_MS, scene_changes, tellable, untold
from audiodesc.planning.gaps import SHORTEST_MS, gaps
from audiodesc.scripts import ScriptLine
from audiodesc.settings import Density

MINUTES = 4
CUTS = st.lists(st.integers(0, 60_000), max_size=40).map(sorted)


def test_places_are_told_from_flurries() -> None:
    assert list(scene_changes([2_999, 3_000, 5_999, 6_000, 7_000, 20_000])) == [3_000, 6_000, 20_000]
    assert list(scene_changes([])) == []


@given(CUTS)
def test_places_are_apart_and_every_other_cut_is_near_one(cuts: list[int]) -> None:
    kept = [0, *scene_changes(cuts)]
    assert all(after - before >= FLURRY_MS for before, after in pairwise(kept))
    assert all(any(0 <= cut - one < FLURRY_MS for one in kept) for cut in cuts)


def test_a_change_is_told_by_a_line_that_begins_in_time() -> None:
    assert untold([10_000, 12_000], [10_000 + WAIT_MS], 90_000) == []
    assert untold([10_000, 12_000], [10_001 + WAIT_MS], 90_000) == [10_000]
    assert untold([12_000], [11_999], 90_000) == [12_000]
    assert untold([12_000], [], 12_000 + WAIT_MS) == []


def test_a_change_at_the_end_of_a_pause_leaves_no_room_to_tell_it() -> None:
    rest = Span(10_000, 20_000)
    assert tellable(rest, [9_999, 10_000, 18_000, 18_001, 20_000]) == [10_000, 18_000]
    assert tellable(rest, [17_000, 17_001], usable_ms=3_000) == [17_000]


def film(seed: int) -> tuple[list[Cue], list[int]]:
    """Talk and pauses, shots and sounds of random lengths."""
    chance = random.Random(seed)
    usual = (1_500, 4_000), (800, 3_000, 12_000), (1_500, 5_000, 20_000)
    talk_ms, pause_ms, shot_ms = map(chance.choice, usual)
    cues, cuts, now, end_ms = [], [0], chance.randint(0, 9_000), MINUTES * 60_000
    while now < end_ms:
        lasts = 500 + int(chance.expovariate(1 / talk_ms))
        cues.append(Cue(Span(now, now + lasts), "So.", kind="sound" if chance.random() < 0.2 else "speech"))
        now += lasts + int(chance.expovariate(1 / pause_ms))
    while cuts[-1] < end_ms:
        cuts.append(cuts[-1] + 300 + int(chance.expovariate(1 / shot_ms)))
    return cues, cuts[1:-1]


def spoken(segments: Sequence[Segment], seed: int) -> list[ScriptLine]:
    """A line for each segment, of a length that its room allows."""
    chance = random.Random(seed)
    rooms = [(one.wanted_ms, one.gap.span.end_ms - one.wanted_ms) for one in segments]
    return [ScriptLine(start, start + min(room, chance.randint(1_200, 4_500)), "Rain.") for start, room in rooms]


def missed(seed: int, density: Density) -> list[Finding]:
    """The empty pauses that `check` finds in a plan of which every line is spoken."""
    cues, cuts = film(seed)
    end_ms = MINUTES * 60_000
    kinds = Criteria().protected
    planned = plan(gaps(cues, end_ms, kinds=kinds), cuts, cues, SHORTEST_MS, density)
    found = judge(spoken(planned.segments, seed), cues, duration_ms=end_ms, cuts=cuts).findings
    return [one for one in found if one.rule == "empty-pause"]


@settings(max_examples=60, derandomize=True)
@given(st.integers(0, 1_000_000), st.sampled_from(["normal", "full"]))
def test_a_plan_that_is_spoken_leaves_no_pause_empty(seed: int, density: Density) -> None:
    assert missed(seed, density) == []


def test_a_sparse_plan_rests_longer_than_a_describer_does() -> None:
    assert sum(len(missed(seed, "sparse")) for seed in range(20)) > 0
    assert [RESTS_MS[density] <= REST_MS for density in LINES] == [False, True, True]
