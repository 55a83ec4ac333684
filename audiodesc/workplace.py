"""The folder that results go to: one run at a time, each file whole or not at all, nothing lost."""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import av
from filelock import FileLock, Timeout

from audiodesc.cache import Store
from audiodesc.errors import BusyError, OutputError
from audiodesc.media.probe import fingerprint

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG}

SCRIPT = re.compile(r".+\.ad(\.spoken)*\.vtt")


class Workplace:
    """An output folder that this run holds. `store` is its cache, in a hidden folder beside the results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / ".audiodesc")
        self._partial = self.store.folder / "partial"

    def partial(self, name: str) -> Path:
        """Where a file is written before it is published; emptied by the next run if this one is killed."""
        self._partial.mkdir(exist_ok=True)
        return self._partial / name

    def is_ours(self, name: str) -> bool:
        """Whether the file of that name is one that this program wrote, unchanged since."""
        return self.store.path(_mark(self.folder / name), ".json").exists()

    def claim(self, names: list[str], force: bool) -> None:
        """Raise OutputError for files of these names that are not ours, unless `force`."""
        for name in names:
            if (self.folder / name).exists() and not force and not self.is_ours(name):
                raise OutputError(
                    f"{self.folder / name} was changed since it was made, or made by someone else",
                    f"{_voiced(self.folder / name)}move it away, give another folder with -o, or --force to replace it",
                )

    def publish(self, files: Mapping[str, Path]) -> None:
        """Move written files to their names. First each is marked as ours, so that a kill between two renames
        leaves nothing that a later run would take for the user's."""
        for partial in files.values():
            self.store.add(_mark(partial), ".json", b"{}")
        for name, partial in files.items():
            partial.replace(self.folder / name)

    def withdraw(self, names: Iterable[str]) -> None:
        """Remove the files of these names that are ours, unchanged: what they say is so no more."""
        for name in names:
            if (self.folder / name).exists() and self.is_ours(name):
                (self.folder / name).unlink(missing_ok=True)

    def _clear(self) -> None:
        shutil.rmtree(self._partial, ignore_errors=True)
        for left in self.store.folder.glob(".partial-*"):
            left.unlink(missing_ok=True)


@contextmanager
def workplace(folder: Path) -> Iterator[Workplace]:
    """Hold the folder, making it where it is missing.

    Raises OutputError for a folder that cannot be written and for a full disk, here and while it is held;
    BusyError where another run holds it.
    """
    place = Workplace(folder)
    with output_errors(folder):
        _make_folder(place.store.folder)
        lock = FileLock(place.store.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise BusyError(
                f"{folder} is in use by another run", "wait until it ends, or give another folder with -o"
            ) from error
        try:
            place._clear()
            yield place
        finally:
            place._clear()
            lock.release()


@contextmanager
def output_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says of a full disk or a folder that cannot be written into one line."""
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        code = error.errno or 0
        if code in FULL:
            raise OutputError(
                f"no room left for {folder} ({os.strerror(code)})",
                "make room, and run the same command again",
            ) from error
        if code in UNWRITABLE:
            raise OutputError(
                f"{folder} cannot be written ({os.strerror(code)})", "give a folder of your own with -o"
            ) from error
        raise


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:  # what /proc and some network disks say instead of "not permitted"
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(folder)) from error


def _voiced(path: Path) -> str:
    """How a script that somebody changed is spoken as it is."""
    is_script = SCRIPT.fullmatch(path.name)
    return f"speak it with audiodesc render FILM --script {shlex.quote(str(path))}, " if is_script else ""


def _mark(path: Path) -> str:
    return f"ours-{fingerprint(path)}"
