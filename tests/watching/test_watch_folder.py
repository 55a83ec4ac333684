"""What a scan of a watched folder sees, and which disks are asked again and again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audiodesc.watching.folder import file_system, is_network, is_watched, needs_polling, scan

MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
nas:/films /mnt/films nfs4 rw 0 0
/dev/sdb /mnt/films/local\040disk xfs rw 0 0
host /mnt/films/s fuse.sshfs rw 0 0
"""


def test_a_scan_sees_regular_files_and_no_links_hidden_ones_or_results(tmp_path: Path) -> None:
    root, outside = tmp_path / "in", tmp_path / "outside"
    for folder in (root / "a/b", root / "film.ad", root / ".hidden", root / "out", outside):
        folder.mkdir(parents=True)
    for path in ("film.mp4", "a/b/x.mkv", "film.ad/film.mp4", ".hidden/x.mp4", "out/y.mp4", "f.mp4.part", "n\nl.mp4"):
        (root / path).write_bytes(b"12345")
    (outside / "secret.mp4").write_bytes(b"1")
    (root / "link.mp4").symlink_to(outside / "secret.mp4")
    (root / "links").symlink_to(outside, target_is_directory=True)
    os.mkfifo(root / "pipe.mp4")
    found = scan(root, [root / "out"])
    assert set(found) == {"film.mp4", "a/b/x.mkv", "n\nl.mp4"}
    at = (root / "film.mp4").stat()
    assert (found["film.mp4"].size, found["film.mp4"].mtime_ns) == (5, at.st_mtime_ns)
    assert found["film.mp4"].inode == at.st_ino


def test_a_folder_that_is_gone_is_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "gone")


def test_events_of_our_own_files_wake_nobody(tmp_path: Path) -> None:
    wanted = is_watched(tmp_path, [tmp_path / "audiodesc.batch"])
    assert wanted(None, str(tmp_path / "film.mp4"))
    assert wanted(None, str(tmp_path / "a/film.mp4"))
    assert not wanted(None, str(tmp_path / "audiodesc.batch/batch.sqlite-wal"))
    assert not wanted(None, str(tmp_path / "film.ad/film.ad.vtt"))
    assert not wanted(None, str(tmp_path / "film.mp4.part"))


@pytest.mark.parametrize(
    ("path", "kind", "network"),
    [
        ("/mnt/films/a/b", "nfs4", True),
        ("/mnt/films", "nfs4", True),
        ("/mnt/filmsy", "ext4", False),
        ("/mnt/films/local disk/x", "xfs", False),
        ("/mnt/films/s/x", "fuse.sshfs", True),
    ],
)
def test_the_disk_is_that_of_the_nearest_mount(path: str, kind: str, network: bool) -> None:
    assert file_system(Path(path), MOUNTS) == kind
    assert is_network(kind) == network


def test_a_disk_of_this_machine_gives_events(tmp_path: Path) -> None:
    assert not needs_polling(tmp_path)
