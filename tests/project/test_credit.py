"""A closing credit is a person's line at the film's end, added once."""

from __future__ import annotations

from pathlib import Path

import pytest
from films import Sound, make_film, silence, write_srt

import audiodesc
from audiodesc.project import Edit, open_project
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings, VoiceSettings

SCRIPT = "WEBVTT\n\n00:01.000 --> 00:03.000\nA red wall.\n"
TEXT = "Audio description: Anna Nym."


def chosen(credit: str) -> Settings:
    return Settings(
        voice=VoiceSettings(name="espeak-en-gb"),
        dialogue=DialogueSettings(hear=False),
        deliver=DeliverSettings(credit=credit),
    )


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "mine.vtt").write_text(SCRIPT)
    return make_film(tmp_path / "film.mp4", 20, sounds=[Sound(silence(20), "mono", codec="aac")])


def rendered(film: Path, credit: str, cues: list[tuple[int, int, str]]) -> audiodesc.Result:
    subtitles = write_srt(film.with_suffix(".srt"), cues)
    return audiodesc.render(film, film.with_name("mine.vtt"), subtitles, settings=chosen(credit))


def test_it_is_spoken_and_shown_in_the_last_gap_after_the_last_line(film: Path) -> None:
    made = rendered(film, TEXT, [(5_000, 8_000, "Hello."), (14_000, 15_000, "Goodbye.")])
    last = made.spoken[-1]
    assert last.line.text == TEXT
    assert last.span.start_ms == 15_150
    assert made.files["script"].read_text().split("\n\n")[-2].endswith(TEXT)
    assert made.report.segments[-1].author == "human"
    assert made.report.overlap_ms == 0
    assert any(note.stage == "credit" and "spoken at" in note.message for note in made.notes)


def test_it_takes_an_earlier_gap_where_the_last_is_too_short(film: Path) -> None:
    made = rendered(film, TEXT, [(5_000, 8_000, "Hello."), (14_000, 19_500, "Goodbye.")])
    assert made.spoken[-1].span.start_ms == 8_150


def test_without_room_it_is_not_spoken_and_a_note_says_so(film: Path) -> None:
    made = rendered(film, TEXT, [(4_000, 19_500, "Hello.")])
    assert [one.line.text for one in made.spoken] == ["A red wall."]
    assert any("no room for the credit" in note.message for note in made.notes)


def test_it_is_added_once_changed_when_asked_and_stays_deleted(film: Path) -> None:
    rendered(film, TEXT, [(5_000, 6_000, "Hello.")])
    folder = film.with_name("film.ad")
    again = audiodesc.render(folder)
    assert [one.line.text for one in again.spoken] == ["A red wall.", TEXT]
    other = audiodesc.render(folder, settings=chosen("Another credit."))
    assert [one.line.text for one in other.spoken] == ["A red wall.", "Another credit."]
    with open_project(folder) as project:
        project.edit([Edit(project.lines()[-1].id, deleted=True)])
    gone = audiodesc.render(folder, settings=chosen("Another credit."))
    assert [one.line.text for one in gone.spoken] == ["A red wall."]


def test_no_rule_of_style_judges_it(film: Path) -> None:
    made = rendered(film, "We see the camera pan.", [(5_000, 6_000, "Hello.")])
    assert made.spoken[-1].line.text == "We see the camera pan."
    assert not any("camera" in one.words for one in made.report.check.findings)
