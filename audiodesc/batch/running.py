"""A batch is run: films are started while the runner takes some, and what comes of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from audiodesc.batch.model import FilmRow, FilmState
from audiodesc.batch.runners import Runner
from audiodesc.batch.state import BatchState


@dataclass(frozen=True, slots=True)
class RunLimits:
    """When a batch ends by itself: after so many failed films (`fail_after`, None: never), where none is left to make
    (`once`; else it waits for more). `most_losses`: a film whose process died so often is set aside."""

    fail_after: int | None = None
    most_losses: int = 3
    once: bool = True


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came of a run of a batch: how many films are in each state at its end, and why it ended before all were made
    ("" where none was left)."""

    counts: Mapping[FilmState, int] = field(default_factory=dict)
    ended: str = ""


@contextmanager
def held_batch(folder: Path) -> Iterator[BatchState]:
    """The state of a batch, which no other process runs meanwhile; films that ran in a process that was killed are
    queued again, and requests to stop count from now on. Raises BusyError where another process has it."""
    raise NotImplementedError
    yield


def run_batch(
    state: BatchState,
    runner: Runner,
    limits: RunLimits,
    show: Callable[[FilmRow], None],
    is_ended: Callable[[], bool] = lambda: False,
) -> BatchSummary:
    """Make the films of a batch; `show` is called with each film whose state or stage changed. It ends where `limits`
    say so, where a stop was asked for (films in hand are stopped after the line or clip in hand, and queued again), and
    where `is_ended` says so; after Ctrl-C (KeyboardInterrupt) in the same way."""
    raise NotImplementedError
