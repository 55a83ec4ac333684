"""A result that is a folder: published whole, known as ours, kept where a person changed it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from audiodesc.errors import OutputError
from audiodesc.project.folder import hold_folder

NAME = "film.lines"


def publish(folder: Path, force: bool = False, **contents: str) -> None:
    """Publish a folder with files of these contents, named after the keyword, and one below."""
    with hold_folder(folder) as place:
        place.claim([NAME], force=force)
        partial = place.partial(NAME)
        (partial / "below").mkdir(parents=True)
        for name, text in contents.items():
            (partial / f"{name}.txt").write_text(text, "utf-8")
        (partial / "below" / "deep.txt").write_text("deep", "utf-8")
        place.publish({NAME: partial})


def inside(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.txt")}


def is_ours(folder: Path) -> bool:
    with hold_folder(folder) as place:
        return place.is_ours(NAME)


def test_it_is_published_whole_and_replaced_whole(tmp_path: Path) -> None:
    publish(tmp_path, one="first", two="second")
    assert inside(tmp_path / NAME) == {"one.txt": "first", "two.txt": "second", "below/deep.txt": "deep"}
    assert is_ours(tmp_path)
    publish(tmp_path, three="third")
    assert inside(tmp_path / NAME) == {"three.txt": "third", "below/deep.txt": "deep"}
    assert is_ours(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == [NAME]


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda folder: (folder / "one.txt").write_text("mine", "utf-8"),
    "added": lambda folder: (folder / "mine.txt").write_text("mine", "utf-8"),
    "removed": lambda folder: (folder / "one.txt").unlink(),
    "renamed": lambda folder: (folder / "one.txt").rename(folder / "other.txt"),
    "moved": lambda folder: (folder / "one.txt").rename(folder / "below" / "one.txt"),
    "linked": lambda folder: (folder / "link.txt").symlink_to("one.txt"),
    "piped": lambda folder: os.mkfifo(folder / "pipe"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_that_a_person_changed_is_refused_and_with_force_kept(tmp_path: Path, change: str) -> None:
    publish(tmp_path, one="first", two="second")
    CHANGES[change](tmp_path / NAME)
    before = inside(tmp_path / NAME)
    assert not is_ours(tmp_path)
    with pytest.raises(OutputError, match=r"film\.lines was changed") as caught:
        publish(tmp_path, one="new")
    assert "--force" in caught.value.remedy
    assert inside(tmp_path / NAME) == before
    publish(tmp_path, force=True, one="new")
    assert inside(tmp_path / NAME) == {"one.txt": "new", "below/deep.txt": "deep"}
    assert inside(tmp_path / "film.kept-1.lines") == before


def test_what_editors_leave_in_a_folder_does_not_make_it_theirs(tmp_path: Path) -> None:
    publish(tmp_path, one="first")
    for name in ("0001.wav.reapeaks", "0001.pkf", ".DS_Store", "Thumbs.db", "._one.txt", "below/desktop.ini"):
        (tmp_path / NAME / name).write_bytes(b"peaks")
    assert is_ours(tmp_path)
    (tmp_path / NAME / "notes.docx").write_bytes(b"mine")
    assert not is_ours(tmp_path)


def test_a_file_gives_way_to_a_folder_and_a_folder_to_a_file(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("mine", "utf-8")
    publish(tmp_path, force=True, one="new")
    assert (tmp_path / "film.kept-1.lines").read_text("utf-8") == "mine"
    with hold_folder(tmp_path) as place:
        place.claim([NAME], force=False)
        place.partial(NAME).write_text("a file", "utf-8")
        place.publish({NAME: place.partial(NAME)})
    assert (tmp_path / NAME).read_text("utf-8") == "a file"
    publish(tmp_path, one="again")
    assert inside(tmp_path / NAME)["one.txt"] == "again"


def test_it_is_withdrawn_unless_somebody_changed_it(tmp_path: Path) -> None:
    publish(tmp_path, one="first")
    with hold_folder(tmp_path) as place:
        place.withdraw([NAME])
        assert not (tmp_path / NAME).exists()
    publish(tmp_path, one="first")
    CHANGES["added"](tmp_path / NAME)
    with hold_folder(tmp_path) as place:
        place.withdraw([NAME])
        assert inside(tmp_path / NAME)["mine.txt"] == "mine"


def test_a_run_that_ends_before_it_publishes_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    publish(tmp_path, one="first")
    with hold_folder(tmp_path) as place:
        place.partial(NAME).mkdir()
        (place.partial(NAME) / "one.txt").write_text("half", "utf-8")
    assert inside(tmp_path / NAME) == {"one.txt": "first", "below/deep.txt": "deep"}
    assert is_ours(tmp_path)


def test_the_hash_is_of_names_and_contents_alone(tmp_path: Path) -> None:
    found = set()
    for out in ("a", "b"):
        publish(tmp_path / out, one="first", two="second")
        with hold_folder(tmp_path / out) as place:
            found.add(place.hash(NAME))
    assert len(found) == 1


def test_a_new_folder_is_there_before_the_old_one_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time in which there is neither is that of one rename."""
    publish(tmp_path, one="first")
    seen = []

    def removed(path: Path, **_: object) -> None:
        if "old-" in path.name:
            seen.append(inside(tmp_path / NAME)["one.txt"])

    monkeypatch.setattr("audiodesc.project.results.shutil.rmtree", removed)
    publish(tmp_path, one="second")
    assert seen[0] == "second"
    assert set(seen) == {"second"}
