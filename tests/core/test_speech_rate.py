"""How long a text takes, estimated: laws, and texts whose count is plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.speech_rate import estimated_ms, required_wpm, word_count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("extraordinary circumstances everywhere", 3),
        ("a b c d e f", 11 / 6),
        ("雨が降る", 2.4),
        ("雨 Hello, everybody", 0.6 + 2),
    ],
)
def test_a_text_is_worth_the_fewer_of_its_words_and_letters(text: str, words: float) -> None:
    assert word_count(text) == pytest.approx(words, abs=0.34)


def test_words_a_minute() -> None:
    text = " ".join(["everybody"] * 20)
    assert estimated_ms(text, 200) == 6_000
    assert required_wpm(text, 6_000) == 200
    assert required_wpm(text, 0) == 1000


@given(st.text(max_size=60), st.text(max_size=60), st.integers(60, 400))
def test_more_text_never_takes_less(one: str, other: str, wpm: int) -> None:
    assert estimated_ms(f"{one} {other}", wpm) >= max(estimated_ms(one, wpm), estimated_ms(other, wpm)) - 1


@given(st.text(max_size=60), st.integers(61, 400))
def test_faster_takes_no_longer(text: str, wpm: int) -> None:
    assert estimated_ms(text, wpm) <= estimated_ms(text, wpm - 1)
