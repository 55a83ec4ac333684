"""Gaps and protected spans: laws for any cues and settings, and cases known by hand."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.model import Cue, CueKind, Gap, Span
from audiodesc.planning.gaps import gaps, protected, whole

FILM_MS = 20_000
SPEECH: tuple[CueKind, ...] = ("speech",)
KINDS: st.SearchStrategy[CueKind] = st.sampled_from(["speech", "sound", "lyrics", "on_screen"])


@st.composite
def cues(draw: st.DrawFn) -> Cue:
    start = draw(st.integers(0, FILM_MS + 3_000))
    return Cue(Span(start, start + draw(st.integers(1, 6_000))), "x", draw(KINDS))


SCRIPTS = st.lists(cues(), max_size=12)
FILMS = st.integers(1, FILM_MS)
MARGINS = st.integers(0, 2_000)
SHORTEST = st.integers(1, 5_000)


def speech(start: int, end: int) -> Cue:
    return Cue(Span(start, end), "x")


def spans(found: tuple[Gap, ...]) -> list[tuple[int, int]]:
    return [(gap.span.start_ms, gap.span.end_ms) for gap in found]


@given(SCRIPTS, FILMS, MARGINS)
def test_gaps_and_protected_spans_tile_the_film(script: list[Cue], film_ms: int, margin_ms: int) -> None:
    shut = protected(script, film_ms, margin_ms)
    pieces = sorted([*shut, *(gap.span for gap in gaps(script, film_ms, margin_ms, shortest_ms=1))])
    assert pieces[0].start_ms == 0
    assert pieces[-1].end_ms == film_ms
    for one, following in pairwise(pieces):
        assert one.end_ms == following.start_ms


@given(SCRIPTS, FILMS, MARGINS, SHORTEST)
def test_no_gap_comes_nearer_to_dialogue_than_the_margin(
    script: list[Cue], film_ms: int, margin_ms: int, shortest_ms: int
) -> None:
    for gap in gaps(script, film_ms, margin_ms, shortest_ms):
        for cue in script:
            if cue.kind != "sound":
                before = gap.span.end_ms <= cue.span.start_ms - margin_ms
                after = gap.span.start_ms >= cue.span.end_ms + margin_ms
                assert before or after


@given(SCRIPTS, FILMS, MARGINS, SHORTEST)
def test_gaps_are_long_enough_in_order_and_in_the_film(
    script: list[Cue], film_ms: int, margin_ms: int, shortest_ms: int
) -> None:
    found = gaps(script, film_ms, margin_ms, shortest_ms)
    assert all(gap.span.duration_ms >= shortest_ms for gap in found)
    assert all(gap.span.end_ms <= film_ms for gap in found)
    assert all(a.span.end_ms <= b.span.start_ms for a, b in pairwise(found))


@given(SCRIPTS, FILMS, MARGINS, SHORTEST)
def test_a_longer_shortest_pause_only_leaves_pauses_out(
    script: list[Cue], film_ms: int, margin_ms: int, shortest_ms: int
) -> None:
    every = gaps(script, film_ms, margin_ms, 1)
    assert gaps(script, film_ms, margin_ms, shortest_ms) == tuple(
        gap for gap in every if gap.span.end_ms - gap.span.start_ms >= shortest_ms
    )


@given(SCRIPTS, FILMS, MARGINS, st.randoms())
def test_the_order_of_cues_does_not_matter(script: list[Cue], film_ms: int, margin_ms: int, random: Random) -> None:
    shuffled = list(script)
    random.shuffle(shuffled)
    assert gaps(shuffled, film_ms, margin_ms, 1) == gaps(script, film_ms, margin_ms, 1)


@given(SCRIPTS, FILMS, MARGINS)
def test_sounds_change_no_gap_but_its_kind(script: list[Cue], film_ms: int, margin_ms: int) -> None:
    quiet = [cue for cue in script if cue.kind != "sound"]
    assert spans(gaps(script, film_ms, margin_ms, 1)) == spans(gaps(quiet, film_ms, margin_ms, 1))


@given(SCRIPTS, FILMS, MARGINS)
def test_a_gap_is_of_sound_exactly_where_one_is_heard_in_it(script: list[Cue], film_ms: int, margin_ms: int) -> None:
    heard = {t for cue in script if cue.kind == "sound" for t in (cue.span.start_ms, cue.span.end_ms - 1)}
    for gap in gaps(script, film_ms, margin_ms, 1):
        inside = any(gap.span.start_ms <= t < gap.span.end_ms for t in heard)
        around = any(
            cue.kind == "sound" and cue.span.start_ms < gap.span.start_ms and cue.span.end_ms > gap.span.end_ms
            for cue in script
        )
        assert (gap.kind == "sound") == (inside or around)


@given(SCRIPTS, FILMS, MARGINS, SHORTEST)
def test_lyrics_that_are_not_protected_only_part_the_pauses_around_them(
    script: list[Cue], film_ms: int, margin_ms: int, shortest_ms: int
) -> None:
    kinds: tuple[CueKind, ...] = ("speech", "on_screen")
    found = gaps(script, film_ms, margin_ms, shortest_ms, kinds)
    without = gaps([cue for cue in script if cue.kind != "lyrics"], film_ms, margin_ms, shortest_ms, kinds)
    assert all(gap.span.duration_ms >= shortest_ms for gap in found)
    for gap in found:
        assert any(one.span.overlap_ms(gap.span) == gap.span.duration_ms for one in without)
    sung = [cue.span for cue in script if cue.kind == "lyrics"]
    for gap in found:
        if gap.kind != "music":
            assert not any(gap.span.overlap_ms(song) for song in sung)


@given(SCRIPTS, FILMS, MARGINS)
def test_gaps_that_meet_are_one_whole(script: list[Cue], film_ms: int, margin_ms: int) -> None:
    kinds: tuple[CueKind, ...] = ("speech",)
    shut = protected(script, film_ms, margin_ms, kinds)
    found = whole(gaps(script, film_ms, margin_ms, 1, kinds))
    assert all(a.span.end_ms < b.span.start_ms for a, b in pairwise(found))
    assert sum(span.duration_ms for span in [*shut, *(gap.span for gap in found)]) == film_ms


def test_a_song_is_a_pause_of_its_own() -> None:
    script = [speech(0, 1_000), Cue(Span(4_000, 8_000), "♪ la ♪", "lyrics"), speech(8_500, 9_000)]
    found = gaps(script, 10_000, 0, 1_000, SPEECH)
    assert [(gap.span.start_ms, gap.span.end_ms, gap.kind) for gap in found] == [
        (1_000, 4_000, "silence"),
        (4_000, 8_500, "music"),
        (9_000, 10_000, "silence"),
    ]


def test_lines_of_a_song_are_one_song() -> None:
    song = [Cue(Span(start, start + 1_500), "♪ la ♪", "lyrics") for start in (2_000, 4_000, 6_000)]
    found = gaps(song, 10_000, 0, 1_000, SPEECH)
    assert [(gap.span.start_ms, gap.span.end_ms) for gap in found] == [(0, 2_000), (2_000, 7_500), (7_500, 10_000)]


def test_a_film_without_dialogue_is_one_gap() -> None:
    assert spans(gaps([], 10_000)) == [(0, 10_000)]


def test_the_margin_is_kept_on_both_sides() -> None:
    assert spans(gaps([speech(4_000, 5_000)], 10_000, 150, 1)) == [(0, 3_850), (5_150, 10_000)]


def test_lyrics_and_text_on_screen_are_protected_and_sounds_are_not() -> None:
    for kind, count in (("speech", 2), ("lyrics", 2), ("on_screen", 2), ("sound", 1)):
        assert len(gaps([Cue(Span(4_000, 5_000), "x", kind)], 10_000)) == count  # type: ignore[arg-type]


def test_overlapping_nested_and_touching_cues_are_one() -> None:
    script = [speech(5_000, 6_000), speech(2_000, 4_000), speech(2_500, 3_000), speech(3_500, 5_000)]
    assert protected(script, 10_000, 0) == [Span(2_000, 6_000)]
    assert spans(gaps(script, 10_000, 0, 1)) == [(0, 2_000), (6_000, 10_000)]


def test_two_margins_that_meet_leave_no_gap() -> None:
    assert spans(gaps([speech(1_000, 2_000), speech(2_300, 3_000)], 3_000, 150, 1)) == [(0, 850)]


def test_a_cue_past_the_end_shuts_the_end_only_if_its_margin_reaches_it() -> None:
    assert spans(gaps([speech(10_100, 11_000)], 10_000, 150, 1)) == [(0, 9_950)]
    assert spans(gaps([speech(10_150, 11_000)], 10_000, 150, 1)) == [(0, 10_000)]
    assert spans(gaps([speech(999_000, 999_999)], 10_000, 150, 1)) == [(0, 10_000)]


def test_a_cue_over_the_whole_film_leaves_no_gap() -> None:
    assert gaps([speech(0, 3_600_000)], 10_000) == ()


def test_a_cue_at_the_start_leaves_no_gap_before_it() -> None:
    assert spans(gaps([speech(0, 1_000)], 10_000, 150, 1)) == [(1_150, 10_000)]


def test_a_pause_of_exactly_the_shortest_is_used() -> None:
    script = [speech(0, 1_000), speech(2_500, 10_000)]
    assert spans(gaps(script, 10_000, 150, 1_200)) == [(1_150, 2_350)]
    assert gaps(script, 10_000, 150, 1_201) == ()
