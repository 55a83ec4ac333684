"""Stores that a URL names (`s3://`, `gs://`, `abfs://`, `file://`): single files, read and written whole.

A path without a scheme is on a disk that all nodes share, and is used as it is. fsspec is imported on first use.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import uuid4

from audiodesc.core.environment import install_command
from audiodesc.core.files import DISK_FULL
from audiodesc.errors import AudiodescError, InputError, MissingToolError, OutputError, UsageError

Use = Literal["read", "write"]

PACKAGES: Final = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "file": "",
    "memory": "",
}
"""The schemes that are taken, each with the package that knows it beside fsspec. `memory` is of one process, for tests.
Others are refused: some of fsspec's read any page of the web, or other stores through a file of references."""

BLOCK: Final = 1 << 22
SPARE: Final = 64_000_000
"""Bytes that a film leaves free on the disk that it is copied to."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)(?:::|://)")

Read = Callable[[int, int], None]
"""Called with how many bytes are copied, and of how many; what it raises ends the copy."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a store: `name` is its path below the folder that was listed, `mark` stands for its version where the
    store has one (an ETag, or when it changed), "" elsewhere."""

    name: str
    size: int
    mark: str = ""


class NoSpaceError(OutputError):
    """A disk has too little space for what is to be copied to it; nothing of it was."""


def is_url(place: str) -> bool:
    """Whether a place is in a store; else it is a path."""
    return bool(_URL.match(place))


def shown(url: str) -> str:
    """A URL as messages and logs may have it: without a user, password or query."""
    at, _, rest = url.partition("://")
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{at}://{host.rpartition('@')[2]}{slash}{path}"


class Folder:
    """A folder of a store. Each file is written whole or not at all. Raises InputError for what cannot be read,
    OutputError for what cannot be written, MissingToolError where the package for the scheme is not installed, and
    UsageError for a URL of another kind."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._fs, self._root = _opened(self.url)

    def file_url(self, name: str) -> str:
        return f"{self.url}/{name}"

    def files(self) -> dict[str, StoredFile]:
        """All files below it, by name; none where there is no such folder."""
        with _errors(self.url, "read"):
            self._fs.invalidate_cache()
            try:
                found = self._fs.find(self._root, detail=True)
            except FileNotFoundError:
                return {}
            root = self._root.rstrip("/")
            return {
                name: StoredFile(name, int(info["size"] or 0), _mark(info))
                for path, info in found.items()
                if (name := path[len(root) + 1 :]) and path.startswith(f"{root}/") and not _is_link(info)
            }

    def file(self, name: str) -> StoredFile:
        """The file of that name. Raises InputError where there is none."""
        url = self.file_url(name)
        with _errors(url, "read"):
            self._fs.invalidate_cache()
            info = self._fs.info(f"{self._root}/{name}")
        if info["type"] != "file":
            raise InputError(f"{shown(url)} is no file", "give the URL of a film")
        return StoredFile(name, int(info["size"] or 0), _mark(info))

    def version(self, name: str) -> str | None:
        """The mark of the file of that name, as `files` has it; None where there is none."""
        path = f"{self._root}/{name}"
        with _errors(self.file_url(name), "read"):
            self._fs.invalidate_cache()
            try:  # listed, for what a store says of one file alone may be in another form
                found = self._fs.ls(path.rpartition("/")[0], detail=True)
            except FileNotFoundError:
                return None
        return next((_mark(info) for info in found if info["name"] == path), None)

    def read(self, name: str, largest: int) -> bytes | None:
        """All of a small file; None where there is none. Raises InputError for one of more than `largest` bytes."""
        with _errors(self.file_url(name), "read"):
            self._fs.invalidate_cache()
            try:
                with self._fs.open(f"{self._root}/{name}", "rb") as file:
                    content: bytes = file.read(largest + 1)
            except FileNotFoundError:
                return None
        if len(content) > largest:
            raise InputError(f"{shown(self.file_url(name))} is too large", "delete it, and run again")
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a small file."""
        with _errors(self.file_url(name), "write"), self._placed(name) as path:
            self._fs.pipe_file(path, content)

    def put(self, local: Path, name: str) -> None:
        """Copy a file from this disk."""
        with _errors(self.file_url(name), "write"), self._placed(name) as path:
            self._fs.put_file(str(local), path)

    def get(self, file: StoredFile, local: Path, show: Read | None = None) -> None:
        """Copy a file to this disk, where it appears whole. What was copied of the same version before the copy broke
        off is not copied again."""
        url, path = self.file_url(file.name), f"{self._root}/{file.name}"
        version = hashlib.sha256(f"{url}\n{file.size}\n{file.mark}".encode()).hexdigest()[:16]
        partial = local.with_name(f".partial-{version}")
        local.parent.mkdir(parents=True, exist_ok=True)
        _check_space(local.parent, file, url)
        if not file.mark:
            partial.unlink(missing_ok=True)
        with _errors(url, "read"), partial.open("ab") as out, self._fs.open(path, "rb") as source:
            done = out.tell()
            source.seek(done)
            while done <= file.size and (block := source.read(BLOCK)):
                _write(out, block, local)
                done += len(block)
                if show:
                    show(done, file.size)
        if done != file.size:
            partial.unlink()
            raise InputError(f"{shown(url)} has {done} bytes of {file.size}", "wait until it is whole, and run again")
        partial.replace(local)

    def remove(self, name: str) -> None:
        with _errors(self.file_url(name), "write"), suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{name}")

    @contextmanager
    def _placed(self, name: str) -> Iterator[str]:
        """Where a file is written, so that it has its name when it is whole: the objects of a store do by themselves,
        files on a disk by a rename."""
        path = f"{self._root}/{name}"
        if not self._is_disk:
            yield path
            return
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(f".partial-{uuid4().hex}")
        try:
            yield str(partial)
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)

    @property
    def _is_disk(self) -> bool:
        return "file" in (self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,))


def staged_film(url: str, folder: Path, show: Read | None = None) -> Path:
    """The film of a URL on this disk, in `folder`, under its own name, after which its results are called. It is
    copied where it is not there, or another version is; a copy that broke off goes on where it was.

    Raises as `Folder` does.
    """
    parent, _, name = url.rstrip("/").rpartition("/")
    check_name(name, url)
    store, place, note = Folder(parent), folder / name, folder / ".versions" / name
    found = store.file(name)
    version = f"{shown(url)}\n{found.size}\n{found.mark}"
    known = note.read_text("utf-8", "replace") if note.is_file() else ""
    if found.mark and known == version and place.is_file() and place.stat().st_size == found.size:
        return place
    note.unlink(missing_ok=True)
    store.get(found, place, show)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(version, "utf-8")
    return place


def check_name(name: str, url: str) -> None:
    """Raise InputError for a name from a store's list that would leave the folder which it is copied to."""
    parts = name.split("/")
    if name.startswith("/") or any(part in ("", ".", "..") for part in parts) or re.search(r"[\\\x00-\x1f]", name):
        raise InputError(f"{shown(url)} has a file with the name {name!r:.80}", "rename it there")


