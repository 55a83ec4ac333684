from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.planning.assign import measured

WORD_MS = 300


class Voice:
    """Takes 300 ms a word, less when faster, and makes nothing of dots; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def __call__(self, text: str, rate: float) -> int:
        self.asked.append((text, rate))
        if not any(letter.isalpha() for letter in text):
            raise ValueError("nothing can be heard")
        return round(len(text.split()) * WORD_MS / rate)


def line(words: int) -> str:
    return " ".join(["w"] * words)


def test_texts_are_measured_down_to_the_first_that_fits() -> None:
    voice = Voice()
    made = measured([line(30), line(11), line(9), line(4)], 3_000, voice, 1.25)
    assert [(one.text, one.natural_ms, one.fastest_ms) for one in made] == [
        (line(30), 9_000, 9_000),  # hopeless: nobody asked for it faster
        (line(11), 3_300, 2_640),
        (line(9), 2_700, 2_700),
    ]
    assert voice.asked == [(line(30), 1.0), (line(11), 1.0), (line(11), 1.25), (line(9), 1.0)]


def test_a_text_that_the_rate_alone_does_not_make_fit_is_tried_where_a_voice_may_be_quicker() -> None:
    def quicker(text: str, rate: float) -> int:
        return round(len(text.split()) * WORD_MS / math.pow(rate, 1.4))

    over, beyond = measured([line(14), line(13)], 3_000, quicker, 1.25)[::-1]
    assert (over.natural_ms, over.fastest_ms) == (3_900, 2_854)  # 4 % over what the rate makes fit
    assert (beyond.natural_ms, beyond.fastest_ms) == (4_200, 4_200)  # 12 % over


def test_blanks_repeats_and_what_cannot_be_heard_are_left_out() -> None:
    made = measured(["", " ", "…", line(20), line(20), line(2)], 3_000, Voice(), 1.15)
    assert [one.text for one in made] == [line(20), line(2)]
    assert measured(["…"], 3_000, Voice(), 1.15) == ()


@given(st.lists(st.integers(1, 40).map(line), max_size=6), st.integers(0, 9_000))
def test_a_richer_text_is_worth_more_and_none_more_than_one_before_it(texts: list[str], room_ms: int) -> None:
    made = measured(texts, room_ms, Voice(), 1.15)
    worths = [one.worth for one in made]
    assert worths == sorted(worths, reverse=True)
    assert all(worth > 0 for worth in worths)
    for one, later in pairwise(made):
        shortest = min(len(before.text.split()) for before in made[: made.index(later)])
        if len(later.text.split()) < min(20, shortest):
            assert one.worth > later.worth
