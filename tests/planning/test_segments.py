"""Where the lines of a script may be spoken: laws for any script and pauses, and cases known by hand."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.model import Cue, Gap, Span
from audiodesc.planning import named_by, script_segments
from audiodesc.planning.gaps import gaps as find_gaps

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


def speech(start: int, end: int, text: str = "x") -> Cue:
    return Cue(Span(start, end), text)


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


def test_a_name_is_given_from_the_cue_on_that_names_it() -> None:
    cues = [
        Cue(Span(2_000, 3_000), "Hello.", speaker="Nora"),
        Cue(Span(10_000, 11_000), "- Nora!\n- Dad.", speakers=("Elias", "Nora")),
        Cue(Span(20_000, 21_000), "Who?"),
    ]
    assert named_by(cues, 2_000) == ()
    assert named_by(cues, 2_001) == ("Nora",)
    assert named_by(cues, 11_150) == named_by(cues, 30_000) == ("Nora", "Elias")
