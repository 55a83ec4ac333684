"""A film of a store on a node's disk while a stage of it is made there, and its results back in the store after."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from filelock import FileLock, Timeout

from audiodesc.batch.model import FilmJob
from audiodesc.cluster.folders import fetch_folder, put_cache, put_folder
from audiodesc.cluster.leases import Lease
from audiodesc.cluster.stores import NoSpaceError, is_url, shown, staged_film
from audiodesc.core.progress import Progress
from audiodesc.errors import BusyError, OutputError

Copied = TypeVar("Copied")

ABANDONED_S: Final = 86_400
"""What a killed task left on a node's disk is removed after so long."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A job as it stands on this disk, and the places there with the URLs that people know them by."""

    job: FilmJob
    places: tuple[tuple[str, str], ...] = ()
    lease: Lease | None = None

    def check(self) -> None:
        """Raise what went wrong with the store meanwhile."""
        if self.lease:
            self.lease.check()

    def with_urls(self, text: str) -> str:
        """A text with the URLs in the place of this disk's paths."""
        for place, url in self.places:
            text = text.replace(place, shown(url))
        return text

    def url_of(self, path: str) -> str:
        """The URL of what lies on this disk."""
        for place, url in self.places:
            if path.startswith(place):
                return url + path[len(place) :].replace(os.sep, "/")
        return path


def scratch_folder(given: str = "") -> Path:
    """Where films are staged on this machine: the same on each node, so that a folder of results is taken for the same
    film's wherever it was made."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Path(given) if given else Path(tempfile.gettempdir()) / f"audiodesc-{user}"


@contextmanager
def staged(job: FilmJob, run: str, scratch: Path, progress: Progress) -> Iterator[Staging]:
    """The job with what a store has of it on this disk; its results are in the store at the end, also where the stage
    failed. Entries of the cache are there every few seconds. Paths are used as they are, on a disk that nodes share.

    `run` is who makes the film: no other run writes to the same folder of a store meanwhile. Raises what `stores`,
    `folders` and `leases` raise.
    """
    if not any(map(is_url, (job.film, job.subtitles, job.output))):
        yield Staging(job)
        return
    folder = scratch / job.key
    _make_private(scratch)
    _remove_abandoned(scratch)
    with ExitStack() as stack:
        stack.enter_context(_held(scratch, job.key))
        here, places = job, list[tuple[str, str]]()
        for name in ("film", "subtitles"):
            url = str(getattr(job, name))
            if is_url(url):
                copied = partial(staged_film, url, folder / name, lambda *done: progress("fetch", *map(_mb, done)))
                place = str(_with_space(scratch, job.key, copied))
                here = replace(here, film=place) if name == "film" else replace(here, subtitles=place)
                places.append((place, url))
        if not is_url(job.output):
            yield Staging(here, tuple(places))
            return
        output, known, door = folder / "output", set[str](), Lock()

        def put_new() -> None:
            with door:
                put_cache(output, job.output, known)

        lease = stack.enter_context(Lease(job.output, run, put_new))
        fetched = _with_space(scratch, job.key, lambda: fetch_folder(job.output, output))
        known.update(name.rpartition("/")[2] for name in fetched.marks)
        places.append((str(output), job.output))
        try:
            yield Staging(replace(here, output=str(output)), tuple(places), lease)
        except BaseException:
            with suppress(Exception):  # why the stage failed matters more
                lease.check()
                with door:
                    put_folder(output, job.output, fetched)
            raise
        lease.check()
        with door:
            put_folder(output, job.output, fetched)


def unstage(job: FilmJob, scratch: Path) -> None:
    """Remove what is on this disk of a film that is done."""
    shutil.rmtree(scratch / job.key, ignore_errors=True)


@contextmanager
def _held(scratch: Path, key: str) -> Iterator[None]:
    """No other task on this machine stages the same film meanwhile; one that is to end is waited for."""
    lock = FileLock(scratch / f"{key}.lock")
    try:
        lock.acquire(timeout=60)
    except Timeout as error:
        raise BusyError(f"{scratch / key} is in use by another run on this machine", "wait until it ends") from error
    try:
        yield
    finally:
        lock.release()


def _make_private(scratch: Path) -> None:
    try:
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        if scratch.is_symlink() or (hasattr(os, "getuid") and scratch.stat().st_uid != os.getuid()):
            raise OutputError(f"{scratch} is somebody else's", "give another folder for staged films")
    except OSError as error:
        raise OutputError(f"{scratch} cannot be made ({error.strerror})", "give another folder") from error


def _remove_abandoned(scratch: Path) -> None:
    for folder in scratch.iterdir():
        with suppress(OSError):
            if folder.is_dir() and not folder.is_symlink() and time.time() - folder.stat().st_mtime > ABANDONED_S:
                with FileLock(scratch / f"{folder.name}.lock", timeout=0):
                    shutil.rmtree(folder, ignore_errors=True)


def _with_space(scratch: Path, key: str, copy: Callable[[], Copied]) -> Copied:
    """What is copied for a film; where the disk is full, copies go of films that no task here works on: their later
    stages may be made on other nodes."""
    try:
        return copy()
    except NoSpaceError:
        for place in scratch.glob("*/film"):
            if place.parent.name != key:
                with suppress(OSError), FileLock(scratch / f"{place.parent.name}.lock", timeout=0):
                    shutil.rmtree(place, ignore_errors=True)
        return copy()


def _mb(amount: int) -> int:
    return round(amount / 1e6)
