"""What makes the films of `batch`, `watch` and `serve`: processes of this machine, or a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.cli.batch_options import LOCAL
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.batch.runners import Runner
    from audiodesc.batch.sharing.calls import Usage


@contextmanager
def film_runner(at_once: int | None = None, ray: str | None = None, logs: Path | None = None) -> Iterator[Runner]:
    """A runner, closed at the end. `at_once` films at a time (None: by what the machine has), `ray` the address of a
    cluster ("local": one that is started here), `logs` a folder for what processes say.

    Raises UsageError for numbers below 1, and MissingToolError where Ray is not installed.
    """
    if at_once is not None and at_once < 1:
        raise UsageError(f"--at-once is {at_once}", "give 1 or more")
    runner = _runner(at_once, ray, logs)
    try:
        yield runner
    finally:
        runner.close()


def usage_of(runner: Runner) -> Callable[[], Usage] | None:
    """What says how much the shared describers have done; None for a runner that does not measure it."""
    if getattr(runner, "usage", None) is None:
        return None

    def usage() -> Usage:
        now: Usage = runner.usage  # type: ignore[attr-defined]
        return now

    return usage


def _runner(at_once: int | None, ray: str | None, logs: Path | None) -> Runner:
    if ray is None:
        from audiodesc.batch.local import LocalRunner

        return LocalRunner(at_once, logs=logs)
    from audiodesc.cluster import ClusterOptions, RayRunner

    return RayRunner(None if ray == LOCAL else ray, ClusterOptions(films=at_once))
