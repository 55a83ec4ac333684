"""The film that is described is the one that was probed: nothing of another is kept, and nothing published."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from films import Sound, make_film, plain, tone
from stories import make_story

import audiodesc
from audiodesc import make
from audiodesc.core.cache import Store
from audiodesc.core.content import UNREAD
from audiodesc.errors import FilmError
from audiodesc.media.frames import key_frames
from audiodesc.media.opening import check_unchanged, open_film, with_content
from audiodesc.media.probe import probe
from audiodesc.model import Film

ROOT = Path(audiodesc.__file__).parent


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return probe(make_film(tmp_path / "film.mkv", 2, sounds=[Sound(tone(2), "mono")]))


def other(path: Path) -> Path:
    return make_film(path.with_name("other.mkv"), 2, plain((200, 10, 10)), [Sound(tone(2, 300), "mono")])


def rename(film: Path) -> None:
    other(film).replace(film)


def write(film: Path) -> None:
    with film.open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(bytes(100))


def remove(film: Path) -> None:
    film.unlink()


WAYS: list[Callable[[Path], None]] = [rename, write, remove]


@pytest.mark.parametrize("change", WAYS)
def test_another_film_in_its_place_is_not_opened(film: Film, change: Callable[[Path], None]) -> None:
    change(film.path)
    with pytest.raises(FilmError) as caught, open_film(film):
        pass
    assert str(film.path) in caught.value.fault
    assert caught.value.remedy


@pytest.mark.parametrize("change", WAYS)
def test_one_that_comes_while_it_is_read_is_no_end_of_it(film: Film, change: Callable[[Path], None]) -> None:
    frames = key_frames(film, 90)
    next(frames)
    change(film.path)
    with pytest.raises(FilmError):
        list(frames)


def test_the_content_is_read_and_remembered(film: Film, tmp_path: Path) -> None:
    assert film.fingerprint.startswith(UNREAD)
    told: list[tuple[str, int, int]] = []
    store = Store(tmp_path / "store")
    known = with_content(film, store, lambda *now: told.append(now))
    assert not known.fingerprint.startswith(UNREAD)
    assert told[-1][0] == "hash"
    assert told[-1][1] <= told[-1][2] > 0
    copy = probe(Path(shutil.copy(film.path, tmp_path / "copy.mkv")))
    assert copy.fingerprint != film.fingerprint
    assert with_content(copy, store).fingerprint == known.fingerprint


@pytest.mark.parametrize("change", WAYS)
def test_what_changed_since_the_probe_is_not_read(film: Film, tmp_path: Path, change: Callable[[Path], None]) -> None:
    change(film.path)
    with pytest.raises(FilmError):
        with_content(film, Store(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


def test_a_moved_or_linked_film_is_still_the_same(film: Film, tmp_path: Path) -> None:
    known = with_content(film, Store(tmp_path / "store"))
    film.path.chmod(0o600)
    os.link(film.path, tmp_path / "link.mkv")
    for one in (film, known, replace(known, path=tmp_path / "link.mkv")):
        check_unchanged(one)


def test_a_copy_as_long_and_as_old_is_told_by_its_content(film: Film, tmp_path: Path) -> None:
    known, seen = with_content(film, Store(tmp_path / "store")), film.path.stat()
    content = bytearray(film.path.read_bytes())
    for changes in (False, True):
        if changes:
            content[-200] ^= 255
        (tmp_path / "new").write_bytes(content)
        os.utime(tmp_path / "new", ns=(seen.st_atime_ns, seen.st_mtime_ns))
        (tmp_path / "new").replace(film.path)
        if changes:
            with pytest.raises(FilmError, match="changed while"):
                check_unchanged(known)
        else:
            check_unchanged(known)


PARTS = ("cues", "gaps", "segments", "loudness")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A folder with a film, and what its description has in it."""
    folder = tmp_path_factory.mktemp("story")
    report = make(make_story(folder), folder / "story.srt").report
    return folder, [report[part] for part in PARTS]


@pytest.mark.parametrize("stage", ["hash", "hear", "look", "mix", "mux"])
def test_a_film_that_is_replaced_meanwhile_leaves_nothing_of_itself(
    tmp_path: Path, stage: str, story: tuple[Path, list[Any]]
) -> None:
    """With the first film back the same command gives what it gives without all this."""
    folder, truth = story
    film, out, subs = tmp_path / "story.mp4", tmp_path / "out", folder / "story.srt"
    shutil.copy2(folder / "story.mp4", film)
    replaced = False

    def swap(now: str, done: int, total: int) -> None:
        nonlocal replaced
        if now == stage and not replaced:
            replaced = True
            fake = make_film(tmp_path / "fake.mp4", 20, plain((5, 200, 5)), [Sound(tone(20, 200), "mono", codec="aac")])
            fake.replace(film)

    with pytest.raises(FilmError, match="changed while"):
        make(film, subs, out, progress=swap)
    assert replaced
    assert {path.name for path in out.iterdir()} == {".audiodesc"}
    shutil.copy2(folder / "story.mp4", film)
    report = make(film, subs, out).report
    assert [report[part] for part in PARTS] == truth


def test_no_module_opens_a_probed_film_by_its_path() -> None:
    """That would not look whether it is still the same."""
    by_path = [
        f"{path.name}:{call.lineno}"
        for path in ROOT.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "open_film"
        if isinstance(call.args[0], ast.Attribute)
    ]
    assert by_path == []
