"""The heartbeat of a describer's process: the usage that it reports every few seconds, and whether it hangs by that."""

from __future__ import annotations

from time import monotonic
from typing import Final

from audiodesc.batch.sharing.calls import Usage

SILENT_S: Final = 300.0
"""A process that reports nothing for so long hangs."""

HANG_S: Final = 3600.0
"""A process that works for so long without an answer hangs: no clip and no line takes an hour."""


class Heartbeat:
    """What one process has reported since it was started. A new process gets a new one."""

    def __init__(self) -> None:
        self._usage: Usage | None = None
        self._answered = Usage()
        self._heard_at = monotonic()

    def hear(self, usage: Usage) -> bool:
        """Take a report: what the process has done since its start. True where it has answered anything since the last
        report."""
        is_first = self._usage is None or usage.busy_s < self._usage.busy_s
        is_answer = (usage.clips, usage.lines) != (self._answered.clips, self._answered.lines)
        self._usage, self._heard_at = usage, monotonic()
        if is_first or is_answer:
            self._answered = usage
        return is_answer

    @property
    def hangs(self) -> bool:
        """Whether the process should be ended."""
        busy_s = self._usage.busy_s - self._answered.busy_s if self._usage else 0.0
        return busy_s > HANG_S or monotonic() - self._heard_at > SILENT_S
