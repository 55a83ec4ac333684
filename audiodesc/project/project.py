"""A project as the command line, the page and other programs use it: its lines, edits with their history, undo."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from audiodesc.errors import InputError, UsageError
from audiodesc.narration.failures import in_one_line
from audiodesc.project.editing import Edit, edited
from audiodesc.project.folder import HIDDEN
from audiodesc.project.history import Entry, are_at_once, is_other, last_at_once, redoable, standing
from audiodesc.project.lines import DraftLine, KnownScript, ProjectLine, apply
from audiodesc.project.store import EditStore, open_store
from audiodesc.project.tables import LinesInside, Tables

Facts = Callable[[Sequence[str], Callable[[str], Any]], Mapping[str, Any]]
"""The ids of lines that edits added, in their order, and what gives a fact of a name as it stands then -> facts to be
kept with them, by their names."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Lines, those that a person deleted among them, and drafts of one moment; `number` is the last change."""

    number: int
    lines: tuple[ProjectLine, ...]
    drafts: tuple[DraftLine, ...]

    @property
    def standing(self) -> tuple[ProjectLine, ...]:
        """The lines without those that were deleted."""
        return tuple(line for line in self.lines if not line.deleted)

    @property
    def has_persons_work(self) -> bool:
        return any(line.is_touched for line in self.lines)


class Project:
    """An opened project. All that it gives is frozen; what is edited is on the disk before a call ends."""

    def __init__(self, folder: Path, store: EditStore) -> None:
        self.folder, self._store = folder, store

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def lines(self) -> tuple[ProjectLine, ...]:
        """All lines that stand, in order of time."""
        return self.snapshot().standing

    def snapshot(self) -> Snapshot:
        with self._store.transaction() as tables:
            drafts = tuple(tables.drafts())
            return Snapshot(tables.last(), apply(drafts, tables.edited()), drafts)

    def history(self, id: str | None = None) -> tuple[Entry, ...]:
        """All changes, or those of one line, the oldest first."""
        with self._store.transaction() as tables:
            return tuple(tables.history(id))

    def last(self) -> int:
        """The number of the last change, 0 where there is none."""
        with self._store.transaction() as tables:
            return tables.last()

    def since(self, number: int) -> tuple[Entry, ...]:
        """All changes after that number, the oldest first."""
        with self._store.transaction() as tables:
            return tuple(tables.history(since=number))

    def changed_since(self, number: int) -> tuple[str, ...]:
        """The ids of lines that are others than at the change of that number, in order of time: not of those that were
        changed and changed back."""
        with self._store.transaction() as tables:
            lines = [line for line in apply(tables.drafts(), tables.edited()) if line.version > number]
            return tuple(line.id for line in lines if is_other(tables.line_at(line.id, number), line))

    def fact(self, name: str) -> Any:
        """What the project knows besides its lines, such as the film; None where it does not."""
        with self._store.transaction() as tables:
            return tables.fact(name)

    def put_facts(self, facts: Mapping[str, Any]) -> None:
        with self._store.transaction(write=True) as tables:
            _put_facts(tables, facts)

    def facts(self, prefix: str) -> dict[str, Any]:
        """The facts whose names begin so, by what follows it."""
        with self._store.transaction() as tables:
            return {name.removeprefix(prefix): value for name, value in tables.facts(prefix)}

    def update_fact(self, name: str, updated: Callable[[Any], Any]) -> None:
        """Put what `updated` makes of a fact, None where it is not known, in its place; nobody comes in between."""
        self.update_facts(lambda fact: {name: updated(fact(name))})

    def update_facts(self, updated: Callable[[Callable[[str], Any]], Mapping[str, Any]]) -> None:
        """Put what `updated`, which is given what gives a fact, makes of facts in their places: all or none."""
        with self._store.transaction(write=True) as tables:
            _put_facts(tables, updated(tables.fact))

    def edit(
        self,
        edits: Iterable[Edit],
        author: str = "",
        source: str = "",
        script: KnownScript | None = None,
        facts: Facts | None = None,
    ) -> tuple[Entry, ...]:
        """Make all these edits, or none; give back what was changed, without edits that change nothing.

        `author` is the login name where it is empty. `script` is the file that they were read from, to be remembered
        with them; its `number` does not count. `facts` are kept with them too. Raises ConflictError for an edit of a
        line that was changed since its `base`, UsageError for one that makes no sense.
        """
        with self._store.transaction(write=True) as tables:
            lines = LinesInside(tables)
            made, added = [], []
            for edit in edits:
                line = edited(edit, lines, tables.line_at)
                before = lines.get(line.id)
                added += [] if edit.id else [line.id]
                if before == line:
                    continue
                entry = _log(tables, _entry(author, source, line.id, before, line))
                made.append(entry)
            if script:
                tables.put_script(replace(script, number=tables.last(), ids=with_added(script.ids, added)))
            if facts:
                _put_facts(tables, facts(added, tables.fact))
            return tuple(made)

    def undo(self, to: int | None = None, author: str = "", source: str = "") -> tuple[Entry, ...]:
        """Undo the last edit that still stands, with those that were made at once with it, or, with `to`, all after
        that number, the last first. Of a line that a describer wrote and a person edited first, what the describer says
        now stands again.

        Raises UsageError where there is nothing to undo.
        """
        with self._store.transaction(write=True) as tables:
            entries = list(tables.history())
            if to is not None and not 0 <= to <= tables.last():
                raise UsageError(f"there is no edit {to}", f"give a number from 0 to {tables.last()}")
            left = list(standing(entries))
            chosen = last_at_once(left) if to is None else [one for one in reversed(left) if one.number > to]
            if not chosen:
                raise UsageError(f"{self.folder}: there is no edit to undo", "see `audiodesc history`")
            return tuple(_undone(tables, entry, author, source) for entry in chosen)

    def redo(self, author: str = "", source: str = "") -> tuple[Entry, ...]:
        """Undo the last undo, with those of what was edited at once, as long as nothing was edited since. Raises
        UsageError where there is none."""
        with self._store.transaction(write=True) as tables:
            entries, made = list(tables.history()), list[Entry]()
            edits = {one.number: one for one in entries}
            while following := redoable([*entries, *made]):
                edit, first = edits[following.undoes], edits[edits[made[0].undoes].undoes] if made else None
                if first and not are_at_once(edit, first):
                    break
                made.append(_undone(tables, following, author, source))
            if not made:
                raise UsageError(f"{self.folder}: there is nothing to redo", "see `audiodesc history`")
            return tuple(made)

    def keep_drafts(
        self, drafts: Sequence[DraftLine], by: str, since: int | None = None, release: Iterable[str] = (), who: str = ""
    ) -> int | None:
        """Keep what a describer called `by` wrote in the place of what was there; what changed is logged. Where nothing
        did, nothing is. Lines to `release` are the describer's again, which `who` wants; to be undone like any edit.

        Gives back the number of the last change; None where something was changed after `since`: then nothing is kept.
        """
        drafts = sorted(drafts, key=lambda one: (one.start_ms, one.id))
        with self._store.transaction(write=True) as tables:
            if since is not None and tables.last() != since:
                return None
            before = {one.id: one for one in tables.drafts()}
            if [replace(one, version=0) for one in drafts] != [replace(one, version=0) for one in before.values()]:
                run = Entry(0, _now(), by, "make", "make", "", None, None)
                number, kept = tables.log(run), []
                for one in drafts:
                    old = before.get(one.id)
                    same = old and (old.text, old.start_ms, old.reason) == (one.text, one.start_ms, one.reason)
                    kept.append(replace(one, version=old.version if old and same else number))
                    if old and not same and old.text and one.text:
                        tables.log(replace(run, id=one.id, before=old.line, after=kept[-1].line))
                tables.put_drafts(kept)
            _release(tables, release, who)
            return tables.last()

    def scripts(self, name: str | None = None) -> tuple[KnownScript, ...]:
        """What is known of script files that were written or read, the newest first."""
        with self._store.transaction() as tables:
            return tuple(tables.scripts(name))

    def put_scripts(self, scripts: Iterable[KnownScript]) -> None:
        with self._store.transaction(write=True) as tables:
            for one in scripts:
                tables.put_script(one)

    def keep_copy(self) -> Path:
        """Write a copy of the file of the project beside it, under a number that is free."""
        number, path = 1, self._store.path
        while (copy := path.with_name(f"project.kept-{number}.sqlite")).exists():
            number += 1
        self._store.copy_to(copy)
        return copy


