"""The index as a file: SQLite with FTS5. With `vectors` the only module of the search that speaks SQL.

It holds nobody's work: what is damaged, or of another version, is made again. A writer that is killed leaves what was
there before its transaction. The file is not waited for on its way to the disk, so that a loss of power may damage it,
and nothing else.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiodesc.errors import BusyError, OutputError
from audiodesc.model import Span
from audiodesc.project.store_faults import FULL
from audiodesc.search.documents import FIELDS
from audiodesc.search.moments import Moment
from audiodesc.search.words import VERSION, as_indexed

FORM: Final = f"2 {VERSION}"
"""Of the tables and of what is in them: change it where they change."""

APPLICATION: Final = 0x61646978
"""SQLite's application id of these files: "adix"."""

PATIENCE_S = 20.0
"""How long one waits for another to write."""

MOST_OF_PROJECT: Final = 1 << 20
"""The number of a moment is that of its project times this, and a count."""

_COLUMNS = ", ".join(f'"{name}"' for name in FIELDS)
_MARKS = ", ".join("?" * len(FIELDS))

TABLES: Final = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE projects (id INTEGER PRIMARY KEY, place TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL, "
    "film TEXT NOT NULL, moments INTEGER NOT NULL)",
    f"CREATE TABLE moments (id INTEGER PRIMARY KEY, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, {_COLUMNS})",
    f"CREATE VIRTUAL TABLE words USING fts5({_COLUMNS}, content='', prefix='3', "
    "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'\")",
    f"INSERT INTO words (words, rank) VALUES ('hashsize', {32 << 20})",  # noqa: S608
    "CREATE TABLE vectors (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, vector BLOB NOT NULL)",
)
"""Accents are gone before a text comes here, see `words`. A larger hash table writes fewer parts that are merged."""


@dataclass(frozen=True, slots=True)
class IndexedProject:
    """A project in the index: its place as seen from the index's folder, what says when it changed, the film's name,
    and how many moments it has."""

    id: int
    place: str
    stamp: str
    film: str
    moments: int


