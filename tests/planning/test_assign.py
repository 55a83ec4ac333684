"""Which line is said where: exact for its stated cost, lawful for any options, and right in cases known by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audiodesc.model import Gap, Segment, Span
from audiodesc.planning import costs
from audiodesc.planning.assign import Assumed, Candidate, LineChoice, Option, assign
from audiodesc.planning.costs import AHEAD_MS, LATEST_MS
from audiodesc.planning.fit import SEPARATION_MS, Fitted, fit

WORTH = 30_000


def candidate(text: str, natural_ms: int, fastest_ms: int | None = None, less: int = 0) -> Candidate:
    return Candidate(text, natural_ms, fastest_ms or natural_ms, WORTH - less)


def option(wanted_ms: int, *candidates: Candidate, assumed: Assumed | None = None, room: Span | None = None) -> Option:
    span = room or Span(wanted_ms, wanted_ms + 1_200)
    return Option(Segment(Gap(span), Span(0, wanted_ms + 1), wanted_ms, 9), candidates, assumed)


def said(choices: Sequence[LineChoice]) -> list[tuple[str, int] | None]:
    """The text of each and where it begins."""
    return [(one.candidate.text, one.room.start_ms) if one.candidate else None for one in choices]


def pauses(*spans: tuple[int, int]) -> list[Gap]:
    return [Gap(Span(start, end)) for start, end in spans]


# Exact.

Way = tuple[Candidate, int, int, Gap]
"""A candidate, its length, where it begins, and its pause."""


def ways(one: Option, gaps: Sequence[Gap], cuts: Sequence[int]) -> Iterator[Way]:
    """All that may be done with an option, by trying every moment."""
    wanted = one.segment.wanted_ms
    for gap in gaps:
        first = gap.span.start_ms
        for start in range(max(first, wanted - AHEAD_MS), min(gap.span.end_ms, wanted + LATEST_MS + 1)):
            if start < wanted and not first <= wanted < gap.span.end_ms:
                continue
            for each in one.candidates:
                for takes in {each.natural_ms, each.fastest_ms}:
                    end = start + takes
                    called = (start - first) % 250 == 0 or start in (*cuts, wanted) or end == gap.span.end_ms
                    if one.assumed and start == one.assumed.start_ms:
                        called = True
                    if called and end <= gap.span.end_ms:
                        yield each, takes, start, gap


def price(options: Sequence[Option], chosen: Sequence[Way | None], cuts: Sequence[int]) -> int:
    """The docstrings of `costs`, line by line."""
    total, free_ms = 0, -10_000_000
    for one, way in zip(options, chosen, strict=True):
        best = max((each.worth for each in one.candidates), default=0)
        text = way[0].text if way else ""
        total += costs.CHANGED if one.assumed and one.assumed.text != text else 0
        total += best - (way[0].worth if way else 0)
        if way:
            each, takes, start, gap = way
            late = start - one.segment.wanted_ms
            total += costs.STALE * late if late > 0 else -costs.EARLY * late
            total += costs.HURRIED if takes < each.natural_ms else 0
            total += costs.SOUND if gap.kind != "silence" else 0
            total += costs.CROSSING if any(start < cut < start + takes for cut in cuts) else 0
            total += costs.close(start - free_ms, costs.BREATH_MS)
            free_ms = start + takes
    return total


def orders(options: Sequence[Sequence[Way | None]], free_ms: int = -10_000_000) -> Iterator[list[Way | None]]:
    """Every choice of ways in which no line overlaps another or comes too soon after it."""
    if not options:
        yield []
        return
    for way in options[0]:
        if way is None or way[2] >= free_ms:
            after = way[2] + way[1] + SEPARATION_MS if way else free_ms
            yield from ([way, *rest] for rest in orders(options[1:], after))


def as_chosen(choices: Sequence[LineChoice], options: Sequence[Sequence[Way | None]]) -> list[list[Way | None]]:
    """The ways that a choice may stand for: it does not tell whether a line is hurried."""
    fitting: list[list[Way | None]] = []
    for choice, some in zip(choices, options, strict=True):
        if choice.candidate is None:
            fitting.append([None])
        else:
            here = (way for way in some if way and way[0] == choice.candidate and way[2] == choice.room.start_ms)
            fitting.append([way for way in here if way[1] <= choice.room.duration_ms])
    return fitting


@st.composite
def films(draw: st.DrawFn) -> tuple[list[Option], list[Gap], list[int]]:
    """Up to three options among a few short pauses: some lines fit theirs, some only another, some none."""
    gaps, at = [], draw(st.integers(0, 2_000))
    for _ in range(draw(st.integers(1, 4))):
        end = at + draw(st.integers(1_200, 4_500))
        gaps.append(Gap(Span(at, end), draw(st.sampled_from(["silence", "silence", "sound", "music"]))))
        at = end + draw(st.integers(300, 9_000))
    wanted = sorted(draw(st.sets(st.sampled_from(range(len(gaps) * 2)), min_size=1, max_size=3)))
    options = []
    for place in wanted:
        span = gaps[place // 2].span
        start = span.start_ms + (place % 2) * span.duration_ms // 2
        lengths = draw(st.lists(st.integers(1_000, 5_000), min_size=0, max_size=2))
        some = [
            Candidate(
                f"{place} {i}", ms, draw(st.sampled_from([ms, ms * 4 // 5])), WORTH - i * draw(st.integers(0, 9_000))
            )
            for i, ms in enumerate(lengths)
        ]
        texts = st.sampled_from(["", *(one.text for one in some)])
        assumed = draw(st.none() | st.builds(Assumed, texts, st.just(start) | st.integers(start, span.end_ms)))
        options.append(option(start, *some, assumed=assumed))
    return options, gaps, sorted(draw(st.sets(st.integers(0, at), max_size=3)))


@settings(max_examples=300)
@given(films())
def test_no_choice_is_cheaper(film: tuple[list[Option], list[Gap], list[int]]) -> None:
    options, gaps, cuts = film
    ways_of = [[None, *ways(one, gaps, cuts)] for one in options]
    count = 1
    for some in ways_of:
        count *= len(some)
    assume(count <= 20_000)
    choices = assign(options, gaps, cuts)
    assert choices == assign(tuple(options), tuple(gaps), tuple(cuts))
    made = min(price(options, chosen, cuts) for chosen in orders(as_chosen(choices, ways_of)))
    assert made == min(price(options, chosen, cuts) for chosen in orders(ways_of))


# Laws.


@given(films())
def test_lines_keep_their_order_their_distance_and_their_pauses(
    film: tuple[list[Option], list[Gap], list[int]],
) -> None:
    options, gaps, cuts = film
    choices = assign(options, gaps, cuts)
    assert [choice.option for choice in choices] == options
    heard = [choice for choice in choices if choice.candidate]
    for choice in heard:
        assert choice.candidate in choice.option.candidates
        assert any(gap.span.start_ms <= choice.room.start_ms and choice.room.end_ms <= gap.span.end_ms for gap in gaps)
        assert choice.candidate.fastest_ms <= choice.room.duration_ms
        wanted_ms = choice.option.segment.wanted_ms
        assert wanted_ms - AHEAD_MS <= choice.room.start_ms <= wanted_ms + LATEST_MS
    assert all(a.room.end_ms + SEPARATION_MS <= b.room.start_ms for a, b in pairwise(heard))
    assert all(choice.reason for choice in choices if not choice.candidate)


@given(films())
def test_it_costs_no_more_than_each_line_by_itself_where_that_stood(
    film: tuple[list[Option], list[Gap], list[int]],
) -> None:
    """`fit` puts each line into its own room, one after the other, while the film is being described."""
    options, gaps, cuts = film
    alone: list[Way | None] = []
    leaning, free_ms = [], 0
    for number, one in enumerate(options):
        start = one.segment.wanted_ms
        (gap,) = (gap for gap in gaps if gap.span.start_ms <= start < gap.span.end_ms)
        later = [other.segment.wanted_ms for other in options[number + 1 :]]
        end = min([gap.span.end_ms, *later])
        room = Span(min(end, max(gap.span.start_ms, start - AHEAD_MS, free_ms)), end)
        known = {each.text: each for each in one.candidates}

        def length(text: str, rate: float, known: dict[str, Candidate] = known) -> int:
            return known[text].natural_ms if rate == 1.0 else known[text].fastest_ms

        fitted = fit(known, room, start, length, fastest=1.25)
        if isinstance(fitted, Fitted):
            alone.append((known[fitted.text], fitted.span.duration_ms, fitted.span.start_ms, gap))
            free_ms = fitted.span.end_ms + SEPARATION_MS
            leaning.append(Option(one.segment, one.candidates, Assumed(fitted.text, fitted.span.start_ms)))
        else:
            alone.append(None)
            leaning.append(Option(one.segment, one.candidates, Assumed("", start)))
    ways_of = [[None, *ways(one, gaps, cuts)] for one in leaning]
    choices = assign(leaning, gaps, cuts)
    made = min(price(leaning, chosen, cuts) for chosen in orders(as_chosen(choices, ways_of)))
    assert made <= price(leaning, alone, cuts)


# By hand.


def test_a_line_that_fits_is_said_as_planned() -> None:
    choices = assign([option(10_000, candidate("a", 2_000))], pauses((9_000, 13_000)))
    assert said(choices) == [("a", 10_000)]
    assert choices[0].room == Span(10_000, 13_000)


def test_a_rich_line_is_told_in_the_long_pause_after_the_short_one() -> None:
    rich, poor = candidate("a rich line", 4_000), candidate("poor", 1_000, less=8_000)
    choices = assign([option(10_000, rich, poor)], pauses((10_000, 11_300), (13_000, 20_000)))
    assert said(choices) == [("a rich line", 13_000)]


def test_a_poorer_line_is_told_in_time_where_the_long_pause_is_too_far() -> None:
    rich, poor = candidate("a rich line", 4_000), candidate("poor", 1_000, less=8_000)
    choices = assign([option(10_000, rich, poor)], pauses((10_000, 11_300), (15_000, 22_000)))
    assert said(choices) == [("poor", 10_000)]


def test_a_line_moves_over_for_another_and_keeps_its_place_before_it() -> None:
    options = [option(10_000, candidate("a", 4_000)), option(14_000, candidate("b", 3_000))]
    choices = assign(options, pauses((10_000, 11_300), (13_000, 22_000)))
    assert said(choices) == [("a", 13_000), ("b", 17_000 + SEPARATION_MS)]
    assert choices[0].room == Span(13_000, 17_000)


def test_a_line_begins_earlier_only_as_much_as_it_needs_and_never_before_its_pause() -> None:
    assert said(assign([option(12_000, candidate("a", 3_100))], pauses((10_000, 15_000)))) == [("a", 11_900)]
    assert said(assign([option(10_000, candidate("a", 5_001))], pauses((10_000, 15_000)))) == [None]


def test_a_line_is_hurried_rather_than_left_out_or_cut_short() -> None:
    slow, poor = candidate("slow", 3_400, 3_000), candidate("poor", 1_000, less=6_000)
    choices = assign([option(10_000, slow, poor)], pauses((10_000, 13_000)))
    assert said(choices) == [("slow", 10_000)]


def test_a_line_waits_for_silence_that_is_near() -> None:
    music, silence = Gap(Span(10_000, 14_000), "sound"), Gap(Span(12_500 + 2_000, 20_000))
    assert said(assign([option(12_000, candidate("a", 2_000))], [music, silence])) == [("a", 14_500)]


def test_a_line_is_not_heard_across_a_cut_that_it_can_wait_for() -> None:
    choices = assign([option(10_000, candidate("a", 2_000))], pauses((10_000, 20_000)), [10_900])
    assert said(choices) == [("a", 10_900)]


def test_a_picture_that_is_past_by_more_than_12_s_is_not_told() -> None:
    one = option(10_000, candidate("a", 2_000))
    assert said(assign([one], pauses((10_000, 11_300), (22_000, 30_000)))) == [("a", 22_000)]
    (choice,) = assign([one], pauses((10_000, 11_300), (22_001, 30_000)))
    assert choice.candidate is None
    assert choice.reason == "it takes 2.0 s, and no pause within 12 s has as much"


def test_what_later_lines_were_told_on_is_kept_where_the_gain_is_small() -> None:
    rich, poor = candidate("rich", 2_500), candidate("poor", 1_000, less=3_000)
    gaps = pauses((10_000, 11_300), (11_000 + 900, 20_000))
    assert said(assign([option(10_000, rich, poor)], gaps)) == [("poor", 10_000)]
    cheaper = candidate("poor", 1_000, less=4_500)
    assert said(assign([option(10_000, rich, cheaper)], gaps)) == [("rich", 11_900)]
    assumed = option(10_000, rich, cheaper, assumed=Assumed("poor", 10_000))
    assert said(assign([assumed], gaps)) == [("poor", 10_000)]


def test_silence_where_a_line_was_told_costs_too() -> None:
    gaps = pauses((10_000, 11_300))
    other = option(10_100, candidate("b", 1_100))
    poor = candidate("a", 1_100, less=1_000)
    assert said(assign([option(10_000, poor), other], gaps)) == [None, ("b", 10_100)]
    assumed = option(10_000, poor, assumed=Assumed("a", 10_000))
    assert said(assign([assumed, other], gaps)) == [("a", 10_000), None]


def test_a_shorter_line_is_told_where_the_next_would_follow_too_closely() -> None:
    rich, poor = candidate("rich", 3_000), candidate("poor", 1_500, less=1_000)
    options = [option(10_000, rich, poor), option(13_250, candidate("next", 2_000))]
    assert said(assign(options, pauses((10_000, 20_000)))) == [("poor", 10_000), ("next", 13_250)]


def test_where_two_need_the_same_time_the_reason_says_so() -> None:
    options = [option(10_000, candidate("a", 1_100)), option(10_100, candidate("b", 1_100))]
    choices = assign(options, pauses((10_000, 11_300)))
    assert [bool(choice.candidate) for choice in choices].count(True) == 1
    (left,) = (choice for choice in choices if not choice.candidate)
    assert left.reason == "the lines around it need the time"


def test_nothing_to_say_is_nothing_said() -> None:
    (choice,) = assign([option(10_000)], pauses((10_000, 14_000)))
    assert (choice.candidate, choice.reason) == (None, "nothing worth saying")
    assert assign([], pauses((10_000, 14_000))) == ()


def test_of_equal_choices_the_one_that_ends_first_is_taken() -> None:
    one, two = candidate("one", 2_000), candidate("two", 1_500)
    assert said(assign([option(10_000, one, two)], pauses((10_000, 14_000)))) == [("two", 10_000)]
    assert said(assign([option(10_000, one, candidate("two", 2_000))], pauses((10_000, 14_000)))) == [("one", 10_000)]
