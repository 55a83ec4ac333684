"""The file of a person's work: SQLite, with every edit and what it replaced. The only module that speaks SQL.

A transaction an edit, on the disk before it is confirmed. The journal is SQLite's rollback journal, which needs nothing
but locks of its disk, so that the file may lie on a network disk too. Of a form of an older audiodesc a copy is kept
before it is changed; one of a newer audiodesc, or a damaged one, is refused and never written to.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from threading import RLock
from typing import Any, Final

from audiodesc.core.cache import synced
from audiodesc.errors import ProjectError
from audiodesc.project.history import Entry
from audiodesc.project.lines import DraftLine, KnownScript, ProjectLine, draft_segment, draft_values, overlaid
from audiodesc.project.store_faults import check_is_file, damaged, named

NAME = "project.sqlite"
FORM: Final = 2
"""Of the tables: raise it, with an entry in MIGRATIONS, when they change."""

APPLICATION: Final = 0x61646573
"""SQLite's application id of these files: "ades"."""

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

KEPT_SCRIPTS = 4
"""Of each script file so many contents are kept, to tell what a person changed in it."""

KEPT_ELSEWHERE = 100
"""Of all script files outside of the folder together."""


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


class Tables:
    """What stands in the file, inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def fact(self, name: str) -> Any:
        """A value that JSON can hold; None where there is none."""
        found = self._run("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else None

    def put_fact(self, name: str, value: Any) -> None:
        self._run("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def drafts(self) -> Iterator[DraftLine]:
        """In order of time."""
        rows = self._run(f"SELECT {DRAFT} FROM drafts ORDER BY start_ms, id")  # noqa: S608
        for id, start_ms, end_ms, text, author, reason, version, more in rows:
            values = json.loads(more)
            segment, texts = draft_segment(id, values), tuple(values["texts"])
            facts, failure = values["facts"], values["failure"]
            yield DraftLine(id, segment, facts, author, texts, text, start_ms, end_ms, reason, failure, version)

    def line(self, id: str) -> ProjectLine | None:
        """One line as it stands, without a look at the others; None where there is none."""
        row = self._run(f"SELECT {', '.join(COLUMNS)} FROM lines WHERE id = ?", (id,)).fetchone()  # noqa: S608
        columns = "start_ms, end_ms, text, author, author, reason, version"
        draft = self._run(f"SELECT {columns} FROM drafts WHERE id = ? AND text != ''", (id,)).fetchone()  # noqa: S608
        names = ("start_ms", "end_ms", "text", "author", "origin", "reason", "version")
        drafted = {id: ProjectLine(id, **dict(zip(names, draft, strict=True)))} if draft else {}
        return overlaid(drafted, {id: _line(row)} if row else {}).get(id)

    def line_at(self, id: str, number: int) -> ProjectLine | None:
        """A line that was changed since as it stood at the change of that number; None where that is not known."""
        after = next(self.history(id, number), None)
        return after.before if after else None

    def ids(self) -> list[str]:
        """Those of all lines that `line` finds."""
        ids = "SELECT id FROM drafts WHERE text != '' UNION SELECT id FROM lines WHERE is_touched"
        return [id for (id,) in self._run(ids)]

    def put_drafts(self, drafts: Iterable[DraftLine]) -> None:
        """In the place of all that there are."""
        self._run("DELETE FROM drafts")
        for one in drafts:
            more = json.dumps(draft_values(one))
            row = (one.id, one.start_ms, one.end_ms, one.text, one.author, one.reason, one.version, more)
            self._run("INSERT INTO drafts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def edited(self) -> dict[str, ProjectLine]:
        """The lines that a person touched, or touched no more, by id."""
        return {row[0]: _line(row) for row in self._run(f"SELECT {', '.join(COLUMNS)} FROM lines")}  # noqa: S608

    def put_line(self, line: ProjectLine) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        row = tuple(asdict(line).values())
        self._run(f"INSERT OR REPLACE INTO lines ({', '.join(COLUMNS)}) VALUES ({marks})", row)  # noqa: S608

    def history(self, id: str | None = None, since: int = 0) -> Iterator[Entry]:
        """All changes after a number, or those of a line, the oldest first."""
        where, values = ("WHERE number > ?", (since,)) if id is None else ("WHERE number > ? AND id = ?", (since, id))
        columns = "number, at, author, source, kind, id, before, after, undoes"
        rows = self._run(f"SELECT {columns} FROM history {where} ORDER BY number", values)  # noqa: S608
        for number, at, author, source, kind, of, before, after, undoes in rows:
            line = _read(after)
            line = replace(line, version=number) if line and kind != "make" else line
            yield Entry(number, at, author, source, kind, of, _read(before), line, undoes)

    def last(self) -> int:
        """The number of the last change, 0 where there is none."""
        return int(self._run("SELECT coalesce(max(number), 0) FROM history").fetchone()[0])

    def log(self, entry: Entry) -> int:
        """Add a change, and give back its number: that of the entry does not count."""
        values = (entry.at, entry.author, entry.source, entry.kind, entry.id)
        lines = (_written(entry.before), _written(entry.after))
        done = self._run(
            "INSERT INTO history (at, author, source, kind, id, before, after, undoes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, *lines, entry.undoes),
        )
        return int(done.lastrowid or 0)

    def scripts(self, name: str | None = None) -> Iterator[KnownScript]:
        """What is known of a script file, or of all, the newest first."""
        where, values = ("", ()) if name is None else ("WHERE name = ?", (name,))
        rows = self._run(f"SELECT name, hash, number, content, ids FROM scripts {where} ORDER BY serial DESC", values)  # noqa: S608
        for of, hash, number, content, ids in rows:
            yield KnownScript(of, hash, number, zlib.decompress(content), tuple(json.loads(ids)))

    def put_script(self, one: KnownScript) -> None:
        """Keep a content of a script file, and forget what is long past."""
        content = zlib.compress(one.content)
        self._run("DELETE FROM scripts WHERE name = ? AND hash = ?", (one.name, one.hash))
        row = (one.name, one.hash, one.number, content, json.dumps(one.ids))
        self._run("INSERT INTO scripts (name, hash, number, content, ids) VALUES (?, ?, ?, ?, ?)", row)
        newest = "SELECT serial FROM scripts WHERE name = ? ORDER BY serial DESC LIMIT ?"
        self._run(
            f"DELETE FROM scripts WHERE name = ? AND serial NOT IN ({newest})",  # noqa: S608
            (one.name, one.name, KEPT_SCRIPTS),
        )
        elsewhere = "SELECT serial FROM scripts WHERE instr(name, ?1) ORDER BY serial DESC LIMIT -1 OFFSET ?2"
        self._run(f"DELETE FROM scripts WHERE serial IN ({elsewhere})", (os.sep, KEPT_ELSEWHERE))  # noqa: S608


DRAFT = "id, start_ms, end_ms, text, author, reason, version, more"
COLUMNS = tuple(ProjectLine.__dataclass_fields__)
FLAGS = ("locked", "deleted", "is_touched")


def _line(values: Iterable[Any]) -> ProjectLine:
    found: dict[str, Any] = dict(zip(COLUMNS, values, strict=True))
    return ProjectLine(**(found | {name: bool(found[name]) for name in FLAGS}))


def _written(line: ProjectLine | None) -> str | None:
    return json.dumps(asdict(line)) if line else None


def _read(text: str | None) -> ProjectLine | None:
    return ProjectLine(**json.loads(text)) if text else None


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
            connection.execute("PRAGMA synchronous = FULL")
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
