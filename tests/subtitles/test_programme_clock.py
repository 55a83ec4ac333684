"""Subtitles on a programme's time code are moved to the film's start, by what all share or the film's own code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from films import FFMPEG
from written import HOUR, srt

from audiodesc.media.probe import probe, start_code
from audiodesc.model import Cue, Span
from audiodesc.subtitles import dialogue
from audiodesc.subtitles.timecodes import from_programme_start, overlaps_film, without_subtitle_zero

FILM_MS = 60_000
SAID = ((8_700, 11_450), (15_500, 18_909), (31_092, 35_146))
ZERO = Cue(Span(0, 80), "The Last Ferry, version 2")


def cues(early_ms: int = 0) -> list[Cue]:
    return [Cue(Span(start + early_ms, end + early_ms), f"Line at {start}.") for start, end in SAID]


def spans(found: tuple[Cue, ...]) -> list[tuple[int, int]]:
    return [(cue.span.start_ms, cue.span.end_ms) for cue in found]


@pytest.mark.parametrize("hours", [1, 10, 20])
@pytest.mark.parametrize("zeros", [0, 1])
def test_whole_hours_that_all_share_are_taken_off(hours: int, zeros: int) -> None:
    found, (note,) = from_programme_start([ZERO] * zeros + cues(hours * HOUR), FILM_MS)
    assert spans(found) == list(SAID)
    assert f"{hours:02}:00:00" in note.message
    assert ("left out" in note.message) == bool(zeros)


def test_the_films_own_time_code_is_taken_off() -> None:
    start_ms = HOUR - 10_000
    found, (note,) = from_programme_start(cues(start_ms), FILM_MS, lambda: start_ms)
    assert spans(found) == list(SAID)
    assert "00:59:50" in note.message


def test_what_no_offset_explains_stays_where_it_is() -> None:
    for early_ms in (HOUR - 10_000, HOUR // 2, 0):
        assert from_programme_start(cues(early_ms), FILM_MS)[0] == tuple(cues(early_ms))


def test_subtitle_zero_is_nothing_that_lies_in_the_film() -> None:
    assert without_subtitle_zero([ZERO, *cues(HOUR)]) == cues(HOUR)
    assert not overlaps_film([ZERO, *cues(HOUR)], FILM_MS)
    assert overlaps_film([ZERO, *cues()], FILM_MS)


def test_without_a_film_what_begins_after_an_hour_is_a_time_code() -> None:
    assert spans(from_programme_start([ZERO, *cues(10 * HOUR)], None)[0]) == list(SAID)
    assert from_programme_start(cues(), None) == (tuple(cues()), [])


def test_a_mov_says_when_it_starts(tmp_path: Path) -> None:
    path, subs = tmp_path / "film.mov", tmp_path / "film.srt"
    made = ["-f", "lavfi", "-i", "color=s=64x64:r=25:d=40", "-timecode", "00:59:50:00", "-c:v", "mpeg4", str(path)]
    subprocess.run([FFMPEG, "-v", "error", *made], check=True)
    subs.write_text(srt(*((cue.span.start_ms, cue.span.end_ms, cue.text) for cue in cues(HOUR - 10_000))))
    film = probe(path)
    assert start_code(film) == "00:59:50:00"
    assert spans(dialogue(film, subs)[0]) == list(SAID)
