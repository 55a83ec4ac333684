"""Numbers of all films of a service, in the form of Prometheus."""

from __future__ import annotations

from threading import Lock

from audiodesc.batch.output.metrics import CONTENT_TYPE, metrics_text
from audiodesc.batch.output.sums import Sums
from audiodesc.batch.state import BatchState


class Numbers:
    """Sums that are read on at each question. Threads share it."""

    def __init__(self, state: BatchState) -> None:
        self._state, self._sums, self._lock = state, Sums(), Lock()

    def text(self) -> tuple[bytes, str]:
        """The numbers now, and what kind of text that is."""
        with self._lock:
            return metrics_text(self._sums.read(self._state)), CONTENT_TYPE
