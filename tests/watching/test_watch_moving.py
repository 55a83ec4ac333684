"""Files are moved whole, over no others, also to another disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from audiodesc.watching.moving import move_file, move_folder, move_together, written_whole


def no_rename(self: Path, target: Path) -> Path:
    if self.name.endswith(".part"):
        os.rename(self, target)  # noqa: PTH104 — the one that is not replaced here
        return target
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(target))


@pytest.mark.parametrize("other_disk", [False, True])
def test_a_file_is_moved_to_a_free_name(tmp_path: Path, other_disk: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("content")
    os.utime(source, ns=(5, 5))
    if other_disk:
        monkeypatch.setattr(Path, "replace", no_rename)
    move_file(source, target)
    assert [one.name for one in tmp_path.iterdir()] == ["b"]
    assert target.read_text() == "content"
    assert target.stat().st_mtime_ns == 5
    source.write_text("another")
    with pytest.raises(FileExistsError):
        move_file(source, target)
    assert (source.read_text(), target.read_text()) == ("another", "content")


def test_a_move_that_fails_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a"
    source.write_text("content")

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        move_file(source, tmp_path / "b")
    with pytest.raises(OSError, match="No space"):
        written_whole(tmp_path / "c", "text")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_files_are_moved_together_or_not_at_all(tmp_path: Path) -> None:
    film, subtitles, into = tmp_path / "film.mp4", tmp_path / "film.srt", tmp_path / "into"
    film.write_text("film")
    with pytest.raises(FileNotFoundError):
        move_together([film, subtitles], into, "film", {".reason.txt": "why"})
    assert film.read_text() == "film"
    assert list(into.iterdir()) == []
    subtitles.write_text("subtitles")
    (into / "film.reason.txt").write_text("an older one")
    moved = move_together([film, subtitles], into, "film", {".reason.txt": "why"})
    assert [one.name for one in moved] == ["film.mp4", "film.srt", "film.reason.txt"]
    assert (into / "film.reason.txt").read_text() == "why"
    subtitles.write_text("others")
    moved = move_together([subtitles], into, "film", {".reason.txt": "why"})
    assert [one.name for one in moved] == ["film-2.srt", "film-2.reason.txt"]
    assert (into / "film.srt").read_text() == "subtitles"
    moved = move_together([], into, "film", {".reason.txt": "it is gone"})
    assert [one.name for one in moved] == ["film-3.reason.txt"]


def test_files_of_one_name_in_two_folders_are_both_moved(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("film.mp4", "film.srt", "Subs/film.srt", "film.reason.txt")]
    (tmp_path / "Subs").mkdir()
    for file in files:
        file.write_text(str(file))
    moved = move_together(files, tmp_path / "into", "film", {".reason.txt": "why"})
    names = ["film.mp4", "film.srt", "film.Subs.srt", f"film.{tmp_path.name}.reason.txt", "film.reason.txt"]
    assert [one.name for one in moved] == names
    assert [one.read_text() for one in moved] == [*map(str, files), "why"]


def test_a_reason_that_names_a_file_that_is_no_text_is_written(tmp_path: Path) -> None:
    written_whole(tmp_path / "reason.txt", os.fsdecode(b"caf\xe9.mp4 is bad"))
    assert (tmp_path / "reason.txt").read_bytes() == b"caf\xe9.mp4 is bad"
    with pytest.raises(ValueError, match="surrogates"):
        move_together([], tmp_path / "into", "film", {".reason.txt": "\ud800"})
    assert list((tmp_path / "into").iterdir()) == []


def test_a_copy_to_another_disk_is_on_it_before_the_source_goes_and_may_be_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, into, synced = tmp_path / "film.mp4", tmp_path / "into", list[bool]()
    film.write_text("content")
    monkeypatch.setattr(Path, "replace", no_rename)
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(film.exists()))

    def check() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move_together([film], into, "film", check=check)
    assert (film.exists(), list(into.iterdir()), synced) == (True, [], [])
    move_together([film], into, "film")
    assert (film.exists(), synced) == (False, [True, True])


def test_a_folder_gets_a_number_where_its_name_is_taken(tmp_path: Path) -> None:
    for content in ("one", "two"):
        (tmp_path / "making").mkdir()
        (tmp_path / "making/file").write_text(content)
        move_folder(tmp_path / "making", tmp_path / "out/film.ad")
    assert (tmp_path / "out/film.ad/file").read_text() == "one"
    assert (tmp_path / "out/film-2.ad/file").read_text() == "two"
