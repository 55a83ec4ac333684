"""What is wrong with the file of a project, in one line each: damaged, of a newer version, in use, or in the way."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from audiodesc.errors import BusyError, OutputError, ProjectError


def check_is_file(path: Path) -> None:
    """Raise OutputError where something else than a file stands there; nothing at all may."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return
    except FileNotFoundError:
        if not path.is_symlink():
            return
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error
    raise OutputError(f"{path} is not a file, and a person's edits go there", "move it away")


def damaged(path: Path, why: str) -> ProjectError:
    """The error of a file that cannot be read as what it is."""
    return ProjectError(
        f"{path} is damaged ({why:.100})",
        "put a copy of it in its place, or move it away and read the script back with "
        "`audiodesc render FILM --script film.ad/film.ad.vtt`; nothing was changed",
    )


FULL: Mapping[int, str] = {sqlite3.SQLITE_FULL: "no room left", sqlite3.SQLITE_READONLY: "it may not be written"}


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(f"{path} is in use by another edit", "try again in a moment") from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise damaged(path, str(error)) from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL, *FULL):
            why = FULL.get(code, str(error))
            remedy = "give a folder of your own, on a disk that has room and knows locks"
            raise OutputError(f"{path} cannot be read or written ({why})", remedy) from error
        raise
