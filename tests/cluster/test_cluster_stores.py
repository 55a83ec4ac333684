"""Films and results in stores: staged whole, copied back whole, nothing of a person's lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audiodesc.cluster.folders import Fetched, check_whole, fetch_folder, put_cache, put_folder
from audiodesc.cluster.stores import Folder, StoredFile, is_url, shown, staged_film
from audiodesc.errors import InputError, MissingToolError, OutputError, UsageError

ENTRY = ".audiodesc/cache/look.4-" + "0a" * 16 + ".json"
NOTHING = Fetched({})


@pytest.fixture
def memory() -> Iterator[Any]:
    """A store in memory, empty before and after."""
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def project(folder: Path, version: str = "1") -> Path:
    """A folder of results as a run leaves it."""
    for name, text in {
        "film.ad.vtt": f"script {version}",
        "film.ad.json": f"report {version}",
        ENTRY: "an entry",
        ".audiodesc/ours/" + "ab" * 16 + ".json": "{}",
        ".audiodesc/lock": "",
        ".audiodesc/partial/film.ad.mp4": "half",
        ".audiodesc/cache/.partial-1-2.json": "half",
    }.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def watch(monkeypatch: pytest.MonkeyPatch, copied: list[str]) -> None:
    """Have the names of all files that are put and written into a store noted in their order."""
    put, write = Folder.put, Folder.write

    def noted_put(self: Folder, local: Path, name: str) -> None:
        copied.append(name)
        put(self, local, name)

    def noted_write(self: Folder, name: str, content: bytes) -> None:
        copied.append(name)
        write(self, name, content)

    monkeypatch.setattr(Folder, "put", noted_put)
    monkeypatch.setattr(Folder, "write", noted_write)


def test_what_is_a_url_and_what_a_path() -> None:
    assert is_url("s3://bucket/film.mp4")
    assert is_url("file:///films/film.mp4")
    assert not is_url("/films/film.mp4")
    assert not is_url("C:/films/film.mp4")
    assert not is_url("a film: the second.mp4")


def test_no_password_is_shown() -> None:
    assert shown("s3://key:secret@bucket/a/film.mp4?sig=token") == "s3://bucket/a/film.mp4"


@pytest.mark.parametrize(
    "url", ["github://o:r@/x", "simplecache::s3://b/x", "http://host/x", "reference://x", "ftp://h/x"]
)
def test_other_kinds_of_url_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="in no store that is known"):
        Folder(url)


def test_a_missing_package_is_named() -> None:
    pytest.importorskip("fsspec")
    for url, package in (("s3://bucket/x", "s3fs"), ("gs://bucket/x", "gcsfs")):
        with pytest.raises(MissingToolError, match=package):
            Folder(url)


def test_a_film_is_staged_under_its_own_name_once(memory: Any, tmp_path: Path) -> None:
    memory.pipe_file("/films/a b.mp4", b"1" * 10_000)
    seen: list[tuple[int, int]] = []
    place = staged_film("memory://films/a b.mp4", tmp_path, lambda done, total: seen.append((done, total)))
    assert place == tmp_path / "a b.mp4"
    assert place.read_bytes() == b"1" * 10_000
    assert seen[-1] == (10_000, 10_000)
    before = place.stat().st_ino
    assert staged_film("memory://films/a b.mp4", tmp_path).stat().st_ino == before
    memory.pipe_file("/films/a b.mp4", b"2" * 10_000)
    assert staged_film("memory://films/a b.mp4", tmp_path).read_bytes() == b"2" * 10_000


def test_a_copy_that_broke_off_goes_on(memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiodesc.cluster.stores.BLOCK", 1000)
    memory.pipe_file("/films/f.mp4", bytes(range(250)) * 40)

    def stop(done: int, total: int) -> None:
        if done >= 4000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        staged_film("memory://films/f.mp4", tmp_path, stop)
    assert not (tmp_path / "f.mp4").exists()
    seen: list[int] = []
    assert staged_film("memory://films/f.mp4", tmp_path, lambda done, total: seen.append(done)).read_bytes() == (
        bytes(range(250)) * 40
    )
    assert seen[0] == 5000


def test_a_film_that_is_shorter_than_the_store_says_is_none(tmp_path: Path, memory: Any) -> None:
    memory.pipe_file("/films/f.mp4", b"123")
    with pytest.raises(InputError, match="has 3 bytes of 4"):
        Folder("memory://films").get(StoredFile("f.mp4", 4, "x"), tmp_path / "f.mp4")
    assert files(tmp_path) == {}


def test_a_missing_film_is_an_input_error(memory: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no memory://films/none\.mp4"):
        staged_film("memory://films/none.mp4", tmp_path)


@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_results_come_back_as_they_were(memory: Any, tmp_path: Path, scheme: str) -> None:
    local, other = project(tmp_path / "one"), tmp_path / "other"
    url = "memory://out/film.ad" if scheme == "memory" else f"file://{tmp_path}/store/film.ad"
    put_folder(local, url, NOTHING)
    check_whole(url)
    fetch_folder(url, other)
    whole = {name: text for name, text in files(local).items() if "partial" not in name and "lock" not in name}
    assert files(other) == whole


def test_only_what_changed_is_copied_again(memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = project(tmp_path / "one")
    fetched = put_folder(local, "memory://out/film.ad", NOTHING)
    copied: list[str] = []
    watch(monkeypatch, copied)
    put_folder(local, "memory://out/film.ad", fetched)
    assert copied == []
    (local / "film.ad.vtt").write_text("script 2")
    put_folder(local, "memory://out/film.ad", fetched)
    assert copied == ["film.ad.vtt", ".audiodesc/stored.json"]


def test_the_report_comes_last_and_the_list_after_it(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = project(tmp_path / "one")
    copied: list[str] = []
    watch(monkeypatch, copied)
    put_folder(local, "memory://out/film.ad", NOTHING)
    assert copied[-3:] == ["film.ad.vtt", "film.ad.json", ".audiodesc/stored.json"]


def test_a_copy_that_broke_off_is_not_taken_for_whole(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, url = project(tmp_path / "one"), "memory://out/film.ad"
    fetched = put_folder(local, url, NOTHING)
    project(local, "2, which is longer")
    put = Folder.put

    def broken(self: Folder, path: Path, name: str) -> None:
        if name.endswith(".ad.json"):
            raise OutputError("the network is gone")
        put(self, path, name)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", broken)
        with pytest.raises(OutputError, match="network"):
            put_folder(local, url, fetched)
    with pytest.raises(InputError, match=r"film\.ad\.vtt is of a copy that broke off"):
        check_whole(url)
    put_folder(local, url, fetch_folder(url, tmp_path / "next"))  # the next attempt, wherever it runs
    check_whole(url)


def test_what_a_person_changed_in_the_store_is_not_overwritten(tmp_path: Path, memory: Any) -> None:
    local, url = project(tmp_path / "one"), "memory://out/film.ad"
    fetched = put_folder(local, url, NOTHING)
    memory.pipe_file("/out/film.ad/film.ad.vtt", b"a person's words")
    project(local, "2")
    with pytest.raises(OutputError, match=r"film\.ad\.vtt was changed while"):
        put_folder(local, url, fetched)
    assert memory.cat_file("/out/film.ad/film.ad.vtt") == b"a person's words"
    fetch_folder(url, local)
    assert (local / "film.ad.vtt").read_text() == "a person's words"


def test_a_change_of_the_same_size_in_the_store_is_read(tmp_path: Path, memory: Any) -> None:
    local, url = project(tmp_path / "one"), "memory://out/film.ad"
    put_folder(local, url, NOTHING)
    memory.pipe_file("/out/film.ad/film.ad.vtt", b"edited 1")
    fetch_folder(url, local)
    assert (local / "film.ad.vtt").read_text() == "edited 1"


def test_a_copy_of_the_same_size_that_broke_off_is_not_taken_for_whole(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, other, url = project(tmp_path / "one"), project(tmp_path / "other", "2"), "memory://out/film.ad"
    fetched = put_folder(local, url, NOTHING)

    def broken(self: Folder, name: str, content: bytes) -> None:
        raise OutputError("the network is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "write", broken)
        with pytest.raises(OutputError, match="network"):
            put_folder(other, url, fetched)
    with pytest.raises(InputError, match="is of a copy that broke off"):
        check_whole(url)
    fetch_folder(url, local)
    assert (local / "film.ad.vtt").read_text() == "script 2"


def test_what_a_person_changes_while_results_are_copied_is_not_overwritten(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, url, put = project(tmp_path / "one"), "memory://out/film.ad", Folder.put
    fetched = put_folder(local, url, NOTHING)
    project(local, "2")

    def put_beside_a_person(self: Folder, path: Path, name: str) -> None:
        memory.pipe_file("/out/film.ad/film.ad.json", b"a person's words")
        put(self, path, name)

    monkeypatch.setattr(Folder, "put", put_beside_a_person)
    with pytest.raises(OutputError, match=r"film\.ad\.json was changed while"):
        put_folder(local, url, fetched)
    assert memory.cat_file("/out/film.ad/film.ad.json") == b"a person's words"


def test_two_threads_may_put_the_same_file_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local_store = pytest.importorskip("fsspec.implementations.local").LocalFileSystem
    (tmp_path / "entry").write_text("an entry")
    folder, put_file, calls = Folder(f"file://{tmp_path}/store"), local_store.put_file, list[str]()

    def put_beside_another(self: Any, source: str, target: str) -> None:
        put_file(self, source, target)
        calls.append(target)
        if len(calls) == 1:
            folder.put(tmp_path / "entry", "entry")

    monkeypatch.setattr(local_store, "put_file", put_beside_another)
    folder.put(tmp_path / "entry", "entry")
    assert files(tmp_path / "store") == {"entry": b"an entry"}


def test_results_that_are_no_more_go_in_the_store_too(memory: Any, tmp_path: Path) -> None:
    local, url = project(tmp_path / "one"), "memory://out/film.ad"
    fetched = put_folder(local, url, NOTHING)
    memory.pipe_file("/out/film.ad/notes.txt", b"somebody else's")
    (local / "film.ad.vtt").unlink()
    (local / ENTRY).unlink()
    put_folder(local, url, fetched)
    left = {name for name in memory.store if "stored.json" not in name}
    assert left == {
        "/out/film.ad/film.ad.json",
        "/out/film.ad/notes.txt",
        f"/out/film.ad/{ENTRY}",
        "/out/film.ad/.audiodesc/ours/" + "ab" * 16 + ".json",
    }


def test_entries_of_the_cache_are_put_while_the_film_is_made(memory: Any, tmp_path: Path) -> None:
    local, known = project(tmp_path / "one"), set[str]()
    put_cache(local, "memory://out/film.ad", known)
    assert set(memory.store) == {f"/out/film.ad/{ENTRY}"}
    memory.store.clear()
    put_cache(local, "memory://out/film.ad", known)
    assert set(memory.store) == set()


def test_what_another_node_left_on_the_disk_is_replaced(memory: Any, tmp_path: Path) -> None:
    url, local = "memory://out/film.ad", project(tmp_path / "one", "old")
    put_folder(project(tmp_path / "other", "new"), url, NOTHING)
    (local / "film.ad.extra").write_text("half")
    (local / ".audiodesc" / "project.sqlite-journal").write_text("of another file")
    fetch_folder(url, local)
    assert (local / "film.ad.vtt").read_text() == "script new"
    assert not (local / "film.ad.extra").exists()
    assert not (local / ".audiodesc" / "project.sqlite-journal").exists()


def test_names_that_lead_out_of_the_folder_are_refused(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("../out.txt", "/etc/out", "a/../../b", "a\\b", "a//b"):
        monkeypatch.setattr(Folder, "files", lambda self, name=name: {name: StoredFile(name, 1)})
        with pytest.raises(InputError, match="has a file with the name"):
            fetch_folder("memory://out/film.ad", tmp_path / "local")


def test_links_are_followed_neither_here_nor_there(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    store, local = tmp_path / "store", project(tmp_path / "one")
    (local / "link.txt").symlink_to(secret)
    put_folder(local, f"file://{store}", NOTHING)
    assert not (store / "link.txt").exists()
    (store / "there.txt").symlink_to(secret)
    fetch_folder(f"file://{store}", tmp_path / "two")
    assert not (tmp_path / "two" / "there.txt").exists()


def test_a_full_disk_is_said_before_the_copy(memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe_file("/films/f.mp4", b"1" * 1000)
    monkeypatch.setattr("audiodesc.cluster.stores.SPARE", 1 << 60)
    with pytest.raises(OutputError, match=r"no space for memory://films/f\.mp4"):
        staged_film("memory://films/f.mp4", tmp_path)
    assert files(tmp_path) == {}
