"""What a service keeps beside the state of its batch: uploads, jobs of tenants, what they used, messages to be sent."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Final, Self

from audiodesc.errors import BusyError, OutputError, ProjectError

FILE: Final = "service.sqlite"
FORM: Final = 2
"""Of the tables: raise it when they change, and bring older ones to it."""

APPLICATION: Final = 0x61647376
"""SQLite's application id of these files: "adsv"."""

PATIENCE_S: Final = 30.0

TABLES: Final = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE uploads (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, "
    "at REAL NOT NULL)",
    "CREATE INDEX uploads_of ON uploads (tenant, at)",
    "CREATE TABLE jobs (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, film INTEGER, job TEXT NOT NULL, asked TEXT NOT "
    "NULL, webhook TEXT NOT NULL, at REAL NOT NULL, minutes REAL NOT NULL, ended INTEGER NOT NULL DEFAULT 0, "
    "bytes INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX jobs_of ON jobs (tenant, ended)",
    "CREATE TABLE sources (job TEXT NOT NULL, upload TEXT NOT NULL)",
    "CREATE INDEX sources_of ON sources (upload)",
    "CREATE INDEX sources_for ON sources (job)",
    "CREATE TABLE requests (tenant TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, job TEXT NOT NULL, "
    "at REAL NOT NULL, PRIMARY KEY (tenant, key)) WITHOUT ROWID",
    "CREATE TABLE used (tenant TEXT NOT NULL, at REAL NOT NULL, minutes REAL NOT NULL, hours REAL NOT NULL)",
    "CREATE INDEX used_by ON used (tenant, at)",
    "CREATE TABLE messages (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL, "
    "at REAL NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting')",
    "CREATE INDEX messages_due ON messages (state, due)",
    "CREATE TABLE removed (folder TEXT PRIMARY KEY) WITHOUT ROWID",
)
"""`removed`: folders of uploads and jobs whose content may be deleted, each until it is gone. Of form 2."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a tenant sent; `at` is in seconds since the epoch."""

    id: str
    tenant: str
    name: str
    bytes: int
    at: float


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A job of a tenant. `film` is its number in the batch, None as long as it is not there; `job` is the FilmJob as
    text, `asked` what the tenant gave as JSON; `minutes` are reserved of the quota until it has `ended`."""

    id: str
    tenant: str
    film: int | None
    job: str
    asked: str
    webhook: str
    at: float
    minutes: float
    ended: bool = False
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook's message that waits to be sent; `tries` failed."""

    id: str
    tenant: str
    url: str
    body: str
    at: float
    due: float
    tries: int


