"""Patterns of films, as seen from the folder of a list: "*.mp4", "season 1/**/*.mkv"."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from audiodesc.batch.listing.folder import natural
from audiodesc.batch.listing.names import LONGEST_NAME, is_entered, is_file, is_film_name, is_left_out, is_url, normal
from audiodesc.errors import InputError, UsageError

MOST_ENTRIES: Final = 1_000_000
"""Files and folders that one pattern is held against."""

MOST_PARTS: Final = 64
"""Folders in a pattern."""

MAGIC = re.compile(r"[*?\[]")


def is_pattern(film: str, folder: Path) -> bool:
    """Whether a name may stand for several films: there is no file that is called so."""
    return bool(MAGIC.search(film)) and not is_url(film) and "\0" not in film and not os.path.lexists(folder / film)


def matching(pattern: str, folder: Path, where: str) -> list[str]:
    """The films that a pattern stands for, by whole paths, in the order of their names; "**" stands for any folders.

    Left out are hidden and temporary files, those that this program wrote, and what is no film by its ending unless the
    pattern names that ending. Links to folders are only followed where the pattern names them. Raises UsageError for a
    pattern that is none, InputError for one that no file matches, or that is held against too many.
    """
    parts = _parts(pattern, where)
    whole = Path(pattern).is_absolute()
    start, rest = (Path(parts[0]), parts[1:]) if whole else (folder, parts)
    ending = Path(parts[-1]).suffix.lower()
    named = "" if MAGIC.search(ending) else ending
    walk = _Walk(where, pattern)
    found = {normal(path) for path in walk.paths(start, tuple(rest)) if _is_wanted(path.name, named)}
    if not found:
        raise InputError(f"{where}: no film is called {pattern!r:.200}", "correct the pattern, or leave it out")
    return sorted(found, key=natural)


def is_excluded(film: str, patterns: tuple[str, ...], folder: Path) -> bool:
    """Whether a film's name, or its path as seen from the list's folder, is one of these patterns."""
    if not patterns:
        return False
    path = Path(film)
    relative = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else film
    return any(_matcher(pattern)(one) for pattern in patterns for one in (path.name, relative, film))


def _parts(pattern: str, where: str) -> list[str]:
    if len(pattern) > LONGEST_NAME:
        raise UsageError(f"{where}: the pattern of the films is too long", "give one such as *.mp4")
    found = [one for one in Path(pattern).parts if one != "."]
    parts = [one for number, one in enumerate(found) if one != "**" or found[number - 1 : number] != ["**"]]
    if not parts or len(parts) > MOST_PARTS or parts.count("**") > 3:
        raise UsageError(f"{where}: {pattern!r:.60} is no pattern of films", "give one such as season/**/*.mp4")
    return parts


def _is_wanted(name: str, ending: str) -> bool:
    return is_film_name(name) or bool(ending and name.lower().endswith(ending) and not is_left_out(name))


@lru_cache(maxsize=1000)
def _matcher(pattern: str) -> Callable[[str], Any]:
    return re.compile(translate(pattern)).match


class _Walk:
    """What is looked at for one pattern, counted."""

    def __init__(self, where: str, pattern: str) -> None:
        self._where, self._pattern, self._left = where, pattern, MOST_ENTRIES

    def paths(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
        """Files below a folder whose path from there matches."""
        head, rest = (parts[0], parts[1:]) if parts else ("*", ())
        if head == "**":
            yield from self.paths(folder, rest)
            for entry in self._entries(folder):
                if is_entered(entry.name) and entry.is_dir(follow_symlinks=False):
                    yield from self.paths(Path(entry.path), parts)
        elif MAGIC.search(head):
            yield from self._matched(folder, head, rest)
        elif rest:
            yield from self.paths(folder / head, rest)
        elif is_file(folder / head):
            yield folder / head

    def _matched(self, folder: Path, head: str, rest: tuple[str, ...]) -> Iterator[Path]:
        matches = _matcher(head)
        for entry in self._entries(folder):
            if not matches(entry.name) or (entry.name.startswith(".") and not head.startswith(".")):
                continue
            if rest and entry.is_dir(follow_symlinks=False):
                yield from self.paths(Path(entry.path), rest)
            elif not rest and is_file(entry):
                yield Path(entry.path)

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """All in a folder; nothing where it cannot be read."""
        try:
            with os.scandir(folder) as listed:
                found = list(listed)
        except OSError:
            return []
        self._left -= len(found)
        if self._left < 0:
            raise InputError(
                f"{self._where}: {self._pattern!r:.60} is held against more than {MOST_ENTRIES:,} files",
                "give a narrower pattern",
            )
        return found
