"""The folder of a film's results in a store: copied to a node's disk and back, only what is not there yet.

Entries of the cache are named after what they were made from, so one that is there is never copied again, whichever
node made it. Of other files a list in the store, written last, has size, hash and the store's mark: files that do not
agree with it are of a copy that broke off, or changed by somebody.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from audiodesc.cluster.stores import Folder, NoSpaceError, StoredFile, check_name, shown
from audiodesc.errors import InputError, OutputError

HIDDEN: Final = ".audiodesc"
LISTED: Final = f"{HIDDEN}/stored.json"
LEASE: Final = f"{HIDDEN}/lease.json"
PROJECT: Final = f"{HIDDEN}/project.sqlite"
CACHE: Final = f"{HIDDEN}/cache/"
LARGEST_LIST: Final = 16_000_000

_NAMED_BY_CONTENT = re.compile(
    rf"{re.escape(HIDDEN)}/(?:cache/[\w-]+\.\d+-[0-9a-f]{{32}}\.\w+|ours/[0-9a-f]{{32}}\.json)"
)
_PASSING = re.compile(
    r"(?:.*/)?\.partial-.*"
    r"|\.audiodesc/(?:(?:partial|trial)/.*|lock(?:\.soft)?|project\.sqlite-(?:journal|wal|shm)|(?:stored|lease)\.json)"
)
"""What is of use to one run on one disk alone."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a store had when its folder was copied: the version of each file, by its name. `put_folder` overwrites
    these versions, and no others."""

    marks: Mapping[str, str]


def fetch_folder(url: str, local: Path) -> Fetched:
    """Make a folder on this disk what that in the store is; an empty one where there is none. Entries of the cache
    that only the disk has stay there.

    Raises InputError for names that lead out of the folder, and as `Folder` does.
    """
    store = Folder(url)
    stored = {name: file for name, file in store.files().items() if not _PASSING.fullmatch(name)}
    for name in stored:
        check_name(name, url)
    listed, here = _listed(store), _local(local)
    for name, path in here.items():
        if name not in stored and not _NAMED_BY_CONTENT.fullmatch(name):
            path.unlink()
    wanted = [file for name, file in stored.items() if not _is_here(here.get(name), file, listed)]
    _check_space(url, local, wanted)
    for left in (local / HIDDEN).glob("project.sqlite-*"):  # a journal is of the file that is replaced
        left.unlink()
    for file in wanted:
        store.get(file, local / file.name)
    return Fetched({name: file.mark for name, file in stored.items()})


def put_folder(local: Path, url: str, fetched: Fetched) -> Fetched:
    """Copy what is new or changed in a folder on this disk to the store, which no run may write to meanwhile, and take
    away there what was `fetched` and is no more. What the store has then comes back.

    First come the cache and the marks of which files are ours, then the project's file, the results, and among these
    the report last, as a run writes them: so what a copy that broke off leaves is read as what a run that was killed
    leaves. Raises OutputError where somebody changed a file in the store meanwhile, and as `Folder` does.
    """
    store = Folder(url)
    stored, listed, here = store.files(), _listed(store), _local(local)
    done: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory(prefix="audiodesc-") as scratch:
        for name in sorted(here, key=_order):
            path = here[name]
            if _NAMED_BY_CONTENT.fullmatch(name):
                if name not in stored or stored[name].size != path.stat().st_size:
                    store.put(path, name)
                continue
            copy = _project_copy(path, Path(scratch)) if name == PROJECT else path
            there = stored.get(name, StoredFile(name, 0))
            entry = {"size": copy.stat().st_size, "sha256": _sha256(copy), "mark": there.mark}
            if not (there.mark and entry == listed.get(name) and there.size == entry["size"]):
                _check_unchanged(store, name, fetched)
                store.put(copy, name)
                entry["mark"] = store.version(name) or ""
            done[name] = entry
    for name in set(fetched.marks) & set(stored) - set(here):
        if not _NAMED_BY_CONTENT.fullmatch(name):
            _check_unchanged(store, name, fetched)
            store.remove(name)
    if done != listed:
        store.write(LISTED, json.dumps({"form": 1, "files": done}).encode())
    return Fetched({name: file.mark for name, file in store.files().items() if not _PASSING.fullmatch(name)})


def put_cache(local: Path, url: str, known: set[str]) -> None:
    """Copy entries of the cache that are not `known` to be in the store; they are known then. May run beside a run that
    writes them."""
    store = Folder(url)
    for name, path in _local(local / CACHE).items():
        if name not in known and _NAMED_BY_CONTENT.fullmatch(CACHE + name):
            store.put(path, CACHE + name)
            known.add(name)


def check_whole(url: str) -> None:
    """Raise InputError where the results in a store are not those of one whole copy."""
    store = Folder(url)
    stored, listed = store.files(), _listed(store)
    if not listed:
        raise InputError(f"{shown(url)} holds no results", "make the film first")
    for name, entry in listed.items():
        there = stored.get(name)
        if there is None or there.size != entry["size"] or there.mark != entry["mark"]:
            raise InputError(f"{shown(url)}/{name} is of a copy that broke off", "run the batch again")


def _order(name: str) -> tuple[int, str]:
    kinds = (_NAMED_BY_CONTENT.fullmatch(name), name.startswith(f"{HIDDEN}/"), not name.endswith(".ad.json"))
    return next((number for number, is_it in enumerate(kinds) if is_it), len(kinds)), name


def _local(folder: Path) -> dict[str, Path]:
    """The regular files below a folder by their names, links left out: they may lead anywhere."""

    def files(at: Path) -> Iterator[Path]:
        for entry in sorted(at.iterdir()) if at.is_dir() else ():
            if entry.is_symlink():
                continue
            if entry.is_dir():
                yield from files(entry)
            elif entry.is_file():
                yield entry

    found = {path.relative_to(folder).as_posix(): path for path in files(folder)}
    return {name: path for name, path in found.items() if not _PASSING.fullmatch(name)}


def _listed(store: Folder) -> dict[str, dict[str, Any]]:
    """Size, hash and mark of each file, as the last whole copy left them; {} where there was none."""
    try:
        files = json.loads(store.read(LISTED, LARGEST_LIST) or b"{}").get("files", {})
        return {
            str(name): {"size": int(entry["size"]), "sha256": str(entry["sha256"]), "mark": str(entry.get("mark", ""))}
            for name, entry in files.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _is_here(path: Path | None, file: StoredFile, listed: Mapping[str, Mapping[str, Any]]) -> bool:
    if path is None or path.stat().st_size != file.size:
        return False
    if _NAMED_BY_CONTENT.fullmatch(file.name):
        return True
    entry = listed.get(file.name)
    if entry is None or not file.mark or entry["mark"] != file.mark:
        return False
    return bool(entry["size"] == file.size and entry["sha256"] == _sha256(path))


def _check_unchanged(store: Folder, name: str, fetched: Fetched) -> None:
    """Directly before a file is written: somebody may have changed it since the store's files were listed."""
    mark = store.version(name)
    if mark is not None and fetched.marks.get(name) != mark:
        fault = f"{shown(store.file_url(name))} was changed while the film was made"
        raise OutputError(fault, "run the batch again: what was changed is read first")


def _check_space(url: str, local: Path, files: list[StoredFile]) -> None:
    local.mkdir(parents=True, exist_ok=True)
    needed, free = sum(file.size for file in files), shutil.disk_usage(local).free
    if needed > free:
        fault = f"no space for {shown(url)} ({needed / 1e6:.0f} MB, of which {free / 1e6:.0f} MB are free in {local})"
        raise NoSpaceError(fault, "free some there, or give another folder")


def _project_copy(path: Path, scratch: Path) -> Path:
    """The project's file as it stands, read through SQLite: beside it may be a journal that belongs to it."""
    copy = scratch / path.name
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be copied ({error})", "check that disk, and run again") from error
    return copy


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
