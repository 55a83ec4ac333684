"""Changes of the films of a batch, inside a transaction of its state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from time import time
from typing import Any, Final

from audiodesc.batch.model import FailedFilm, FailureCause, FilmJob, FilmResult, FilmState
from audiodesc.batch.state_rows import kept_episode, kept_number, kept_text
from audiodesc.errors import UsageError

MOST_LINES: Final = 100
"""So many lines of the log are kept of each thing that happens to a film, such as stages that come and go."""

CANCELLED: Final = FailedFilm("cancelled", "a person ended it")

FRESH: Final = (
    "stage = '', done = 0, total = 0, attempts = 0, losses = 0, again = 0, cancelled = 0, cause = NULL, "
    "message = NULL, result = NULL, started_at = NULL, ended_at = NULL, queued_at = :now"
)
"""A film as if it had never begun."""

ENDED: Final = "again = 0, cancelled = 0, ended_at = max(:now, coalesce(started_at, queued_at))"
"""A clock that was set back makes no film end before it began."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a list changed: ids of films that are new, that are asked for otherwise than before and are made again, that
    are as they were, and that were taken out since the list no longer has them."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    same: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


class Changes:
    """What can be changed in one transaction. A film that is not in a state where a change fits stays as it is."""

    def __init__(self, connection: Connection) -> None:
        self.run = connection.execute

    def move(self, film: int, fits: tuple[FilmState, ...], to: FilmState, sets: str = "", **values: Any) -> bool:
        """Take a film from one of some states to another, with other columns set, and note it; False where it is in
        none of these. `detail` of the values is what the log says besides."""
        states = ", ".join(f"'{state}'" for state in fits)
        detail = kept_text(values.get("detail", ""))
        named = {"film": kept_number(film), "to": to, "now": time(), **values, "detail": detail}
        sql = f"UPDATE films SET state = :to{', ' if sets else ''}{sets} WHERE id = :film AND state IN ({states})"  # noqa: S608
        if not self.run(sql, named).rowcount:
            return False
        self.note(film, to, detail)
        return True

    def note(self, film: int, what: str, detail: str = "") -> None:
        """A line of the log; `detail` is as it is kept."""
        self.run("INSERT INTO log (time, film, what, detail) VALUES (?, ?, ?, ?)", (time(), film, what, detail))
        self.run(
            "DELETE FROM log WHERE film = :film AND what = :what AND number <= "
            "(SELECT number FROM log WHERE film = :film AND what = :what ORDER BY number DESC LIMIT 1 OFFSET :most)",
            {"film": film, "what": what, "most": MOST_LINES},
        )

    def of_state(self, state: FilmState) -> list[int]:
        """The ids of all films in a state, in their order."""
        return [row[0] for row in self.run("SELECT id FROM films WHERE state = ? ORDER BY position", (state,))]

    def begin(self, film: int) -> bool:
        sets = (
            "stage = '', done = 0, total = 0, attempts = attempts + 1, cause = NULL, message = NULL, result = NULL, "
            "started_at = max(:now, queued_at), ended_at = NULL"
        )
        return self.move(film, ("queued",), "running", sets)

    def stage(self, film: int, stage: str, done: int, total: int) -> None:
        named = {
            "film": kept_number(film),
            "stage": kept_text(stage),
            "done": kept_number(done),
            "total": kept_number(total),
        }
        found = self.run("SELECT stage FROM films WHERE id = :film AND state = 'running'", named).fetchone()
        if found:
            self.run("UPDATE films SET stage = :stage, done = :done, total = :total WHERE id = :film", named)
            if found[0] != named["stage"]:
                self.note(film, "stage", str(named["stage"]))

    def finish(self, film: int, result: FilmResult, *, skipped: bool) -> None:
        if not self._is_marked(film, "again") or not self.queue_again(film, ("running",)):
            sets = f"{ENDED}, cause = NULL, message = NULL, result = :result"
            self.move(film, ("running", "queued"), "skipped" if skipped else "done", sets, result=result.to_json())

    def fail(self, film: int, why: FailedFilm) -> None:
        is_again = (
            why.cause != "cancelled" and not self._is_marked(film, "cancelled") and self._is_marked(film, "again")
        )
        if not is_again or not self.queue_again(film, ("running",)):
            sets = f"{ENDED}, result = NULL, cause = :cause, message = :detail"
            self.move(film, ("running", "queued", "held"), "failed", sets, cause=why.cause, detail=why.message)

    def queue_again(self, film: int, fits: tuple[FilmState, ...]) -> bool:
        """To be made as if it had never begun."""
        return self.move(film, fits, "queued", FRESH)

    def requeue(self, film: int, lost: str, *, is_counted: bool) -> bool:
        """Whether it ran and is queued now."""
        if self._is_marked(film, "cancelled"):
            self.fail(film, CANCELLED)
            return False
        sets = "stage = '', done = 0, total = 0, started_at = NULL, losses = losses + :lost, again = 0"
        if self._is_marked(film, "again"):
            return self.queue_again(film, ("running",))
        return self.move(film, ("running",), "queued", sets, lost=int(is_counted), detail=lost)

    def retry(self, causes: Collection[FailureCause], films: Collection[int], owner: str | None) -> int:
        """How many failed films are queued."""
        found = self.run("SELECT id, cause, owner FROM films WHERE state = 'failed' ORDER BY position").fetchall()
        return sum(
            self.queue_again(id, ("failed",))
            for id, cause, of in found
            if (not causes or cause in causes) and (not films or id in films) and owner in (None, of)
        )

    def cancel(self, film: int) -> bool:
        sql = "UPDATE films SET cancelled = 1 WHERE id = ? AND state = 'running'"
        if self.run(sql, (kept_number(film),)).rowcount:
            return True
        sets = f"{ENDED}, cause = :cause, message = :detail"
        return self.move(film, ("queued", "held"), "failed", sets, cause=CANCELLED.cause, detail=CANCELLED.message)

    def remove(self, film: int, fits: tuple[FilmState, ...]) -> bool:
        """Take a film out, with its log; False where it is in none of these states."""
        states = ", ".join(f"'{state}'" for state in fits)
        if not self.run(f"DELETE FROM films WHERE id = ? AND state IN ({states})", (kept_number(film),)).rowcount:  # noqa: S608
            return False
        self.run("DELETE FROM log WHERE film = ?", (film,))
        return True

    def _is_marked(self, film: int, mark: str) -> bool:
        sql = f"SELECT {mark} FROM films WHERE id = ? AND state = 'running'"  # noqa: S608
        found = self.run(sql, (kept_number(film),)).fetchone()
        return bool(found and found[0])


