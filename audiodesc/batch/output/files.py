"""The files of a batch that are written while it runs: its page, its sheet, and its metrics where they are wanted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audiodesc.batch.output.metrics import write_metrics
from audiodesc.batch.output.page import write_page
from audiodesc.batch.output.sheet import write_sheet
from audiodesc.batch.output.sums import Sums
from audiodesc.batch.sharing.calls import Usage
from audiodesc.batch.state import BatchState
from audiodesc.errors import OutputError

PAGE_NAME: Final = "batch.html"
SHEET_NAME: Final = "films.csv"
EVERY_S: Final = 30.0
MOST_SHARE: Final = 0.03
"""Of the time goes into writing: a batch of 10,000 films takes seconds to write, and is written less often."""


class BatchFiles:
    """Writes `batch.html` and `films.csv` of a batch, and the metrics. `metrics` None: none are wanted; `usage` says
    what shared describers have done, where a runner knows it."""

    def __init__(
        self,
        state: BatchState,
        folder: Path,
        metrics: Path | None = None,
        name: str = "",
        usage: Callable[[], Usage] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state, self._folder, self._metrics, self._name, self._clock = state, folder, metrics, name, clock
        self._sums, self._usage = Sums(), usage
        self._next = 0.0

    def refresh(self) -> None:
        """Write them where half a minute has passed. A disk that is full for now ends no batch: that is left to
        `write`."""
        if self._clock() < self._next:
            return
        try:
            self.write()
        except OutputError:
            self._next = self._clock() + EVERY_S

    def write(self) -> None:
        """Write them now. Raises OutputError."""
        begun = self._clock()
        rows, counts = self._state.rows(), self._state.counts()
        write_page(rows, counts, self._folder / PAGE_NAME, time.time(), self._name)
        write_sheet(rows, self._folder / SHEET_NAME)
        if self._metrics:
            write_metrics(self._metrics, self._sums.read(self._state), self._usage() if self._usage else None)
        now = self._clock()
        self._next = now + max(EVERY_S, (now - begun) / MOST_SHARE)
