"""The file of a person's work: SQLite, with every edit and what it replaced. Only this module and `tables`, what stands
in it, speak SQL.

A transaction an edit, on the disk before it is confirmed. The journal is SQLite's rollback journal, which needs nothing
but locks of its disk, so that the file may lie on a network disk too. Of a form of an older audiodesc a copy is kept
before it is changed; one of a newer audiodesc, or a damaged one, is refused and never written to.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Final

from audiodesc.core.cache import synced
from audiodesc.errors import ProjectError
from audiodesc.project.store_faults import check_is_file, damaged, named
from audiodesc.project.tables import Tables

NAME = "project.sqlite"
FORM: Final = 2
"""Of the tables: raise it, with an entry in MIGRATIONS, when they change."""

APPLICATION: Final = 0x61646573
"""SQLite's application id of these files: "ades"."""

SYNCHRONOUS = "FULL"
"""Of SQLite: an edit is on the disk before it is confirmed."""

PATIENCE_S = 20.0
"""How long an edit waits for another to end."""

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE drafts (
    id TEXT PRIMARY KEY, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, text TEXT NOT NULL, author TEXT NOT NULL,
    reason TEXT NOT NULL, version INTEGER NOT NULL, more TEXT NOT NULL
);
CREATE TABLE lines (
    id TEXT PRIMARY KEY, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, text TEXT NOT NULL, author TEXT NOT NULL,
    origin TEXT NOT NULL, state TEXT NOT NULL, locked INTEGER NOT NULL, note TEXT NOT NULL, recording TEXT NOT NULL,
    voice TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL, is_touched INTEGER NOT NULL, reason TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE history (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL,
    kind TEXT NOT NULL, id TEXT NOT NULL, before TEXT, after TEXT, undoes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX of_line ON history (id);
CREATE TABLE scripts (
    name TEXT NOT NULL, hash TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, ids TEXT NOT NULL,
    serial INTEGER PRIMARY KEY AUTOINCREMENT
);
CREATE INDEX of_name ON scripts (name, serial);
"""
MIGRATIONS: Final[dict[int, str]] = {1: "ALTER TABLE lines ADD COLUMN voice TEXT NOT NULL DEFAULT '';"}
"""What makes of each form the next one."""


class EditStore:
    """The opened file. One connection, which threads may share."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection, self._lock = connection, RLock()

    def close(self) -> None:
        """Once no thread is inside a transaction: SQLite crashes where another still reads."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Tables]:
        """The tables, as they stand at one moment; what is written is there whole at the end, or not at all.

        Raises BusyError where another holds the file for long, OutputError where its disk fails, ProjectError where it
        is damaged.
        """
        with self._lock, named(self.path):
            self._connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield Tables(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def copy_to(self, path: Path) -> None:
        """Write the whole file as it stands under another name."""
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        with self._lock, named(self.path):
            try:
                with closing(sqlite3.connect(partial)) as copy:
                    self._connection.backup(copy)
                synced(partial)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)


def open_store(folder: Path, *, create: bool = False) -> EditStore | None:
    """The file in the hidden folder of a project, brought to the form of this version; None where there is none and it
    is not to be created. Raises as `EditStore.transaction` does."""
    path = folder / NAME
    check_is_file(path)
    if not create and not (path.is_file() and path.stat().st_size):
        return None
    with named(path):
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
            connection.execute("PRAGMA secure_delete = ON")  # what a person deletes is not left in the file
            store = EditStore(path, connection)
            _prepare(store, connection)
        except BaseException:
            connection.close()
            raise
    return store


def _prepare(store: EditStore, connection: sqlite3.Connection) -> None:
    """Make the tables where there are none, and bring older ones to this form."""

    def pragma(name: str) -> Any:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]

    form = int(pragma("user_version"))
    if form == FORM and pragma("application_id") == APPLICATION:
        _check_whole(store.path, pragma)
        return
    if form > FORM and pragma("application_id") == APPLICATION:
        raise ProjectError(f"{store.path} was written by a newer audiodesc", "update audiodesc to go on with it")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        form = int(pragma("user_version"))  # another may have been quicker
        is_new = form == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        if not is_new and pragma("application_id") != APPLICATION:
            raise ProjectError(f"{store.path} is not a project of audiodesc", "move it away, and run again")
        if form < FORM and not is_new:
            _check_whole(store.path, pragma)
            connection.execute("COMMIT")
            store.copy_to(store.path.with_name(f"project.form-{form}.sqlite"))
            connection.execute("BEGIN EXCLUSIVE")
        _run_all(connection, TABLES if is_new else "".join(MIGRATIONS[one] for one in range(form, FORM)))
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORM}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _run_all(connection: sqlite3.Connection, statements: str) -> None:
    """Each by itself: `executescript` would end the transaction."""
    for statement in filter(str.strip, statements.split(";")):
        connection.execute(statement)


def _check_whole(path: Path, pragma: Callable[[str], Any]) -> None:
    if (found := str(pragma("quick_check"))) != "ok":
        raise damaged(path, found.splitlines()[-1])