def put_jobs(changes: Changes, jobs: Sequence[FilmJob], owner: str, *, whole: bool, held: bool) -> Added:
    """See `BatchState.put`; `owner` is as it is kept."""
    first: dict[str, FilmJob] = {}
    for job in jobs:
        if (other := first.setdefault(job.output, job)) is not job:
            raise UsageError(f"{other.film} and {job.film} go to one folder ({job.output})", "give each its own")
    last = changes.run("SELECT coalesce(max(position), 0) FROM films").fetchone()[0]
    new, changed, same, places = [], [], [], []
    for job in jobs:
        found = changes.run(
            "SELECT id, key, state, position FROM films WHERE owner = ? AND output = ?", (owner, kept_text(job.output))
        ).fetchone()
        if found is None:
            last += 1
            new.append(_add(changes, job, owner, "held" if held else "queued", last))
            places.append((new[-1], last))
            continue
        id, key, state, position = found
        places.append((id, position))
        if key == job.key:
            same.append(id)
        else:
            changed.append(id)
            _change(changes, id, job, state)
    gone: list[int] = []
    if whole:
        _order(changes, places)
        listed = {id for id, _ in places}
        films = changes.run("SELECT id FROM films WHERE owner = ? AND state <> 'running'", (owner,)).fetchall()
        fits: tuple[FilmState, ...] = ("queued", "done", "failed", "skipped", "held")
        gone = [id for (id,) in films if id not in listed and changes.remove(id, fits)]
    return Added(tuple(new), tuple(changed), tuple(same), tuple(sorted(gone)))


def _job_values(job: FilmJob) -> dict[str, Any]:
    return {"key": job.key, "job": job.to_json(), "series": kept_text(job.series), "episode": kept_episode(job)}


def _add(changes: Changes, job: FilmJob, owner: str, state: FilmState, position: int) -> int:
    named = {"owner": owner, "output": kept_text(job.output), "position": position, "state": state, "now": time()}
    id = changes.run(
        "INSERT INTO films (owner, output, key, job, series, episode, position, state, queued_at) "
        "VALUES (:owner, :output, :key, :job, :series, :episode, :position, :state, :now)",
        {**named, **_job_values(job)},
    ).lastrowid
    changes.note(id or 0, state)
    return id or 0


def _change(changes: Changes, film: int, job: FilmJob, state: FilmState) -> None:
    """Another job for a film that is there."""
    changes.run(
        "UPDATE films SET key = :key, job = :job, series = :series, episode = :episode, again = state = 'running' "
        "WHERE id = :film",
        {"film": film, **_job_values(job)},
    )
    if state == "held":
        changes.run(f"UPDATE films SET {FRESH} WHERE id = :film", {"film": film, "now": time()})  # noqa: S608
    else:
        changes.queue_again(film, ("queued", "done", "failed", "skipped"))


def _order(changes: Changes, places: Sequence[tuple[int, int]]) -> None:
    """Give films (id, position) the same positions among them, in the order in which they stand here."""
    for (id, before), position in zip(places, sorted(position for _, position in places), strict=True):
        if before != position:
            changes.run("UPDATE films SET position = ? WHERE id = ?", (position, id))
