"""Raw cues become cues: ends, repeats, and times that are wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from subtitles.written import clock, srt, vtt

from audiodesc.dialogue.combine import combine
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.dialogue.vad.segments import SpeechSegments
from audiodesc.errors import SubtitleError
from audiodesc.model import Cue, Span
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles import read_file
from audiodesc.subtitles.cues import cues_of, with_ends
from audiodesc.subtitles.source import RawCue

LINES = ("The last ferry", "leaves at six, Dad.", "Take the lantern. It", "gets dark early there.", "Keep it. Put it")
STARTS = (8700, 10_700, 15_500, 17_500, 19_500, 21_500)


def shown(path: Path) -> list[tuple[int, int, str]]:
    cues, notes = read_file(path)
    assert notes == ()
    return [(cue.span.start_ms, cue.span.end_ms, cue.text) for cue in cues]


def youtube() -> str:
    """As YouTube writes it: the line before stands above, the words have times, and each line is held for 10 ms."""
    cues, above = [], ""
    for line, start in zip(LINES, STARTS, strict=False):
        words = line.split()
        timed = words[0] + "".join(f"<{clock(start + 200 * n)}><c> {word}</c>" for n, word in enumerate(words[1:], 1))
        end = start + 1990
        cues.append(f"{clock(start)} --> {clock(end)} align:start position:0%\n{above or ' '}\n{timed}\n")
        cues.append(f"{clock(end)} --> {clock(end + 10)} align:start position:0%\n{line}\n \n")
        above = line
    return "WEBVTT\nKind: captions\nLanguage: en\n\n" + "\n".join(cues)


def test_each_line_of_youtube_once(tmp_path: Path) -> None:
    path = tmp_path / "film.vtt"
    path.write_text(youtube())
    assert shown(path) == [(start, start + 2000, line) for line, start in zip(LINES, STARTS, strict=False)]


@pytest.mark.parametrize("write", [srt, vtt])
def test_a_sentence_that_is_shown_again_for_each_word_is_one(tmp_path: Path, write: object) -> None:
    words = ["The", "last", "ferry", "leaves", "at", "six."]
    marked = [
        (1000 + 300 * n, 1300 + 300 * n, " ".join(f"<u>{w}</u>" if n == m else w for m, w in enumerate(words)))
        for n in range(len(words))
    ]
    path = tmp_path / "film.srt"
    path.write_text(write(*marked, (5000, 6000, "Take it.")))  # type: ignore[operator]
    assert shown(path) == [(1000, 2800, "The last ferry leaves at six."), (5000, 6000, "Take it.")]


def test_lines_that_grow_word_by_word_are_one(tmp_path: Path) -> None:
    words = ["The", "last", "ferry", "leaves", "at", "six."]
    grown = [(1000 + 300 * n, 1300 + 300 * n, " ".join(words[: n + 1])) for n in range(len(words))]
    path = tmp_path / "film.srt"
    path.write_text(srt(*grown))
    assert shown(path) == [(1000, 2800, "The last ferry leaves at six.")]


def test_lines_that_stand_until_they_are_pushed_out_end_where_the_next_begins(tmp_path: Path) -> None:
    standing = [(start, start + 3500, line) for line, start in zip(LINES, STARTS, strict=False)]
    path = tmp_path / "film.srt"
    path.write_text(srt(*standing))
    ends = (10_700, 14_200, 17_500, 19_500, 23_000)
    assert shown(path) == [(a, end, line) for (a, _, line), end in zip(standing, ends, strict=True)]


def test_what_is_said_twice_is_said_twice() -> None:
    raw = [
        RawCue(1000, 2000, "No."),
        RawCue(2500, 3500, "No."),
        RawCue(4000, 6000, "No.\nStop it!"),
        RawCue(7000, 8000, "Why?"),
    ]
    cues, _ = cues_of(raw)
    assert [cue.text for cue in cues] == ["No.", "No.", "No.\nStop it!", "Why?"]


def test_two_who_speak_at_once_are_left_as_they_are() -> None:
    raw = [
        RawCue(0, 3000, "a"),
        RawCue(2000, 4000, "b"),
        RawCue(6000, 7000, "c"),
        RawCue(7000, 8000, "d"),
        RawCue(8000, 9000, "e"),
    ]
    assert [cue.span.end_ms for cue in cues_of(raw)[0]] == [3000, 4000, 7000, 8000, 9000]


def spoken(seed: int) -> tuple[Span, ...]:
    """Speech at times that nothing else has."""
    random, start_ms, found = Random(seed), 3_000, []
    for _ in range(24):
        lasts_ms = random.choice((900, 1_500, 2_100))
        found.append(Span(start_ms, start_ms + lasts_ms))
        start_ms += lasts_ms + random.choice((2_300, 2_600, 4_000, 7_000))
    return tuple(found)


def standing(speech: tuple[Span, ...], late_ms: int = 0) -> tuple[Cue, ...]:
    """Each stands on for two seconds after its words."""
    return tuple(
        Cue(Span(span.start_ms + late_ms, span.end_ms + late_ms + 2_000), "x" * (span.duration_ms * 15 // 1000))
        for span in speech
    )


def test_lines_that_stand_on_after_their_words_are_not_late() -> None:
    speech = spoken(0)
    detected = SpeechSegments(speech, speech, (), speech)
    found = combine(Subtitles(standing(speech), "film.srt"), detected, 170_000, DialogueSettings(), "normal")
    assert found.moved == ()
    assert found.alignment
    assert found.alignment.verdict == "in sync"
    assert [cue.span.start_ms for cue in found.subtitles] == [span.start_ms for span in speech]


def test_lines_that_are_late_and_stand_on_are_late() -> None:
    speech = spoken(2)
    heard = SpeechSegments(speech, speech, (), speech)
    with pytest.raises(SubtitleError, match="late"):
        combine(Subtitles(standing(speech, 6_000), "film.srt"), heard, 170_000, DialogueSettings(), "normal")


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
