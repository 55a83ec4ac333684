"""The state of a batch: one SQLite file in its folder, which any number of processes may read while one runs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from audiodesc.batch.model import FailedFilm, FailureCause, FilmJob, FilmResult, FilmRow, FilmState

FILE: Final = "batch.sqlite"


@dataclass(frozen=True, slots=True)
class Added:
    """What a list changed: ids of films that are new, that are asked for otherwise than before and are made again, that
    are as they were, and that were taken out since the list no longer has them."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    same: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


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
    owner and output: no two films of an owner go to one folder.

    Raises ProjectError for a file that is damaged or of a newer release, OutputError where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        """Open the state in a folder; both are made where they are not there."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError

    def put(self, jobs: Sequence[FilmJob], owner: str = "", *, whole: bool = False, held: bool = False) -> Added:
        """Add jobs. One with another `key` than before at the same output is queued again; one that is the same is left
        as it is, whatever its state. `whole`: the jobs are the whole list, so that others of this owner which do not
        run are taken out. `held`: new ones are held."""
        raise NotImplementedError

    def row(self, film: int) -> FilmRow | None:
        raise NotImplementedError

    def rows(
        self,
        states: Collection[FilmState] = (),
        owner: str | None = None,
        after: int = 0,
        most: int | None = None,
    ) -> list[FilmRow]:
        """Films in the order of their ids; those in these states (() for all), of one owner (None for all), with ids
        above `after`, `most` of them (None for all)."""
        raise NotImplementedError

    def counts(self, owner: str | None = None) -> Mapping[FilmState, int]:
        """How many films are in each state, 0 too."""
        raise NotImplementedError

    def startable(self, most: int) -> list[FilmRow]:
        """The queued films that may begin now, first queued first: of a series only the earliest episode that is not
        done, skipped or held, and none while another of its episodes runs. A failed episode lets the next begin."""
        raise NotImplementedError

    def begin(self, film: int) -> bool:
        """Queued -> running; False where it is not queued any more (held or cancelled meanwhile)."""
        raise NotImplementedError

    def stage(self, film: int, stage: str, done: int, total: int) -> None:
        """How far a running film is. A line of the log only where the stage is another than before."""
        raise NotImplementedError

    def finish(self, film: int, result: FilmResult, *, skipped: bool = False) -> None:
        """Running or queued -> done or skipped."""
        raise NotImplementedError

    def fail(self, film: int, why: FailedFilm) -> None:
        raise NotImplementedError

    def requeue(self, film: int, *, lost: str = "", blameless: bool = False) -> None:
        """Running -> queued, in its old place; with `lost` (last words) its losses are counted, unless blameless."""
        raise NotImplementedError

    def requeue_running(self) -> int:
        """All that run -> queued, as a new process finds them after a kill; how many."""
        raise NotImplementedError

    def retry(self, causes: Collection[FailureCause] = (), films: Collection[int] = (), owner: str | None = None) -> int:
        """Failed -> queued, of these causes and among these films (() for all); attempts and losses count from 0."""
        raise NotImplementedError

    def hold(self, films: Collection[int]) -> int:
        """Queued -> held; how many."""
        raise NotImplementedError

    def release(self, films: Collection[int] = ()) -> int:
        """Held -> queued (() for all); how many."""
        raise NotImplementedError

    def cancel(self, film: int) -> bool:
        """Queued or held -> failed with the cause "cancelled"; a running one is marked, for whoever runs it to stop.
        False where it has ended already."""
        raise NotImplementedError

    def cancelled(self) -> list[int]:
        """Running films that are to be stopped for good."""
        raise NotImplementedError

    def ask_stop(self) -> None:
        """Ask the process that runs the batch to stop (`batch stop`)."""
        raise NotImplementedError

    def is_stop_asked(self) -> bool:
        """Whether a stop was asked for since the batch was last taken in hand."""
        raise NotImplementedError

    def clear_stop(self) -> None:
        raise NotImplementedError

    def remove(self, film: int) -> None:
        """Take out a film that has ended, with its log."""
        raise NotImplementedError

    def log(self, after: int = 0, film: int | None = None, most: int = 1000) -> list[Entry]:
        """Lines of the log with numbers above `after`, of one film or of all."""
        raise NotImplementedError
