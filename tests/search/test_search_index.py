"""An index follows its films by itself, outlives a kill, and is made again where it cannot be used."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from search.filmstock import draft, made, write

from audiodesc.errors import OutputError
from audiodesc.project.editing import Edit
from audiodesc.project.project import open_project
from audiodesc.search.finding import answer, find
from audiodesc.search.index import AT_ONCE, OF_FOLDER, Updated, index_path, update, with_index
from audiodesc.search.moments import LONGEST_MS, NEAR_MS


def brought(place: Path, *, anew: bool = False) -> Updated:
    return with_index(place, lambda store: update(place, store, anew=anew))


def lines(question: str, place: Path) -> list[str]:
    return sorted(hit.line for hit in find(question, place))


def settled(place: Path) -> None:
    """As if the projects had been written a minute ago."""
    for file in place.rglob("project.sqlite"):
        os.utime(file, ns=(before := time.time_ns() - 60_000_000_000, before))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "films"
    write(place / "one.ad", "A ferry leaves.")
    write(place / "deep/two.ad", "A ferry sinks.")
    settled(place)
    return place


def test_only_what_changed_is_read_again(folder: Path) -> None:
    assert (brought(folder).read, brought(folder).read) == (2, 0)
    with open_project(folder / "one.ad") as project:
        project.edit([Edit("000030000", text="A ferry burns.")])
    assert brought(folder).read == 1
    assert lines("ferry", folder) == ["A ferry burns.", "A ferry sinks."]
    assert lines("leaves", folder) == []
    assert brought(folder, anew=True).read == 2


def test_what_was_written_just_now_is_read_again(tmp_path: Path) -> None:
    """Its time and size may stay the same when it is written once more."""
    write(tmp_path / "one.ad", "A ferry leaves.")
    assert brought(tmp_path).read == brought(tmp_path).read == 1
    settled(tmp_path)
    assert (brought(tmp_path).read, brought(tmp_path).read) == (1, 0)


def test_films_that_are_gone_are_forgotten_and_moved_ones_found(folder: Path) -> None:
    brought(folder)
    shutil.rmtree(folder / "one.ad")
    (folder / "deep/two.ad").rename(folder / "three.ad")
    found = brought(folder)
    assert (found.projects, found.moments, found.forgotten) == (1, 1, 2)
    assert [hit.project for hit in find("ferry", folder)] == [folder / "three.ad"]
    assert brought(folder).read == 0


def test_an_index_of_one_project_is_inside_of_it(folder: Path) -> None:
    assert lines("ferry", folder / "one.ad") == ["A ferry leaves."]
    assert index_path(folder / "one.ad") == folder / "one.ad/.audiodesc/index.sqlite"
    assert not (folder / OF_FOLDER).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_has_its_index_in_the_users_cache(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        assert len(lines("ferry", folder)) == 2
        assert not (folder / OF_FOLDER).exists()
    finally:
        folder.chmod(0o700)


def test_where_nothing_may_be_written_the_index_is_in_the_users_cache(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert len(lines("ferry", folder)) == 2
    assert not (folder / OF_FOLDER).exists()
    assert list((tmp_path / "cache").rglob("*.sqlite"))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 20_000)


def of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE facts SET value = '999' WHERE name = 'form'")
        connection.commit()


@pytest.mark.parametrize(
    "spoil", [truncated, overwritten, of_another_version, lambda path: path.write_text("no database" * 99)]
)
def test_an_index_that_cannot_be_used_is_made_again_and_that_is_said(
    folder: Path, spoil: Callable[[Path], None], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(folder)
    spoil(folder / OF_FOLDER)
    monkeypatch.setattr(logging.getLogger("audiodesc"), "propagate", True)
    assert lines("ferry", folder) == ["A ferry leaves.", "A ferry sinks."]
    records = dict.fromkeys(caplog.records)  # one that two handlers saw is there twice
    assert [one.getMessage().split(": ", 1)[1] for one in records] == ["the index is made again"]


@pytest.mark.parametrize("name", [OF_FOLDER, f"{OF_FOLDER}-journal"])
def test_nothing_is_written_through_a_link(folder: Path, tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (folder / name).symlink_to(precious)
    with pytest.raises(OutputError, match="is a link"):
        find("ferry", folder)
    assert precious.read_text() == "mine"


def test_another_programs_database_is_left_alone(folder: Path) -> None:
    with closing(sqlite3.connect(folder / OF_FOLDER)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = (folder / OF_FOLDER).read_bytes()
    with pytest.raises(OutputError, match="not an index of audiodesc"):
        find("ferry", folder)
    assert (folder / OF_FOLDER).read_bytes() == before


def test_links_to_folders_are_not_followed(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/other.ad", "A ferry burns.")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    assert lines("ferry", folder) == ["A ferry leaves.", "A ferry sinks."]


def test_a_project_that_cannot_be_read_is_named_and_the_others_are_searched(folder: Path) -> None:
    (folder / "broken.ad/.audiodesc").mkdir(parents=True)
    (folder / "broken.ad/.audiodesc/project.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5_000)
    found = answer("ferry", [folder])
    assert len(found.hits) == 2
    assert "broken.ad" in found.notes[0]


def test_several_at_once_see_all_films(tmp_path: Path) -> None:
    for number in range(AT_ONCE + 5):
        write(tmp_path / f"film-{number}.ad", "A ferry leaves.")
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: len(find("ferry", tmp_path, limit=100)), range(4)))
    assert counts == [AT_ONCE + 5] * 4


KILLED = """
import os, sys
from pathlib import Path
from audiodesc.search import index
from audiodesc.search.store import IndexStore
put, done = IndexStore.put, []
def killing(self, *given):
    put(self, *given)
    done.append(given)
    if len(done) == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
IndexStore.put = killing
place = Path(sys.argv[1])
index.with_index(place, lambda store: index.update(place, store))
"""


@pytest.mark.parametrize("after", [1, AT_ONCE, AT_ONCE + 3])
def test_a_kill_while_it_is_written_leaves_what_was_there_before(
    tmp_path: Path, after: int, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(AT_ONCE + 5):
        write(tmp_path / f"film-{number}.ad", "A ferry leaves.")
    settled(tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(after)], check=False)
    assert done.returncode == -9
    assert brought(tmp_path).read == AT_ONCE + 5 - (after // (AT_ONCE + 1)) * AT_ONCE
    assert len(find("ferry", tmp_path, limit=100)) == AT_ONCE + 5
    assert caplog.records == []


def test_what_is_said_near_a_line_is_of_its_moment(tmp_path: Path) -> None:
    at, far = 60_000, 60_000 + 1_500 + NEAR_MS + LONGEST_MS
    cues = [[at - 3_000, at - 1_000, "speech", "", "near"], [far, far + 1_000, "speech", "", "distant"]]
    timeline = {"cues": cues, "cuts": [], "language": "en", "duration_ms": 200_000}
    made(tmp_path / "film.ad", [draft(at, "A ferry.")], {"timeline": timeline}).close()
    assert lines("near ferry", tmp_path) == ["A ferry."]
    assert lines("distant ferry", tmp_path) == []
    (hit,) = find("distant", tmp_path)
    assert (hit.line, hit.span.start_ms) == ("", far)


def test_facts_that_nobody_wrote_cost_that_project_only(folder: Path) -> None:
    with open_project(folder / "one.ad") as project:
        project.put_facts({"film": ["no", "film"], "job": 7})
    found = answer("ferry", [folder])
    assert [hit.line for hit in found.hits] == ["A ferry sinks."]
    assert f"{folder / 'one.ad'} is damaged" in found.notes[0]
