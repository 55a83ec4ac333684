"""Which subtitles are taken for a film that names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.batch.listing.beside import SubtitleFinder
from audiodesc.batch.listing.name_tags import NameTags, name_tags

SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello.\n"


def taken(folder: Path, *names: str, film: str = "film.mp4", language: str = "", others: tuple[str, ...] = ()) -> str:
    """The name of the subtitles that are taken, as seen from the film."""
    for name in (film, *others, *names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SRT)
    found = SubtitleFinder().find(folder / film, language).path
    return Path(found).relative_to(folder).as_posix() if found else ""


@pytest.mark.parametrize(
    "name",
    [
        "film.srt",
        "FILM.SRT",
        "film.mp4.vtt",
        "film.en.srt",
        "film.eng.srt",
        "film.en-GB.srt",
        "film_en.srt",
        "film - English.ass",
        "film [German].ttml",
        "film.pt-BR.srt",
        "film.sdh.srt",
        "film.en.hi.srt",
        "film.hi.srt",
        "film.default.en.srt",
        "film.zh-Hans.srt",
        "Subs/film.srt",
        "subtitles/film.de.srt",
        "Subs/2_English.srt",
        "Subs/English.srt",
        "Subs/film/3_German.srt",
        "film.txt",
        "film.stl",
    ],
)
def test_one_that_lies_there_is_taken(tmp_path: Path, name: str) -> None:
    assert taken(tmp_path, name) == name


@pytest.mark.parametrize(
    "name",
    [
        "film.forced.srt",
        "film.eng.forced.srt",
        "film.en.commentary.srt",
        "film.ad.vtt",
        "film.ad.srt",
        "film.en.ad.srt",
        "film 2.srt",
        "film2.srt",
        "film.2.srt",
        "film.extended cut.srt",
        "films.srt",
        "another.srt",
        ".film.srt",
        "film.docx",
        "Subs/another.srt",
        "English.srt",
    ],
)
def test_what_is_no_whole_subtitles_of_this_film_is_not(tmp_path: Path, name: str) -> None:
    assert taken(tmp_path, name) == ""


@pytest.mark.parametrize(
    ("names", "language", "right"),
    [
        (["film.en.srt", "film.de.srt"], "", "film.en.srt"),
        (["film.en.srt", "film.de.srt"], "de", "film.de.srt"),
        (["film.en.srt", "film.ger.srt"], "de-AT", "film.ger.srt"),
        (["film.fr.srt", "film.de.srt"], "en", "film.de.srt"),
        (["film.srt", "film.en.srt"], "", "film.srt"),
        (["film.srt", "film.de.srt"], "de", "film.de.srt"),
        (["film.srt", "film.en.srt"], "de", "film.srt"),
        (["film.fr.srt"], "de", "film.fr.srt"),
        (["film.en.sdh.srt", "film.en.srt"], "", "film.en.srt"),
        (["film.en.sdh.srt", "film.en.forced.srt"], "", "film.en.sdh.srt"),
        (["film.forced.srt", "film.de.srt"], "en", "film.de.srt"),
        (["film.en.vtt", "film.en.srt"], "", "film.en.srt"),
        (["Subs/film.en.srt", "film.en.vtt"], "", "film.en.vtt"),
        (["Subs/film.de.srt", "film.en.vtt"], "de", "Subs/film.de.srt"),
    ],
)
def test_the_best_is_taken(tmp_path: Path, names: list[str], language: str, right: str) -> None:
    assert taken(tmp_path, *names, language=language) == right


def test_of_a_film_with_a_longer_name_they_are_that_films(tmp_path: Path) -> None:
    others = ("film.en.mp4",)
    assert taken(tmp_path, "film.en.srt", others=others) == ""
    assert taken(tmp_path, film="film.en.mp4") == "film.en.srt"


def test_a_language_alone_says_nothing_where_the_folder_has_several_films(tmp_path: Path) -> None:
    assert taken(tmp_path, "Subs/English.srt", others=("other.mp4",)) == ""


def test_names_of_macos_and_of_other_systems_are_the_same(tmp_path: Path) -> None:
    assert taken(tmp_path, "cafe\u0301.srt", film="caf\u00e9.mp4") == "cafe\u0301.srt"


def test_a_text_that_is_no_subtitles_is_not_taken(tmp_path: Path) -> None:
    for name, text in {"film.mp4": "", "film.txt": "A film about a dog.", "film.sub": "\0\0\1\xba binary"}.items():
        (tmp_path / name).write_text(text)
    assert SubtitleFinder().find(tmp_path / "film.mp4").path == ""


def test_the_note_says_what_was_taken_and_what_was_not(tmp_path: Path) -> None:
    for name in ("film.mp4", "film.srt", "film.de.srt"):
        (tmp_path / name).write_text(SRT)
    note = SubtitleFinder().find(tmp_path / "film.mp4").note
    assert note == "film.mp4: subtitles taken from film.srt, not from film.de.srt"


def test_the_note_says_that_forced_ones_alone_are_not_taken(tmp_path: Path) -> None:
    for name in ("film.mp4", "film.en.forced.srt"):
        (tmp_path / name).write_text(SRT)
    found = SubtitleFinder().find(tmp_path / "film.mp4")
    assert found.path == ""
    assert "film.en.forced.srt is left out as subtitles (forced)" in found.note


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert SubtitleFinder().find(tmp_path / "nowhere" / "film.mp4").path == ""


@pytest.mark.parametrize(
    ("rest", "right"),
    [
        ("", NameTags()),
        (".en", NameTags("en")),
        (".eng.forced", NameTags("en", "forced")),
        (".deu.SDH", NameTags("de", "sdh")),
        (" (Français)", NameTags("fr")),
        (".en_US", NameTags("en-US")),
        (".latino", NameTags("es-419")),
        (".fil", NameTags("fil")),
        (".en.hi", NameTags("en", "sdh")),
        (".hi", NameTags("hi")),
        (".en.forced.sdh", NameTags("en", "forced")),
        (".new", None),
        (".cut", None),
        (".1080p", None),
        (".7", None),
    ],
)
def test_what_a_name_says(rest: str, right: NameTags | None) -> None:
    assert name_tags(rest) == right
