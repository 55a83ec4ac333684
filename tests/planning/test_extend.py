"""What the film stops for, for how long, and where lines are planned that only a stop makes room for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.model import Cue, Gap, Line, Outcome, Segment, Span, SpokenLine
from audiodesc.planning.extend import (
    edges,
    fit_or_stop,
    in_whole_frames,
    more_segments,
    script_span,
    separated,
    with_stop,
)
from audiodesc.planning.fit import SEPARATION_MS, Fitted, Misfit

TEXT = "A man walks along the harbour."


def segment(start_ms: int, end_ms: int, wanted_ms: int | None = None) -> Segment:
    wanted = start_ms if wanted_ms is None else wanted_ms
    return Segment(Gap(Span(start_ms, end_ms)), Span(start_ms, max(end_ms, start_ms + 1)), wanted, 5)


def spoken(start_ms: int, end_ms: int, stop_ms: int = 0) -> Outcome:
    place = segment(start_ms, end_ms)
    speech = SpokenLine(Line(place, TEXT, "x"), Path("clip.wav"), Span(start_ms, end_ms), 1.0, stop_ms)
    return Outcome(place, "", TEXT, "x", speech)


@given(st.integers(500, 30_000), st.integers(0, 12_000), st.integers(1, 15_000))
def test_a_stop_is_exactly_what_is_missing(long_ms: int, room_ms: int, most_ms: int) -> None:
    room = Span(1_000, 1_000 + room_ms)
    made = with_stop([TEXT], room, lambda text, rate: long_ms, most_ms)
    if isinstance(made, Fitted):
        assert made.rate == 1.0
        assert made.span.duration_ms + made.stop_ms == long_ms
        assert made.stop_ms == max(0, long_ms - room_ms) <= most_ms
        assert made.span.start_ms == 1_000
        assert made.span.end_ms <= room.end_ms
    else:
        assert long_ms - room_ms > most_ms or room_ms + most_ms < 2_000  # less than any voice needs for its letters


def test_a_line_that_fits_when_it_is_hurried_stops_nothing() -> None:
    room = Span(0, 2_000)
    made = fit_or_stop([TEXT], room, 0, lambda text, rate: round(2_200 / rate), fastest=1.15, most_ms=9_000)
    assert isinstance(made, Fitted)
    assert made.stop_ms == 0
    assert made.rate > 1


def test_a_shorter_text_is_asked_for_only_where_no_stop_is_long_enough() -> None:
    asked: list[str] = []

    def shorter(over: object) -> list[str]:
        asked.append("asked")
        return ["He walks."]

    def length(text: str, rate: float) -> int:
        return round((900 if text == "He walks." else 5_000) / rate)

    for most_ms, stop_ms, text in ((9_000, 4_000, TEXT), (1_500, 0, "He walks.")):
        made = fit_or_stop([TEXT], Span(0, 1_000), 0, length, fastest=1.15, most_ms=most_ms, shorter=shorter)
        assert isinstance(made, Fitted)
        assert (made.stop_ms, made.text) == (stop_ms, text)
    assert asked == ["asked"]


def test_without_stops_it_is_the_fit() -> None:
    made = fit_or_stop([TEXT], Span(0, 1_000), 0, lambda text, rate: 5_000, fastest=1.15, most_ms=0)
    assert made == Misfit("it takes 5.0 s and the pause has 1.0 s")


GAPS = (Gap(Span(1_000, 2_000)), Gap(Span(5_000, 5_100)), Gap(Span(9_000, 12_000)))


def test_a_line_without_a_pause_goes_to_the_nearest_moment_of_one() -> None:
    nowhere = [segment(ms, ms) for ms in (2_300, 4_800, 8_000)]
    assert [script_span(one, GAPS, 0, None) for one in nowhere] == [
        Span(2_000, 2_000),
        Span(5_000, 5_100),
        Span(9_000, 12_000),
    ]
    assert script_span(nowhere[2], GAPS, 0, 10_000) == Span(9_000, 10_000)
    assert script_span(nowhere[0], GAPS, 5_050, None) == Span(5_100, 5_100)  # the line before it ends there
    assert script_span(nowhere[0], (), 0, None) is None


def test_between_two_cues_the_film_may_stop_where_no_pause_is_near() -> None:
    cues = [Cue(Span(0, 8_000), "One."), Cue(Span(8_000, 20_000), "Two."), Cue(Span(19_000, 30_000), "Three.")]
    assert edges(cues) == (8_000, 30_000)  # at 20 s somebody else speaks
    pause = (Gap(Span(30_200, 31_000)),)
    assert script_span(segment(9_000, 9_000), pause, 0, None, edges(cues), 40_000) == Span(8_000, 8_000)
    assert script_span(segment(29_500, 29_500), pause, 0, None, edges(cues), 40_000) == Span(30_200, 31_000)
    assert script_span(segment(9_000, 9_000), (), 0, None, edges(cues), 40_000) == Span(8_000, 8_000)


def test_no_moment_between_cues_is_used_that_the_line_before_covers_or_the_films_end_does() -> None:
    between = (8_000, 20_000)
    assert script_span(segment(9_000, 9_000), (), 8_500, None, between, 40_000) == Span(20_000, 20_000)
    assert script_span(segment(9_000, 9_000), (), 8_500, None, between, 20_300) is None


def test_no_line_is_put_at_the_films_very_end() -> None:
    """A player does not stop a film that is over."""
    pause = (Gap(Span(30_200, 40_000)),)
    assert script_span(segment(39_900, 39_900), pause, 0, None, (), 40_000) == Span(39_500, 40_000)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2_000), st.integers(0, 2_000)), max_size=8))
def test_silence_is_kept_around_lines_for_which_the_film_stops(parts: list[tuple[int, int, int]]) -> None:
    at, outcomes = 0, []
    for before, lasts, stop in parts:
        at += before
        outcomes.append(spoken(at, at + lasts, stop))
        at += lasts
    made = [one.speech for one in separated(outcomes) if one.speech]
    for (one, old), following in zip(zip(made, outcomes, strict=True), made[1:], strict=False):
        assert old.speech
        apart = following.span.start_ms - one.span.end_ms + one.stop_ms - old.speech.stop_ms
        if old.speech.stop_ms or following.stop_ms:
            assert apart >= SEPARATION_MS
        assert one.stop_ms - old.speech.stop_ms <= SEPARATION_MS


def test_a_change_of_place_in_the_midst_of_talk_gets_a_line() -> None:
    gaps = (
        Gap(Span(0, 2_000)),
        Gap(Span(21_000, 21_200)),
        Gap(Span(24_000, 24_600)),
        Gap(Span(40_000, 41_000)),
        Gap(Span(60_000, 60_200)),
    )
    planned = [segment(0, 2_000)]
    made = more_segments(planned, gaps, [20_000, 39_500], (), "normal", 8_000)
    assert [one.wanted_ms for one in made] == [0, 24_000, 40_000]
    assert made[1].max_words > 10
    assert made[1].watch.start_ms == 20_000
    for density, most_ms in (("sparse", 8_000), ("normal", 0)):
        assert list(more_segments(planned, gaps, [20_000, 39_500], (), density, most_ms)) == planned  # type: ignore[arg-type]


RATES = st.sampled_from([Fraction(25), Fraction(24), Fraction(24_000, 1001), Fraction(30_000, 1001), Fraction(60)])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9_000)), max_size=8), RATES)
def test_stops_of_whole_frames_never_add_up_to_more_than_half_a_millisecond(
    lines: list[tuple[int, int]], fps: Fraction
) -> None:
    """Several lines may stop the film at one moment."""
    outcomes = [spoken(1_000 * at, 1_000 * at + 500, stop_ms) for at, stop_ms in sorted(lines)]
    made = in_whole_frames(outcomes, fps)
    total_ms = 0
    for before, after in zip(outcomes, made, strict=True):
        assert before.speech
        assert after.speech
        assert after.speech.span == before.speech.span
        longer_ms = after.speech.stop_ms - before.speech.stop_ms
        assert 0 <= longer_ms < 1000 / fps + 1
        assert before.speech.stop_ms or not after.speech.stop_ms
        total_ms += after.speech.stop_ms
        frames = round(total_ms * fps / 1000)
        assert abs(Fraction(frames * 1000) / fps - total_ms) <= Fraction(1, 2)
    assert in_whole_frames(made, fps) == made
