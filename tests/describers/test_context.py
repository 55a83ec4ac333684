from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.describers.context import LARGEST_PORTRAIT, FilmContext, Person, picture_kind, read_cast
from audiodesc.errors import InputError

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
JPEG = b"\xff\xd8\xff\xe0" + b"picture"


def cast_file(folder: Path, text: str) -> Path:
    path = folder / "cast.toml"
    path.write_text(text, "utf-8")
    return path


def test_people_come_in_the_files_order_with_their_portraits(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "anna.png").write_bytes(PNG)
    (tmp_path / "omar.jpg").write_bytes(JPEG)
    text = """
        [[person]]
        name = "Anna  Berg"
        looks = "grey plait,\\n red raincoat"
        portrait = "faces/anna.png"
        [[person]]
        name = "Omar"
        portrait = "omar.jpg"
        [[person]]
        name = "Zoë"
        looks = "a child"
    """
    assert read_cast(cast_file(tmp_path, text)) == (
        Person("Anna Berg", "grey plait, red raincoat", PNG),
        Person("Omar", "", JPEG),
        Person("Zoë", "a child"),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[person", "not TOML"),
        ("", "holds [[person]] tables"),
        ("person = []", "holds [[person]] tables"),
        ('person = "Anna"', "holds [[person]] tables"),
        ('[person]\nname = "Anna"', "holds [[person]] tables"),
        ('title = "x"\n[[person]]\nname = "Anna"', "holds [[person]] tables"),
        ("person = [1]", "person 1 is not a table"),
        ('[[person]]\nlooks = "tall"', "person 1 has no name"),
        ('[[person]]\nname = " "', "person 1 has no name"),
        ('[[person]]\nname = "Anna"\n[[person]]\nname = 7', "person 2: name is not text"),
        ('[[person]]\nname = "Anna"\nage = 7', "person 1: unknown key 'age'"),
        ('[[person]]\nname = "Anna"\n[[person]]\nname = "Anna"', "'Anna' is listed twice"),
        ('[[person]]\nname = "Anna"\nportrait = "none.png"', "person 1: there is no portrait"),
        ('[[person]]\nname = "Anna"\nportrait = ""', "person 1: there is no portrait"),
        ('[[person]]\nname = "Anna"\nportrait = "anna.gif"', "neither PNG nor JPEG"),
        ('[[person]]\nname = "Anna"\nportrait = "huge.png"', "larger than 5 MB"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "anna.gif").write_bytes(b"GIF89a")
    (tmp_path / "huge.png").write_bytes(PNG.ljust(LARGEST_PORTRAIT + 1))
    path = cast_file(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_cast(path)
    assert str(caught.value).startswith(str(path))
    assert fault in caught.value.fault
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_one_in_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        read_cast(tmp_path / "none.toml")
    path = tmp_path / "cast.toml"
    path.write_bytes('[[person]]\nname = "Zoë"'.encode("latin-1"))
    with pytest.raises(InputError, match=r"cast\.toml: not TOML"):
        read_cast(path)


def test_the_largest_portrait_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG.ljust(LARGEST_PORTRAIT))
    (person,) = read_cast(cast_file(tmp_path, '[[person]]\nname = "Anna"\nportrait = "a.png"'))
    assert person.portrait is not None
    assert len(person.portrait) == LARGEST_PORTRAIT


def test_pictures_are_known_by_their_content() -> None:
    assert [picture_kind(content) for content in (PNG, JPEG, b"GIF89a", b"")] == ["png", "jpeg", None, None]


def test_the_fingerprint_changes_with_all_that_is_known() -> None:
    all_ = [
        FilmContext(),
        FilmContext("A ship."),
        FilmContext("", (Person("Anna"),)),
        FilmContext("", (Person("Anna", "tall"),)),
        FilmContext("", (Person("Anna", "", PNG),)),
        FilmContext("", (Person("Anna", "", JPEG),)),
        FilmContext("", (Person("Anna"), Person("Omar"))),
        FilmContext("", (Person("Omar"), Person("Anna"))),
    ]
    assert len({context.fingerprint for context in all_}) == len(all_)
    assert FilmContext("A ship.").fingerprint == FilmContext("A ship.").fingerprint