def with_added(ids: Iterable[str], added: Iterable[str]) -> tuple[str, ...]:
    """Ids of which those of new lines are "", with these in their places."""
    new = iter(added)
    return tuple(id or next(new, "") for id in ids)


def _put_facts(tables: Tables, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if tables.fact(name) != value:
            tables.put_fact(name, value)


def open_project(folder: Path | str) -> Project:
    """The project in a folder such as film.ad. Raises InputError where there is none."""
    folder = Path(folder)
    store = open_store(folder / HIDDEN) if folder.is_dir() else None
    if store is None:
        what = "holds no project" if folder.is_dir() else "is not a folder"
        raise InputError(f"{folder} {what}", "give a folder that `audiodesc make` or `render` wrote, such as film.ad")
    return Project(folder, store)


def made_project(folder: Path) -> Project:
    """The project in a folder with a hidden folder in it, new where there is none."""
    store = open_store(folder / HIDDEN, create=True)
    assert store is not None  # noqa: S101 — for the type checker: it was created
    return Project(folder, store)


def login_name() -> str:
    """The user's name, as edits bear it where no other is given."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # as in many containers
        return "somebody"


def _entry(author: str, source: str, id: str, before: ProjectLine | None, after: ProjectLine | None) -> Entry:
    return Entry(0, _now(), in_one_line(author) or login_name(), source, "edit", id, before, after)


def _undone(tables: Tables, entry: Entry, author: str, source: str) -> Entry:
    """Put a line back to what it was before an edit."""
    now = tables.line(entry.id)
    back = entry.before or (replace(entry.after, deleted=True) if entry.after else None)
    return _log(tables, replace(_entry(author, source, entry.id, now, back), kind="undo", undoes=entry.number))


def _release(tables: Tables, ids: Iterable[str], who: str) -> None:
    drafts, edited = {one.id: one.line for one in tables.drafts()}, tables.edited()
    for line in [edited[id] for id in ids if id in edited and edited[id].is_touched]:
        after = drafts.get(line.id, replace(line, is_touched=False))
        _log(tables, _entry(who, "make --renew", line.id, line, after))


def _log(tables: Tables, entry: Entry) -> Entry:
    """Write a change and the line as it is then."""
    number = tables.log(entry)
    after = replace(entry.after, version=number) if entry.after else None
    if after:
        tables.put_line(after)
    return replace(entry, number=number, after=after)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
