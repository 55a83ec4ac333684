"""The folder that results go to: one run at a time, each file whole or not at all, nothing lost."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from audiodesc.core.cache import Store
from audiodesc.core.formatting import shell
from audiodesc.errors import BusyError, InputError, OutputError
from audiodesc.model import Film
from audiodesc.project.folder_faults import ANOTHER, output_errors, said
from audiodesc.project.results import replace_result, result_hash, sync_result, take_away, written_hash
from audiodesc.report import read_report

SCRIPT = re.compile(r".+\.ad\.vtt")

HIDDEN = ".audiodesc"
"""The folder beside the results: it holds the project's own file, the cache, and which files are ours."""

ENTRY = re.compile(r"[\w-]+\.\d+-[0-9a-f]{32}\.\w+")
ABANDONED_S = 3_600
"""Nobody has written to an unfinished entry of the cache for so long: its writer was killed. A younger one may be the
review page's, which speaks a line while a run begins or ends."""

OLD_MARK = re.compile(r"ours-([0-9a-f]{32})\.json")


class ProjectFolder:
    """An output folder that this run holds. `store` is its cache, in a hidden folder beside the results: to delete it
    costs time and nothing else. Which files are ours is known without it. `partials` is where files are written before
    they are published, by default in the hidden folder."""

    def __init__(self, folder: Path, partials: Path | None = None) -> None:
        self.folder = folder
        self.hidden = folder / HIDDEN
        self.store = Store(self.hidden / "cache")
        self._ours = Store(self.hidden / "ours")
        self._partial = partials or self.hidden / "partial"
        self._hashes: dict[Path, str] = {}

    def partial(self, name: str) -> Path:
        """Where a file is written before it is published; emptied by the next run if this one is killed."""
        if self._partial.is_symlink():  # it may lead to a folder of the user's
            self._partial.unlink()
        self._partial.mkdir(exist_ok=True)
        return self._partial / name

    def written_hash(self, partial: Path) -> str:
        """The hash of the content of what is written and will not change until it is published."""
        if partial not in self._hashes:
            self._hashes[partial] = written_hash(partial)
        return self._hashes[partial]

    def hash(self, name: str) -> str:
        """The hash of the content of the result of that name. Raises OSError where it cannot be read."""
        return result_hash(self.folder / name, self.store)

    def is_ours(self, name: str) -> bool:
        """Whether the file or folder of that name is one that this program wrote, unchanged since, or was adopted."""
        try:
            return self._ours.path(self.hash(name), ".json").is_file()
        except OSError:
            return False

    def adopt(self, found: str) -> None:
        """Take files of a content, given by its hash, for ours: all that a person wrote there is kept elsewhere."""
        self._ours.add(found, ".json", b"{}")

    def claim(self, names: Iterable[str], force: bool) -> None:
        """Raise OutputError for names that this disk does not take, for what no result can replace, and for files and
        folders of these names that are not ours, unless `force`."""
        for name in names:
            self._try(name)
            path = self.folder / name
            if not os.path.lexists(path) or self.is_ours(name):
                continue
            kind = path.lstat().st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISLNK(kind) or stat.S_ISDIR(kind)):
                raise OutputError(f"{path} is not a file, and a result goes there", f"move it away, {ANOTHER}")
            if not force:
                raise OutputError(
                    f"{path} was changed since it was made, or made by someone else",
                    f"{_voiced(path)}move it away, give another folder with -o, or --force to replace it "
                    "(a copy is kept)",
                )

    def kept(self, names: Iterable[str]) -> dict[str, str]:
        """The names of files that are not ours, each with the name under which it is kept when it is replaced; "" where
        the same is kept already."""
        others = [name for name in names if os.path.lexists(self.folder / name) and not self.is_ours(name)]
        return {name: self._kept_name(name) for name in others}

    def publish(self, files: Mapping[str, Path]) -> None:
        """Move written files and folders to their names. First each is marked as ours, so that a kill between two
        renames leaves nothing that a later run would take for the user's. What is not ours is kept under another name.
        """
        for partial in files.values():
            sync_result(partial)
            self.adopt(self.written_hash(partial))
        kept = self.kept(files)
        for name, partial in files.items():
            if kept.get(name):
                (self.folder / name).rename(self.folder / kept[name])
            replace_result(partial, self.folder / name, self.partial(f"old-{name}"))

    def withdraw(self, names: Iterable[str]) -> None:
        """Remove the files and folders of these names that are ours, unchanged: what they say is so no more."""
        for name in names:
            if self.is_ours(name):
                take_away(self.folder / name, self.partial(f"old-{name}"))

    def _try(self, name: str) -> None:
        """Raise OutputError for a name that this disk does not take."""
        folder = self.hidden / "trial"
        folder.mkdir(exist_ok=True)
        try:
            (folder / name).touch()
            (folder / name).unlink()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise OutputError(f"the film's name is too long for the results ({name})", "rename the film") from error
            if error.errno in (errno.EINVAL, errno.EILSEQ, errno.ENOENT):
                raise OutputError(
                    f"{self.folder}: this disk takes no file named {name} ({said(error)})",
                    f"rename the film, {ANOTHER}",
                ) from error
            raise

    def _kept_name(self, name: str) -> str:
        """`film.ad.vtt` is kept as `film.ad.kept-1.vtt`, or the next number that is free."""
        stem, suffix = Path(name).stem, Path(name).suffix
        number, now = 1, ""
        with suppress(OSError):
            now = self.hash(name)
        while os.path.lexists(self.folder / (other := f"{stem}.kept-{number}{suffix}")):
            with suppress(OSError):
                if now and self.hash(other) == now:
                    return ""
            number += 1
        return other

    def _clear(self) -> None:
        for folder in (self._partial, self.hidden / "trial"):
            if folder.is_dir() and not folder.is_symlink():  # it would wait for the other end of a pipe
                shutil.rmtree(folder, ignore_errors=True)
        for folder in (self.hidden, self.store.folder, self._ours.folder):
            for left in folder.glob(".partial-*"):
                with suppress(IsADirectoryError, PermissionError, FileNotFoundError):
                    if time() - left.lstat().st_mtime > ABANDONED_S:
                        left.unlink()

    def _move_older(self) -> None:
        """Put what an older version left in the hidden folder itself where it belongs. What lies there already is the
        same."""
        for path in [one for one in self.hidden.iterdir() if one.is_file() and not one.is_symlink()]:
            if mark := OLD_MARK.fullmatch(path.name):
                self.adopt(mark[1])
                path.unlink()
            elif ENTRY.fullmatch(path.name):
                path.replace(self.store.folder / path.name)


