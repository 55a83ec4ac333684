"""What stands in the file of a person's work: facts, drafts, lines, changes and scripts, inside a transaction."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from audiodesc.project.history import Entry
from audiodesc.project.lines import DraftLine, KnownScript, ProjectLine, draft_segment, draft_values, overlaid

KEPT_SCRIPTS = 4
"""Of each script file so many contents are kept, to tell what a person changed in it."""

KEPT_ELSEWHERE = 100
"""Of all script files outside of the folder together."""


class Tables:
    """What stands in the file, inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute

    def fact(self, name: str) -> Any:
        """A value that JSON can hold; None where there is none."""
        found = self._run("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else None

    def facts(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """(name, value) of those whose names begin so."""
        for name, value in self._run("SELECT name, value FROM facts WHERE instr(name, ?) = 1", (prefix,)):
            yield name, json.loads(value)

    def put_fact(self, name: str, value: Any) -> None:
        """None: it is not known any more."""
        if value is None:
            self._run("DELETE FROM facts WHERE name = ?", (name,))
        else:
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


class LinesInside(Mapping[str, ProjectLine]):
    """The lines inside a transaction, each looked up when it is asked for."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def __getitem__(self, id: str) -> ProjectLine:
        if (line := self._tables.line(id)) is None:
            raise KeyError(id)
        return line

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables.ids())

    def __len__(self) -> int:
        return len(self._tables.ids())


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