def _opened(url: str) -> tuple[Any, str]:
    """fsspec's file system of a URL, and the path in it."""
    found = _URL.match(url)
    scheme = found[1].lower() if found else ""
    if scheme not in PACKAGES or "::" in url or "\x00" in url:
        known = ", ".join(f"{one}://" for one in ("s3", "gs", "abfs", "file"))
        raise UsageError(f"{shown(url)} is in no store that is known", f"give a path, or a URL with {known}")
    if ".." in PurePosixPath(urlsplit(url).path).parts:
        raise UsageError(f"{shown(url)} has .. in it", "give the whole URL")
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingToolError(f"{shown(url)} needs fsspec", install_command("fsspec")) from error
    try:
        with _errors(url, "read"):
            fs, path = url_to_fs(url)
    except ImportError as error:
        package = PACKAGES[scheme] or "fsspec"
        raise MissingToolError(f"{shown(url)} needs {package}", install_command(package)) from error
    return fs, str(path).rstrip("/")


@contextmanager
def _errors(url: str, use: Use) -> Iterator[None]:
    """Turn whatever a store says into one line, without what it says word for word: that may hold a key."""
    kind: type[AudiodescError] = InputError if use == "read" else OutputError
    try:
        yield
    except (AudiodescError, ImportError):
        raise
    except FileNotFoundError as error:
        raise kind(f"there is no {shown(url)}", "check the URL") from error
    except PermissionError as error:
        remedy = "give this machine the store's credentials, and them the right to it"
        raise kind(f"{shown(url)} is not open to this program", remedy) from error
    except OSError as error:
        why = (error.strerror if error.errno else "") or type(error).__name__
        remedy = "free some space, and run again" if error.errno in DISK_FULL else "check the store, and run again"
        raise kind(f"{shown(url)} cannot be {'read' if use == 'read' else 'written'} ({why})", remedy) from error
    except Exception as error:  # each store has errors of its own
        why = type(error).__name__
        verb = "read" if use == "read" else "written"
        raise kind(f"{shown(url)} cannot be {verb} ({why})", "check the store and its credentials") from error


def _mark(info: Mapping[str, Any]) -> str:
    for key in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated", "created"):
        if info.get(key):
            return str(info[key])
    return ""


def _is_link(info: Mapping[str, Any]) -> bool:
    return bool(info.get("islink")) or info.get("type") == "link"


def _check_space(folder: Path, file: StoredFile, url: str) -> None:
    free = shutil.disk_usage(folder).free
    if file.size + SPARE > free:
        megabytes = f"{file.size / 1e6:.0f} MB, of which {free / 1e6:.0f} MB are free in {folder}"
        raise NoSpaceError(f"no space for {shown(url)} ({megabytes})", "free some there, or give another folder")


def _write(out: Any, block: bytes, local: Path) -> None:
    try:
        out.write(block)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise OutputError(
            f"{local} cannot be written ({why})", "free some space on that disk, and run again"
        ) from error