@dataclass(frozen=True, slots=True)
class FoundMoment:
    """A moment of a project in the index."""

    id: int
    moment: Moment

    @property
    def project(self) -> int:
        return self.id // MOST_OF_PROJECT


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to look: in these projects (None: in all), and in this stretch of each film."""

    projects: Collection[int] | None = None
    start_ms: int = 0
    end_ms: int = 1 << 62


class DamagedIndexError(OutputError):
    """The index cannot be read; it is to be made again."""


class IndexStore:
    """The opened index, for one thread. `connection` is for `vectors` alone."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self.connection = path, connection
        self._run = connection.execute

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What is written is there whole at the end, or not at all."""
        with named(self.path):
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self._run("ROLLBACK")
                raise

    def projects(self) -> dict[str, IndexedProject]:
        """All that are in the index, by their places."""
        with named(self.path):
            rows = self._run("SELECT id, place, stamp, film, moments FROM projects").fetchall()
        return {row[1]: IndexedProject(*row) for row in rows}

    def project(self, id: int) -> IndexedProject | None:
        """The one of this number; None where it is gone."""
        with named(self.path):
            row = self._run("SELECT id, place, stamp, film, moments FROM projects WHERE id = ?", (id,)).fetchone()
        return IndexedProject(*row) if row else None

    def total(self) -> int:
        """How many moments there are."""
        with named(self.path):
            return int(self._run("SELECT coalesce(sum(moments), 0) FROM projects").fetchone()[0])

    def put(self, place: str, stamp: str, film: str, moments: Sequence[Moment]) -> None:
        """Put a project in the place of what the index has of it. Inside `writing`."""
        known = self._run("SELECT id FROM projects WHERE place = ?", (place,)).fetchone()
        vectors = self._drop_moments(known[0]) if known else {}
        values = (*(known or (None,)), place, stamp, film, len(moments))
        id = self._run("INSERT OR REPLACE INTO projects VALUES (?, ?, ?, ?, ?)", values).lastrowid or 0
        first = id * MOST_OF_PROJECT + 1
        rows = [(at, one.span.start_ms, one.span.end_ms, *_texts(one)) for at, one in enumerate(moments, first)]
        self.connection.executemany(f"INSERT INTO moments VALUES (?, ?, ?, {_MARKS})", rows)  # noqa: S608
        sql = f"INSERT INTO words (rowid, {_COLUMNS}) VALUES (?, {_MARKS})"  # noqa: S608
        self.connection.executemany(sql, [(at, *map(as_indexed, _texts(one))) for at, one in enumerate(moments, first)])
        if vectors:
            hashes = ((first + at, hash_of(one)) for at, one in enumerate(moments))
            kept = [(number, hash, vectors[hash]) for number, hash in hashes if hash in vectors]
            self.connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", kept)

    def stamp(self, place: str) -> str | None:
        """What says when a project changed, as it was last put; None where it is not in the index."""
        found = self._run("SELECT stamp FROM projects WHERE place = ?", (place,)).fetchone()
        return found[0] if found else None

    def forget(self, places: Iterable[str]) -> None:
        """Take projects out. Inside `writing`."""
        for place in places:
            if found := self._run("SELECT id FROM projects WHERE place = ?", (place,)).fetchone():
                self._drop_moments(found[0])
                self._run("DELETE FROM projects WHERE id = ?", found)

    def _drop_moments(self, project: int) -> dict[bytes, bytes]:
        """Take a project's moments out, and give back their vectors by what these are of."""
        first, last = project * MOST_OF_PROJECT, (project + 1) * MOST_OF_PROJECT
        rows = self._run(f"SELECT id, {_COLUMNS} FROM moments WHERE id > ? AND id < ?", (first, last)).fetchall()  # noqa: S608
        sql = f"INSERT INTO words (words, rowid, {_COLUMNS}) VALUES ('delete', ?, {_MARKS})"  # noqa: S608
        self.connection.executemany(sql, [(row[0], *map(as_indexed, row[1:])) for row in rows])
        self._run("DELETE FROM moments WHERE id > ? AND id < ?", (first, last))
        vectors = dict(self._run("SELECT hash, vector FROM vectors WHERE id > ? AND id < ?", (first, last)))
        self._run("DELETE FROM vectors WHERE id > ? AND id < ?", (first, last))
        return vectors

    def matching(self, match: str, limits: Limits, most: int) -> list[int]:
        """The first moments, by number, that match; `match` is in FTS5's syntax."""
        with named(self.path):
            if limits == Limits():
                sql = "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?"
                return [id for (id,) in self._run(sql, (match, most))]
            if limits.projects is None or len(limits.projects) > MOST_APART:
                return self._filtered(match, limits, most, (0, 1 << 62))
            found: list[int] = []
            for project in sorted(limits.projects):
                between = project * MOST_OF_PROJECT, (project + 1) * MOST_OF_PROJECT
                found += self._filtered(match, limits, most - len(found), between)
            return found

    def _filtered(self, match: str, limits: Limits, most: int, between: tuple[int, int]) -> list[int]:
        sql = (
            "SELECT words.rowid FROM words JOIN moments ON moments.id = words.rowid WHERE words MATCH ? "
            "AND words.rowid BETWEEN ? AND ? AND moments.start_ms < ? AND moments.end_ms >= ?"
        )
        rows = self._run(sql, (match, *between, limits.end_ms, limits.start_ms))
        found = (id for (id,) in rows if limits.projects is None or id // MOST_OF_PROJECT in limits.projects)
        return [id for _, id in zip(range(most), found, strict=False)]

    def last(self) -> int:
        """The number of the last moment, 0 where there is none."""
        return int(self._run("SELECT coalesce(max(id), 0) FROM moments").fetchone()[0])

    def moments(self, ids: Iterable[int]) -> Iterator[FoundMoment]:
        """The moments of these numbers, as far as they are there."""
        with named(self.path):
            for id in ids:
                if row := self._run("SELECT * FROM moments WHERE id = ?", (id,)).fetchone():
                    yield FoundMoment(id, Moment(Span(row[1], row[2]), dict(zip(FIELDS, row[3:], strict=True))))


MOST_APART = 64
"""Up to so many projects are asked one by one, which is quicker than to ask all and to leave out the others."""


def hash_of(moment: Moment) -> bytes:
    """Stands for all that a moment says."""
    return hashlib.sha256("\0".join(_texts(moment)).encode()).digest()[:16]


def _texts(moment: Moment) -> tuple[str, ...]:
    return tuple(moment.texts.get(name, "") for name in FIELDS)


def open_index(path: Path) -> IndexStore:
    """The index in a file, new where there is none, and where what is there cannot be used: that is said.

    Raises OutputError for a file that cannot be written, for a link, and for a file that is no index of this program.
    """
    check_ours(path)
    try:
        with named(path):
            return _opened(path)
    except DamagedIndexError:
        return remade(path, "damaged")


def remade(path: Path, why: str) -> IndexStore:
    """An empty index in the place of one that cannot be used."""
    logging.getLogger(__name__).warning("%s is %s: the index is made again", path, why)
    for ending in ("", "-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).unlink()
    return _opened(path)


def check_ours(path: Path) -> None:
    """Raise OutputError where a link stands in the index's place, or a file that this program did not write."""
    for ending in ("", "-journal", "-wal", "-shm"):
        if path.with_name(path.name + ending).is_symlink():
            raise OutputError(f"{path}{ending} is a link, and the index goes there", "remove it")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is not a file, and the index goes there", "move it away")


def _opened(path: Path) -> IndexStore:
    connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA mmap_size = 17179869184")
        connection.execute("PRAGMA trusted_schema = OFF")
        if fault := _fault(path, connection):
            connection.close()
            return remade(path, fault)
        return IndexStore(path, connection)
    except BaseException:
        connection.close()
        raise


def _fault(path: Path, connection: sqlite3.Connection) -> str:
    """Why the index cannot be used; "" for one that can, made where there is nothing."""
    connection.execute("BEGIN IMMEDIATE" if _is_empty(connection) else "BEGIN")
    try:
        if _is_empty(connection):
            for statement in TABLES:
                connection.execute(statement)
            connection.execute("INSERT INTO facts VALUES ('form', ?)", (FORM,))
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
            raise OutputError(f"{path} is not an index of audiodesc", "move it away")
        form = connection.execute("SELECT value FROM facts WHERE name = 'form'").fetchone()
        return "" if form == (FORM,) else "of another version"
    finally:
        connection.execute("COMMIT")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file into one line."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise DamagedIndexError(f"{path} is damaged ({error})", "delete it: it is made again") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(f"{path} is written by another run", "try again in a moment") from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL, *FULL):
            why = FULL.get(code, str(error))
            raise OutputError(f"{path} cannot be read or written ({why})", "make room, or allow it") from error
        raise
