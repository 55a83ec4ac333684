"""A result on the disk, be it a file or a folder of files: what it holds, by a hash; kept through a loss of power;
taken away."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from audiodesc.core.cache import Store, remembered_hash, synced
from audiodesc.core.files import content_hash

LEFT_BEHIND = re.compile(r"\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|.*\.(reapeaks|pkf|pek|cfa|gpk|sfk|asd|wfm)", re.I)
"""What systems and editors leave beside sound that somebody listened to, most of it drawings of its waveform."""


def written_hash(path: Path) -> str:
    """The hash of the content of what is written at `path`. Raises OSError for what cannot be read, and for a folder
    that holds anything but folders and regular files."""
    return _hash(path, lambda file: content_hash(file)[0])


def result_hash(path: Path, store: Store) -> str:
    """The same, which the store remembers of each file as long as that is not touched."""
    return _hash(path, lambda file: remembered_hash(file, store)[0])


def _hash(path: Path, hashed: Callable[[Path], str]) -> str:
    if not _is_folder(path):
        return hashed(path)
    digest = hashlib.sha256(b"folder")
    for file in _files(path):
        if not LEFT_BEHIND.fullmatch(file.name):
            name = file.relative_to(path).as_posix().encode("utf-8", "surrogateescape")
            digest.update(len(name).to_bytes(4) + name + hashed(file).encode())
    return digest.hexdigest()[:32]


def _files(folder: Path) -> Iterator[Path]:
    """All that is in a folder and is no folder, in the order of the names."""
    for entry in sorted(folder.iterdir()):
        if _is_folder(entry):
            yield from _files(entry)
        elif entry.is_symlink():
            raise OSError(0, "it is not a file", str(entry))
        else:
            yield entry


def sync_result(path: Path) -> None:
    """Wait until the content is on the disk."""
    for file in _files(path) if path.is_dir() else (path,):
        synced(file)


def take_away(path: Path, aside: Path) -> None:
    """Remove what is at `path`. A folder goes by one rename to `aside`, on the same disk, so that nobody sees half of
    it."""
    if _is_folder(path):
        _move_away(path, aside)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def replace_result(partial: Path, path: Path, aside: Path) -> None:
    """Move what is written to its place. A file replaces a file by one rename; where either is a folder, what was there
    is moved to `aside` right before, and removed when the new one is in its place."""
    if os.path.lexists(path) and (partial.is_dir() or _is_folder(path)):
        _move_away(path, aside)
    partial.replace(path)
    if os.path.lexists(aside):
        take_away(aside, aside.with_name(f"{aside.name}-left"))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _move_away(path: Path, aside: Path) -> None:
    if os.path.lexists(aside):
        take_away(aside, aside.with_name(f"{aside.name}-left"))
    path.rename(aside)
