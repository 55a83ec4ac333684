"""What is spoken stands in a script of its own, and never in the one that a person gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.model import Gap, Line, Outcome, Segment, Span, SpokenLine
from audiodesc.project import moved, outdated, script_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As three renders leave it, each of the script before, with files that have nothing to do with it."""
    folder = tmp_path / "film.ad"
    folder.mkdir()
    for name in ("film.ad", "film.ad.spoken", "film.ad.spoken.spoken", "film.ad.spokenly", "other.ad.spoken", "mine"):
        (folder / f"{name}.vtt").touch()
    return folder


def test_without_a_persons_script_it_has_the_films_name(folder: Path) -> None:
    assert script_name(folder, "film") == "film.ad.vtt"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("film.ad.vtt", "film.ad.spoken.vtt"),
        ("film.ad.spoken.vtt", "film.ad.spoken.spoken.vtt"),
        ("film.ad.spoken.spoken.vtt", "film.ad.spoken.spoken.spoken.vtt"),
        ("mine.vtt", "film.ad.vtt"),
        ("film.ad.spokenly.vtt", "film.ad.vtt"),
        ("other.ad.spoken.vtt", "film.ad.vtt"),
    ],
)
def test_a_script_that_is_given_is_not_written_to(folder: Path, given: str, name: str) -> None:
    assert script_name(folder, "film", folder / given) == name


def test_a_script_that_is_given_in_another_format_is_not_written_to_either(folder: Path) -> None:
    (folder / "film.ad.srt").touch()
    (folder / "film.ad.spoken.srt").touch()
    assert script_name(folder, "film", folder / "film.ad.srt") == "film.ad.spoken.vtt"
    assert script_name(folder, "film", folder / "film.ad.spoken.srt") == "film.ad.spoken.spoken.vtt"
    twice = {"film.ad.spoken.vtt", "film.ad.spoken.spoken.vtt", "film.ad.spoken.srt"}
    assert set(outdated(folder, "film", "film.ad.vtt")) == twice
    assert set(outdated(folder, "film", "film.ad.spoken.vtt")) == {"film.ad.spoken.spoken.vtt"}


def test_it_is_the_file_that_counts_and_not_how_it_is_named(folder: Path) -> None:
    (folder.parent / "link.vtt").symlink_to(folder / "film.ad.vtt")
    (folder.parent / "film.ad.vtt").touch()
    assert script_name(folder, "film", folder.parent / "link.vtt") == "film.ad.spoken.vtt"
    assert script_name(folder, "film", folder / ".." / "film.ad" / "film.ad.vtt") == "film.ad.spoken.vtt"
    assert script_name(folder, "film", folder.parent / "film.ad.vtt") == "film.ad.vtt"


def test_names_may_hold_what_patterns_are_made_of(tmp_path: Path) -> None:
    (tmp_path / "a[1]*.ad.vtt").touch()
    assert script_name(tmp_path, "a[1]*", tmp_path / "a[1]*.ad.vtt") == "a[1]*.ad.spoken.vtt"


def test_what_is_spoken_no_more_is_outdated_but_never_the_given_script_nor_the_first(folder: Path) -> None:
    twice = {"film.ad.spoken.vtt", "film.ad.spoken.spoken.vtt"}
    assert set(outdated(folder, "film", "film.ad.vtt")) == twice
    assert outdated(folder, "film", "film.ad.spoken.vtt", folder / "film.ad.vtt") == ["film.ad.spoken.spoken.vtt"]
    assert outdated(folder, "film", "film.ad.spoken.spoken.vtt", folder / "film.ad.spoken.vtt") == []


def spoken(written_ms: int, start_ms: int | None) -> Outcome:
    """A line that is written for one time and spoken from another, or left out."""
    segment = Segment(Gap(Span(0, 60_000)), Span(0, 60_000), 0, 9, written=Span(written_ms, written_ms + 900))
    if start_ms is None:
        return Outcome(segment, "", "Snow.", "human", None, "it does not fit")
    speech = SpokenLine(Line(segment, "Snow.", "human"), Path("a.wav"), Span(start_ms, start_ms + 900), 1.0)
    return Outcome(segment, "", "Snow.", "human", speech)


def test_lines_that_begin_at_other_times_are_told() -> None:
    still, late, out = spoken(1_000, 1_000), spoken(6_000, 6_540), spoken(8_000, None)
    assert list(moved([still, out, spoken(9_000, 9_000)], "x.vtt")) == []
    (note,) = moved([still, late, out], "x.vtt")
    assert note.message == "1 line was moved from 0:06.0 to 0:06.5: x.vtt has the times of all"
    (note,) = moved([spoken(1_100, 1_120), late], "x.vtt")
    assert note.message.startswith("2 lines were moved, the first from 0:01.100 to 0:01.120: ")
    assert note.span == Span(1_120, 2_020)


def test_a_line_that_nobody_wrote_is_not_moved() -> None:
    segment = Segment(Gap(Span(0, 60_000)), Span(0, 60_000), 0, 9)
    speech = SpokenLine(Line(segment, "Snow.", "basic"), Path("a.wav"), Span(500, 900), 1.0)
    assert list(moved([Outcome(segment, "", "Snow.", "basic", speech)], "x.vtt")) == []
