"""A folder is watched: its films are made while new ones come in, until it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final

from audiodesc.batch.model import FilmRow
from audiodesc.batch.runners import Runner
from audiodesc.batch.running import BatchSummary, RunLimits, held_batch, run_batch
from audiodesc.errors import AudiodescError
from audiodesc.watching.arrivals import Manner
from audiodesc.watching.events import Report, Reporter, WatchEvent
from audiodesc.watching.folder import is_watched, needs_polling, scan
from audiodesc.watching.keeper import Keeper
from audiodesc.watching.places import Places
from audiodesc.watching.publishing import Publishing

LEAST_PAUSE_S: Final = 0.25
"""Between two scans: a film that is copied has an event for each block."""


@dataclass(frozen=True, slots=True)
class WatchOrder:
    """Which folder is watched and how: `poll_s` is the longest time between two scans, `polling`: no events are asked
    for, `once`: it ends when all is made that is there. `metrics`: a file for them in Prometheus' text form. `choices`:
    a file that counts instead of the folder's audiodesc.toml."""

    places: Places
    manner: Manner = field(default_factory=Manner)
    poll_s: float = 30.0
    polling: bool = False
    once: bool = False
    metrics: Path | None = None
    choices: Path | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of it: the batch's sums, and what is wrong with the folder's choices, so that films wait."""

    summary: BatchSummary
    fault: AudiodescError | None = None


def watch_folder(
    order: WatchOrder,
    open_runner: Callable[[], AbstractContextManager[Runner]],
    report: Report,
    show: Callable[[FilmRow], None],
    stop: Event,
) -> Watched:
    """Make the films that are in a folder, and those that come, until `stop` is set: then films in hand are stopped
    after the line in hand, and go on with the next start.

    `report` and `show` are called on two threads: with what happens in the folder, and with films whose state or stage
    changed. Raises BusyError where the folder is watched already, ProjectError for records that are damaged, and what
    `run_batch` and the runner raise.
    """
    from audiodesc.batch.output.files import BatchFiles

    ended = Event()
    with held_batch(order.places.batch) as state, open_runner() as runner:
        keeper = Keeper(
            state, order.places, order.manner, report, order.choices, lambda: stop.is_set() or ended.is_set()
        )
        scanner = _Scanner(order, keeper, report, stop, ended)
        files = BatchFiles(state, order.places.batch, order.metrics)

        def is_over() -> bool:
            files.refresh()
            return scanner.is_over()

        with scanner.running():
            publishing = Publishing(runner, order.places)
            summary = run_batch(state, publishing, RunLimits(once=False), show, is_over)
        files.write()
    if scanner.error:
        raise scanner.error
    return Watched(summary, keeper.fault)


class _Scanner:
    """Scans the folder on a thread of its own, when something happened in it, when something is due, and in any case
    after `poll_s`."""

    def __init__(self, order: WatchOrder, keeper: Keeper, report: Report, stop: Event, ended: Event) -> None:
        self._order, self._keeper, self._reporter = order, keeper, Reporter(report)
        self._stop, self._ended, self._woken = stop, ended, Event()
        self.error: BaseException | None = None

    def is_over(self) -> bool:
        """Whether films in hand are to be stopped."""
        return self._stop.is_set() or self._ended.is_set()

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [Thread(target=self._scan, name="scan", daemon=True)]
        polls = self._order.polling or needs_polling(self._order.places.folder)
        if not polls:
            threads.append(Thread(target=self._listen, name="events", daemon=True))
        how = f"scanned every {self._order.poll_s:g} s" if polls else "watched by events"
        self._reporter.report(WatchEvent("watches", "", f"{self._order.places.folder} is {how}"))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._woken.set()
            for thread in threads:
                thread.join()

    def _scan(self) -> None:
        try:
            while not self.is_over():
                self._woken.clear()
                is_read = self._tick()
                if self._order.once and self._keeper.is_idle:
                    self._ended.set()
                self._wait(self._keeper.due(monotonic()) if is_read else None)
        except BaseException as error:  # raised again by the thread that waits for this one
            self.error = error
            self._ended.set()

    def _tick(self) -> bool:
        """Whether the folder could be read."""
        try:
            snapshot = scan(self._order.places.folder, self._order.places.apart)
        except OSError as error:
            said = f"{self._order.places.folder} cannot be read ({error.strerror}): it is tried again"
            self._reporter.once(WatchEvent("waits", "", said))
            return False
        self._reporter.forget("")
        self._keeper.tick(snapshot, monotonic())
        return True

    def _wait(self, due: float | None) -> None:
        """Until something happened, or `due` seconds are over, None for the longest time between two scans."""
        self._ended.wait(LEAST_PAUSE_S)
        longest = 1.0 if self._order.once else self._order.poll_s
        until = monotonic() + max(0.0, min(longest, longest if due is None else due) - LEAST_PAUSE_S)
        while not self.is_over() and not self._woken.is_set() and (left := until - monotonic()) > 0:
            self._woken.wait(min(left, 0.5))

    def _listen(self) -> None:
        """Events of the folder; where the system gives none, the scans are all there is."""
        from watchfiles import watch

        order = self._order
        wanted = is_watched(order.places.folder, order.places.apart)
        try:
            for _ in watch(
                order.places.folder,
                watch_filter=wanted,
                debounce=400,
                rust_timeout=500,
                stop_event=self._ended,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._woken.set()
        except Exception as error:  # of a library in another language: too many folders, and the like
            said = f"no events ({error}): the folder is scanned every {order.poll_s:g} s"
            self._reporter.report(WatchEvent("watches", "", said))
