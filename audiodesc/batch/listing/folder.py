"""A folder as a list of films: every film in it and below."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from audiodesc.batch.listing.job_file import read_job_file
from audiodesc.batch.listing.model import FilmList, ListRow
from audiodesc.batch.listing.names import is_entered, is_file, is_film_name
from audiodesc.errors import InputError

CHOICES: Final = "audiodesc.toml"
"""The file in a folder that holds the choices of its films."""

MOST_ENTRIES: Final = 1_000_000
"""Files and folders that are looked at."""

HIDDEN: Final = ".audiodesc"
"""The hidden folder of a project."""


def read_folder(folder: Path) -> FilmList:
    """The films of a folder and of those below it, in the order of their names, with the choices of `audiodesc.toml`.

    Links to folders are not followed; a link to a film counts where that lies in the folder and is not listed already.
    Raises InputError for a folder that cannot be read or holds no film, and what `read_job_file` raises.
    """
    found = _Walk(folder)
    rows = tuple(_rows(found))
    if not rows:
        raise InputError(f"{folder}: holds no film", "give a folder with films such as MP4 or MKV in it")
    job = folder / CHOICES
    read = read_job_file(job, has_films=False) if os.path.lexists(job) else FilmList(())
    return replace(read, rows=rows, notes=tuple(found.notes))


def _rows(walk: _Walk) -> Iterator[ListRow]:
    for path in walk.films():
        relative = Path(os.path.relpath(path, walk.folder))
        below = "" if str(relative.parent) == "." else str(relative.parent)
        yield ListRow(str(relative), str(path.absolute()), below=below)


@dataclass(slots=True)
class _Walk:
    """A walk through a folder, and what was left out on the way."""

    folder: Path
    notes: list[str] = field(default_factory=list)
    _left: int = MOST_ENTRIES

    def films(self) -> list[Path]:
        plain: list[Path] = []
        links: list[Path] = []
        for folder, entries in self._folders():
            playlist = any(entry.name.lower().endswith(".m3u8") for entry in entries)
            segments = 0
            for entry in entries:
                if not is_film_name(entry.name):
                    continue
                if playlist and entry.name.lower().endswith(".ts"):
                    segments += 1
                elif entry.is_symlink():
                    links.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    plain.append(Path(entry.path))
            if segments:
                self.notes.append(f"{folder}: {segments} files beside a playlist are parts of a stream: left out")
        return sorted({*plain, *self._linked(links, plain)}, key=natural)

    def _linked(self, links: list[Path], plain: list[Path]) -> Iterator[Path]:
        """Links to films that lie in the folder, in places that are not walked."""
        taken = {os.path.realpath(path) for path in plain} if links else set()
        top = os.path.realpath(self.folder)
        for path in sorted(links, key=natural):
            real = os.path.realpath(path)
            if not real.startswith(f"{top.rstrip(os.sep)}{os.sep}"):
                self.notes.append(f"{path}: a link that leaves the folder: left out")
            elif real not in taken and is_file(Path(real)):
                taken.add(real)
                yield path

    def _folders(self) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
        waiting = [str(self.folder)]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as listed:
                    entries = [entry for entry in listed if self._counted()]
            except OSError as error:
                if folder == str(self.folder):
                    raise InputError(
                        f"{folder}: cannot be read: {error.strerror}", "give a folder that can be read"
                    ) from error
                self.notes.append(f"{folder}: cannot be read ({error.strerror}): its films are left out")
                continue
            in_project = any(entry.name == HIDDEN for entry in entries)
            yield folder, entries
            waiting += [
                entry.path
                for entry in entries
                if is_entered(entry.name, in_project) and entry.is_dir(follow_symlinks=False)
            ]

    def _counted(self) -> bool:
        self._left -= 1
        if self._left < 0:
            raise InputError(f"{self.folder}: holds more than {MOST_ENTRIES:,} files", "give a smaller folder")
        return True


def natural(path: Path | str) -> list[tuple[bool, int, str]]:
    """Sorts "e2" before "e10"."""
    parts = re.split(r"([0-9]{1,18})", str(path).casefold())
    numbers = [int(part) if part.isascii() and part.isdecimal() else -1 for part in parts]
    return [(number >= 0, number, part) for number, part in zip(numbers, parts, strict=True)]
