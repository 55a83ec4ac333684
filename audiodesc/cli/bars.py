"""How far the work is, for a person: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.prompt import Confirm

from audiodesc.core.formatting import clock
from audiodesc.core.progress import Progress as Show
from audiodesc.core.progress import silent

STAGES = {
    "probe": "Reading the film and its subtitles",
    "load": "Choosing who describes",
    "fetch": "Fetching the model",
    "hash": "Reading the whole film",
    "hear": "Listening for speech",
    "shots": "Finding the cuts",
    "look": "Looking at the picture",
    "describe": "Writing and speaking",
    "speak": "Speaking",
    "listen": "Measuring the film's sound",
    "mix": "Mixing",
    "mux": "Writing the film",
    "stills": "Taking pictures of the film",
}
UNITS = {"fetch": "MB", "hash": "MB", "look": "places", "describe": "lines", "speak": "lines"}
"""What a stage counts; the others count seconds of the film."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where progress is shown; `ask` puts a question and waits for y or n, None where nobody can answer."""

    show: Show
    ask: Callable[[str], bool] | None = None


@contextmanager
def progress_shown(quiet: bool) -> Iterator[Screen]:
    """Bars on a terminal, a line a stage elsewhere, nothing when quiet; all on standard error."""
    if quiet:
        yield Screen(silent)
    elif sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counted]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            yield Screen(_bars(bars), _asker(bars) if sys.stdin.isatty() else None)
    else:
        yield Screen(_plain_lines())


def _asker(bars: Progress) -> Callable[[str], bool]:
    def ask(question: str) -> bool:
        bars.stop()  # it would draw over the answer
        try:
            return Confirm.ask(question, default=False, console=bars.console)
        finally:
            bars.start()

    return ask


def _bars(bars: Progress) -> Show:
    tasks: dict[str, Any] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=None, counted="")
        bars.update(tasks[stage], completed=done, total=total or None, counted=amount(stage, done, total))

    return show


def amount(stage: str, done: int, total: int) -> str:
    """How much of a stage is done, with its unit; "" where nobody knows of how much."""
    if not total:
        return ""
    if stage in UNITS:
        return f"{done:,} of {total:,} {UNITS[stage]}"
    return f"{clock(min(done, total) * 1000)} of {clock(total * 1000)}"


def _plain_lines() -> Show:
    """A line when a stage begins, and every ten seconds while it goes on."""
    seen: dict[str, float] = {}

    def show(stage: str, done: int, total: int) -> None:
        now = monotonic()
        if stage not in seen:
            print(STAGES.get(stage, stage), file=sys.stderr, flush=True)
        elif total and now - seen[stage] > 10:
            print(f"{STAGES.get(stage, stage)}: {amount(stage, done, total)}", file=sys.stderr, flush=True)
        else:
            return
        seen[stage] = now

    return show