class Kept:
    """The opened file. Threads share it. Raises ProjectError where it is damaged or of a newer release, OutputError
    where it cannot be written, BusyError where another process holds it for long."""

    def __init__(self, folder: Path) -> None:
        self.path, self._lock = folder / FILE, RLock()
        self._sent: dict[str, int] = {}
        with _named(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock, _named(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """What is written in the context is there whole at its end, or not at all."""
        with self._lock, _named(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def check_writable(self) -> None:
        """Raises OutputError where nothing can be written."""
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES ('alive', 1)")

    def fact(self, name: str) -> int:
        """A number that is kept by name, 0 for none."""
        return int(next(iter(self.read("SELECT value FROM facts WHERE name = ?", name)), (0,))[0])

    def secret(self) -> bytes:
        """A number that nobody can guess, and that stays."""
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('secret', ?)", (secrets.randbits(63),))
        return self.fact("secret").to_bytes(8)

    def upload(self, tenant: str, id: str) -> Upload | None:
        rows = self.read("SELECT id, tenant, name, bytes, at FROM uploads WHERE id = ? AND tenant = ?", id, tenant)
        return Upload(*rows[0]) if rows else None

    def uploads(self, tenant: str, after: Upload | None = None, most: int = -1) -> list[Upload]:
        """Oldest first, those after one of them, `most` of them (-1: all)."""
        sql = (
            "SELECT id, tenant, name, bytes, at FROM uploads WHERE tenant = ? AND (at, id) > (?, ?) "
            "ORDER BY at, id LIMIT ?"
        )
        at, id = (after.at, after.id) if after else (-1.0, "")
        return [Upload(*row) for row in self.read(sql, tenant, at, id, most)]

    def upload_count(self, tenant: str) -> int:
        return int(self.read("SELECT COUNT(*) FROM uploads WHERE tenant = ?", tenant)[0][0])

    def open_jobs(self, tenant: str) -> int:
        """How many jobs of a tenant have not ended."""
        return int(self.read("SELECT COUNT(*) FROM jobs WHERE tenant = ? AND NOT ended", tenant)[0][0])

    def job(self, tenant: str, id: str) -> KeptJob | None:
        rows = self.read(f"{JOBS} WHERE id = ? AND tenant = ?", id, tenant)
        return _job(rows[0]) if rows else None

    def unplaced(self) -> list[KeptJob]:
        """Jobs that were taken, and are not in the batch: the service was killed between the two."""
        return [_job(row) for row in self.read(f"{JOBS} WHERE film IS NULL ORDER BY at")]

    def is_removed(self, folder: str) -> bool:
        """Whether a folder ("jobs/ann/…") belongs to what was removed."""
        return bool(self.read("SELECT 1 FROM removed WHERE folder = ?", folder))

    def forget_removed(self, folder: str) -> None:
        """A folder that was removed is gone."""
        with self.writing() as db:
            db.execute("DELETE FROM removed WHERE folder = ?", (folder,))

    def users_of(self, upload: str) -> int:
        """How many jobs need an upload still."""
        sql = "SELECT COUNT(*) FROM sources JOIN jobs ON jobs.id = sources.job WHERE upload = ? AND NOT ended"
        return int(self.read(sql, upload)[0][0])

    def disk_bytes(self, tenant: str) -> int:
        """Of uploads and results; a small upload takes a block, and each a folder."""
        sql = (
            "SELECT (SELECT COALESCE(SUM(max(bytes, 4096) + 4096), 0) FROM uploads WHERE tenant = ?1) + "
            "(SELECT COALESCE(SUM(bytes), 0) FROM jobs WHERE tenant = ?1)"
        )
        return int(self.read(sql, tenant)[0][0])

    def used(self, tenant: str, since: float) -> tuple[float, float]:
        """Film minutes, without those that are reserved, and hours of work since a moment."""
        sql = "SELECT COALESCE(SUM(minutes), 0), COALESCE(SUM(hours), 0) FROM used WHERE tenant = ? AND at >= ?"
        minutes, hours = self.read(sql, tenant, since)[0]
        return float(minutes), float(hours)

    def reserved(self, tenant: str) -> float:
        """Film minutes of jobs that have not ended."""
        sql = "SELECT COALESCE(SUM(minutes), 0) FROM jobs WHERE tenant = ? AND NOT ended"
        return float(self.read(sql, tenant)[0][0])

    def due(self, now: float) -> list[Message]:
        """Messages whose time has come: the first of each tenant, the tenant that waited longest since `note_sending`
        first."""
        sql = (
            "SELECT id, tenant, url, body, at, MIN(due), tries FROM messages WHERE state = 'waiting' AND due <= ? "
            "GROUP BY tenant ORDER BY MIN(due)"
        )
        found = [Message(*row) for row in self.read(sql, now)]
        return sorted(found, key=lambda one: self._sent.get(one.tenant, 0))

    def note_sending(self, tenant: str) -> None:
        """A message of this tenant is being sent: it comes after the others in `due`."""
        with self._lock:
            self._sent[tenant] = 1 + max(self._sent.values(), default=0)

    def put_off(self, tenant: str, url: str, due: float) -> None:
        """Let all messages that wait for a receiver wait until then at least."""
        sql = "UPDATE messages SET due = max(due, ?) WHERE tenant = ? AND url = ? AND state = 'waiting'"
        with self.writing() as db:
            db.execute(sql, (due, tenant, url))

    def forget_given_up(self, before: float) -> None:
        """Delete the messages of before this time that were given up."""
        with self.writing() as db:
            db.execute("DELETE FROM messages WHERE state = 'given up' AND at < ?", (before,))

    def _prepare(self) -> None:
        form, application = self._pragma("user_version"), self._pragma("application_id")
        if application == APPLICATION and form > FORM:
            raise ProjectError(f"{self.path} was written by a newer audiodesc", "update audiodesc to go on with it")
        if application == APPLICATION and form == FORM:
            return
        with self.writing() as db:
            if application != APPLICATION and db.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise ProjectError(f"{self.path} is not the state of a service", "move it away, or give another folder")
            for table in TABLES if application != APPLICATION else TABLES[-1:]:
                db.execute(table)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {FORM}")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])


JOBS: Final = "SELECT id, tenant, film, job, asked, webhook, at, minutes, ended, bytes FROM jobs"


def _job(row: tuple[Any, ...]) -> KeptJob:
    id, tenant, film, job, asked, webhook, at, minutes, ended, size = row
    return KeptJob(id, tenant, film, job, asked, webhook, at, minutes, bool(ended), size)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """What SQLite and the disk say, in one line."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(f"{path} is in use by another process", "try again in a moment") from error
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
            raise OutputError(f"{path} cannot be written ({error})", "make room, or give another folder") from error
        raise ProjectError(
            f"{path} is damaged ({error})", "move it away; uploads and results go to the folder lost"
        ) from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})", "give a folder of your own") from error
