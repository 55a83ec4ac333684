"""All of a file is read once, and remembered as long as nobody can have written to it since."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from audiodesc.core import cache
from audiodesc.core.cache import Store, remembered_hash
from audiodesc.core.files import Read, content_hash, identity, same_file, sampled_hash
from audiodesc.model import Identity

LARGE = 9_000_001


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "film.mov"
    path.write_bytes(bytes(LARGE))
    return path


def edit(path: Path, byte: int = LARGE // 2, value: bytes = b"x") -> None:
    with path.open("r+b") as file:
        file.seek(byte)
        file.write(value)


def as_old_as(path: Path, before: os.stat_result) -> None:
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def age(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour goes by."""
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3_600_000_000_000)


@pytest.mark.parametrize("byte", [0, 65_600, 4_000_000, LARGE // 2, LARGE - 1])
def test_one_byte_anywhere_gives_another_hash(file: Path, byte: int) -> None:
    before, _ = content_hash(file)
    edit(file, byte)
    assert content_hash(file)[0] != before
    edit(file, byte, b"\0")
    assert content_hash(file)[0] == before


def test_the_length_counts_and_the_name_does_not(file: Path, tmp_path: Path) -> None:
    longer, copy = tmp_path / "longer", tmp_path / "copy"
    longer.write_bytes(bytes(LARGE + 1))
    copy.write_bytes(bytes(LARGE))
    assert content_hash(longer)[0] != content_hash(file)[0] == content_hash(copy)[0]


def test_how_much_is_read_is_told(file: Path) -> None:
    told: list[tuple[int, int]] = []
    content_hash(file, lambda done, total: told.append((done, total)))
    assert told[-1] == (LARGE, LARGE)
    assert told == sorted(told)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), tmp_path / "nothing"):
        with pytest.raises(OSError, match=r".+"):
            content_hash(path)


def test_a_file_that_grows_while_it_is_read_has_no_hash(file: Path) -> None:
    def grow(done: int, total: int) -> None:
        with file.open("ab") as more:
            more.write(b"x")

    with pytest.raises(OSError, match="changed while"):
        content_hash(file, grow)


def test_an_old_file_is_read_once(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    age(file, monkeypatch)
    first = remembered_hash(file, store)
    monkeypatch.setattr(cache, "content_hash", None)
    assert remembered_hash(file, store) == first


def test_a_file_that_was_written_just_now_is_read_again(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a tick of the disk's clock another change would bear the same time."""
    store, reads = Store(tmp_path / "store"), []

    def counted(path: Path, show: Read | None = None) -> tuple[str, Identity]:
        reads.append(path)
        return content_hash(path, show)

    monkeypatch.setattr(cache, "content_hash", counted)
    for _ in range(2):
        remembered_hash(file, store)
    assert len(reads) == 2


def test_an_edit_is_seen_though_the_times_are_set_back(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, before = Store(tmp_path / "store"), file.stat()
    age(file, monkeypatch)
    first, _ = remembered_hash(file, store)
    edit(file)
    as_old_as(file, before)
    assert remembered_hash(file, store)[0] != first


@pytest.mark.parametrize("spoiled", [b"", b"{", b'{"value": 5}', b'{"value": "not a hash"}', b'{"value": ["a"]}'])
def test_a_spoiled_memory_is_made_anew(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoiled: bytes
) -> None:
    store = Store(tmp_path / "store")
    age(file, monkeypatch)
    first = remembered_hash(file, store)
    (entry,) = store.folder.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(spoiled)
    assert remembered_hash(file, store) == first
    assert entry.read_bytes() == whole


def test_the_same_file_is_the_same(file: Path, tmp_path: Path) -> None:
    before, known = identity(file.stat()), content_hash(file)[0]
    file.chmod(0o600)
    file.rename(tmp_path / "renamed.mov")
    assert same_file(tmp_path / "renamed.mov", before, known)


def test_another_device_or_inode_of_the_same_content_is_the_same_file(file: Path) -> None:
    """Network disks give other numbers to the same file from one look to the next."""
    now, known = identity(file.stat()), content_hash(file)[0]
    assert same_file(file, (now[0] + 1, now[1] + 1, *now[2:]), known)


@pytest.mark.parametrize("way", ["written to", "replaced", "replaced by one as old", "written to and set back"])
def test_another_content_is_another_file(file: Path, tmp_path: Path, way: str) -> None:
    seen = file.stat()
    before, known = identity(seen), content_hash(file)[0]
    if way.startswith("replaced"):
        (tmp_path / "new").write_bytes(b"x" * LARGE)
        (tmp_path / "new").replace(file)
    else:
        edit(file)
    if way.endswith(("as old", "set back")):
        as_old_as(file, seen)
    assert not same_file(file, before, known)


def test_a_samples_hash_is_of_length_and_samples(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for size in (0, 10, (8 << 20) + 12_345):
        content = bytes(size)
        one.write_bytes(content)
        other.write_bytes(content)
        assert sampled_hash(one) == sampled_hash(other)
        hashes = {sampled_hash(one)}
        for changed in (content + b"x", b"x" + content[1:], content[:-1] + b"x"):
            other.write_bytes(changed)
            hashes.add(sampled_hash(other))
        assert len(hashes) == (4 if size else 2)