@contextmanager
def hold_folder(folder: Path) -> Iterator[ProjectFolder]:
    """Hold the folder, making it where it is missing.

    Raises OutputError for a folder that cannot be written and for whatever the system says of it, here and while it is
    held; BusyError where another run holds it.
    """
    place = ProjectFolder(folder)
    with output_errors(folder):
        _make_folder(place.store.folder)
        lock = _lock(place.hidden, folder)
        try:
            place._clear()
            place._move_older()
            yield place
        finally:
            place._clear()
            lock.release()


@contextmanager
def read_folder(folder: Path) -> Iterator[ProjectFolder]:
    """The folder as it stands, also where another run holds it: nothing is published there, and what is written on the
    way goes at the end."""
    with output_errors(folder), TemporaryDirectory(prefix="audiodesc-") as partials:
        yield ProjectFolder(folder, Path(partials))


def _lock(hidden: Path, folder: Path) -> BaseFileLock:
    """The lock, held. Where the disk knows none (NFS without a lock daemon, SMB, FUSE) a file with the process's number
    stands for it."""
    try:
        return _held(FileLock(hidden / "lock"), folder, "")
    except OSError as error:
        if error.filename is not None:  # it is the file that cannot be opened
            raise
    soft = hidden / "lock.soft"
    return _held(SoftFileLock(soft), folder, f"; if no run is under way, delete {soft}")


def _held(lock: BaseFileLock, folder: Path, remedy: str) -> BaseFileLock:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a lock that is a file only, which is for us to say
            lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            f"{folder} is in use by another run", f"wait until it ends, or give another folder with -o{remedy}"
        ) from error
    return lock


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:  # what /proc and some network disks say instead of "not permitted"
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(folder)) from error


def _voiced(path: Path) -> str:
    """How a script that somebody changed is spoken as it is."""
    is_script = SCRIPT.fullmatch(path.name)
    return f"speak it with audiodesc render FILM --script {shell(str(path))}, " if is_script else ""


def film_at(film: Film) -> str:
    """Stands for the place of a film on this disk, without telling it."""
    return hashlib.sha256(str(film.path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def check_film(report: Path, film: Film) -> None:
    """Raise OutputError where the folder's `report` is of another film.

    A film is the same where its content is, or where it is another version in the same place. A file that is no report
    of ours tells nothing.
    """
    try:
        before = read_report(report)
    except InputError:
        return
    if before.film.fingerprint == film.fingerprint:
        return
    name, at = before.film.name, before.film_at or film_at(film)
    if name != film.path.name or at != film_at(film):
        other = name if name != film.path.name else f"another {name}"
        raise OutputError(
            f"{report.parent} holds the results of another film ({other})",
            f"give another folder with -o for {film.path.name}, or --force to replace them",
        )
