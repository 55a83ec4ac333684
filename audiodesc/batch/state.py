"""The state of a batch: one SQLite file in its folder, which any number of processes may read while one runs it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from audiodesc.batch.model import STATES, FailedFilm, FailureCause, FilmJob, FilmResult, FilmRow, FilmState
from audiodesc.batch.state_changes import Added, Changes, put_jobs
from audiodesc.batch.state_file import StateFile, damaged
from audiodesc.batch.state_rows import COLUMNS, film_row, kept_number, kept_text, read_text
from audiodesc.batch.state_turns import startable

__all__ = ["FILE", "Added", "BatchState", "Entry"]

FILE: Final = "batch.sqlite"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the batch's log: `number` counts up from 1, `time` is in seconds since the epoch, `what` is a state,
    or "stage"."""

    number: int
    time: float
    film: int
    what: str
    detail: str = ""


class BatchState:
    """Films with their jobs and states. Each change is a transaction, and a line of the log. A film is known by its
    owner and output: no two films of an owner go to one folder. Threads may share it.

    Raises ProjectError for a file that is damaged or of a newer release, OutputError where it cannot be written,
    BusyError where another process holds it for long.
    """

    def __init__(self, folder: Path) -> None:
        """Open the state in a folder; both are made where they are not there."""
        self.folder = folder
        self._file = StateFile(folder / FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def put(self, jobs: Sequence[FilmJob], owner: str = "", *, whole: bool = False, held: bool = False) -> Added:
        """Add jobs. One with another `key` than before at the same output is queued again; one that is the same is left
        as it is, whatever its state. `whole`: the jobs are the whole list, so that others of this owner which do not
        run are taken out, and the order is that of the list. `held`: new ones are held.

        A film that runs is queued again when it ends; one that is held stays so. Raises UsageError where two jobs have
        the same output.
        """
        with self._changing() as changes:
            return put_jobs(changes, jobs, kept_text(owner), whole=whole, held=held)

    def row(self, film: int) -> FilmRow | None:
        """The film of this id; None where there is none."""
        found = self._films(f"SELECT {COLUMNS} FROM films WHERE id = ?", (kept_number(film),))  # noqa: S608
        return found[0] if found else None

    def rows(
        self,
        states: Iterable[FilmState] = (),
        owner: str | None = None,
        after: int = 0,
        most: int | None = None,
    ) -> list[FilmRow]:
        """Films in the order of their ids; those in these states (() for all), of one owner (None for all), with ids
        above `after`, `most` of them (None for all)."""
        terms, values, chosen = ["id > ?"], [kept_number(after)], tuple(states)
        if chosen:
            terms.append(f"state IN ({', '.join('?' * len(chosen))})")
        if owner is not None:
            terms.append("owner = ?")
        more = (*chosen, *(() if owner is None else (kept_text(owner),)), -1 if most is None else kept_number(most))
        sql = f"SELECT {COLUMNS} FROM films WHERE {' AND '.join(terms)} ORDER BY id LIMIT ?"  # noqa: S608
        return self._films(sql, (*values, *more))

    def counts(self, owner: str | None = None) -> Mapping[FilmState, int]:
        """How many films are in each state, 0 too."""
        where, values = ("", ()) if owner is None else ("WHERE owner = ?", (kept_text(owner),))
        found = dict(self._file.read(f"SELECT state, count(*) FROM films {where} GROUP BY state", values))  # noqa: S608
        return {state: int(found.get(state, 0)) for state in STATES}

    def startable(self, most: int) -> list[FilmRow]:
        """The queued films that may begin now, first queued first, where owners take turns: of a series only the
        earliest episode that is not done, skipped or held, and none while another of its episodes runs. A failed
        episode lets the next begin."""
        return [film_row(self._file.path, row) for row in startable(self._file, kept_number(max(0, most)))]

    def begin(self, film: int) -> bool:
        """Queued -> running; False where it is not queued any more (held or cancelled meanwhile)."""
        with self._changing() as changes:
            return changes.begin(film)

    def stage(self, film: int, stage: str, done: int, total: int) -> None:
        """How far a running film is. A line of the log only where the stage is another than before."""
        self.stages([(film, stage, done, total)])

    def stages(self, progress: Iterable[tuple[int, str, int, int]]) -> None:
        """The same of many films, (film, stage, done, total) each, in one transaction."""
        with self._changing() as changes:
            for film, stage, done, total in progress:
                changes.stage(film, stage, done, total)

    def finish(self, film: int, result: FilmResult, *, skipped: bool = False) -> None:
        """Running or queued -> done or skipped. One whose job was changed while it ran is queued again."""
        with self._changing() as changes:
            changes.finish(film, result, skipped=skipped)

    def fail(self, film: int, why: FailedFilm) -> None:
        """Running, queued or held -> failed. One whose job was changed while it ran is queued again, unless it was
        cancelled."""
        with self._changing() as changes:
            changes.fail(film, why)

    def requeue(self, film: int, *, lost: str = "", blameless: bool = False) -> None:
        """Running -> queued, in its old place; with `lost` (last words) its losses are counted, unless blameless. One
        that was cancelled meanwhile -> failed."""
        with self._changing() as changes:
            changes.requeue(film, lost, is_counted=bool(lost) and not blameless)

    def requeue_running(self) -> int:
        """All that run -> queued, as a new process finds them after a kill; how many. Those that were cancelled ->
        failed."""
        with self._changing() as changes:
            return sum(changes.requeue(film, "", is_counted=False) for film in changes.of_state("running"))

    def retry(self, causes: Iterable[FailureCause] = (), films: Collection[int] = (), owner: str | None = None) -> int:
        """Failed -> queued, of these causes and among these films (() for all); attempts and losses count from 0."""
        with self._changing() as changes:
            return changes.retry(frozenset(causes), frozenset(films), None if owner is None else kept_text(owner))

    def make_again(self, films: Collection[int]) -> int:
        """Done, skipped or failed -> queued, as for a film whose content changed or whose results are gone; how many.
        Attempts and losses count from 0."""
        with self._changing() as changes:
            return sum(changes.queue_again(film, ("done", "skipped", "failed")) for film in films)

    def hold(self, films: Collection[int]) -> int:
        """Queued -> held; how many."""
        with self._changing() as changes:
            return sum(changes.move(film, ("queued",), "held") for film in films)

    def release(self, films: Collection[int] = ()) -> int:
        """Held -> queued (() for all); how many."""
        with self._changing() as changes:
            return sum(changes.move(film, ("held",), "queued") for film in films or changes.of_state("held"))

    def cancel(self, film: int) -> bool:
        """Queued or held -> failed with the cause "cancelled"; a running one is marked, for the process that runs it to
        stop. False where it has ended already."""
        with self._changing() as changes:
            return changes.cancel(film)

    def cancelled(self) -> list[int]:
        """Running films that are to be stopped for good."""
        return [row[0] for row in self._file.read("SELECT id FROM films WHERE state = 'running' AND cancelled")]

    def ask_stop(self) -> None:
        """Ask the process that runs the batch to stop (`batch stop`)."""
        self._note("stop", "asked")

    def is_stop_asked(self) -> bool:
        """Whether a stop was asked for since the batch was last taken in hand."""
        return bool(self._fact("stop"))

    def clear_stop(self) -> None:
        """Forget that a stop was asked for."""
        self._note("stop", "")

    def note_holder(self, name: str) -> None:
        """Keep which process runs the batch, for people ("" where it ended)."""
        self._note("holder", name)

    def holder(self) -> str:
        """Which process runs the batch, or was killed while it did; "" for none."""
        return self._fact("holder")

    def remove(self, film: int) -> None:
        """Take out a film that has ended, with its log."""
        with self._changing() as changes:
            changes.remove(film, ("done", "failed", "skipped"))

    def log(self, after: int = 0, film: int | None = None, most: int = 1000) -> list[Entry]:
        """Lines of the log with numbers above `after`, of one film or of all. Of each film, and of each thing that
        happens to it, the latest 100 lines are kept."""
        where, values = ("", ()) if film is None else ("AND film = ?", (kept_number(film),))
        sql = f"SELECT number, time, film, what, detail FROM log WHERE number > ? {where} ORDER BY number LIMIT ?"  # noqa: S608
        found = self._file.read(sql, (kept_number(after), *values, kept_number(most)))
        return [Entry(number, time, film, what, self._text(detail)) for number, time, film, what, detail in found]

    def check(self) -> None:
        """Read all of the file. Raises ProjectError where it is damaged."""
        self._file.check()

    @contextmanager
    def _changing(self) -> Iterator[Changes]:
        with self._file.writing() as connection:
            yield Changes(connection)

    def _films(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[FilmRow]:
        return [film_row(self._file.path, row) for row in self._file.read(sql, values)]

    def _text(self, kept: str) -> str:
        try:
            return read_text(kept)
        except ValueError as error:
            raise damaged(self._file.path, str(error)) from error

    def _fact(self, name: str) -> str:
        found = self._file.read("SELECT value FROM facts WHERE name = ?", (name,))
        return self._text(found[0][0]) if found else ""

    def _note(self, name: str, value: str) -> None:
        """Keep a fact; nothing is written where it stands there already."""
        if self._fact(name) != value:
            with self._file.writing() as connection:
                connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, kept_text(value)))
