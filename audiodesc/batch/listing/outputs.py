"""Where the results of films go: two films to one folder, folders that cannot be written, room on disks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from audiodesc.batch.listing.check_model import DiskNeed, ListFault
from audiodesc.batch.listing.names import is_url
from audiodesc.batch.model import FilmJob
from audiodesc.errors import OutputError


def same_folders(jobs: Sequence[FilmJob]) -> list[ListFault]:
    """A fault for each film whose results go to the folder of another's, also where the names differ in case only."""
    found: dict[str, FilmJob] = {}
    faults: list[ListFault] = []
    places: dict[str, str] = {}
    for job in jobs:
        first = found.setdefault(_folder(job.output, places), job)
        if first is not job:
            one, other = (first.film, job.film) if first.name == job.name else (first.name, job.name)
            what = f"{job.film} is listed twice" if first.film == job.film else f"{one} and {other} go to one folder"
            remedy = "give one of them another output" if first.film != job.film else "leave one of them out"
            faults.append(ListFault(job.name, f"{what} ({job.output}): {remedy}"))
    return faults


def _folder(output: str, places: dict[str, str]) -> str:
    """The same for names of one folder: links in the path to it are followed."""
    if is_url(output):
        return output.rstrip("/").casefold()
    parent, name = os.path.split(output)
    if parent not in places:
        places[parent] = os.path.realpath(parent)
    return f"{places[parent]}{os.sep}{name}".casefold()


def check_output(output: str) -> None:
    """Raise OutputError where no results can be written there. Nothing is written."""
    path = Path(output)
    try:
        there = _there(path)
        if not there.is_dir():
            raise OutputError(f"{output}: {there} is a file, and results go there", "give another folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise OutputError(f"{output} cannot be written", f"allow yourself to write in {there}, or give another")
    except OSError as error:
        raise OutputError(f"{output} cannot be written ({error.strerror})", "give another folder") from error


def _there(path: Path) -> Path:
    """The folder or file at a path, or the nearest above it that is there."""
    return next((one for one in (path, *path.absolute().parents) if os.path.lexists(one)), Path("/"))


def disk_needs(needs: Iterable[tuple[str, int]]) -> tuple[DiskNeed, ...]:
    """What results need, given as (folder, bytes), by disk. What stands there already is written anew beside it, and
    counts as it would be written the first time only where no report of an earlier run is there."""
    found: dict[int, tuple[Path, int]] = {}
    for output, needed in needs:
        with suppress(OSError):  # found with the output
            there = _there(Path(output))
            disk = there.stat().st_dev
            folder, before = found.get(disk, (there, 0))
            found[disk] = folder, before + (0 if is_made(output) else needed)
    disks = []
    for folder, needed in found.values():
        with suppress(OSError):
            disks.append(DiskNeed(str(folder), needed, shutil.disk_usage(folder).free))
    return tuple(disks)


def is_made(output: str) -> bool:
    """Whether a report of an earlier run is in a folder."""
    try:
        with os.scandir(output) as listed:
            return any(entry.name.endswith(".ad.json") for entry in listed)
    except (OSError, ValueError):
        return False
