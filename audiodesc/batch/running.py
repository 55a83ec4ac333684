"""A batch is run: films are started while the runner takes some, and what comes of them is kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Final, TypeVar

from audiodesc.batch.film_work import failed_film
from audiodesc.batch.fresh import made_before
from audiodesc.batch.interrupts import interrupts
from audiodesc.batch.model import FailedFilm, FilmRow, FilmState
from audiodesc.batch.runners import Event, Failed, Lost, Made, Runner, Staged, Stopped
from audiodesc.batch.series import after_film, before_film, series_folder
from audiodesc.batch.state import BatchState
from audiodesc.batch.state_lock import held_batch, is_held
from audiodesc.errors import AudiodescError, BusyError, OutputError

__all__ = ["BatchSummary", "RunLimits", "held_batch", "is_held", "run_batch"]

E = TypeVar("E", bound=Event)

POLL_S: Final = 0.25
"""How often requests to stop, films to cancel and new films are looked for."""

DISK_S: Final = 300.0
"""A disk that takes no state is waited for so long."""

DISK_RETRY_S: Final = 2.0

KEEP_S: Final = 1.0
"""How often the progress of films inside a stage is written."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """When a batch ends by itself: after so many failed films (`fail_after`, None: never), where none is left to make
    (`once`; else it waits for more). `most_losses`: a film whose process died so often is set aside. Films that a
    person cancelled are not counted as failed. `only` are the films that may begin; none: all."""

    fail_after: int | None = None
    most_losses: int = 3
    once: bool = True
    only: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came of a run of a batch: how many films are in each state at its end, and why it ended before all were made
    ("" where none was left)."""

    counts: Mapping[FilmState, int] = field(default_factory=dict)
    ended: str = ""


def run_batch(
    state: BatchState,
    runner: Runner,
    limits: RunLimits,
    show: Callable[[FilmRow], None],
    is_ended: Callable[[], bool] = lambda: False,
) -> BatchSummary:
    """Make the films of a batch; `show` is called with each film whose state or stage changed. It ends where `limits`
    say so, where a stop was asked for (films in hand are stopped after the line or clip in hand, and queued again), and
    where `is_ended` says so; after Ctrl-C (KeyboardInterrupt) in the same way, and at once after a second one.

    The runner is left open. Raises what `BatchState` raises where its disk is full for `DISK_S` seconds: films that ran
    are found again by the next `held_batch`.
    """
    run = _Run(state, runner, limits, show)
    with interrupts() as is_interrupted:
        goes_on, worked_at = True, monotonic()
        while goes_on:
            try:
                if is_interrupted() and not run.is_interrupted:
                    run.interrupt()
                if is_ended():
                    run.end("stopped")
                goes_on = run.step()
                worked_at = monotonic()
            except (OutputError, BusyError):  # what happened is kept once the disk takes it
                if monotonic() > worked_at + DISK_S:
                    raise
                sleep(DISK_RETRY_S)
            except KeyboardInterrupt:
                if run.is_interrupted:
                    raise
                run.interrupt()
    return BatchSummary(state.counts(), run.ended)


