"""What a film's dialogue is: a file or its own track, on the film's clock, with doubts told."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from films import make_film
from reading import timed
from written import HOUR, Timed, microdvd, srt

from audiodesc.media.probe import probe
from audiodesc.model import Film, VideoTrack
from audiodesc.subtitles import dialogue, frame_rate

Write = Callable[..., Path]
ONE, TWO = (1_000, 2_000, "Hello."), (58_000, 59_000, "Bye.")


def film(seconds: int = 60) -> Film:
    return Film(Path("film.mkv"), "f", "matroska", seconds * 1000, Fraction(0), VideoTrack(0, "h264", 160, 120), (), ())


@pytest.fixture(autouse=True)
def no_time_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no film on disk whose time code could be asked."""
    monkeypatch.setattr("audiodesc.subtitles.start_code", lambda film: "")


def later(cue: Timed, hours: int) -> Timed:
    return cue[0] + hours * HOUR, cue[1] + hours * HOUR, cue[2]


def test_a_file_that_fits_the_film_is_taken_as_it_is(write: Write) -> None:
    cues, notes = dialogue(film(), write(srt(ONE, TWO)))
    assert timed(cues) == [ONE, TWO]
    assert notes == ()


@pytest.mark.parametrize("hours", [1, 10])
def test_a_time_code_that_begins_at_a_whole_hour_is_moved_with_a_note(write: Write, hours: int) -> None:
    cues, (note,) = dialogue(film(), write(srt(later(ONE, hours), later(TWO, hours))))
    assert timed(cues) == [ONE, TWO]
    assert f"{hours:02}:00:00:00" in note.message


def test_a_late_first_subtitle_of_a_long_film_stays(write: Write) -> None:
    cues, notes = dialogue(film(7_200), write(srt(later(ONE, 1))))
    assert timed(cues) == [later(ONE, 1)]
    assert notes == ()


def test_what_fits_neither_way_stays_with_a_doubt(write: Write) -> None:
    one = (20_000, 21_000, "Hello.")  # at 0:00 it would be a subtitle zero
    cues, (note,) = dialogue(film(), write(srt(one, later(TWO, 1))))
    assert timed(cues) == [one, later(TWO, 1)]
    assert "another film" in note.message


def test_an_endless_subtitle_is_told(write: Write) -> None:
    (note,) = dialogue(film(120), write(srt((1_000, 62_000, "For ever."))))[1]
    assert "longer than a minute" in note.message


@pytest.mark.parametrize("fps", [24, 25, 30])
def test_frames_are_counted_at_the_films_own_rate(write: Write, tmp_path: Path, fps: int) -> None:
    made = probe(make_film(tmp_path / "film.mkv", 4, fps=fps))
    assert frame_rate(made) == fps
    assert timed(dialogue(made, write(microdvd((1_000, 2_000, "Hello."), fps=fps)))[0]) == [ONE]


def test_a_film_is_not_opened_for_its_rate_where_none_is_needed(write: Write) -> None:
    assert timed(dialogue(film(), write(srt(ONE)))[0]) == [ONE]  # there is no such film on disk
