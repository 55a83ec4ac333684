"""Packets of text tracks: what they hold, and cues that go on in the next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.subtitles.source import RawCue
from audiodesc.subtitles.tracks import codec_of, merged


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"<?xml version='1.0'?><tt xmlns='http://www.w3.org/ns/ttml'>", "ttml"),
        (b"\xef\xbb\xbf<tt:tt>", "ttml"),
        (b"\0\0\0\x08vtte", "wvtt"),
        (b"\0\0\0\x20vttcpayl", "wvtt"),
        (b"<html>", ""),
        (b"\0\0\0\x08free", ""),
        (b"Hello", ""),
        (b"", ""),
    ],
)
def test_what_a_packet_without_a_name_holds(data: bytes, form: str) -> None:
    assert codec_of(data) == form


def test_a_cue_that_goes_on_or_is_told_again_is_one() -> None:
    assert merged([RawCue(0, 2, "a"), RawCue(2, 4, "a"), RawCue(3, 4, "a"), RawCue(9, 10, "a")]) == [
        RawCue(0, 4, "a"),
        RawCue(9, 10, "a"),
    ]


def test_cues_of_two_voices_or_texts_stay_two() -> None:
    raw = [RawCue(0, 2, "a", "Mary"), RawCue(1, 2, "a", "Tom"), RawCue(1, 3, "b")]
    assert merged(raw) == raw


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.sampled_from("ab")), max_size=9))
def test_joining_protects_the_same_moments(parts: list[tuple[int, int, str]]) -> None:
    raw = [RawCue(start, start + lasts, text) for start, lasts, text in parts]

    def moments(cues: list[RawCue]) -> set[tuple[str, int]]:
        return {(one.text, moment) for one in cues for moment in range(one.start_ms, one.end_ms)}

    assert moments(merged(raw)) == moments(raw)
