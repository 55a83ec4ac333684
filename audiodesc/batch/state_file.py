"""The file of a batch's state: SQLite, opened with care, and what is wrong with it in one line each.

The journal is SQLite's rollback journal, which needs nothing but locks of its disk, so that the file may lie on a
network disk too. A file of a newer audiodesc, or a damaged one, is refused and never written to.
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Final

from audiodesc.batch.model import STATES
from audiodesc.errors import BusyError, OutputError, ProjectError

FORM: Final = 1
"""Of the tables: raise it when they change, and bring older ones to it."""

APPLICATION: Final = 0x61646273
"""SQLite's application id of these files: "adbs"."""

SYNCHRONOUS = "FULL"
"""Of SQLite: a change is on the disk before it is confirmed."""

PATIENCE_S = 30.0
"""How long a change waits for those of other processes."""

_STATES = ", ".join(f"'{state}'" for state in STATES)

TABLES: Final = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    f"""CREATE TABLE films (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, output TEXT NOT NULL, key TEXT NOT NULL,
    job TEXT NOT NULL, series TEXT NOT NULL, episode REAL NOT NULL, position INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ({_STATES})), stage TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, losses INTEGER NOT NULL DEFAULT 0,
    again INTEGER NOT NULL DEFAULT 0, cancelled INTEGER NOT NULL DEFAULT 0, cause TEXT, message TEXT, result TEXT,
    queued_at REAL NOT NULL, started_at REAL, ended_at REAL, UNIQUE (owner, output))""",
    "CREATE INDEX by_state ON films (state, position)",
    "CREATE INDEX by_owner ON films (owner, state)",
    "CREATE INDEX by_episode ON films (state, owner, series, episode, position) WHERE series <> ''",
    "CREATE INDEX by_turn ON films (position) WHERE state = 'queued' AND series = ''",
    "CREATE INDEX by_owners_turn ON films (owner, position) WHERE state = 'queued' AND series = ''",
    "CREATE TABLE log (number INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, film INTEGER NOT NULL, "
    "what TEXT NOT NULL, detail TEXT NOT NULL)",
    "CREATE INDEX of_film ON log (film, what)",
)
"""`again`: the job was changed while the film ran, so that it is made once more. `cancelled`: it is to be stopped for
good. Ids and numbers of the log are never used twice."""

FULL: Final = {sqlite3.SQLITE_FULL: "no room left", sqlite3.SQLITE_READONLY: "it may not be written"}
UNREADABLE: Final = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL, *FULL}


class StateFile:
    """The opened file. One connection, which threads may share."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it where there is none. Raises as `named` does."""
        self.path = path
        self._lock = RLock()
        _make_folder(path)
        with named(path):
            self._connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
            try:
                self._connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Once no thread is inside a transaction: SQLite crashes where another still reads."""
        with self._lock:
            self._connection.close()

    def read(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, as they stand at one moment."""
        with self._lock, named(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """What is written is there whole at the end, on the disk, or not at all."""
        with self._lock, named(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def check(self) -> None:
        """Read all of the file. Raises ProjectError where it is damaged."""
        found = str(self.read("PRAGMA quick_check")[0][0])
        if found != "ok":
            raise damaged(self.path, found.splitlines()[-1])

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def _prepare(self) -> None:
        """Make the tables where there are none; refuse what is not ours, or of a newer form."""
        form, application = self._pragma("user_version"), self._pragma("application_id")
        if application == APPLICATION and form == FORM:
            return
        if application == APPLICATION and form > FORM:
            raise ProjectError(f"{self.path} was written by a newer audiodesc", "update audiodesc to go on with it")
        with self.writing() as connection:
            if self._pragma("application_id") == APPLICATION:  # another was quicker
                return
            if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise ProjectError(f"{self.path} is not the state of a batch", "move it away, and run again")
            for table in TABLES:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORM}")


def _make_folder(path: Path) -> None:
    """The folder of a file, which is a regular one where it is there. Raises OutputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not stat.S_ISREG(path.stat().st_mode):
            raise OutputError(f"{path} is not a file, and the state of the batch goes there", "move it away")
    except FileNotFoundError as error:
        if path.parent.is_dir() and not path.is_symlink():
            return
        raise OutputError(f"{path} cannot be written ({error.strerror})", "give another folder") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})", "give a folder of your own") from error


def damaged(path: Path, why: str) -> ProjectError:
    """The error of a file that cannot be read as what it is."""
    return ProjectError(
        f"{path} is damaged ({why:.100})",
        "move it away, and give the same list again: what films have in their folders is not made again",
    )


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one line. Raises BusyError where another process holds the file for long, OutputError
    where its disk fails, ProjectError where it is damaged."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(f"{path} is in use by another process", "try again in a moment") from error
        if code in UNREADABLE:
            why = FULL.get(code, str(error))
            remedy = "make room, or give a folder of your own on a disk that knows locks; then run the same again"
            raise OutputError(f"{path} cannot be read or written ({why})", remedy) from error
        raise damaged(path, str(error)) from error