class _Run:
    """One run of a batch. `in_hand` are the films that the runner has, as they were shown last."""

    def __init__(self, state: BatchState, runner: Runner, limits: RunLimits, show: Callable[[FilmRow], None]) -> None:
        self.state, self.runner, self.limits, self.show = state, runner, limits, show
        self.ended, self.is_interrupted = "", False
        self.in_hand: dict[int, FilmRow] = {}
        self._stopped: set[int] = set()
        self._pending: deque[Event] = deque()
        self._progress: list[Staged] = []
        self._is_new_stage, self._is_changed = False, True
        self._failed, self._looked_at, self._kept_at = 0, float("-inf"), float("-inf")

    def step(self) -> bool:
        """Start films, wait for events for a moment, and keep them; False at the end."""
        self._read_requests()
        if not self.ended and self._is_changed and self.runner.free > 0:
            self._is_changed = False
            self._start(self.runner.free)
        if not self.in_hand and (self.ended or (self.limits.once and not self._startable(1))):
            return False
        began = monotonic()
        self._pending += _latest(self.runner.events(POLL_S))
        if not self._pending and not self.in_hand:
            sleep(max(0.0, began + POLL_S - monotonic()))  # a runner that has nothing may not wait
        while self._pending:
            self._keep(self._pending[0])
            self._pending.popleft()
        if self._is_new_stage or monotonic() >= self._kept_at + KEEP_S:
            self._keep_progress()
        return True

    def end(self, why: str) -> None:
        """Start no more films, and stop those in hand."""
        self.ended = self.ended or why
        for film in self.in_hand:
            self._stop(film)

    def interrupt(self) -> None:
        """End after Ctrl-C, which the processes of the runner may have got too."""
        self.is_interrupted = True
        self.end("stopped")

    def _read_requests(self) -> None:
        """See what other processes want, now and then."""
        if monotonic() < self._looked_at + POLL_S:
            return
        self._looked_at, self._is_changed = monotonic(), True
        if self.state.is_stop_asked():
            self.end("stopped")
        for film in self.state.cancelled():
            if film in self.in_hand:
                self._stop(film)

    def _stop(self, film: int) -> None:
        if film not in self._stopped:
            self._stopped.add(film)
            self.runner.stop(film)

    def _startable(self, most: int) -> list[FilmRow]:
        if not self.limits.only:
            return self.state.startable(most)
        rows = self.state.startable(sum(self.state.counts().values()))
        return [row for row in rows if row.id in self.limits.only][:most]

    def _start(self, most: int) -> None:
        for row in self._startable(most):
            if self.state.is_stop_asked():
                self.end("stopped")
                return
            if not self.state.begin(row.id):
                continue
            self.in_hand[row.id] = self.state.row(row.id) or row
            try:
                self.runner.start(row.id, before_film(row.job, self._series_folder(row)), row.attempts + 1)
            except KeyboardInterrupt:  # the runner does not have it: no event would end it
                self.state.requeue(row.id)
                self._let_go(row.id)
                raise
            except Exception as error:
                self._fail(row.id, failed_film(error))
            else:
                self.show(self.in_hand[row.id])
            if self.ended:
                return

    def _series_folder(self, row: FilmRow) -> Path:
        return series_folder(self.state.folder, row.owner)

    def _keep(self, event: Event) -> None:
        """Write what happened to a film in hand. Events of others are late, or come twice."""
        row = self.in_hand.get(event.film)
        if row is None:
            return
        if isinstance(event, Staged):
            self._stage(row, event)
            return
        if self._is_new_stage:
            self._keep_progress()
        if isinstance(event, Made):
            self._finish(row, event)
        elif isinstance(event, Failed):
            self._fail(event.film, event.why)
        elif isinstance(event, Stopped):
            self.state.requeue(event.film)
            self._let_go(event.film)
        else:
            self._lose(event)

    def _finish(self, row: FilmRow, event: Made) -> None:
        """What an episode teaches is kept before the next may begin. Where that fails, so does the film: what it made
        stays, and to make it again costs little. One whose results were there already, and stay as they are, is
        skipped."""
        try:
            after_film(row.job, self._series_folder(row), event.result)
        except Exception as error:
            self._fail(event.film, failed_film(error))
            return
        as_wanted = row.started_at is not None and made_before(event.result, row.started_at)
        self.state.finish(event.film, event.result, skipped=as_wanted)
        self._let_go(event.film)

    def _stage(self, row: FilmRow, event: Staged) -> None:
        now = replace(row, stage=event.stage, done=event.done, total=event.total)
        if now == row:
            return
        self._is_new_stage = self._is_new_stage or event.stage != row.stage
        self._progress.append(event)
        self.in_hand[event.film] = now
        self.show(now)

    def _keep_progress(self) -> None:
        """Write how far all films are: at once where one is in a new stage, else now and then."""
        if self._progress:
            self.state.stages((one.film, one.stage, one.done, one.total) for one in _latest(self._progress))
        self._progress.clear()
        self._is_new_stage, self._kept_at = False, monotonic()

    def _lose(self, event: Lost) -> None:
        is_blameless = event.blameless or self.is_interrupted
        self.state.requeue(event.film, lost=event.last_words or "no word", blameless=is_blameless)
        row = self.state.row(event.film)
        if row and row.state == "queued" and row.losses >= self.limits.most_losses:
            self._fail(event.film, _lost(row, event.last_words))
        else:
            self._let_go(event.film)

    def _fail(self, film: int, why: FailedFilm) -> None:
        self.state.fail(film, why)
        row = self._let_go(film)
        if row is None or row.state != "failed" or why.cause == "cancelled":
            return
        self._failed += 1
        if self._failed == self.limits.fail_after:
            self.end(f"{self._failed} film{'s' if self._failed > 1 else ''} failed")

    def _let_go(self, film: int) -> FilmRow | None:
        """The film is not in hand any more."""
        del self.in_hand[film]
        self._stopped.discard(film)
        self._progress = [one for one in self._progress if one.film != film]
        self._is_changed = True
        row = self.state.row(film)
        if row:
            self.show(row)
        return row


def _lost(row: FilmRow, last_words: str) -> FailedFilm:
    times = "once" if row.losses == 1 else f"{row.losses} times"
    error = AudiodescError(
        f"{row.job.film}: the process that made it died {times} ({last_words or 'it said nothing'})",
        "read what it said last, then try again with `audiodesc batch retry --kind lost`",
    )
    return FailedFilm("lost", str(error))


def _latest(events: Sequence[E]) -> list[E]:
    """The events without progress that is passed already."""
    kept: list[E] = []
    seen: set[tuple[int, str]] = set()
    for event in reversed(events):
        if isinstance(event, Staged):
            if (event.film, event.stage) in seen:
                continue
            seen.add((event.film, event.stage))
        kept.append(event)
    return kept[::-1]
