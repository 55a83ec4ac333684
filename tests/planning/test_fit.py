"""Fitting a line into its gap, with a voice whose length is known: words × a constant / rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audiodesc.model import Span
from audiodesc.planning.fit import FAR_MS, NEAR_MS, Fitted, Misfit, TooLong, fit

WORD_MS = 300


class Voice:
    """Takes 300 ms a word, less when faster; remembers what it was asked, each question once."""

    def __init__(self, pause_ms: int = 0, mute: str = "") -> None:
        self.asked: list[tuple[str, float]] = []
        self.pause_ms = pause_ms
        self.mute = mute

    def __call__(self, text: str, rate: float) -> int:
        if (text, rate) not in self.asked:
            self.asked.append((text, rate))
        if self.mute and self.mute in text:
            raise ValueError("nothing can be heard of it")
        return ceil(len(text.split()) * WORD_MS / rate) + self.pause_ms


class Shorter:
    """A describer that answers with one text of as many words as it is asked for."""

    def __init__(self, answer: Callable[[int], Sequence[str]] = lambda words: [line(words, "s")]) -> None:
        self.asked: list[int] = []
        self.answer = answer

    def __call__(self, over: TooLong) -> Sequence[str]:
        self.asked.append(over.words)
        return self.answer(over.words)


def line(words: int, letter: str = "w") -> str:
    return " ".join([letter] * words)


def room(ms: int) -> Span:
    return Span(10_000, 10_000 + ms)


LINES = st.lists(st.integers(0, 30).map(line) | st.sampled_from([" ", "\n"]), max_size=5)
FASTEST = st.floats(1, 2)


@given(LINES, st.integers(0, 9_000), st.integers(0, 30_000), FASTEST, st.none() | LINES)
def test_what_fits_lies_in_the_room_is_one_of_the_texts_and_not_too_fast(
    lines: list[str], room_ms: int, wanted_ms: int, fastest: float, shorter: list[str] | None
) -> None:
    voice, ask = Voice(), Shorter(lambda _: shorter or ())
    answer = fit(lines, room(room_ms), wanted_ms, voice, fastest=fastest, shorter=ask if shorter else None)
    assert len(ask.asked) <= 1
    assert all(1 <= rate <= fastest for _, rate in voice.asked)
    if isinstance(answer, Misfit):
        assert answer.reason
        return
    assert answer.text in [*lines, *(shorter or ())]
    assert 1 <= answer.rate <= fastest
    assert room(room_ms).start_ms <= answer.span.start_ms
    assert answer.span.end_ms <= room(room_ms).end_ms
    assert answer.span.duration_ms == voice(answer.text, answer.rate)


@given(st.lists(st.integers(1, 30).map(line), min_size=1, max_size=5), st.integers(0, 9_000), FASTEST)
def test_the_first_that_fits_at_the_natural_rate_is_taken(lines: list[str], room_ms: int, fastest: float) -> None:
    fits = [text for text in lines if len(text.split()) * WORD_MS <= room_ms]
    answer = fit(lines, room(room_ms), 0, Voice(), fastest=fastest)
    if fits:
        assert isinstance(answer, Fitted)
        assert (answer.text, answer.rate) == (fits[0], 1.0)
    else:
        assert isinstance(answer, Misfit) or answer.rate > 1


@given(
    st.lists(st.integers(1, 30).map(line), min_size=1, max_size=5),
    st.integers(0, 9_000),
    FASTEST,
    st.integers(0, 400),
)
@example([line(3)], 1_090, 2.0, 200)
def test_nothing_is_left_out_that_would_fit_at_the_fastest_rate(
    lines: list[str], room_ms: int, fastest: float, pause_ms: int
) -> None:
    # Real voices do not shorten their pauses as much as their words.
    voice = Voice(pause_ms)
    if any(voice(text, fastest) <= room_ms for text in lines):
        assert isinstance(fit(lines, room(room_ms), 0, Voice(pause_ms), fastest=fastest), Fitted)


@given(st.integers(1, 20), FASTEST, st.floats(1, 2))
def test_a_line_is_not_spoken_much_faster_than_needed(words: int, fastest: float, needed: float) -> None:
    natural = words * WORD_MS
    answer = fit([line(words)], room(ceil(natural / needed)), 0, Voice(), fastest=fastest)
    if isinstance(answer, Fitted):
        assert answer.rate <= needed * 1.07


def test_the_order_of_tries() -> None:
    voice, ask = Voice(), Shorter(lambda _: ["e e e e e", "d d d d"])
    answer = fit([line(10, "a"), line(8, "b"), line(6, "c")], room(1_250), 0, voice, fastest=1.2, shorter=ask)
    assert [text[0] for text, rate in voice.asked if rate == 1] == list("abced")
    assert [text[0] for text, _ in voice.asked] == list("abcabcede")[: len(voice.asked)]
    assert all(rate == 1.2 for text, rate in voice.asked[3:6])
    assert answer == Fitted("d d d d", 1.0, Span(10_000, 11_200))


def test_a_later_candidate_comes_before_a_faster_rate() -> None:
    answer = fit([line(10, "a"), line(9, "b")], room(2_800), 0, Voice(), fastest=1.15)
    assert isinstance(answer, Fitted)
    assert (answer.text[0], answer.rate) == ("b", 1.0)


def test_a_faster_rate_comes_before_asking_for_a_shorter_text() -> None:
    ask = Shorter()
    answer = fit([line(10, "a"), line(9, "b")], room(2_650), 0, Voice(), fastest=1.15, shorter=ask)
    assert isinstance(answer, Fitted)
    assert (answer.text[0], answer.rate) == ("a", 1.15)
    assert ask.asked == []


def test_a_shorter_text_may_be_spoken_faster_too() -> None:
    answer = fit([line(30)], room(1_400), 0, Voice(), fastest=1.15, shorter=lambda _: [line(5, "s")])
    assert isinstance(answer, Fitted)
    assert answer.text == line(5, "s")
    assert 1 < answer.rate <= 1.15


@given(st.integers(2, 40), st.integers(0, 9_000), FASTEST)
def test_shorter_is_asked_once_for_the_words_there_is_time_for(words: int, room_ms: int, fastest: float) -> None:
    ask = Shorter(lambda _: ())
    fit([line(words)], room(room_ms), 0, Voice(), fastest=fastest, shorter=ask)
    if words * WORD_MS / fastest <= room_ms:
        assert ask.asked == []
    elif ask.asked:
        (asked,) = ask.asked
        assert 1 <= asked < words
        assert asked * WORD_MS / fastest <= room_ms
        assert (asked + 2) * WORD_MS / fastest > room_ms
    else:
        assert room_ms * fastest < WORD_MS + fastest  # no time for a single word


def test_shorter_is_measured_on_the_shortest_candidate() -> None:
    ask = Shorter()
    answer = fit([line(40, "a"), line(12, "b"), line(20, "c")], room(1_500), 0, Voice(), fastest=1.0, shorter=ask)
    assert ask.asked == [5]
    assert answer == Fitted(line(5, "s"), 1.0, Span(10_000, 11_500))


def test_nothing_is_asked_for_no_room() -> None:
    ask = Shorter()
    assert isinstance(fit([line(3)], room(0), 0, Voice(), fastest=1.15, shorter=ask), Misfit)
    assert ask.asked == []


def test_an_answer_that_is_no_shorter_is_left_out_and_not_asked_for_again() -> None:
    ask = Shorter(lambda _: [line(50)])
    assert isinstance(fit([line(40)], room(2_000), 0, Voice(), fastest=1.15, shorter=ask), Misfit)
    assert len(ask.asked) == 1


def test_a_shorter_answer_of_blanks_is_nothing() -> None:
    answer = fit([line(40)], room(2_000), 0, Voice(), fastest=1.15, shorter=lambda _: ["", "  ", line(3, "s")])
    assert isinstance(answer, Fitted)
    assert answer.text == line(3, "s")


@pytest.mark.parametrize("nothing", [[], [""], ["  ", "\n"]])
def test_silence_asks_neither_the_voice_nor_the_describer(nothing: list[str]) -> None:
    voice, ask = Voice(), Shorter()
    answer = fit(nothing, room(5_000), 0, voice, fastest=1.15, shorter=ask)
    assert answer == Misfit("nothing worth saying")
    assert voice.asked == []
    assert ask.asked == []


def test_a_text_of_which_nothing_is_heard_is_passed_over() -> None:
    answer = fit(["… …", "b b"], room(5_000), 10_000, Voice(mute="…"), fastest=1.15)
    assert answer == Fitted("b b", 1.0, Span(10_000, 10_600))


def test_where_nothing_is_heard_of_any_text_that_is_the_reason() -> None:
    ask = Shorter()
    answer = fit(["…", "… …"], room(5_000), 0, Voice(mute="…"), fastest=1.15, shorter=ask)
    assert answer == Misfit("nothing can be heard of it")
    assert ask.asked == []


def test_no_room_has_the_reason_that_is_known_for_it() -> None:
    assert fit([line(3)], room(0), 0, Voice(), fastest=1.15, nowhere="it is late") == Misfit("it is late")
    assert fit([line(3)], room(0), 0, Voice(), fastest=1.15) == Misfit("the line before it needs the whole pause")


def test_the_reason_gives_both_lengths() -> None:
    answer = fit([line(10)], room(1_000), 0, Voice(), fastest=1.0)
    assert isinstance(answer, Misfit)
    assert "3.0 s" in answer.reason
    assert "1.0 s" in answer.reason


def test_candidates_may_come_from_a_generator() -> None:
    answer = fit((line(n) for n in (9, 3)), room(2_400), 10_000, Voice(), fastest=1.15)
    assert answer == Fitted(line(3), 1.0, Span(10_000, 10_900))


@pytest.mark.parametrize(
    ("wanted_ms", "start_ms"),
    [(10_000, 10_000), (10_500, 10_500), (11_100, 11_100), (11_101, 11_100), (99_000, 11_100), (0, 10_000)],
)
def test_a_line_begins_where_wanted_or_only_as_much_earlier_as_it_needs(wanted_ms: int, start_ms: int) -> None:
    answer = fit([line(3)], room(2_000), wanted_ms, Voice(), fastest=1.15)
    assert answer == Fitted(line(3), 1.0, Span(start_ms, start_ms + 900))


def test_a_line_that_fits_to_the_millisecond_fits() -> None:
    assert isinstance(fit([line(3)], room(900), 0, Voice(), fastest=1.0), Fitted)
    assert isinstance(fit([line(3)], room(899), 0, Voice(), fastest=1.0), Misfit)


def test_rates_are_few_so_that_clips_are_found_again() -> None:
    rates = set()
    for ms in range(1_501, 3_000):
        answer = fit([line(10)], room(ms), 0, Voice(), fastest=2.0)
        assert isinstance(answer, Fitted)
        rates.add(answer.rate)
    assert len(rates) <= 20


def test_what_no_voice_could_say_in_time_is_not_voiced() -> None:
    """20,000 letters at 40 a second take 500 s, 400 take 10 s; marks alone take no time by their letters."""
    voice = Voice()
    answer = fit(["a boat " * 4000, "x" * 401], room(1_000), 0, voice, fastest=1.0)
    assert answer == Misfit("it has 401 characters, which take 10.0 s or more, and the pause has 1.0 s")
    assert isinstance(fit(["x" * 480], room(11_000), 0, voice, fastest=1.0), Misfit)
    assert voice.asked == []
    assert isinstance(fit(["x" * 480], room(11_000), 0, voice, fastest=1.1), Fitted)
    assert isinstance(fit(["x" * 400], room(1_000), 0, voice, fastest=1.0), Fitted)
    answer = fit(["a boat " * 4000], room(2_000), 0, voice, fastest=1.0)
    assert answer == Misfit("it has 28,000 characters, which take 500.0 s or more, and the pause has 2.0 s")
    assert isinstance(fit(["?" * 99], room(1_000), 0, voice, fastest=1.0), Fitted)


def test_where_all_is_too_long_a_shorter_text_is_asked_for() -> None:
    """150 words a minute are 5 in 2 s."""
    voice, ask = Voice(), Shorter()
    answer = fit(["a boat " * 4000], room(2_000), 0, voice, fastest=1.0, shorter=ask)
    assert ask.asked == [5]
    assert isinstance(answer, Fitted)
    assert voice.asked == [("s s s s s", 1.0)]
    endless = Shorter(lambda words: ["a boat " * 4000])
    assert isinstance(fit(["a boat " * 4000], room(2_000), 0, voice, fastest=1.0, shorter=endless), Misfit)
    assert len(voice.asked) == 1


def test_a_shorter_text_is_asked_for_with_what_the_voice_measured() -> None:
    """Ten words take 3 s; at twice the rate 1.5 s, in 1.2 s."""
    asked: list[TooLong] = []

    def shorter(over: TooLong) -> Sequence[str]:
        asked.append(over)
        return [line(9, "s")]

    answer = fit([line(12, "a"), line(10, "b")], room(1_200), 0, Voice(), fastest=2.0, shorter=shorter)
    assert asked == [TooLong(line(10, "b"), 300, 8)]
    assert isinstance(answer, Misfit)
    assert (answer.text, answer.reason) == (line(9, "s"), "it takes 1.4 s and the pause has 1.2 s")


class Estimated(Voice):
    """Estimates its lengths, so many ms too long."""

    def __init__(self, off_ms: int) -> None:
        super().__init__()
        self.off_ms = off_ms

    def estimate(self, text: str, rate: float) -> int:
        return ceil(len(text.split()) * WORD_MS / rate) + self.off_ms


TEXTS = st.lists(st.integers(1, 30).map(lambda words: line(words, "walk")), min_size=1, max_size=4)


@given(TEXTS, st.integers(1, 9_000), st.floats(1, 1.3))
def test_with_an_exact_estimate_all_is_as_without_and_less_is_voiced(
    lines: list[str], room_ms: int, fastest: float
) -> None:
    plain, quick = Voice(), Estimated(0)
    without = fit(lines, room(room_ms), 10_000, plain, fastest=fastest)
    found = fit(lines, room(room_ms), 10_000, quick, fastest=fastest, estimate=quick.estimate)
    assert found == without
    assert set(quick.asked) <= set(plain.asked)


@given(TEXTS, st.integers(1, 9_000), st.floats(1, 1.3), st.integers(-FAR_MS, FAR_MS))
def test_an_estimate_that_is_wrong_costs_no_line(lines: list[str], room_ms: int, fastest: float, off_ms: int) -> None:
    """Nor is one that fits at the natural rate spoken faster, as long as the estimate is near."""
    voice = Estimated(off_ms)
    without = fit(lines, room(room_ms), 10_000, Voice(), fastest=fastest)
    found = fit(lines, room(room_ms), 10_000, voice, fastest=fastest, estimate=voice.estimate)
    assert isinstance(found, Fitted) == isinstance(without, Fitted)
    if isinstance(without, Fitted) and isinstance(found, Fitted) and without.rate == 1.0 and off_ms <= NEAR_MS:
        assert found == without


def test_a_line_that_is_too_long_is_voiced_once_at_the_rate_at_which_it_fits() -> None:
    voice = Estimated(20)
    found = fit([line(16, "walk")], room(4_500), 10_000, voice, fastest=1.15, estimate=voice.estimate)
    assert isinstance(found, Fitted)
    assert voice.asked == [(line(16, "walk"), found.rate)]
    assert found.rate == 1.1


def test_a_line_that_is_far_too_long_is_not_voiced() -> None:
    voice = Estimated(0)
    found = fit([line(20, "walk")], room(4_500), 10_000, voice, fastest=1.15, estimate=voice.estimate)
    assert found == Misfit("it takes 5.2 s and the pause has 4.5 s")
    assert not voice.asked
