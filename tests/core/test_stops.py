"""Times of a film as times of the extended film, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.stops import NO_STOPS, Stop, Stops, in_extended, of_lines, parted
from audiodesc.model import Gap, Line, Segment, Span, SpokenLine

TIMES = st.integers(0, 100_000)
ANY = st.dictionaries(TIMES, st.integers(1, 9_000), max_size=6).map(
    lambda found: Stops(tuple(Stop(at, length) for at, length in sorted(found.items())))
)


def spoken(start_ms: int, end_ms: int, stop_ms: int = 0) -> SpokenLine:
    segment = Segment(Gap(Span(start_ms, end_ms)), Span(start_ms, end_ms), start_ms, 5)
    return SpokenLine(Line(segment, "text", "human"), Path("clip.wav"), Span(start_ms, end_ms), 1.0, stop_ms)


def test_a_film_goes_on_after_its_stop() -> None:
    stops = Stops((Stop(1_000, 500), Stop(3_000, 200)))
    assert [stops.extended_ms(ms) for ms in (0, 999, 1_000, 2_999, 3_000)] == [0, 999, 1_500, 3_499, 3_700]
    assert [stops.reached_ms(ms) for ms in (1_000, 3_000)] == [1_000, 3_500]
    assert [stops.film_ms(ms) for ms in (999, 1_000, 1_499, 1_500, 3_499, 3_600, 3_700)] == [
        999, 1_000, 1_000, 1_000, 2_999, 3_000, 3_000,
    ]  # fmt: skip
    assert stops.extended(Span(1_000, 3_000)) == Span(1_500, 3_500)
    assert stops.extended(Span(500, 3_500)) == Span(500, 4_200)
    assert list(stops.parts(Span(500, 3_500))) == [Span(500, 1_000), Span(1_500, 3_500), Span(3_700, 4_200)]
    assert stops.total_ms == 700
    assert parted(stops, Span(0, 4_000)) == [
        (Span(0, 1_000), 0),
        (Span(1_000, 3_000), 1_500),
        (Span(3_000, 4_000), 3_700),
    ]


def test_without_stops_all_times_stay() -> None:
    assert not NO_STOPS
    assert (NO_STOPS.extended_ms(5), NO_STOPS.film_ms(5), NO_STOPS.total_ms) == (5, 5, 0)


@given(ANY, TIMES)
def test_there_and_back_is_the_same_moment(stops: Stops, film_ms: int) -> None:
    assert stops.film_ms(stops.extended_ms(film_ms)) == film_ms
    assert stops.film_ms(stops.reached_ms(film_ms)) == film_ms
    assert stops.reached_ms(film_ms) <= stops.extended_ms(film_ms) <= film_ms + stops.total_ms


@given(ANY, TIMES, TIMES)
def test_no_moment_overtakes_another(stops: Stops, one: int, other: int) -> None:
    early, late = sorted((one, other))
    assert stops.extended_ms(late) - stops.extended_ms(early) >= late - early
    assert stops.film_ms(late) >= stops.film_ms(early)


def test_lines_are_heard_one_after_the_other() -> None:
    """Two lines that stop the film at the same moment follow one another in one stop."""
    lines = [spoken(4_000, 5_000), spoken(1_000, 2_000, 700), spoken(2_000, 2_000, 900)]
    assert of_lines(lines) == Stops((Stop(2_000, 1_600),))
    assert [one.span for one in in_extended(lines)] == [Span(1_000, 2_700), Span(2_700, 3_600), Span(5_600, 6_600)]
    assert not of_lines(in_extended(lines))


def test_what_is_no_stop_is_refused() -> None:
    for wrong in ((-1, 5), (5, 0)):
        with pytest.raises(ValueError, match="not a stop"):
            Stop(*wrong)
    with pytest.raises(ValueError, match="in order"):
        Stops((Stop(5, 1), Stop(5, 1)))
