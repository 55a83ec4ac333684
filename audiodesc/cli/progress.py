"""How far the work is, on standard error: bars or lines, questions to the user, and Ctrl-C."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from audiodesc.cli.terminal import say
from audiodesc.core.formatting import clock
from audiodesc.core.progress import Progress, silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bars


STAGES = {
    "probe": "Reading the film and its subtitles",
    "load": "Choosing who describes",
    "fetch": "Fetching the model",
    "hash": "Reading the whole film",
    "hear": "Listening for speech",
    "shots": "Finding the cuts",
    "look": "Looking at the picture",
    "again": "Looking at it again",
    "ask": "Asking the model",
    "send": "Sending what changed to the server",
    "describe": "Writing and speaking",
    "speak": "Speaking",
    "listen": "Measuring the film's sound",
    "align": "Looking for the described track in the film",
    "transcribe": "Transcribing the narration",
    "mix": "Mixing",
    "mux": "Writing the film",
    "segments": "Writing segments",
    "package": "Packing",
    "encode": "Encoding the picture",
    "stills": "Taking pictures of the film",
    "measure": "Measuring the script",
    "peaks": "Drawing the film's waveform",
    "proxy": "Making a copy for browsers",
    "index": "Reading what is known of films",
    "embed": "Reading what moments mean",
}
UNITS = {
    "measure": "measures",
    "fetch": "MB",
    "hash": "MB",
    "look": "places",
    "again": "places",
    "index": "films",
    "embed": "moments",
    "ask": "questions",
    "send": "films",
    "describe": "lines",
    "transcribe": "spans",
    "speak": "lines",
}
"""What a stage counts; the others count seconds of the film."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where progress is shown; `ask` puts a question and waits for y or n, None where nobody can answer."""

    show: Progress
    ask: Callable[[str], bool] | None = None


@contextmanager
def progress_shown(quiet: bool) -> Iterator[Screen]:
    """Bars on a terminal, a line a stage elsewhere, nothing when quiet; all on standard error."""
    logging.getLogger("audiodesc").setLevel(logging.WARNING if quiet else logging.INFO)
    if quiet:
        yield Screen(silent)
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        text, counted = TextColumn("{task.description}"), TextColumn("{task.fields[counted]}")
        console = Console(stderr=True)
        with Bars(text, BarColumn(), counted, TimeRemainingColumn(), console=console, transient=True) as bars:
            yield Screen(_bars(bars), _asker(bars) if sys.stdin.isatty() else None)
    else:
        yield Screen(_plain_lines())


def _asker(bars: Bars) -> Callable[[str], bool]:
    from rich.prompt import Confirm

    def ask(question: str) -> bool:
        bars.stop()  # it would draw over the answer
        try:
            return Confirm.ask(question, default=False, console=bars.console)
        finally:
            bars.start()

    return ask


def _bars(bars: Bars) -> Progress:
    tasks: dict[str, Any] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=None, counted="")
        bars.update(tasks[stage], completed=done, total=total or None, counted=amount(stage, done, total))

    return show


def amount(stage: str, done: int, total: int) -> str:
    """How much of a stage is done, with its unit; "" where nobody knows of how much."""
    if stage in UNITS and total:
        return f"{done:,} of {total:,} {UNITS[stage]}"
    return f"{clock(min(done, total) * 1000)} of {clock(total * 1000)}" if total else ""


def _plain_lines() -> Progress:
    """A line when a stage begins, and every ten seconds while it goes on."""
    seen: dict[str, float] = {}

    def show(stage: str, done: int, total: int) -> None:
        now = monotonic()
        if stage not in seen:
            say(STAGES.get(stage, stage), error=True)
        elif total and now - seen[stage] > 10:
            say(f"{STAGES.get(stage, stage)}: {amount(stage, done, total)}", error=True)
        else:
            return
        seen[stage] = now

    return show


@contextmanager
def stoppable(show: Progress) -> Iterator[Progress]:
    """Give back the progress to call in place of `show`; raise KeyboardInterrupt, and nothing else, after Ctrl-C.

    Libraries that are interrupted while they are loaded raise other errors, or none: after Ctrl-C each other error is
    taken for it, and the next progress raises it again.
    """
    asked = False

    def stop(number: int, frame: Any) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def shown(stage: str, done: int, total: int) -> None:
        if asked:
            raise KeyboardInterrupt
        show(stage, done, total)

    with _handled(stop):
        try:
            yield shown
        except Exception as error:
            if asked:
                raise KeyboardInterrupt from error
            raise


@contextmanager
def _handled(stop: Callable[[int, Any], None]) -> Iterator[None]:
    """Where nobody else handles or ignores it, as for a command in the background."""
    ours = current_thread() is main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
