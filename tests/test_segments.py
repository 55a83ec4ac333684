"""Segments: laws for any gaps, cuts and dialogue, and cases known by hand."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.gaps import gaps as find_gaps
from audiodesc.model import Cue, Gap, Segment, Span
from audiodesc.segments import AHEAD_MS, CONTEXT_MS, SHARE_MS, WATCH_MS, script_segments, segments

FILM_MS = 200_000


@st.composite
def gap_lists(draw: st.DrawFn) -> list[Gap]:
    """Pauses in order with dialogue between them, none shorter than 300 ms."""
    made, at = [], draw(st.integers(0, 5_000))
    for _ in range(draw(st.integers(0, 6))):
        end = at + draw(st.integers(300, 40_000))
        made.append(Gap(Span(at, end), draw(st.sampled_from(["silence", "sound"]))))
        at = end + draw(st.integers(1, 45_000))
    return made


CUTS = st.lists(st.integers(0, FILM_MS), max_size=30, unique=True).map(sorted)
SHORTEST = st.integers(300, 8_000)


def fitting(found: list[Gap], shortest_ms: int) -> list[Gap]:
    return [gap for gap in found if gap.span.duration_ms >= shortest_ms]


def speech(start: int, end: int, text: str = "x") -> Cue:
    return Cue(Span(start, end), text)


def ids(made: tuple[Segment, ...]) -> list[str]:
    return [segment.id for segment in made]


@given(gap_lists(), CUTS, SHORTEST)
def test_the_segments_of_a_gap_tile_it(found: list[Gap], cuts: list[int], shortest_ms: int) -> None:
    found = fitting(found, shortest_ms)
    made = list(segments(found, cuts, (), shortest_ms))
    for gap in found:
        at = gap.span.start_ms
        while at < gap.span.end_ms:
            segment = made.pop(0)
            assert segment.gap.kind == gap.kind
            assert segment.gap.span.start_ms == at
            at = segment.gap.span.end_ms
        assert at == gap.span.end_ms
    assert made == []


@given(gap_lists(), CUTS, SHORTEST)
def test_no_share_of_a_pause_is_shorter_than_the_shortest_pause(
    found: list[Gap], cuts: list[int], shortest_ms: int
) -> None:
    made = segments(fitting(found, shortest_ms), cuts, (), shortest_ms)
    assert all(segment.gap.span.duration_ms >= shortest_ms for segment in made)


@given(gap_lists(), CUTS, SHORTEST)
def test_segments_do_not_overlap_and_begin_where_their_gap_does(
    found: list[Gap], cuts: list[int], shortest_ms: int
) -> None:
    made = segments(fitting(found, shortest_ms), cuts, (), shortest_ms)
    assert all(segment.wanted_ms == segment.gap.span.start_ms for segment in made)
    assert all(a.gap.span.end_ms <= b.gap.span.start_ms for a, b in pairwise(made))


@given(gap_lists(), CUTS, SHORTEST)
def test_each_watch_holds_some_of_the_film_and_is_bounded(found: list[Gap], cuts: list[int], shortest_ms: int) -> None:
    for segment in segments(fitting(found, shortest_ms), cuts, (), shortest_ms):
        start = segment.gap.span.start_ms
        assert segment.watch.duration_ms > 0
        assert segment.watch.start_ms >= start - WATCH_MS
        assert start < segment.watch.end_ms <= min(segment.gap.span.end_ms, start + AHEAD_MS)


@given(gap_lists(), CUTS, SHORTEST)
def test_nothing_is_watched_twice_and_nothing_missed_that_is_not_too_long_ago(
    found: list[Gap], cuts: list[int], shortest_ms: int
) -> None:
    watched_ms = 0
    for segment in segments(fitting(found, shortest_ms), cuts, (), shortest_ms):
        oldest = segment.gap.span.start_ms - WATCH_MS
        assert segment.watch.start_ms == max(watched_ms, oldest)
        watched_ms = segment.watch.end_ms


@given(gap_lists(), CUTS, SHORTEST)
def test_ids_are_unique_and_sort_like_time(found: list[Gap], cuts: list[int], shortest_ms: int) -> None:
    names = ids(segments(fitting(found, shortest_ms), cuts, (), shortest_ms))
    assert len(set(names)) == len(names)
    assert sorted(names) == names


@given(gap_lists(), CUTS, SHORTEST, st.data())
def test_one_gap_more_renames_no_other(
    found: list[Gap], cuts: list[int], shortest_ms: int, data: st.DataObject
) -> None:
    found = fitting(found, shortest_ms)
    if not found:
        return
    missing = data.draw(st.integers(0, len(found) - 1))
    fewer = segments(found[:missing] + found[missing + 1 :], cuts, (), shortest_ms)
    assert set(ids(fewer)) <= set(ids(segments(found, cuts, (), shortest_ms)))


@given(gap_lists(), CUTS, SHORTEST)
def test_words_are_at_a_describers_pace(found: list[Gap], cuts: list[int], shortest_ms: int) -> None:
    for segment in segments(fitting(found, shortest_ms), cuts, (), shortest_ms):
        minutes = segment.gap.span.duration_ms / 60_000
        assert segment.max_words <= 225 * minutes
        assert segment.max_words >= 145 * minutes - 1


@given(gap_lists(), st.lists(st.integers(0, FILM_MS), max_size=20))
def test_the_dialogue_given_is_near_and_on_its_own_side(found: list[Gap], starts: list[int]) -> None:
    cues = tuple(speech(start, start + 1_000) for start in sorted(starts))
    for segment in segments(found, (), cues, 300):
        span = segment.gap.span
        for cue in cues:
            begins = cue.span.start_ms
            assert (cue in segment.said_before) == (span.start_ms - CONTEXT_MS <= begins < span.start_ms)
            assert (cue in segment.said_after) == (span.start_ms <= begins < span.end_ms + CONTEXT_MS)


def test_no_gap_gives_no_segment() -> None:
    assert segments((), [1_000], (speech(0, 100),), 1_200) == ()


def test_a_short_gap_is_one_segment() -> None:
    (segment,) = segments([Gap(Span(10_000, 13_000))], (), (), 1_200)
    assert segment.gap.span == Span(10_000, 13_000)
    assert segment.watch == Span(0, 12_500)  # 2.5 s into the pause
    assert (segment.id, segment.max_words) == ("000010000", 8)  # 170 words a minute


def test_a_long_pause_is_shared_evenly() -> None:
    made = segments([Gap(Span(1_000, 1_000 + 10 * SHARE_MS))], (), (), 1_200)
    assert [segment.wanted_ms for segment in made] == [1_000 + i * SHARE_MS for i in range(10)]


def test_a_share_begins_at_a_cut_that_is_near_and_at_no_other() -> None:
    def border(*cuts: int) -> int:
        made = segments([Gap(Span(0, 2 * SHARE_MS))], cuts, (), 1_200)
        assert len(made) == 2
        return made[1].wanted_ms

    far, near, nearer = SHARE_MS // 2, SHARE_MS // 5, SHARE_MS // 6
    assert border() == SHARE_MS
    assert border(SHARE_MS - near) == SHARE_MS - near
    assert border(SHARE_MS + near) == SHARE_MS + near
    assert border(SHARE_MS - near, SHARE_MS + nearer) == SHARE_MS + nearer
    assert border(SHARE_MS - nearer, SHARE_MS + near) == SHARE_MS - nearer
    assert border(SHARE_MS - far, SHARE_MS + far) == SHARE_MS


def test_a_second_segment_watches_from_where_the_first_stopped() -> None:
    first, second = segments([Gap(Span(10_000, 12_000)), Gap(Span(20_000, 22_000))], (), (), 1_200)
    assert first.watch == Span(0, 12_000)
    assert second.watch == Span(12_000, 22_000)


def test_what_happened_long_ago_is_not_watched() -> None:
    (segment,) = segments([Gap(Span(100_000, 103_000))], (), (), 1_200)
    assert segment.watch == Span(70_000, 102_500)  # 30 s back


# What a person wrote.


@st.composite
def scripts(draw: st.DrawFn) -> list[Span]:
    lines = draw(st.lists(st.tuples(st.integers(0, FILM_MS), st.integers(0, 9_000)), max_size=12))
    return [Span(start, start + length) for start, length in sorted(lines)]


@given(scripts(), gap_lists())
def test_each_line_gets_a_segment_inside_one_pause(lines: list[Span], found: list[Gap]) -> None:
    made = script_segments(lines, found, ())
    assert len(made) == len(lines)
    for segment in made:
        room = segment.gap.span
        assert room.duration_ms == 0 or any(
            gap.span.start_ms <= room.start_ms and room.end_ms <= gap.span.end_ms and gap.kind == segment.gap.kind
            for gap in found
        )


@given(scripts(), gap_lists())
def test_a_line_begins_where_it_stands_or_where_its_pause_does(lines: list[Span], found: list[Gap]) -> None:
    for line, segment in zip(lines, script_segments(lines, found, ()), strict=True):
        room = segment.gap.span
        assert segment.wanted_ms == max(line.start_ms, room.start_ms)
        if room.duration_ms:
            assert room.start_ms <= segment.wanted_ms < room.end_ms


@given(scripts(), gap_lists())
def test_a_line_has_no_room_past_where_the_next_one_stands(lines: list[Span], found: list[Gap]) -> None:
    made = script_segments(lines, found, ())
    for (_, segment), (following, _) in pairwise(zip(lines, made, strict=True)):
        if following.start_ms > segment.wanted_ms and segment.gap.span.duration_ms:
            assert segment.gap.span.end_ms <= following.start_ms


@given(scripts(), gap_lists())
def test_a_line_that_stands_in_a_pause_has_room(lines: list[Span], found: list[Gap]) -> None:
    for line, segment in zip(lines, script_segments(lines, found, ()), strict=True):
        if any(gap.span.start_ms <= line.start_ms < gap.span.end_ms for gap in found):
            assert segment.gap.span.duration_ms > 0


def test_a_line_stands_where_it_was_written() -> None:
    (segment,) = script_segments([Span(12_000, 14_000)], [Gap(Span(10_000, 20_000), "sound")], ())
    assert segment.gap == Gap(Span(10_000, 20_000), "sound")
    assert (segment.wanted_ms, segment.id) == (12_000, "000012000")
    assert segment.watch == Span(12_000, 20_000)


def test_a_line_without_length_stands_in_its_pause_too() -> None:
    (segment,) = script_segments([Span(12_000, 12_000)], [Gap(Span(10_000, 20_000))], ())
    assert segment.gap.span == Span(10_000, 20_000)


def test_a_line_that_begins_in_dialogue_goes_to_the_pause_it_reaches_into() -> None:
    (segment,) = script_segments([Span(9_000, 12_000)], [Gap(Span(0, 8_000)), Gap(Span(10_000, 20_000))], ())
    assert segment.gap.span == Span(10_000, 20_000)
    assert segment.wanted_ms == 10_000


def test_a_line_in_the_midst_of_dialogue_has_no_room() -> None:
    found = find_gaps([speech(0, 30_000)], 60_000)
    (segment,) = script_segments([Span(5_000, 7_000)], found, ())
    assert segment.gap.span.duration_ms == 0


def test_a_line_past_the_end_has_no_room() -> None:
    (segment,) = script_segments([Span(61_000, 62_000)], [Gap(Span(0, 60_000))], ())
    assert segment.gap.span.duration_ms == 0


def test_two_lines_share_their_pause() -> None:
    first, second = script_segments([Span(1_000, 2_000), Span(5_000, 6_000)], [Gap(Span(0, 20_000))], ())
    assert first.gap.span == Span(0, 5_000)
    assert (second.gap.span.end_ms, second.wanted_ms) == (20_000, 5_000)


def test_two_lines_at_the_same_moment_both_have_room() -> None:
    made = script_segments([Span(1_000, 2_000), Span(1_000, 3_000)], [Gap(Span(0, 20_000))], ())
    assert all(segment.gap.span.duration_ms == 20_000 for segment in made)


def test_a_long_script_takes_no_time() -> None:
    lines = [Span(i * 1_000, i * 1_000 + 500) for i in range(3_000)]
    made = script_segments(lines, [Gap(Span(0, 3_000_000))], ())
    assert [segment.wanted_ms for segment in made] == [line.start_ms for line in lines]
