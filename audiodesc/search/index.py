"""Where an index is, and how it is kept up to date: before each search only what changed is read again."""

from __future__ import annotations

import gc
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from audiodesc.core.cache import SETTLED_NS, WRONG
from audiodesc.core.fetching import cache_folder
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import AudiodescError, InputError
from audiodesc.project.folder import HIDDEN
from audiodesc.project.project import open_project
from audiodesc.project.saved import FILM
from audiodesc.project.store import NAME
from audiodesc.search.documents import documents
from audiodesc.search.moments import Moment, moments_of
from audiodesc.search.store import DamagedIndexError, IndexStore, open_index, remade

T = TypeVar("T")

OF_FOLDER: Final = ".audiodesc-index.sqlite"
OF_PROJECT: Final = "index.sqlite"

AT_ONCE: Final = 20
"""Projects that are written in one transaction."""

MOST_FOLDERS: Final = 200_000
"""Folders that are looked into for projects."""


@dataclass(frozen=True, slots=True)
class Updated:
    """What was done to bring an index up to date. `failed` are projects that cannot be read, each with why."""

    path: Path
    projects: int
    moments: int
    read: int
    forgotten: int
    failed: tuple[str, ...] = ()


def place_of(given: Path) -> Path:
    """The folder of projects, or of one project, that a user means: a film stands for the folder beside it.

    Raises InputError where there is neither.
    """
    if given.is_dir():
        return given
    beside = given.with_name(f"{given.stem}.ad")
    if given.is_file() and is_project(beside):
        return beside
    what = "was not described: there is no folder" if given.is_file() else "is not there"
    raise InputError(f"{given} {what} {beside.name}" if given.is_file() else f"{given} {what}", REMEDY)


REMEDY = "give a folder that `audiodesc make` wrote, such as film.ad, or one with such folders in it"


def is_project(folder: Path) -> bool:
    return (folder / HIDDEN / NAME).is_file()


def index_path(place: Path) -> Path:
    """Where the index of a folder or of a project is; in the user's cache where that cannot be written to."""
    folder, name = (place / HIDDEN, OF_PROJECT) if is_project(place) else (place, OF_FOLDER)
    if os.access(folder, os.W_OK):
        return folder / name
    of = hashlib.sha256(os.fsencode(place.resolve())).hexdigest()[:32]
    cache = cache_folder("search")
    cache.mkdir(parents=True, exist_ok=True)
    return cache / f"{of}.sqlite"


def with_index(place: Path, work: Callable[[IndexStore], T]) -> T:
    """What `work` does with the index of a folder or of a project, which is made again where it is damaged."""
    path = index_path(place)
    try:
        with closing(open_index(path)) as store:
            return work(store)
    except DamagedIndexError:
        with closing(remade(path, "damaged")) as store:
            return work(store)


def update(place: Path, store: IndexStore, progress: Progress = silent, *, anew: bool = False) -> Updated:
    """Bring the index of a folder or of a project up to date: projects that changed since are read, and those that are
    gone are forgotten. With `anew` all are read."""
    known = store.projects()
    there = dict(projects_in(place))
    changed = [name for name, stamp in there.items() if anew or name not in known or known[name].stamp != stamp]
    gone = [name for name in known if name not in there]
    failed: list[str] = []
    left, done = iter(changed), 0
    while names := list(islice(left, AT_ONCE)):
        failed += read_into(store, place, {name: there[name] for name in names})
        done += len(names)
        progress("index", done, len(changed))
    if gone:
        with store.writing():
            store.forget(gone)
    now = store.projects()
    moments = sum(one.moments for one in now.values())
    return Updated(store.path, len(now), moments, len(changed), len(gone), tuple(failed))


def read_into(store: IndexStore, place: Path, stamps: Mapping[str, str]) -> list[str]:
    """Read these projects, each with what says when it changed, and put them into the index. Give back why some cannot
    be read, each in a line."""
    failed: list[str] = []
    before = {name: store.stamp(name) for name in stamps}
    with _uncollected():
        read = [one for name, stamp in stamps.items() if (one := read_project(place, name, stamp, failed))]
    with store.writing():
        for one in read:
            if store.stamp(one.place) == before[one.place]:  # nobody was quicker
                store.put(one.place, one.stamp, one.film, one.moments)
    return failed


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for circles of objects, which what is read has none of: it takes a quarter of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Read:
    place: str
    stamp: str
    film: str
    moments: Sequence[Moment]


def read_project(place: Path, name: str, stamp: str, failed: list[str]) -> _Read | None:
    """A project as it is now; None for one that cannot be read, of which `failed` then says why."""
    try:
        with open_project(place / name) as project:
            film = str((project.fact(FILM) or {}).get("name", ""))
            return _Read(name, stamp, film, moments_of(documents(project, shots=False)))
    except (AudiodescError, OSError) as error:
        failed.append(str(error))
    except WRONG as error:  # facts that no version wrote
        failed.append(f"{place / name} is damaged ({type(error).__name__})")
    return None


def projects_in(place: Path) -> Iterator[tuple[str, str]]:
    """Each project of a folder, as seen from it, with what says when it changes. Links are not followed."""
    if is_project(place):
        yield ".", _stamp(place / HIDDEN / NAME)
        return
    folders, looked = [""], 0
    while folders and looked < MOST_FOLDERS:
        inside = folders.pop()
        looked += 1
        try:
            entries = list(os.scandir(place / inside))
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
                continue
            name = f"{inside}/{entry.name}" if inside else entry.name
            try:
                yield name, _stamp(f"{entry.path}/{HIDDEN}/{NAME}")
            except OSError:
                folders.append(name)


def _stamp(path: Path | str) -> str:
    """Another one after each change. A file that was written just now may change again within a tick of its clock: its
    stamp is that of no other time."""
    seen, now = Path(path).stat(), time.time_ns()
    settled = "" if now - seen.st_mtime_ns > SETTLED_NS else f" {now}"
    return f"{seen.st_mtime_ns} {seen.st_size} {seen.st_ino}{settled}"
