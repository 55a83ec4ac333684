"""The plan: exact for its stated cost, lawful for any film, and what a describer would do in cases known by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from planning.pricing import SHORTEST_MS, begins, by_pause, price

from audiodesc.model import Cue, Gap, GapKind, Span
from audiodesc.planning import CONTEXT_MS, plan
from audiodesc.planning.costs import AHEAD_MS, LINES, LONGEST_WORDS, USUAL_MS, WATCH_MS
from audiodesc.planning.gaps import gaps as find_gaps
from audiodesc.planning.starts import start_times
from audiodesc.settings import Density

FILM_MS = 200_000


@st.composite
def gap_lists(draw: st.DrawFn, most: int = 6, longest_ms: int = 40_000) -> list[Gap]:
    """Pauses in order with dialogue between them, none shorter than 1.2 s."""
    made, at = [], draw(st.integers(0, 5_000))
    for _ in range(draw(st.integers(0, most))):
        end = at + draw(st.integers(SHORTEST_MS, longest_ms))
        made.append(Gap(Span(at, end), draw(st.sampled_from(["silence", "sound", "music"]))))
        at = end + draw(st.integers(1, 45_000))
    return made


CUTS = st.lists(st.integers(0, FILM_MS), max_size=30, unique=True).map(sorted)
DENSITY = st.sampled_from(tuple(LINES))
STILL = st.lists(st.integers(0, FILM_MS), max_size=6, unique=True).map(
    lambda edges: [Span(a, b) for a, b in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)]
)


def speech(start: int, end: int, text: str = "x") -> Cue:
    return Cue(Span(start, end), text)


# Exact.


@settings(max_examples=300)
@given(gap_lists(5, 5_000), CUTS, DENSITY, STILL)
@example([Gap(Span(20_000, 23_000))], [20_000 + USUAL_MS], "normal", [])
def test_no_choice_of_starts_is_cheaper(gaps: list[Gap], cuts: list[int], density: Density, still: list[Span]) -> None:
    assume(gaps)
    allowed = [start for gap in gaps for start in start_times(gap, cuts, SHORTEST_MS)]
    assume(len(allowed) <= 9)
    made = plan(gaps, cuts, (), SHORTEST_MS, density, still)
    assert set(begins(made.segments)) <= set(allowed)
    assert made.cost == price(begins(made.segments), gaps, cuts, density, still)
    for count in range(len(allowed) + 1):
        for some in combinations(allowed, count):
            if all(b - a >= SHORTEST_MS for a, b in pairwise(some)):
                assert made.cost <= price(some, gaps, cuts, density, still)


@given(gap_lists(), CUTS, DENSITY, st.data())
def test_no_start_can_be_added_taken_away_or_moved_for_less(
    gaps: list[Gap], cuts: list[int], density: Density, data: st.DataObject
) -> None:
    assume(gaps)
    made = plan(gaps, cuts, (), SHORTEST_MS, density)
    chosen = begins(made.segments)
    assert made.cost == price(chosen, gaps, cuts, density)
    allowed = [start for gap in gaps for start in start_times(gap, cuts, SHORTEST_MS)]
    one = data.draw(st.sampled_from(allowed))
    without = data.draw(st.sampled_from([None, *chosen]))
    other = sorted({*chosen, one} - {without})
    if all(b - a >= SHORTEST_MS for a, b in pairwise(other)):
        assert made.cost <= price(other, gaps, cuts, density)


@given(gap_lists(), CUTS, DENSITY)
def test_the_plan_costs_no_more_than_each_pause_by_itself(gaps: list[Gap], cuts: list[int], density: Density) -> None:
    assume(gaps)
    allowed = [start for gap in gaps for start in start_times(gap, cuts, SHORTEST_MS)]
    apart = [max(start for start in allowed if start <= wished) for wished in by_pause(gaps, cuts)]
    assume(all(b - a >= SHORTEST_MS for a, b in pairwise(apart)))
    made = plan(gaps, cuts, (), SHORTEST_MS, density)
    assert made.cost <= price(apart, gaps, cuts, density)
    assert made == plan(tuple(gaps), tuple(cuts), (), SHORTEST_MS, density)


# Laws.


@given(gap_lists(), CUTS, DENSITY)
def test_each_line_has_room_in_one_pause_and_none_another_has(
    gaps: list[Gap], cuts: list[int], density: Density
) -> None:
    made = plan(gaps, cuts, (), SHORTEST_MS, density).segments
    for segment in made:
        room = segment.gap.span
        (pause,) = (gap for gap in gaps if gap.span.overlap_ms(room))
        assert pause.span.start_ms <= room.start_ms
        assert room.end_ms <= pause.span.end_ms
        assert segment.gap.kind == pause.kind
        assert segment.wanted_ms - AHEAD_MS <= room.start_ms <= segment.wanted_ms <= room.end_ms - SHORTEST_MS
    assert all(a.gap.span.end_ms <= b.gap.span.start_ms for a, b in pairwise(made))


@given(gap_lists(), CUTS, DENSITY)
def test_nothing_is_watched_twice_and_nothing_missed_that_is_not_too_long_ago(
    gaps: list[Gap], cuts: list[int], density: Density
) -> None:
    watched_ms = 0
    for segment in plan(gaps, cuts, (), SHORTEST_MS, density).segments:
        assert segment.watch.start_ms == max(watched_ms, segment.wanted_ms - WATCH_MS)
        assert segment.wanted_ms < segment.watch.end_ms <= segment.wanted_ms + AHEAD_MS
        assert segment.watch.end_ms <= segment.gap.span.end_ms
        watched_ms = segment.watch.end_ms


@given(gap_lists(), CUTS, DENSITY)
def test_words_are_at_a_describers_pace_and_not_too_many(gaps: list[Gap], cuts: list[int], density: Density) -> None:
    for segment in plan(gaps, cuts, (), SHORTEST_MS, density).segments:
        minutes = (segment.gap.span.end_ms - segment.wanted_ms) / 60_000
        assert 1 <= segment.max_words <= LONGEST_WORDS
        assert segment.max_words <= 225 * minutes
        assert segment.max_words >= min(LONGEST_WORDS, 145 * minutes - 1)


@given(gap_lists(), CUTS, DENSITY)
def test_each_pause_has_its_lines_and_a_reason(gaps: list[Gap], cuts: list[int], density: Density) -> None:
    made = plan(gaps, cuts, (), SHORTEST_MS, density)
    assert [verdict.gap for verdict in made.verdicts] == gaps
    assert [start for verdict in made.verdicts for start in verdict.starts_ms] == begins(made.segments)
    for verdict in made.verdicts:
        assert verdict.reason
        assert all(verdict.gap.span.start_ms <= start < verdict.gap.span.end_ms for start in verdict.starts_ms)


@given(gap_lists(), st.lists(st.integers(0, FILM_MS), max_size=20))
def test_the_dialogue_given_is_near_and_on_its_own_side(gaps: list[Gap], said: list[int]) -> None:
    cues = tuple(speech(start, start + 1_000) for start in sorted(said))
    for segment in plan(gaps, (), cues, SHORTEST_MS).segments:
        span = segment.gap.span
        for cue in cues:
            at = cue.span.start_ms
            assert (cue in segment.dialogue_before) == (span.start_ms - CONTEXT_MS <= at < span.start_ms)
            assert (cue in segment.dialogue_after) == (span.start_ms <= at < span.end_ms + CONTEXT_MS)


def test_no_pause_gives_no_line() -> None:
    made = plan((), [1_000], (speech(0, 100),), SHORTEST_MS)
    assert (made.segments, made.verdicts) == ((), ())


def test_no_line_has_less_than_the_shortest_pause() -> None:
    made = plan([Gap(Span(0, 100_000))], range(0, 100_000, 3_500), (), 8_000, "full").segments
    assert len(made) > 5
    assert all(segment.gap.span.end_ms - segment.wanted_ms >= 8_000 for segment in made)


def test_a_pause_shorter_than_the_shortest_is_not_used() -> None:
    made = plan([Gap(Span(10_000, 13_000))], (), (), 4_000)
    assert made.segments == ()
    assert made.verdicts[0].reason == "shorter than the shortest pause that is used"


# What a describer would do. In each case the film goes on: there is another pause later.

LATER = Gap(Span(60_000, 64_000))


def planned(*gaps: Gap, cuts: Sequence[int] = (), density: Density = "normal") -> tuple[list[int], list[str]]:
    """Where lines begin before `LATER`, and why each pause is used or not."""
    made = plan([*gaps, LATER], cuts, (), SHORTEST_MS, density)
    assert made.segments[-1].wanted_ms == LATER.span.start_ms
    return begins(made.segments[:-1]), [verdict.reason for verdict in made.verdicts[:-1]]


def test_a_lonely_pause_is_used_from_its_start() -> None:
    made = plan([Gap(Span(20_000, 24_000))], (), (), SHORTEST_MS)
    (segment,) = made.segments
    assert segment.gap.span == Span(20_000, 24_000)
    assert (segment.id, segment.watch, segment.max_words) == ("000020000", Span(0, 22_500), 11)
    assert made.verdicts[0].reason == "else what is seen from 0:00.0 on would not be described"


def test_a_line_begins_at_the_cut_inside_its_pause() -> None:
    assert planned(Gap(Span(20_000, 27_000)), cuts=[22_000])[0] == [22_000]


def test_a_pause_over_a_picture_that_stands_still_is_left_silent() -> None:
    """A photograph from 12 s on is told of before; between it and the next cut nothing happens."""
    gaps = [Gap(Span(12_500, 16_500)), Gap(Span(28_000, 32_000)), Gap(Span(41_000, 45_000)), LATER]
    moving = begins(plan(gaps, [12_000, 40_000], (), SHORTEST_MS).segments)
    still = plan(gaps, [12_000, 40_000], (), SHORTEST_MS, still=[Span(12_000, 40_000)])
    assert 28_000 in moving
    assert begins(still.segments) == [start for start in moving if start != 28_000]
    verdict = still.verdicts[1]
    assert (verdict.reason, verdict.described_ms) == ("nothing new is seen in it or before it", 41_000)


def test_a_line_does_not_wait_for_a_cut_that_leaves_no_room() -> None:
    assert planned(Gap(Span(20_000, 24_000)), cuts=[21_400])[0] == [20_000]


def test_the_room_before_the_action_is_bounded_so_that_nothing_is_told_long_before() -> None:
    segment, _ = plan([Gap(Span(20_000, 29_000)), LATER], [23_000], (), SHORTEST_MS).segments
    assert segment.wanted_ms == 23_000
    assert segment.gap.span == Span(23_000 - AHEAD_MS, 29_000)


@pytest.mark.parametrize(("kind", "what"), [("sound", "a sound"), ("music", "a song")])
def test_silence_comes_before_what_is_heard_near(kind: GapKind, what: str) -> None:
    begun, reasons = planned(Gap(Span(20_000, 24_000), kind), Gap(Span(25_500, 29_500)))
    assert begun == [25_500]
    assert reasons[0] == f"the subtitles name {what} in it"


@pytest.mark.parametrize("kind", ["sound", "music"])
def test_music_and_sounds_are_spoken_over_where_nothing_better_is_near(kind: GapKind) -> None:
    assert planned(Gap(Span(20_000, 24_000), kind), Gap(Span(42_000, 46_000)))[0] == [20_000, 42_000]


def test_of_two_pauses_that_are_near_the_roomier_is_used() -> None:
    begun, reasons = planned(Gap(Span(20_000, 21_300)), Gap(Span(22_500, 28_500)))
    assert begun == [22_500]
    assert reasons[0] == "it has only 1.3 s"


def test_a_short_pause_is_used_where_there_is_no_other() -> None:
    assert planned(Gap(Span(20_000, 21_300)), Gap(Span(42_000, 46_000)))[0] == [20_000, 42_000]


def test_a_pause_right_after_a_line_and_before_another_stays_silent() -> None:
    begun, reasons = planned(Gap(Span(40_000, 43_000)), Gap(Span(44_000, 46_500)), Gap(Span(48_000, 52_000)))
    assert begun == [40_000, 48_000]
    assert reasons[1] == "too close to the line planned at 0:40.0"


@pytest.mark.parametrize(("duration_ms", "count"), [(6_000, 1), (16_000, 2), (25_000, 3)])
def test_a_long_pause_is_shared(duration_ms: int, count: int) -> None:
    gaps = [Gap(Span(20_000, 20_000 + duration_ms)), Gap(Span(22_000 + duration_ms, 28_000 + duration_ms))]
    made = begins(plan(gaps, (), (), SHORTEST_MS).segments)
    assert len([start for start in made if start < gaps[0].span.end_ms]) == count
    assert all(b - a >= 8_000 for a, b in pairwise(made))


def test_the_lines_of_a_long_pause_begin_at_its_cuts() -> None:
    assert planned(Gap(Span(20_000, 46_000)), cuts=[29_300, 38_200])[0] == [20_000, 29_300, 38_200]


def shots(mean_ms: int, end_ms: int) -> list[int]:
    chance = random.Random(1)
    found = [0]
    while found[-1] < end_ms:
        found.append(found[-1] + 400 + int(chance.expovariate(1 / mean_ms)))
    return found[1:-1]


@pytest.mark.parametrize("mean_ms", [2_000, 5_000, 15_000])
@pytest.mark.parametrize("talk_ms", [0, 6_000])
def test_a_film_rich_in_pauses_has_three_to_seven_lines_a_minute(mean_ms: int, talk_ms: int) -> None:
    end_ms = 600_000
    cues = [speech(at, at + talk_ms) for at in range(6_000, end_ms, 12_000) if talk_ms]
    gaps = find_gaps(cues, end_ms)
    sparse, normal, full = (len(plan(gaps, shots(mean_ms, end_ms), cues, 1_200, d).segments) / 10 for d in tuple(LINES))
    assert 3 <= normal <= 7.05
    assert sparse < normal <= full
