"""Films made on this machine: worker processes, and one process with the describer that they share."""

from __future__ import annotations

from audiodesc.batch.local.runner import LocalRunner

__all__ = ["LocalRunner"]
