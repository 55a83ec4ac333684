"""Cues that do not say when they end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.subtitles.cues import with_ends
from audiodesc.subtitles.source import RawCue


def ends(*raw: RawCue) -> list[int]:
    return [one.end_ms for one in with_ends(raw)[0]]


def test_a_cue_lasts_until_the_next_or_five_seconds_with_a_note() -> None:
    assert ends(RawCue(0, 0, "a"), RawCue(3_000, 3_000, "b")) == [3_000, 8_000]
    assert len(with_ends([RawCue(0, 0, "a")])[1]) == 1
    assert with_ends([RawCue(0, 0, "a"), RawCue(3_000, 4_000, "b")])[1] == []


def test_a_long_text_lasts_as_long_as_it_takes_to_say() -> None:
    assert ends(RawCue(0, 0, "a" * 90)) == [9_000]


def test_an_empty_cue_ends_the_one_before_however_late() -> None:
    assert ends(RawCue(0, 0, "a"), RawCue(30_000, 30_000, ""))[0] == 30_000


def test_what_begins_together_ends_together() -> None:
    assert ends(RawCue(0, 0, "a"), RawCue(0, 0, "b"), RawCue(2_000, 2_500, "c")) == [2_000, 2_000, 2_500]


def test_a_second_is_the_least() -> None:
    assert ends(RawCue(0, 0, "a"), RawCue(10, 500, "b"))[0] == 1_000


@given(st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 9_000), st.sampled_from(["", "a", "b" * 99]))))
def test_what_says_when_it_ends_stays_and_nothing_is_lost(raw: list[tuple[int, int, str]]) -> None:
    given_raw = [RawCue(start, start + length, text) for start, length, text in raw]
    ended, _ = with_ends(given_raw)
    assert sorted((one.start_ms, one.text) for one in ended) == sorted((one.start_ms, one.text) for one in given_raw)
    for one in given_raw:
        if one.end_ms > one.start_ms:
            assert one in ended
    assert all(one.end_ms > one.start_ms for one in ended if one.text)
